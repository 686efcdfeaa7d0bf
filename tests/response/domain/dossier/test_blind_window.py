"""The blind window: what went unrecorded, since when, and where it went instead."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.baseline import Baseline, BaselineSource
from response.domain.diff import diff
from response.domain.dossier.blind_window import blind_window
from response.domain.dossier.section import Section
from response.domain.grading import grade
from response.domain.record import Record
from response.domain.trail_state import Surroundings, TrailState
from tests.response.domain.found import by
from tests.response.domain.people import user
from tests.response.domain.strategies import TRAIL_ARN, approved_state, at

_LOGS = "arn:aws:logs:eu-west-1:111122223333:log-group:other:*"


def _window(found: TrailState | None, *records: Record) -> Section:
    before = approved_state()
    changes = grade(diff(before, found), before, found, Surroundings())
    baseline = Baseline(TRAIL_ARN, before, at(0), "alice", BaselineSource.APPROVED)
    return blind_window(changes, records, found=found, baseline=baseline, now=at(59))


def _changed(**fields: Any) -> Section:
    return _window(approved_state(**fields), by(user()))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"is_logging": False}, "not recorded by this trail: all events that it was set to record"),
        ({"is_multi_region_trail": False}, "events of all Regions but eu-west-1"),
        ({"include_global_service_events": False}, "events of global services (IAM, STS, CloudFront)"),
        ({"log_file_validation_enabled": False}, "not provable or not protected: no digest files"),
        ({"s3_bucket_name": "evil"}, "log files not written to the approved bucket (instead: evil)"),
        ({"s3_key_prefix": "x"}, "log files not under the approved prefix (instead: x)"),
        ({"cloud_watch_logs_log_group_arn": None}, "records not delivered to the approved log group"),
        ({"cloud_watch_logs_log_group_arn": _LOGS}, f"approved log group (instead: {_LOGS})"),
        ({"kms_key_id": None}, "log files not encrypted with the approved key"),
        ({"event_selectors": ({"ReadWriteType": "ReadOnly"},)}, "all write management events"),
        ({"insight_selectors": ()}, "not watched: InsightSelectors"),
    ],
)
def test_each_loss_is_told(fields: dict[str, Any], said: str) -> None:
    """What is missing by what was changed, with the place that records go to instead."""
    assert said in _changed(**fields).finding


def test_from_when_until_when() -> None:
    """Each loss since the call that made it; the whole since the first of them."""
    found = approved_state(is_logging=False, log_file_validation_enabled=False)
    update = by(user(), eventTime="2026-03-01T02:10:00Z")
    stop = by(user(), "StopLogging", eventID="e-2", eventTime="2026-03-01T02:20:00Z")
    section = _window(found, update, stop)
    assert section.finding.startswith(
        "from 2026-03-01T02:10:00Z until now, 2026-03-01T02:59:00Z (49 minutes)"
    )
    since = {entry["field"]: (entry["from"], entry["event_id"]) for entry in section.evidence["entries"]}
    assert since == {
        "LogFileValidationEnabled": ("2026-03-01T02:10:00Z", update.event_id),
        "IsLogging": ("2026-03-01T02:20:00Z", "e-2"),
    }


def test_what_the_selectors_no_longer_choose_is_listed() -> None:
    """Computed from both states, whichever kind of selectors they have."""
    section = _changed(event_selectors=({"ReadWriteType": "ReadOnly"},))
    (entry,) = section.evidence["entries"]
    (box,) = entry["events"]["entries"]
    assert (box["category"], box["direction"]) == ("Management", "write")


def test_a_deleted_trail_records_nothing() -> None:
    """Everything, and since the deletion."""
    section = _window(None, by(user(), "DeleteTrail"))
    assert "all events that it was set to record: the trail is gone" in section.finding
    assert section.missing == ""


def test_without_a_record_the_beginning_is_not_known() -> None:
    """Then it lies after the state was last approved."""
    section = _window(approved_state(is_logging=False))
    assert section.finding.startswith("from an unknown moment after 2026-03-01T02:00:00Z until now")
    assert "no record of the change is known" in section.missing


def test_a_failed_call_began_nothing() -> None:
    """An attempt that AWS refused is not when it began."""
    refused = by(user(), eventTime="2026-03-01T02:01:00Z", errorCode="AccessDenied")
    section = _window(approved_state(is_logging=False), refused, by(user(), "StopLogging"))
    assert "from 2026-03-01T02:57:00Z" in section.finding


@pytest.mark.parametrize("fields", [{}, {"tags": {"team": "x"}}])
def test_nothing_lost_is_said(fields: dict[str, Any]) -> None:
    """A trail that is as approved, or differs in what records nothing, has no window."""
    section = _changed(**fields)
    assert section.finding == "the trail records what was approved: nothing is missing now"
    assert section.evidence == {"entries": []}


def test_what_earlier_rounds_found_and_is_put_back_is_still_told() -> None:
    """A later round that finds nothing does not make the blind time unseen."""
    before, then = approved_state(), approved_state(is_logging=False)
    gone = grade(diff(before, then), before, then, Surroundings())
    baseline = Baseline(TRAIL_ARN, before, at(0), "alice", BaselineSource.APPROVED)
    stop = by(user(), "StopLogging")
    section = blind_window((), [stop], found=before, baseline=baseline, now=at(59), earlier=gone)
    assert section.finding.startswith("the trail records what was approved: nothing is missing now; earlier")
    assert "over by now: not recorded by this trail: all events" in section.finding
    (entry,) = section.evidence["entries"]
    assert (entry["from"], entry["until"]) == ("2026-03-01T02:57:00Z", "put back since")


def test_what_is_still_so_is_told_once() -> None:
    """A change that an earlier round found already is not told as over."""
    before, found = approved_state(), approved_state(is_logging=False)
    changes = grade(diff(before, found), before, found, Surroundings())
    section = blind_window(changes, [], found=found, baseline=None, now=at(59), earlier=changes)
    assert "over by now" not in section.finding
    assert len(section.evidence["entries"]) == 1
