"""The state of a trail after a call, told from the call's record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from response.domain.errors import MalformedStateError
from response.domain.record import parse_record
from response.domain.response_elements import from_response_elements
from response.domain.trail_state import TrailState
from tests.response.domain.strategies import (
    ACCOUNT,
    REGION,
    TRAIL_ARN,
    approved_state,
    json_values,
    raw_record,
)

_ANSWER: dict[str, Any] = {
    "name": "audit",
    "trailARN": TRAIL_ARN,
    "s3BucketName": "stranger-logs",
    "includeGlobalServiceEvents": False,
    "isMultiRegionTrail": False,
    "logFileValidationEnabled": False,
    "isOrganizationTrail": False,
}


def _after(event_name: str, fallback: TrailState | None, **changes: Any) -> TrailState | None:
    return from_response_elements(parse_record(raw_record(event_name, **changes)), fallback=fallback)


def test_update_trail_answers_the_whole_configuration() -> None:
    """What the answer leaves out is cleared; what it cannot hold comes from before and is named."""
    state = _after("UpdateTrail", approved_state(), responseElements=_ANSWER)
    assert state == replace(
        approved_state(),
        s3_bucket_name="stranger-logs",
        include_global_service_events=False,
        is_multi_region_trail=False,
        log_file_validation_enabled=False,
        sns_topic_arn=None,
        cloud_watch_logs_log_group_arn=None,
        cloud_watch_logs_role_arn=None,
        kms_key_id=None,
    )
    assert state.assumed == (
        "AdvancedEventSelectors",
        "EventSelectors",
        "InsightSelectors",
        "IsLogging",
        "Tags",
    )


def test_without_a_state_before_the_defaults_are_assumed() -> None:
    """A trail of which nothing else is known is taken to be logging all management events."""
    state = _after("UpdateTrail", None, responseElements=_ANSWER)
    assert state is not None
    assert state.is_logging
    assert state.tags == {}
    assert "IsLogging" in state.assumed


def test_names_in_the_answer_become_what_is_read() -> None:
    """Topic by name or ARN, key by id, log group without its ending."""
    answer = _ANSWER | {
        "snsTopicName": "topic",
        "kmsKeyId": "11aa-22bb",
        "cloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail",
        "cloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/to-logs",
    }
    state = _after("UpdateTrail", approved_state(), responseElements=answer)
    assert state is not None
    assert state.sns_topic_arn == f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"
    assert state.kms_key_id == approved_state().kms_key_id
    assert state.cloud_watch_logs_log_group_arn == approved_state().cloud_watch_logs_log_group_arn
    with_arn = answer | {"snsTopicARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:by-arn"}
    state = _after("UpdateTrail", None, responseElements=with_arn)
    assert state is not None
    assert state.sns_topic_arn == f"arn:aws:sns:{REGION}:{ACCOUNT}:by-arn"


def test_a_flag_that_is_not_answered_is_assumed() -> None:
    """It stays as before, and is named."""
    answer = {key: value for key, value in _ANSWER.items() if key != "logFileValidationEnabled"}
    state = _after("UpdateTrail", approved_state(), responseElements=answer)
    assert state is not None
    assert state.log_file_validation_enabled
    assert "LogFileValidationEnabled" in state.assumed


def test_a_new_trail_does_not_log_yet() -> None:
    """CreateTrail gives the tags of its request and default selectors, whatever was there before."""
    request = {"name": "audit", "tagsList": [{"key": "team", "value": "x"}, {"key": "bare"}, "odd"]}
    state = _after("CreateTrail", approved_state(), responseElements=_ANSWER, requestParameters=request)
    assert state is not None
    assert not state.is_logging
    assert state.tags == {"team": "x", "bare": ""}
    assert state.insight_selectors == ()
    assert state.assumed == ()


def test_a_new_trail_takes_nothing_from_one_of_the_same_name() -> None:
    """What CreateTrail does not answer has CloudTrail's default, not the old trail's value."""
    answer = {key: value for key, value in _ANSWER.items() if key != "logFileValidationEnabled"}
    state = _after("CreateTrail", approved_state(), responseElements=answer)
    assert state is not None
    assert not state.log_file_validation_enabled
    assert state.assumed == ("LogFileValidationEnabled",)


@pytest.mark.parametrize(
    ("event_name", "changes", "expected"),
    [
        ("StopLogging", {}, {"is_logging": False}),
        (
            "PutEventSelectors",
            {
                "requestParameters": {"trailName": "audit"},
                "responseElements": {"eventSelectors": [{"readWriteType": "ReadOnly"}]},
            },
            {"event_selectors": ({"ReadWriteType": "ReadOnly"},)},
        ),
        (
            "PutInsightSelectors",
            {"requestParameters": {"trailName": "audit"}, "responseElements": {"insightSelectors": []}},
            {"insight_selectors": ()},
        ),
        (
            "AddTags",
            {"requestParameters": {"resourceId": TRAIL_ARN, "tagsList": [{"key": "a", "value": "b"}]}},
            {"tags": {"team": "security", "a": "b"}},
        ),
        (
            "RemoveTags",
            {"requestParameters": {"resourceId": TRAIL_ARN, "tagsList": [{"key": "team"}]}},
            {"tags": {}},
        ),
    ],
)
def test_other_calls_change_their_part(
    event_name: str, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Each call is put into the state before it."""
    assert _after(event_name, approved_state(), **changes) == replace(approved_state(), **expected)


