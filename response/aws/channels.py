"""Every way in which people and machines are told, each tried in turn: one that fails stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from response.domain import message, message_chat, message_event
from response.domain.errors import TrailguardError
from response.domain.notice import Notice


class Channel(StrEnum):
    """A way of telling."""

    MAIL = "mail"
    EVENT = "event"
    CHAT = "chat"


class Publisher(Protocol):
    """A topic."""

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Send a message; its id."""
        ...


class Bus(Protocol):
    """An event bus."""

    def put(self, detail: Mapping[str, Any], resources: Sequence[str]) -> str:
        """Put an event; its id."""
        ...


@dataclass(frozen=True)
class Told:
    """What came of telling: the id that each channel gave, and the error of those that failed."""

    ids: Mapping[Channel, str] = field(default_factory=dict)
    failed: Mapping[Channel, TrailguardError] = field(default_factory=dict)


class Channels:
    """The channels of a deployment; there is a chat only where the operator asked for one."""

    def __init__(self, *, mail: Publisher, bus: Bus, chat: Publisher | None, console_url: str = "") -> None:
        self._mail = mail
        self._bus = bus
        self._chat = chat
        self._console_url = console_url

    def tell(self, notice: Notice) -> Told:
        """Tell of an incident on every channel."""
        shown = replace(notice, console_url=self._console_url)
        subject, attributes = message.subject(shown), message.attributes(shown)
        arn = message_event.trail_arn(shown)
        return self._try(
            lambda: self._mail.publish(subject, message.body(shown), attributes),
            lambda: self._bus.put(message_event.detail(shown), [arn] if arn else []),
            lambda chat: chat.publish(subject, json.dumps(message_chat.notification(shown)), attributes),
        )

    def tell_plainly(self, subject: str, body: str, attributes: Mapping[str, str]) -> Told:
        """Tell of what has no incident on every channel."""
        return self._try(
            lambda: self._mail.publish(subject, body, attributes),
            lambda: self._bus.put(message_event.plain_detail(attributes), []),
            lambda chat: chat.publish(
                subject, json.dumps(message_chat.plain_notification(subject, body, attributes)), attributes
            ),
        )

    def _try(
        self, mail: Callable[[], str], event: Callable[[], str], chat: Callable[[Publisher], str]
    ) -> Told:
        """Only our own errors are kept: a mistake in the code stops the run."""
        attempts: dict[Channel, Callable[[], str]] = {Channel.MAIL: mail, Channel.EVENT: event}
        topic = self._chat
        if topic is not None:
            attempts[Channel.CHAT] = lambda: chat(topic)
        ids: dict[Channel, str] = {}
        failed: dict[Channel, TrailguardError] = {}
        for channel, attempt in attempts.items():
            try:
                ids[channel] = attempt()
            except TrailguardError as error:
                failed[channel] = error
        return Told(ids, failed)
