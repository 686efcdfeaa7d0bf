"""How a trail was before: approved, rebuilt, or the floor."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from response.domain.baseline import (
    Baseline,
    BaselineSource,
    floor_state,
    rebuild_from_history,
    without_assumptions,
)
from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.record import Record, parse_record
from response.domain.trail_state import FLAGS, TrailState
from tests.response.domain.strategies import (
    TRAIL_ARN,
    approved_state,
    at,
    json_values,
    raw_record,
    spoiled,
    states,
)


def _baseline(state: TrailState | None) -> Baseline:
    return Baseline(
        TRAIL_ARN, state, at(0), "arn:aws:iam::111122223333:user/alice", BaselineSource.APPROVED, 3
    )


def _change(minute: int, event_name: str = "UpdateTrail", bucket: str = "b", **changes: Any) -> Record:
    answer = {
        "trailARN": TRAIL_ARN,
        "s3BucketName": bucket,
        "includeGlobalServiceEvents": True,
        "isMultiRegionTrail": True,
        "logFileValidationEnabled": True,
        "isOrganizationTrail": False,
    }
    time = {"eventTime": at(minute).isoformat(), "eventID": f"e-{minute}"}
    return parse_record(raw_record(event_name, **({"responseElements": answer} | time | changes)))


@given(states())
def test_a_baseline_survives_json(state: TrailState) -> None:
    """The state, what it assumes, and where it came from read back as they were."""
    for held in (state, replace(state, assumed=("Tags",)), None):
        baseline = _baseline(held)
        back = Baseline.from_json(json.loads(json.dumps(baseline.to_json())))
        assert back == baseline
        assert held is None or (back.state is not None and back.state.assumed == held.assumed)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"trail_arn": None}, "baseline.trail_arn is absent"),
        ({"captured_at": "yesterday"}, "baseline.captured_at is 'yesterday'"),
        ({"captured_at": "2026-03-01T02:00:00"}, "expected a time with its offset"),
        ({"source": "guess"}, "expected one of approved, event_history, floor, unknown"),
        ({"version": "1"}, "baseline.version is '1'"),
        ({"assumed": [1]}, "baseline.assumed"),
        ({"state": {"TrailARN": "x"}}, "S3BucketName is absent"),
    ],
)
def test_a_malformed_baseline_is_refused_by_its_key(changes: dict[str, Any], named: str) -> None:
    """The error names the key, what was found and what was expected."""
    with pytest.raises(MalformedStateError, match=named):
        Baseline.from_json(_baseline(approved_state()).to_json() | changes)


@given(json_values | spoiled(_baseline(approved_state()).to_json()))
def test_any_json_is_a_baseline_or_malformed(value: object) -> None:
    """Nothing else is ever raised."""
    try:
        baseline = Baseline.from_json(value)
    except MalformedStateError:
        return
    assert Baseline.from_json(baseline.to_json()) == baseline


def test_the_last_change_before_the_moment_tells_the_state() -> None:
    """Later changes, failed ones, other events and other order say nothing."""
    records = [
        _change(9, bucket="attacker"),
        _change(5, bucket="right"),
        _change(7, bucket="failed", errorCode="AccessDenied"),
        _change(6, "PutEventSelectors", bucket="not-a-trail"),
        _change(4, eventSource="evil.amazonaws.com", bucket="x"),
        _change(3, "CreateTrail", bucket="first"),
    ]
    state = rebuild_from_history(records, before=at(9))
    assert state is not None
    assert state.s3_bucket_name == "right"
    assert state.is_logging


def test_an_answer_too_large_to_record_is_passed_over() -> None:
    """The one before it may tell."""
    omitted = _change(5, responseElements={"omitted": True})
    state = rebuild_from_history([omitted, _change(4, "CreateTrail", bucket="first")], before=at(9))
    assert state is not None
    assert state.s3_bucket_name == "first"
    assert state.is_logging, "a trail is made to log, though its creation does not start it"


def test_a_trail_deleted_since_has_no_earlier_state() -> None:
    """Nor has one of which nothing is recorded."""
    deleted = _change(5, "DeleteTrail", responseElements=None)
    assert rebuild_from_history([_change(4), deleted], before=at(9)) is None
    assert rebuild_from_history([], before=at(9)) is None


def test_what_a_rebuilt_state_assumes_is_not_held_against_the_trail() -> None:
    """Tags, insights and wider selectors are no change; less than was assumed is one."""
    rebuilt = rebuild_from_history([_change(4, bucket="central-logs")], before=at(9))
    assert rebuilt is not None
    management = {"Field": "eventCategory", "Equals": ["Management"]}
    data = [{"Field": "eventCategory", "Equals": ["Data"]}]
    found = replace(
        rebuilt,
        tags={"team": "x"},
        insight_selectors=({"InsightType": "ApiCallRateInsight"},),
        event_selectors=(),
        advanced_event_selectors=({"FieldSelectors": [management]}, {"FieldSelectors": data}),
    )
    against = Baseline(TRAIL_ARN, rebuilt, at(0), "", BaselineSource.EVENT_HISTORY).against(found)
    assert diff(against, found) == ()
    weak = replace(rebuilt, is_logging=False, event_selectors=({"ReadWriteType": "ReadOnly"},))
    fields = {change.field for change in diff(without_assumptions(rebuilt, weak), weak)}
    assert fields == {"IsLogging", "EventSelectors"}


@given(states(), states())
def test_an_observed_baseline_is_compared_whole(state: TrailState, found: TrailState) -> None:
    """Nothing of an approved state is taken from what was found."""
    assert _baseline(state).against(found) == state
    assert _baseline(None).against(found) is None


@given(states())
def test_the_floor_turns_on_what_the_policy_requires(found: TrailState) -> None:
    """Everything else stays as found; a multi-Region trail has its global service events."""
    assert floor_state(found, {}) == found
    floor = floor_state(found, {"IsMultiRegionTrail": True, "LogFileValidationEnabled": True})
    assert floor == replace(
        found,
        is_multi_region_trail=True,
        include_global_service_events=True,
        log_file_validation_enabled=True,
    )
    everything = floor_state(found, dict.fromkeys(FLAGS, True))
    assert all(everything.value(name) for name in FLAGS)


def test_the_floor_knows_flags_only() -> None:
    """A key that cannot be required is refused by name."""
    with pytest.raises(MalformedStateError, match=r"trails\.require\.KmsKeyId"):
        floor_state(approved_state(), {"KmsKeyId": True})
