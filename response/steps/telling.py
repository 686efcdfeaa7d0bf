"""Telling owners and machines of an incident, and writing down what did not get through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from response.aws.channels import Channel, Told
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.incident import TimelineEntry
from response.domain.notice import Answer, Notice, NoticeKind
from response.domain.policy import Policy
from response.domain.text import plain
from response.settings import Settings
from response.steps.ports import Channels, Clock, Metrics
from response.steps.told import notice_of

FAILED_METRIC = "ChannelFailures"
_ERROR_LIMIT = 500


@dataclass(frozen=True)
class Teller:
    """Tells on every channel. Mail that fails is an error, since people rely on it; the others are noted."""

    channels: Channels
    store: IncidentStore
    clock: Clock
    metrics: Metrics

    def tell(self, notice: Notice, *, step: str) -> str:
        """Tell of an incident; the mail's id."""
        told = self.channels.tell(notice)
        for channel, error in told.failed.items():
            entry = TimelineEntry(
                at=self.clock.now(),
                step=step,
                text=f"The {channel} channel could not be told ({notice.kind}).",
                data={"channel": str(channel), "error": plain(error, _ERROR_LIMIT)},
            )
            self.store.incidents.note(notice.incident.id, entry)
        return self._mail_id(told)

    def tell_plainly(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Tell of what has no incident; the mail's id."""
        return self._mail_id(self.channels.tell_plainly(subject, body, attributes))

    def _mail_id(self, told: Told) -> str:
        """Raise the mail's error, after everything else is done."""
        if told.failed:
            self.metrics.count(FAILED_METRIC, len(told.failed))
        if error := told.failed.get(Channel.MAIL):
            raise error
        return told.ids[Channel.MAIL]


def announce(
    kind: NoticeKind,
    incident: StoredIncident,
    answer: Answer,
    said: str,
    *,
    teller: Teller,
    policy: Policy,
    settings: Settings,
) -> None:
    """Tell of what somebody answered; for whoever takes the answers, which is no step."""
    store, now = teller.store, teller.clock.now()
    current = store.incidents.get(incident.id)
    notice = notice_of(
        kind, current, current.round, store=store, policy=policy, settings=settings, note=said, answer=answer
    )
    message_id = teller.tell(notice, step="console")
    data = {"kind": str(kind), "round": current.round, "message_id": message_id}
    entry = TimelineEntry(at=now, step="console", text=f"The owners were told ({kind}).", data=data)
    store.incidents.note(incident.id, entry)
