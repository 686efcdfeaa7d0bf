"""What the exceptions of a policy are worth, judged by what happened before: used, near, expired, too wide.

Each past change is told from the records themselves, in the order of time: what CloudTrail answered to one
call is the state before the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.exceptions import concerns, missing
from response.domain.grades import GradedChange
from response.domain.grading import grade
from response.domain.policy_exception import PolicyException
from response.domain.record import Record
from response.domain.response_elements import from_response_elements
from response.domain.text import plain
from response.domain.trail_state import Surroundings, TrailState

CHANGING = frozenset(
    {
        "CreateTrail",
        "UpdateTrail",
        "DeleteTrail",
        "StartLogging",
        "StopLogging",
        "PutEventSelectors",
        "PutInsightSelectors",
        "AddTags",
        "RemoveTags",
    }
)
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_WIDEST = {4: 16, 6: 32}
_LONGEST = dt.timedelta(days=366)
_SOON = dt.timedelta(days=30)
_LITERALS = 3  # so many characters of a name have to be said where others are left open
_FIRST = "no earlier record tells how the trail was"


class Fault(StrEnum):
    """What is to be said against an exception."""

    EXPIRED = "expired"
    EXPIRING = "expiring"
    TOO_WIDE = "too_wide"
    NEVER_USED = "never_used"


@dataclass(frozen=True)
class PastChange:
    """A call that changed a trail; `graded` is None where it cannot be told what it changed, `untold` why."""

    record: Record
    trail_arn: str
    graded: tuple[GradedChange, ...] | None
    untold: str = ""


@dataclass(frozen=True)
class Seen:
    """A past change beside an exception: covered where nothing is missing."""

    change: PastChange
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; text of the record is as hostile as it was."""
        record, graded = self.change.record, self.change.graded
        return {
            "event_id": record.event_id,
            "event_time": record.event_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "event_name": record.event_name,
            "trail_arn": self.change.trail_arn,
            "principal": record.actor.arn,
            "source_ip": record.source_ip,
            "fields": None if graded is None else [change.field for change in graded],
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Review:
    """One exception: what it would have covered, what came near, and what is to be said against it."""

    exception: PolicyException
    covered: tuple[Seen, ...]
    near: tuple[Seen, ...]
    faults: tuple[tuple[Fault, str], ...]

    @property
    def is_sound(self) -> bool:
        """Whether it may stand: neither expired nor too wide."""
        return not any(fault in (Fault.EXPIRED, Fault.TOO_WIDE) for fault, _ in self.faults)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "exception": self.exception.id,
            "sound": self.is_sound,
            "faults": [{"kind": str(fault), "text": text} for fault, text in self.faults],
            "covered": [seen.to_json() for seen in self.covered],
            "near": [seen.to_json() for seen in self.near],
        }


def is_change(record: Record) -> bool:
    """Whether the record is of a call that has changed some trail."""
    is_known = record.event_source == _CLOUDTRAIL and record.event_name in CHANGING
    return is_known and not record.failed


def changes_a_trail(record: Record) -> bool:
    """Whether the record is of a call that has changed a trail, and says which."""
    return is_change(record) and record.trail_arn() is not None


def past_changes(records: Iterable[Record]) -> Iterator[PastChange]:
    """What each of these records changed, in the order of time, whatever order they come in."""
    states: dict[str, TrailState | None] = {}  # None is a trail that was deleted
    for record in sorted(records, key=_place):
        arn = record.trail_arn()
        if arn is None:
            continue
        known, before = arn in states, states.get(arn)
        try:
            after = from_response_elements(record, fallback=before)
        except MalformedStateError as error:
            states.pop(arn, None)
            yield PastChange(record, arn, None, str(error))
            continue
        states[arn] = after
        # A trail that is made was not there before: no earlier record is needed to know that.
        if known or record.event_name == "CreateTrail":
            graded = grade(diff(before, after), before, after, Surroundings())
            yield PastChange(record, arn, tuple(graded))
        else:
            yield PastChange(record, arn, None, _FIRST)


