"""What the reconciler finds in the event history and in the watched log group: records that match a rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from response.aws.executions import execution_name
from response.aws.found import Found
from response.aws.history import Attribute
from response.domain.arns import parse_trail_arn
from response.domain.errors import MalformedRecordError, TrailguardError
from response.domain.plan import sha256_hex
from response.domain.record import parse_record
from response.rules.catalogue import RULES
from response.rules.conditions import AllOf, AnyOf, Condition, Equals, OneOf
from response.rules.matcher import matching_rules
from response.rules.render import cloudwatch
from response.rules.rule import Rule
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Clock, LogSearch, Members

LIMIT = 100  # the source rule raises at most 100 alerts a run
# Records read per search: denied attempts bear the same event name and must not hide what succeeded.
_READ_LIMIT = 2_000
# The comparison of the trails comes after the search and is the surer detection: it must have its time, also
# where somebody slows the search down on purpose. What is under way then takes two more minutes at most.
_SEARCH_TIME = timedelta(minutes=3)
_SESSION = "tg-reconcile"

Place = tuple[str, str]  # account and Region


@dataclass(frozen=True)
class Sighting:
    """A matching record. One that cannot be parsed has no `dedup_id`; intake says what is wrong with it."""

    key: str
    dedup_id: str
    at: str
    trail_arn: str
    raw: Any

    @property
    def execution_name(self) -> str:
        """The same for every run that sees the record."""
        return execution_name("reconcile-record", self.key)


@dataclass(frozen=True)
class Matched:
    """The records found, oldest first: those leave the reach of the next run first."""

    sightings: tuple[Sighting, ...]
    unreadable: int
    more: bool


class SearchTimeError(TrailguardError):
    """A source was not searched, since the searches before it had used up the time."""


class Fate(StrEnum):
    """What becomes of a record in a run."""

    STARTED = "started"
    ALREADY_STARTED = "already_started"
    CLAIMED = "claimed"
    LEFT_OVER = "left_over"


@dataclass(frozen=True)
class RecordReport:
    """What became of each record of a run."""

    fates: tuple[tuple[Sighting, Fate], ...]

    def count(self, fate: Fate) -> int:
        """How many records have that fate."""
        return sum(one is fate for _, one in self.fates)

    @property
    def answered(self) -> frozenset[str]:
        """Trails whose record was handed on just now: they need no second execution for the same state."""
        return frozenset(seen.trail_arn for seen, fate in self.fates if fate is Fate.STARTED)


def places_of(trail_arns: Iterable[str], settings: Settings) -> tuple[Place, ...]:
    """Where changes of those trails are recorded, and where new trails would be."""
    arns = (parse_trail_arn(arn) for arn in trail_arns)
    return tuple(
        sorted({(settings.account, settings.hub_region), *((arn.account, arn.region) for arn in arns if arn)})
    )


def event_names(condition: Condition) -> frozenset[str]:
    """The event names that a condition lets through; none if it does not bind them."""
    match condition:
        case Equals("eventName") | OneOf("eventName"):
            return frozenset(condition.values)
        case AllOf(parts):
            bound = [names for names in map(event_names, parts) if names]
            return frozenset.intersection(*bound) if bound else frozenset()
        case AnyOf(parts):
            each = [event_names(part) for part in parts]
            return frozenset().union(*each) if all(each) else frozenset()
        case _:
            return frozenset()


def detection_rules() -> tuple[Rule, ...]:
    """The rules whose matches are answered."""
    return tuple(rule for rule in RULES.values() if rule.kind == "detection")


class RecordSearch:
    """One run's search; each source that fails is noted, and the others are read all the same."""

    def __init__(
        self,
        *,
        members: Members,
        logs: LogSearch | None,
        settings: Settings,
        clock: Clock,
        start: datetime,
        end: datetime,
        failures: Failures,
    ) -> None:
        self._members = members
        self._logs = logs
        self._settings = settings
        self._clock = clock
        self._start = start
        self._end = end
        self._failures = failures
        self._deadline = clock.now() + _SEARCH_TIME

    def matched(self, places: Iterable[Place]) -> Matched:
        """Every record in reach that matches a detection rule, each once."""
        found = [*self._in_history(places), *self._in_log()]
        sightings: dict[str, Sighting] = {}
        for raw in (raw for one in found for raw in one.records if matching_rules(raw)):
            seen = _sighting(raw)
            sightings.setdefault(seen.key, seen)
        return Matched(
            sightings=tuple(sorted(sightings.values(), key=lambda seen: (seen.at, seen.key))),
            unreadable=sum(one.unreadable for one in found),
            more=any(one.more for one in found),
        )

    def _in_history(self, places: Iterable[Place]) -> list[Found]:
        names = sorted({name for rule in detection_rules() for name in event_names(rule.condition)})
        found: list[Found] = []
        for account, region in places:
            for name in names:
                with self._failures.noted(f"event history of {account} in {region}, {name}"):
                    self._check_time()
                    history = self._members.history(account, _SESSION)
                    found.append(
                        history.lookup(
                            Attribute.EVENT_NAME,
                            name,
                            region=region,
                            start=self._start,
                            end=self._end,
                            limit=_READ_LIMIT,
                        )
                    )
        return found

    def _in_log(self) -> list[Found]:
        logs, found = self._logs, list[Found]()
        for rule in detection_rules() if logs is not None else ():
            with self._failures.noted(f"log group {self._settings.log_group_name}, rule {rule.id}"):
                self._check_time()
                found.append(self._search(logs, cloudwatch.render(rule).text))
        return found

    def _check_time(self) -> None:
        if self._clock.now() >= self._deadline:
            raise SearchTimeError("not searched: the searches before it took all the time that they may")

    def _search(self, logs: LogSearch | None, pattern: str) -> Found:
        if logs is None:
            return Found(())
        return logs.search(pattern, start=self._start, end=self._end, limit=_READ_LIMIT)


def _sighting(raw: Any) -> Sighting:
    try:
        record = parse_record(raw)
    except MalformedRecordError:
        return Sighting(f"malformed-{sha256_hex(raw)}", "", "", "", raw)
    moment = record.event_time.isoformat()
    return Sighting(record.dedup_id, record.dedup_id, moment, record.trail_arn() or "", raw)
