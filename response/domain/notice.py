"""What a message to the owners is made of, and what it can be about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from response.domain.incident import Incident, is_incident_id
from response.domain.policy import OnTimeout
from response.domain.record import Record


class NoticeKind(StrEnum):
    """What a message is about."""

    OPENED = "opened"
    APPROVAL = "approval"
    JOINED = "joined"
    REMINDER = "reminder"
    DECIDED = "decided"
    ATTEMPT = "attempt"
    CLOSED = "closed"
    UNDONE = "undone"
    ESCALATED = "escalated"
    FAILED = "failed"


HEADLINES: Mapping[NoticeKind, str] = {
    NoticeKind.OPENED: "trail changed",
    NoticeKind.APPROVAL: "approval needed",
    NoticeKind.JOINED: "changed again",
    NoticeKind.REMINDER: "still waiting for a decision",
    NoticeKind.DECIDED: "decided",
    NoticeKind.ATTEMPT: "refused: somebody involved tried to decide",
    NoticeKind.CLOSED: "closed",
    NoticeKind.UNDONE: "taken back",
    NoticeKind.ESCALATED: "a person has to act",
    NoticeKind.FAILED: "failed, a person has to act",
}
# Nothing more happens by itself.
TAKE_OVER = (NoticeKind.ESCALATED, NoticeKind.FAILED)


@dataclass(frozen=True)
class Ask:
    """The decision that is asked for."""

    digest: str
    expires_at: dt.datetime
    on_timeout: OnTimeout
    quorum: int = 1


@dataclass(frozen=True)
class Answer:
    """What somebody answered, or tried to: `code` says why it did not count, `""` where it did."""

    by: str
    verb: str
    code: str = ""


@dataclass(frozen=True)
class Notice:
    """What a message is made of.

    `assessment` is Assessment.to_json(), `dossier` its sections by name; `done` and `note` are sentences of
    ours (what was carried out; why it is escalated, how it ended, whose decision was late). `evidence` is a
    place: s3://BUCKET/PREFIX. `answer` is what was decided, or refused. `left` tells of a closed incident
    that the trail was left as found: its steps are still to be done.
    """

    kind: NoticeKind
    incident: Incident
    record: Record | None = None
    assessment: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    done: Sequence[str] = ()
    ask: Ask | None = None
    answer: Answer | None = None
    note: str = ""
    evidence: str = ""
    left: bool = False
    dossier: Mapping[str, Any] = field(default_factory=dict)
    console_url: str = ""

    @property
    def link(self) -> str:
        """The incident's page; it holds the id and nothing else, and following it decides nothing."""
        return link(self.console_url, self.incident.id)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.kind is NoticeKind.UNDONE or (self.kind is NoticeKind.CLOSED and not self.left)


def link(console_url: str, incident_id: str) -> str:
    """Address of an incident's page; `""` where there is no console or no such id."""
    if not console_url or not is_incident_id(incident_id):
        return ""
    return f"{console_url.rstrip('/')}/#{incident_id}"
