"""What a message to the owners is made of, and what it can be about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from response.domain.incident import Incident
from response.domain.policy import OnTimeout
from response.domain.record import Record


class NoticeKind(StrEnum):
    """What a message is about."""

    OPENED = "opened"
    APPROVAL = "approval"
    JOINED = "joined"
    CLOSED = "closed"
    UNDONE = "undone"
    ESCALATED = "escalated"


HEADLINES: Mapping[NoticeKind, str] = {
    NoticeKind.OPENED: "trail changed",
    NoticeKind.APPROVAL: "approval needed",
    NoticeKind.JOINED: "changed again",
    NoticeKind.CLOSED: "closed",
    NoticeKind.UNDONE: "taken back",
    NoticeKind.ESCALATED: "a person has to act",
}


@dataclass(frozen=True)
class Ask:
    """The decision that is asked for."""

    digest: str
    expires_at: dt.datetime
    on_timeout: OnTimeout
    quorum: int = 1


@dataclass(frozen=True)
class Notice:
    """What a message is made of.

    `assessment` is Assessment.to_json(), `dossier` its sections by name; `done` and `note` are sentences of
    ours (what was carried out; why it is escalated, how it ended, whose decision was late). `evidence` is a
    place: s3://BUCKET/PREFIX. `left` tells of a closed incident that the trail was left as found: its steps
    are still to be done.
    """

    kind: NoticeKind
    incident: Incident
    record: Record | None = None
    assessment: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    done: Sequence[str] = ()
    ask: Ask | None = None
    note: str = ""
    evidence: str = ""
    left: bool = False
    dossier: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.kind is NoticeKind.UNDONE or (self.kind is NoticeKind.CLOSED and not self.left)
