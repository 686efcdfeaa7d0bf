"""Searches of the event history, each made once, side by side over regions, within bounds that are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from response.aws.errors import AwsCallError
from response.aws.found import Found
from response.aws.history import Attribute
from response.domain.errors import MalformedRecordError
from response.domain.record import Record, parse_record
from response.domain.text import plain
from response.steps.ports import Clock, History

PAGES = 20
LIMIT = 1_000  # as many as twenty pages hold
KEPT = timedelta(days=90)  # CloudTrail user guide, "Working with CloudTrail event history"
_WORKERS = 4

_Key = tuple[Attribute, str, str]


@dataclass(frozen=True)
class Searched:
    """What searches brought, newest first, and why it may not be all. `whole`: nothing was cut or failed."""

    records: tuple[Record, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was cut off, failed or could not be read."""
        return not self.reasons

    def within(self, start: datetime, end: datetime) -> Searched:
        """The same, of that time."""
        kept = tuple(record for record in self.records if start <= record.event_time <= end)
        return replace(self, records=kept)


@dataclass(frozen=True)
class _Known:
    """A search that was made, and the time that it covered."""

    start: datetime
    end: datetime
    searched: Searched


class Searches:
    """The event history of the trail's account, until a deadline; a search beyond it is only named."""

    def __init__(self, history: History, clock: Clock, *, deadline: datetime) -> None:
        self._history = history
        self._clock = clock
        self._deadline = deadline
        self._known: dict[_Key, _Known] = {}

    def ask(
        self, attribute: Attribute, value: str, regions: Iterable[str], *, start: datetime, end: datetime
    ) -> Searched:
        """The records of those regions whose attribute has that value, together, each event once."""
        places = tuple(dict.fromkeys(regions))
        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            answers = tuple(pool.map(lambda place: self._one((attribute, value, place), start, end), places))
        records = {record.event_id: record for answer in answers for record in answer.records}
        newest_first = sorted(
            records.values(), key=lambda record: (record.event_time, record.event_id), reverse=True
        )
        return Searched(tuple(newest_first), tuple(reason for answer in answers for reason in answer.reasons))

    def calls_by_key(self) -> Mapping[str, Record]:
        """The newest call seen so far of each access key, in whatever search it came up."""
        newest: dict[str, Record] = {}
        for known in tuple(self._known.values()):
            for record in known.searched.records:
                key = record.actor.access_key_id
                if key and (key not in newest or newest[key].event_time < record.event_time):
                    newest[key] = record
        return newest

    def _one(self, key: _Key, start: datetime, end: datetime) -> Searched:
        known = self._known.get(key)
        if known is not None and _covers(known, start, end):
            return known.searched.within(start, end)
        if start >= end:
            return Searched()
        attribute, value, region = key
        what = f"search by {attribute} {plain(value, 80)} in {plain(region, 40)}"
        if self._clock.now() >= self._deadline:
            return Searched(reasons=(f"{what}: not made, the time of the investigation was used up",))
        try:
            found = self._history.lookup(
                attribute, value, region=region, start=start, end=end, limit=LIMIT, pages=PAGES
            )
        except AwsCallError as error:
            searched = Searched(reasons=(f"{what}: {error}",))
        else:
            searched = _read(found, what)
        self._known[key] = _Known(start, end, searched)
        return searched


def _covers(known: _Known, start: datetime, end: datetime) -> bool:
    """Whether that search answers this one. One that was cut off says nothing of other times than its own."""
    if (known.start, known.end) == (start, end):
        return True
    return known.searched.whole and known.start <= start and end <= known.end


def _read(found: Found, what: str) -> Searched:
    records = [record for record in map(_parsed, found.records) if record is not None]
    unreadable = found.unreadable + len(found.records) - len(records)
    reasons = [f"{what}: {unreadable} records could not be read"] if unreadable else []
    if found.more:
        reasons.append(f"{what}: cut off after {found.pages} pages by {found.cut_by or 'its limit'}")
    return Searched(tuple(records), tuple(reasons))


def _parsed(raw: Any) -> Record | None:
    try:
        return parse_record(raw)
    except MalformedRecordError:
        return None  # counted
