"""Every channel is tried: one that fails stops no other, and its error is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any

import pytest

from response.aws.channels import Channel, Channels
from response.aws.errors import AccessDeniedError
from tests.response.domain.test_message import notice


@dataclass
class _Way:
    """A topic or a bus that keeps what it gets, or fails."""

    broken: bool = False
    got: list[Any] = field(default_factory=list)

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """As a topic."""
        return self._take((subject, body, dict(attributes)))

    def put(self, detail: Mapping[str, Any], resources: Sequence[str]) -> str:
        """As a bus."""
        return self._take((detail, list(resources)))

    def _take(self, what: object) -> str:
        self.got.append(what)
        if self.broken:
            raise AccessDeniedError("x:Send", "AccessDenied", "broken on purpose")
        return "id"


_EVERY = tuple(chain.from_iterable(combinations(Channel, n) for n in range(4)))


@pytest.mark.parametrize("broken", _EVERY)
@pytest.mark.parametrize("plainly", [False, True])
def test_one_that_fails_stops_no_other(broken: tuple[Channel, ...], plainly: bool) -> None:
    """Whatever is broken, each is tried once, and the answer says which failed."""
    ways = {channel: _Way(channel in broken) for channel in Channel}
    channels = Channels(mail=ways[Channel.MAIL], bus=ways[Channel.EVENT], chat=ways[Channel.CHAT])
    told = channels.tell_plainly("s", "b", {"kind": "escalated"}) if plainly else channels.tell(notice())
    assert all(len(way.got) == 1 for way in ways.values())
    assert set(told.failed) == set(broken)
    assert set(told.ids) == set(Channel) - set(broken)


def test_each_channel_gets_its_own_form() -> None:
    """Text by mail, ids on the bus, the custom notification in the chat; the page's address in each."""
    mail, bus, chat = _Way(), _Way(), _Way()
    Channels(mail=mail, bus=bus, chat=chat, console_url="https://c.example").tell(notice())
    page = "https://c.example/#TG-20260301-0123abcd"
    ((subject, body, attributes),) = mail.got
    assert page in body
    ((detail, resources),) = bus.got
    assert (detail["url"], resources) == (page, [detail["trail_arn"]])
    ((chat_subject, text, chat_attributes),) = chat.got
    assert (chat_subject, chat_attributes) == (subject, attributes)
    assert page in json.loads(text)["content"]["nextSteps"][0]


def test_without_a_chat_nothing_is_sent_there() -> None:
    """Nothing fails either."""
    told = Channels(mail=_Way(), bus=_Way(), chat=None).tell(notice())
    assert set(told.ids) == {Channel.MAIL, Channel.EVENT}
    assert not told.failed