def _place(record: Record) -> tuple[dt.datetime, int, str]:
    """Times are whole seconds: within one, a trail is made before anything else is done to it."""
    return record.event_time, record.event_name != "CreateTrail", record.event_id


def review(
    exceptions: Sequence[PolicyException], changes: Iterable[PastChange], today: dt.date
) -> tuple[Review, ...]:
    """Each exception by itself, whatever another one covers as well."""
    seen: dict[str, list[Seen]] = {exception.id: [] for exception in exceptions}
    for change in changes:
        if change.graded == ():
            continue  # nothing changed, so nothing had to be excepted
        for exception in exceptions:
            found = _beside(exception, change)
            if found is not None:
                seen[exception.id].append(found)
    return tuple(_reviewed(exception, seen[exception.id], today) for exception in exceptions)


def _reviewed(exception: PolicyException, seen: Sequence[Seen], today: dt.date) -> Review:
    covered = tuple(one for one in seen if not one.missing)
    near = tuple(one for one in seen if one.missing)
    faults = (*_dated(exception, today), *_too_wide(exception, today))
    if not covered:
        faults = (*faults, (Fault.NEVER_USED, "none of these records needed it"))
    return Review(exception, covered, near, faults)


def _beside(exception: PolicyException, change: PastChange) -> Seen | None:
    """The change beside the exception, if the principal fits, or everything else does."""
    record = change.record
    lacking = missing(exception, record, change.graded or (), record.event_time, trail_arn=change.trail_arn)
    if not concerns(exception, record):
        if lacking or change.graded is None:
            return None
        who = " ".join(filter(None, (record.actor.describe(), plain(record.actor.arn, 300))))
        return Seen(change, (f"made by {who}, it is for {exception.principal}",))
    if change.graded is None:
        lacking = (*lacking, f"what it changed cannot be told: {change.untold}")
    return Seen(change, lacking)


def _dated(exception: PolicyException, today: dt.date) -> Iterator[tuple[Fault, str]]:
    left = exception.expires - today
    if left < dt.timedelta():
        yield Fault.EXPIRED, f"expired on {exception.expires.isoformat()}"
    elif left <= _SOON:
        yield Fault.EXPIRING, f"expires on {exception.expires.isoformat()}, in {left.days} days"


def _too_wide(exception: PolicyException, today: dt.date) -> Iterator[tuple[Fault, str]]:
    for text in _widths(exception):
        yield Fault.TOO_WIDE, text
    if exception.expires - today > _LONGEST:
        yield Fault.TOO_WIDE, f"expires on {exception.expires.isoformat()}, more than a year ahead"


def _widths(exception: PolicyException) -> Iterator[str]:
    """What is left open that ought to be said."""
    account, resource = _account_and_resource(exception.principal)
    if _is_open(account):
        yield f"principal {exception.principal} leaves the account open"
    kind, _, name = resource.partition("/")
    named = name.partition("/")[0] if kind == "assumed-role" else name.rpartition("/")[2]
    if _is_open(named) and len(named.replace("*", "").replace("?", "")) < _LITERALS:
        yield f"principal {exception.principal} leaves most of the name open"
    for network in exception.source:
        if network.prefixlen < _WIDEST[network.version]:
            yield f"source {network} is wider than /{_WIDEST[network.version]}"
    if not exception.fields and not _names_a_trail(exception.trail):
        yield "neither trail nor fields are named"


def _names_a_trail(pattern: str | None) -> bool:
    """Whether a pattern of trails says more than any trail."""
    if pattern is None:
        return False
    account, resource = _account_and_resource(pattern)
    return not _is_open(account) or bool(resource.removeprefix("trail/").strip("*?"))


def _account_and_resource(pattern: str) -> tuple[str, str]:
    """The last two parts of an ARN pattern, whose partition and region may hold wildcards."""
    *_, account, resource = pattern.split(":", 5)
    return account, resource


def _is_open(part: str) -> bool:
    return "*" in part or "?" in part