def test_advanced_selectors_take_the_place_of_basic_ones() -> None:
    """Applying one kind overwrites the other."""
    selector = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
    state = _after(
        "PutEventSelectors",
        approved_state(),
        requestParameters={"trailName": "audit"},
        responseElements={"advancedEventSelectors": [selector]},
    )
    assert state is not None
    assert state.event_selectors == ()
    assert state.advanced_event_selectors[0]["FieldSelectors"][0]["Field"] == "eventCategory"


def test_a_deleted_trail_is_none() -> None:
    """DeleteTrail leaves no state."""
    assert _after("DeleteTrail", approved_state()) is None


@pytest.mark.parametrize(
    ("event_name", "fallback", "changes", "named"),
    [
        ("UpdateTrail", approved_state(), {}, "no responseElements"),
        ("UpdateTrail", None, {"responseElements": {"omitted": True}}, "no responseElements"),
        ("UpdateTrail", None, {"responseElements": {"trailARN": TRAIL_ARN}}, "S3BucketName is absent"),
        (
            "UpdateTrail",
            None,
            {"responseElements": _ANSWER | {"isMultiRegionTrail": "no"}},
            "IsMultiRegionTrail",
        ),
        (
            "UpdateTrail",
            None,
            {"errorCode": "AccessDenied", "responseElements": _ANSWER},
            "a call that failed",
        ),
        ("UpdateTrail", None, {"requestParameters": None}, "no trail named"),
        ("StopLogging", None, {}, "StopLogging alone"),
        ("StopLogging", replace(approved_state(), trail_arn=TRAIL_ARN + "2"), {}, "StopLogging alone"),
        ("PutEventSelectors", approved_state(), {}, "no event selectors"),
        ("GetTrail", approved_state(), {}, "found GetTrail"),
    ],
)
def test_a_record_that_does_not_tell_is_refused(
    event_name: str, fallback: TrailState | None, changes: dict[str, Any], named: str
) -> None:
    """The error names the record or the key, what was found and what was expected."""
    with pytest.raises(MalformedStateError, match=f"{named}.*expected"):
        _after(event_name, fallback, **changes)


@given(json_values, json_values)
def test_any_answer_is_a_state_or_malformed(request: object, answer: object) -> None:
    """Nothing else is ever raised."""
    for event_name in ("UpdateTrail", "CreateTrail", "PutEventSelectors", "PutInsightSelectors", "AddTags"):
        for elements in (answer, {**_ANSWER, "kmsKeyId": answer}, {"eventSelectors": answer}):
            try:
                _after(
                    event_name,
                    approved_state(),
                    requestParameters={"name": "audit", "tagsList": request},
                    responseElements=elements,
                )
            except MalformedStateError as error:
                assert "expected" in str(error)  # noqa: PT017 - either outcome is right
