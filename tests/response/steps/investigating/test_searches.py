"""Searches are made once, over regions together, within bounds that are named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from response.aws.errors import AccessDeniedError
from response.aws.found import Found
from response.aws.history import Attribute
from response.steps.investigating.searches import PAGES, Searched, Searches
from tests.response.aws.fakes import START
from tests.response.steps.fakes import ACCOUNT, World
from tests.response.steps.reader_fakes import FakeHistory
from tests.response.steps.scenes import record

DAY = timedelta(days=1)


def _searches(world: World, minutes: int = 3) -> Searches:
    return Searches(
        world.history(ACCOUNT, "tg-test"),
        world.clock,
        deadline=world.clock.now() + timedelta(minutes=minutes),
    )


def _ask(searches: Searches, *regions: str, days: int = 1, name: str = "UpdateTrail") -> Searched:
    places = regions or ("eu-west-1",)
    return searches.ask(Attribute.EVENT_NAME, name, places, start=START - days * DAY, end=START)


def test_a_search_is_made_once() -> None:
    """A shorter time, and one region among others, are answered by what is known."""
    world = World(readable=World().readable)
    world.history_records = [record("e-1"), record("e-2", eventTime="2026-04-01T00:00:00Z")]
    searches = _searches(world)
    assert [found.event_id for found in _ask(searches, days=90).records] == ["e-1", "e-2"]
    assert [found.event_id for found in _ask(searches).records] == ["e-1"]
    assert len(world.readable.lookups) == 1


def test_a_longer_time_is_searched_anew() -> None:
    """What was not asked is not known."""
    world = World()
    searches = _searches(world)
    _ask(searches)
    _ask(searches, days=2)
    assert len(world.readable.lookups) == 2


def test_regions_are_searched_together_and_each_event_counts_once() -> None:
    """Newest first over all of them; a failing region does not hide the others, and is named."""
    world = World()
    world.history_records = [
        record("e-1", eventTime="2026-05-01T08:00:00Z"),
        record("e-2", eventTime="2026-05-01T09:00:00Z", awsRegion="us-east-1"),
        record("e-2", eventTime="2026-05-01T09:00:00Z"),
    ]
    world.fail["lookup eu-north-1"] = AccessDeniedError("cloudtrail:LookupEvents", "AccessDenied", "no")
    found = _ask(_searches(world), "eu-west-1", "us-east-1", "eu-north-1", "eu-west-1")
    assert [one.event_id for one in found.records] == ["e-2", "e-1"]
    (reason,) = found.reasons
    assert reason.startswith("search by EventName UpdateTrail in eu-north-1: cloudtrail:LookupEvents")
    assert len(world.readable.lookups) == 2


def test_what_cuts_a_search_off_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which search, after how many pages; and such an answer is not taken for another time."""
    asked: list[int | None] = []

    def cut(_self: FakeHistory, *_: Any, **bounds: Any) -> Found:
        asked.append(bounds["pages"])
        return Found((record(),), more=True, cut_by="the limit of 20 pages", pages=20)

    monkeypatch.setattr(FakeHistory, "lookup", cut)
    searches = _searches(World())
    found = _ask(searches, days=2)
    assert found.reasons == (
        "search by EventName UpdateTrail in eu-west-1: cut off after 20 pages by the limit of 20 pages",
    )
    _ask(searches, days=2)
    assert asked == [PAGES]
    _ask(searches, days=1)
    assert asked == [PAGES, PAGES]


def test_records_that_cannot_be_read_are_counted() -> None:
    """They hide nothing and do not vanish."""
    world = World()
    world.history_records = [{"eventName": "UpdateTrail", "eventID": "e-9"}, record("e-1")]
    found = _ask(_searches(world))
    assert [one.event_id for one in found.records] == ["e-1"]
    assert found.reasons == ("search by EventName UpdateTrail in eu-west-1: 1 records could not be read",)


def test_after_the_deadline_a_search_is_only_named() -> None:
    """What there is no time for is said, search by search."""
    world = World()
    searches = _searches(world, minutes=0)
    assert "not made, the time of the investigation was used up" in _ask(searches).reasons[0]
    assert world.readable.lookups == []


def test_a_hostile_value_is_shown_harmlessly() -> None:
    """A session name may hold anything; a terminal must not obey it."""
    world = World()
    world.fail["lookup"] = AccessDeniedError("cloudtrail:LookupEvents", "AccessDenied", "no")
    (reason,) = _ask(_searches(world), name="\x1b[31mx\n").reasons
    assert "\x1b" not in reason
    assert "\n" not in reason


def test_a_time_that_is_none_has_no_records() -> None:
    """A baseline captured this second leaves nothing to search."""
    world = World()
    searches = _searches(world)
    assert searches.ask(Attribute.EVENT_NAME, "x", ("eu-west-1",), start=START, end=START) == Searched()
    assert world.readable.lookups == []
