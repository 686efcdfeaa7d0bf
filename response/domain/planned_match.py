"""Whether what happened to a trail is what somebody announced: in full, in part, or not at all.

In full means everything: who, which trail, when, and exactly the state that was announced. Whatever differs
is said, field by field, to whoever has to decide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from response.domain import patterns
from response.domain.actor import PrincipalKind
from response.domain.approval import is_same_person
from response.domain.baseline import Baseline, BaselineSource
from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.plan import canonical_json
from response.domain.planned_change import PlannedChange
from response.domain.record import Record
from response.domain.text import plain
from response.domain.trail_state import TrailState

_SHOWN = 120
_FORGOTTEN = dt.timedelta(days=7)  # after a window, whatever else its principal does is no slip any more


class PlannedKind(StrEnum):
    """How far an incident is what somebody announced."""

    FULL = "full"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True)
class PlannedVerdict:
    """The planned change that fits, or comes nearest; what differs from it; and the verdict in a sentence."""

    kind: PlannedKind
    id: str | None
    differences: tuple[str, ...]
    reason: str
    ticket: str = ""

    @property
    def applies(self) -> bool:
        """Whether it is the announced change, so that nothing is to be done about it."""
        return self.kind is PlannedKind.FULL

    def instructions(self, incident_id: str) -> tuple[str, ...]:
        """What a person does about an incident that is a planned change in part only."""
        return (
            f"Ask the owner of {plain(self.ticket, 100)} what was to be done, and compare the differences.",
            f"If the trail is as it should be: trailguard close {incident_id} --as authorised --reason TEXT.",
            "If it was a slip: let the plan put the trail back, and have the change made again as planned.",
        )

    def to_json(self) -> dict[str, object]:
        """As a JSON object with the keys of the dataclass."""
        return {
            "kind": str(self.kind),
            "id": self.id,
            "differences": list(self.differences),
            "reason": self.reason,
            "ticket": self.ticket,
        }


@dataclass(frozen=True)
class _Compared:
    """One planned change beside the incident."""

    planned: PlannedChange
    principal: tuple[str, ...]
    window: tuple[str, ...]
    fields: tuple[str, ...]
    spent: tuple[str, ...]
    some_fields: bool
    is_over: bool

    @property
    def differences(self) -> tuple[str, ...]:
        return (*self.spent, *self.principal, *self.window, *self.fields)

    @property
    def is_near(self) -> bool:
        """Whether it is worth telling; one that is spent or long over only where it is much the same."""
        if self.spent or self.is_over:
            return not self.principal and self.some_fields
        return not self.principal or not self.window or self.some_fields


def no_plan(reason: str) -> PlannedVerdict:
    """No planned change has to do with it."""
    return PlannedVerdict(PlannedKind.NONE, None, (), reason)


def match(
    records: Sequence[Record],
    found: TrailState | None,
    baseline: Baseline | None,
    planned: Sequence[PlannedChange],
    *,
    trail_arn: str,
    incident_id: str = "",
) -> PlannedVerdict:
    """The planned change that this is, else the nearest one and what differs from it.

    Whether it was in time is told by the records, not by when they are looked at. `incident_id` is whose
    incident it is: a planned change that it has used up itself still counts for it.
    """
    own = [change for change in planned if change.trail_arn == trail_arn]
    if not own:
        return no_plan("No change of this trail was planned.")
    if any(record.actor.kind is PrincipalKind.ROOT for record in records):
        return no_plan("A change by the root user is never a planned one.")
    compared = [_compare(change, records, found, baseline, incident_id) for change in own]
    whole = next((one for one in compared if not one.differences), None)
    if whole is not None:
        return _full(whole.planned)
    near = [one for one in compared if one.is_near]
    if not near:
        return no_plan(f"None of {len(own)} planned changes of this trail comes near.")
    nearest = min(near, key=lambda one: (len(one.differences), -one.planned.requested_at.timestamp()))
    told = "; ".join(nearest.differences)
    change = nearest.planned
    reason = f"It is not the planned change {change.id} ({plain(change.ticket, 100)}): {told}."
    return PlannedVerdict(PlannedKind.PART, change.id, nearest.differences, reason, change.ticket)


def _full(change: PlannedChange) -> PlannedVerdict:
    reason = (
        f"It is the planned change {change.id} ({plain(change.ticket, 100)}), announced by "
        f"{plain(change.requested_by)} at {change.requested_at:%Y-%m-%d %H:%M} UTC."
    )
    return PlannedVerdict(PlannedKind.FULL, change.id, (), reason, change.ticket)


def _compare(
    change: PlannedChange,
    records: Sequence[Record],
    found: TrailState | None,
    baseline: Baseline | None,
    incident_id: str,
) -> _Compared:
    fields, some = _fields(change, found, baseline)
    return _Compared(
        planned=change,
        principal=tuple(dict.fromkeys(_principal(change, records))),
        window=tuple(dict.fromkeys(_window(change, records))),
        fields=fields,
        spent=tuple(_spent(change, incident_id)),
        some_fields=some,
        is_over=any(record.event_time - change.not_after > _FORGOTTEN for record in records),
    )


def _spent(change: PlannedChange, incident_id: str) -> Iterator[str]:
    if change.used_by not in {"", incident_id}:
        yield f"it was made before, in incident {change.used_by}"
    if change.withdrawn_at is not None:
        yield f"it was withdrawn at {_moment(change.withdrawn_at)}"


def _principal(change: PlannedChange, records: Sequence[Record]) -> Iterator[str]:
    """What is not as planned in who did it: every record has to be by that principal, not by who asked."""
    if not records:
        yield "no record shows who made the change"
    for record in records:
        if not patterns.names_principal(change.principal, record.actor, record.account):
            yield f"made by {record.actor.describe()}, planned was {change.principal}"
        elif is_same_person(change.requester, record.actor):
            yield "made by whoever asked for it; somebody else has to ask"


def _window(change: PlannedChange, records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        if not change.not_before <= record.event_time <= change.not_after:
            window = f"{_moment(change.not_before)} to {_moment(change.not_after)}"
            yield f"made at {_moment(record.event_time)}, planned was {window}"
    if not records:
        yield "no record shows when it was made"


def _fields(
    change: PlannedChange, found: TrailState | None, baseline: Baseline | None
) -> tuple[tuple[str, ...], bool]:
    """What is not as planned in the trail itself, and whether any announced field has come to be."""
    if found is None:
        return ("the trail is gone, which was not planned",), False
    if baseline is None or baseline.source is not BaselineSource.APPROVED:
        return ("nobody has approved an earlier state to compare with",), False
    before = baseline.against(found)
    if before is None:
        return ("the trail was approved as absent",), False
    try:
        aim = change.aim(before)
    except MalformedStateError as error:
        return (f"from its approved state it cannot be made ({plain(error)})",), False
    told = tuple(_difference(name, change, before, aim, found) for name in _names(aim, found))
    reached = [name for name in _names(before, aim) if aim.value(name) == found.value(name)]
    return told, bool(reached)


def _names(one: TrailState, other: TrailState) -> tuple[str, ...]:
    return tuple(change.field for change in diff(one, other))


def _difference(
    name: str, change: PlannedChange, before: TrailState, aim: TrailState, found: TrailState
) -> str:
    was, planned, now = before.value(name), aim.value(name), found.value(name)
    if was == planned and name not in change.changes:
        return f"{name} is {_shown(now)}, no change of it was planned"
    if was == now:
        return f"{name} has not become {_shown(planned)} as planned"
    return f"{name} is {_shown(now)}, planned was {_shown(planned)}"


def _shown(value: Any) -> str:
    if value is None or isinstance(value, Mapping | list | bool):
        return plain(canonical_json(value), _SHOWN)
    return plain(value, _SHOWN)


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
