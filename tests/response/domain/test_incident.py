"""Incidents: a deterministic id, the statuses that may follow each other, and the figures."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.incident import (
    Incident,
    IncidentStatus,
    IncidentStatusError,
    Metrics,
    TimelineEntry,
    incident_id,
    is_incident_id,
    may_follow,
    metrics,
    require_follows,
)
from tests.response.domain.strategies import ACCOUNT, REGION, TRAIL_ARN, at

_statuses = st.sampled_from(IncidentStatus)


@given(st.text(), st.text(), st.datetimes(timezones=st.just(dt.UTC)))
def test_the_id_is_made_of_trail_event_and_day(trail: str, event: str, now: dt.datetime) -> None:
    """The same on that day, another for another event, and always of one form."""
    first = incident_id(trail, event, now)
    assert first == incident_id(trail, event, now.replace(hour=0, minute=0, second=0, microsecond=0))
    assert first != incident_id(trail, event + "x", now)
    assert first != incident_id(trail + "x", event, now)
    assert is_incident_id(first) == (now.year >= 1000)


def test_the_day_is_utc() -> None:
    """Whatever the clock's offset."""
    east = dt.timezone(dt.timedelta(hours=9))
    assert incident_id("t", "e", dt.datetime(2026, 3, 1, 8, 0, tzinfo=east)).startswith("TG-20260228-")


@pytest.mark.parametrize(
    "value", ["TG-20260301-0123ABCD", "TG-2026-0123abcd", "TG-20260301-0123abcd\n", "", None]
)
def test_other_texts_are_no_ids(value: object) -> None:
    """Strict, for ids stand in policy names and keys."""
    assert not is_incident_id(value)


@given(st.lists(_statuses, min_size=1, max_size=12))
def test_a_closed_incident_stays_closed(walk: list[IncidentStatus]) -> None:
    """However an incident moves, nothing follows closed but closed; and each refusal says what may follow."""
    current = IncidentStatus.OPEN
    for new in walk:
        if may_follow(current, new):
            require_follows("TG-1", current, new)
            assert current is not IncidentStatus.CLOSED or new is IncidentStatus.CLOSED
            current = new
        else:
            with pytest.raises(
                IncidentStatusError, match=f"incident TG-1 is {current}: expected .*, not {new}"
            ):
                require_follows("TG-1", current, new)


@given(_statuses)
def test_a_repeated_step_may_set_the_same_status_again(status: IncidentStatus) -> None:
    """Retries are harmless."""
    assert may_follow(status, status)


@given(st.sampled_from([s for s in IncidentStatus if s is not IncidentStatus.CLOSED]))
def test_every_incident_can_be_closed_and_every_living_one_can_fail(status: IncidentStatus) -> None:
    """Nothing gets stuck."""
    assert may_follow(status, IncidentStatus.CLOSED)
    assert may_follow(status, IncidentStatus.FAILED)


def test_execution_follows_opening_or_approval() -> None:
    """A failed incident is not simply executed: it is reopened and assessed anew."""
    allowed = {s for s in IncidentStatus if may_follow(s, IncidentStatus.EXECUTING)}
    assert allowed == {IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL, IncidentStatus.EXECUTING}


def test_figures_count_from_the_change() -> None:
    """Seconds from the event's time; nothing for what did not happen."""
    found = metrics(event_time=at(0), detected_at=at(1), restored_at=at(5), contained_at=None)
    assert found == Metrics(60.0, 300.0, None)
    assert json.loads(json.dumps(found.to_json())) == {
        "detection_delay_seconds": 60.0,
        "time_to_restore_seconds": 300.0,
        "time_to_contain_seconds": None,
    }


def test_a_drift_counts_from_its_detection() -> None:
    """No record says when the change was made, so no delay is claimed."""
    assert metrics(event_time=None, detected_at=at(1), contained_at=at(3)) == Metrics(None, None, 120.0)


_moments = st.integers(0, 2_000_000_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))


@given(_moments, _moments, _moments | st.none())
def test_no_figure_is_negative(event: dt.datetime, seen: dt.datetime, restored: dt.datetime | None) -> None:
    """Clocks differ; a change is never restored before it was made."""
    found = metrics(event_time=event, detected_at=seen, restored_at=restored)
    assert found.detection_delay_seconds is not None
    assert found.detection_delay_seconds >= 0
    assert found.time_to_restore_seconds is None or found.time_to_restore_seconds >= 0


def test_incidents_and_timelines_are_json() -> None:
    """Times in ISO 8601, statuses as words."""
    incident = Incident("TG-1", TRAIL_ARN, IncidentStatus.OPEN, "high", at(0), ACCOUNT, REGION)
    assert incident.trail_name == "audit"
    document = json.loads(json.dumps(incident.to_json()))
    assert (document["status"], document["opened_at"]) == ("open", "2026-03-01T02:00:00+00:00")
    assert document["closed_at"] is None
    entry = TimelineEntry(at(0), "intake", "opened", {"path": "alarm"})
    assert entry.to_json() == {
        "at": "2026-03-01T02:00:00+00:00",
        "step": "intake",
        "text": "opened",
        "data": {"path": "alarm"},
    }
