"""One incident: a trail from its first unapproved change until its state is settled. Status, times and id."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from response.domain.errors import TrailguardError

_ID = re.compile(r"TG-[0-9]{8}-[0-9a-f]{8}")


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    EXECUTING = "executing"
    CLOSED = "closed"
    FAILED = "failed"


# What may follow what. A new round begins at `open`; a failed incident is reopened or settled by a person.
_FOLLOWS: Mapping[IncidentStatus, frozenset[IncidentStatus]] = {
    IncidentStatus.OPEN: frozenset(
        {
            IncidentStatus.AWAITING_APPROVAL,
            IncidentStatus.EXECUTING,
            IncidentStatus.CLOSED,
            IncidentStatus.FAILED,
        }
    ),
    IncidentStatus.AWAITING_APPROVAL: frozenset(
        {IncidentStatus.OPEN, IncidentStatus.EXECUTING, IncidentStatus.CLOSED, IncidentStatus.FAILED}
    ),
    IncidentStatus.EXECUTING: frozenset(
        {IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL, IncidentStatus.CLOSED, IncidentStatus.FAILED}
    ),
    IncidentStatus.CLOSED: frozenset(),
    IncidentStatus.FAILED: frozenset({IncidentStatus.OPEN, IncidentStatus.CLOSED}),
}


class IncidentStatusError(TrailguardError):
    """An incident was asked to go where it cannot go from where it stands."""


def may_follow(current: IncidentStatus, new: IncidentStatus) -> bool:
    """Whether an incident may go from one status to the other; a repeated step may set the same again."""
    return current is new or new in _FOLLOWS[current]


def require_follows(incident_id: str, current: IncidentStatus, new: IncidentStatus) -> None:
    """Raise IncidentStatusError unless the new status may follow."""
    if not may_follow(current, new):
        allowed = ", ".join(sorted(_FOLLOWS[current])) or "nothing"
        raise IncidentStatusError(f"incident {incident_id} is {current}: expected {allowed} next, not {new}")


def incident_id(trail_arn: str, first_event_id: str, now: dt.datetime) -> str:
    """The id of the incident that this event opens on this trail; the same all that day."""
    digest = hashlib.sha256(f"{trail_arn}\n{first_event_id}".encode(errors="surrogatepass")).hexdigest()
    return f"TG-{now.astimezone(dt.UTC):%Y%m%d}-{digest[:8]}"


def is_incident_id(value: object) -> bool:
    """Whether a value has the form of an incident's id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened in an incident."""

    at: dt.datetime
    step: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {"at": self.at.isoformat(), "step": self.step, "text": self.text, "data": dict(self.data)}


@dataclass(frozen=True)
class Metrics:
    """How long it took, in seconds; None for what did not happen."""

    detection_delay_seconds: float | None = None
    time_to_restore_seconds: float | None = None
    time_to_contain_seconds: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """As a JSON object with the keys of the dataclass."""
        return asdict(self)


def metrics(
    *,
    event_time: dt.datetime | None,
    detected_at: dt.datetime,
    restored_at: dt.datetime | None = None,
    contained_at: dt.datetime | None = None,
) -> Metrics:
    """The figures of an incident, counted from the change; from its detection where no record times it."""
    start = detected_at if event_time is None else event_time
    return Metrics(
        detection_delay_seconds=None if event_time is None else _seconds(start, detected_at),
        time_to_restore_seconds=_seconds(start, restored_at),
        time_to_contain_seconds=_seconds(start, contained_at),
    )


def _seconds(start: dt.datetime, end: dt.datetime | None) -> float | None:
    """Seconds between, never negative: record times are whole seconds and clocks differ."""
    return None if end is None else max(round((end - start).total_seconds(), 3), 0.0)


@dataclass(frozen=True)
class Incident:
    """One incident as everybody refers to it."""

    id: str
    trail_arn: str
    status: IncidentStatus
    severity: str
    opened_at: dt.datetime
    account: str = ""
    region: str = ""
    round: int = 1
    first_event_id: str = ""
    closed_at: dt.datetime | None = None

    @property
    def trail_name(self) -> str:
        """The trail's name, the end of its ARN."""
        return self.trail_arn.rpartition("/")[2]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {
            **asdict(self),
            "status": str(self.status),
            "opened_at": self.opened_at.isoformat(),
            "closed_at": None if self.closed_at is None else self.closed_at.isoformat(),
        }
