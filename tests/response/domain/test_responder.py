"""The responder's own changes: recognised by everything they show, and by nothing less."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from response.domain.errors import MalformedPlanError
from response.domain.plan import Action, ActionKind, Call, Gate
from response.domain.record import Record
from response.domain.responder import ActionRun, is_responder, own_change, session_name
from tests.response.domain.people import CONTAINER, RESPONDERS, RESTORER, record_of, role, user
from tests.response.domain.strategies import REGION, TRAIL_ARN, at

_INCIDENT = "TG-20260301-0123abcd"
_PLANNED: Mapping[str, Any] = {
    "Name": TRAIL_ARN,
    "S3BucketName": "central-logs",
    "SnsTopicName": "",
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
    "EnableLogFileValidation": False,
    "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/11aa-22bb",
}
_SELECTORS: Mapping[str, Any] = {
    "TrailName": TRAIL_ARN,
    "EventSelectors": [
        {"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": []}]}
    ],
}


def test_a_narrower_call_is_as_planned_as_the_whole() -> None:
    """What runs where the one call is refused is the responder's own too, and nothing beside it."""
    run = run_of("UpdateTrail", _PLANNED)
    narrower = Call("cloudtrail", "UpdateTrail", {"Name": TRAIL_ARN, "S3BucketName": "central-logs"}, REGION)
    split = replace(run, action=replace(run.action, if_refused=(narrower,)))
    part = {"name": TRAIL_ARN, "s3BucketName": "central-logs"}
    assert own_change(record(requestParameters=part), split)
    assert not own_change(record(requestParameters=part), run)
    assert not own_change(record(requestParameters={**part, "s3BucketName": "other"}), split)


def camel(value: Any) -> Any:
    """Parameters as a record spells them."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: camel(member) for key, member in value.items()}
    return [camel(member) for member in value] if isinstance(value, list) else value


def run_of(operation: str, parameters: Mapping[str, Any], service: str = "cloudtrail") -> ActionRun:
    """An action of one call, executed from 3:00 to 3:01."""
    call = Call(service, operation, dict(parameters), REGION if service == "cloudtrail" else "")
    action = Action(
        id="restore-trail",
        kind=ActionKind.RESTORE,
        title="Put the trail back",
        target=TRAIL_ARN,
        gate=Gate.AUTO,
        calls=(call,),
        inverse=(),
    )
    return ActionRun(_INCIDENT, action, RESTORER, at(0), at(1))


_RUN = run_of("UpdateTrail", _PLANNED)
_SESSION = role("trailguard-restorer", session_name(_INCIDENT, "restore-trail"))


def record(**changes: Any) -> Record:
    """The record of the planned call, with what a test changes in it."""
    known = {"eventTime": "2026-03-01T02:00:30Z", "requestParameters": camel(_PLANNED)}
    return record_of(changes.pop("identity", _SESSION), **known | changes)


def test_the_planned_call_is_the_responders_own() -> None:
    """Exact role, session, call, parameters and time."""
    assert own_change(record(), _RUN)
    assert is_responder(record(), RESPONDERS)


@pytest.mark.parametrize(
    "logged",
    [
        camel(_PLANNED) | {"name": "audit"},
        {key: value for key, value in camel(_PLANNED).items() if key != "snsTopicName"},
        camel(_PLANNED) | {"snsTopicName": None},
        camel(_PLANNED) | {"s3KeyPrefix": None},
        camel(_PLANNED) | {"isMultiRegionTrail": "true", "enableLogFileValidation": "false"},
    ],
)
def test_the_ways_in_which_a_call_is_logged_do_not_matter(logged: Mapping[str, Any]) -> None:
    """A trail by name or ARN, null or nothing for what was not sent, truth values as text."""
    assert own_change(record(requestParameters=logged), _RUN)


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": user("trailguard-restorer")},
        {"identity": role("trailguard-container", session_name(_INCIDENT, "restore-trail"))},
        {"identity": role("trailguard-restorer", session_name(_INCIDENT, "start-logging"))},
        {"identity": role("trailguard-restorer", session_name("TG-20260301-ffffffff", "restore-trail"))},
        {"identity": role("trailguard-restorer", "x")},
        {"identity": role("trailguard-restorer", session_name(_INCIDENT, "restore-trail"), "/path/")},
        {"identity": {key: value for key, value in _SESSION.items() if key != "sessionContext"}},
        {"eventName": "StopLogging"},
        {"eventSource": "iam.amazonaws.com"},
        {"awsRegion": "us-east-1"},
        {"eventTime": "2026-03-01T01:59:54Z"},
        {"eventTime": "2026-03-01T02:01:06Z"},
        {"requestParameters": None},
        {"requestParameters": camel(_PLANNED) | {"name": "other"}},
        {"requestParameters": camel(_PLANNED) | {"name": TRAIL_ARN.replace(REGION, "us-east-1")}},
        {"requestParameters": camel(_PLANNED) | {"s3KeyPrefix": ""}},
        {"requestParameters": camel(_PLANNED) | {"cloudWatchLogsLogGroupArn": ""}},
    ],
)
def test_anything_else_by_whomever_is_not(changes: dict[str, Any]) -> None:
    """One difference is enough: also a field cleared that nobody planned to clear."""
    assert not own_change(record(**changes), _RUN)


def test_a_running_action_has_no_end_yet_and_clocks_differ() -> None:
    """Five seconds of slack on both sides; open while the action runs."""
    for time, own in (("01:59:55", True), ("02:01:05", True), ("03:00:00", False)):
        assert own_change(record(eventTime=f"2026-03-01T{time}Z"), _RUN) is own
    running = replace(_RUN, finished_at=None)
    assert own_change(record(eventTime="2026-03-01T03:00:00Z"), running)


def test_nested_parameters_and_policy_documents_are_compared_as_they_mean() -> None:
    """Selectors with small letters, a policy document by its content."""
    selectors = run_of("PutEventSelectors", _SELECTORS)
    logged = {"eventName": "PutEventSelectors", "requestParameters": camel(_SELECTORS)}
    assert own_change(record(**logged), selectors)
    narrowed = json.loads(json.dumps(camel(_SELECTORS)).replace('"All"', '"ReadOnly"'))
    assert not own_change(record(**logged | {"requestParameters": narrowed}), selectors)

    document = {"PolicyDocument": '{"Version":"2012-10-17","Statement":[]}', "UserName": "mallory"}
    put = replace(run_of("PutUserPolicy", document, "iam"), role_arn=CONTAINER)
    named = {
        "identity": role("trailguard-container", session_name(_INCIDENT, "restore-trail")),
        "eventSource": "iam.amazonaws.com",
        "eventName": "PutUserPolicy",
        "awsRegion": "us-east-1",
    }
    spaced = {"userName": "mallory", "policyDocument": '{ "Statement": [], "Version": "2012-10-17" }'}
    assert own_change(record(**named, requestParameters=spaced), put)
    other = spaced | {"policyDocument": '{"Version":"2012-10-17"}'}
    assert not own_change(record(**named, requestParameters=other), put)


_values = st.none() | st.booleans() | st.text(max_size=12) | st.integers() | st.just("audit")


@given(st.sampled_from(sorted(camel(_PLANNED))), _values)
def test_one_altered_parameter_makes_it_somebody_elses(key: str, value: Any) -> None:
    """No parameter may be another one."""
    logged = camel(_PLANNED) | {key: value}
    same = value == camel(_PLANNED)[key] or (key == "snsTopicName" and value is None)
    assume(not same)
    assume(not (key == "name" and value == "audit"))
    assume(not (isinstance(value, str) and value in {"true", "false"}))
    assert not own_change(record(requestParameters=logged), _RUN)


@given(st.sampled_from(sorted(camel(_PLANNED))))
def test_one_missing_parameter_makes_it_somebody_elses(key: str) -> None:
    """Only what was to be cleared may be missing from the log."""
    logged = {name: value for name, value in camel(_PLANNED).items() if name != key}
    assert own_change(record(requestParameters=logged), _RUN) is (key == "snsTopicName")


@given(st.text(max_size=10), st.booleans() | st.text(max_size=10) | st.integers())
def test_one_more_parameter_makes_it_somebody_elses(key: str, value: Any) -> None:
    """Nothing may be added."""
    assume(key[:1].lower() + key[1:] not in camel(_PLANNED))
    assert not own_change(record(requestParameters=camel(_PLANNED) | {key: value}), _RUN)


@given(st.text(min_size=1, max_size=80))
def test_session_names_fit_sts(action_id: str) -> None:
    """64 characters at most."""
    assert len(session_name(_INCIDENT, action_id)) <= 64


def test_a_run_is_read_back_as_it_was_stored() -> None:
    """Finished or running."""
    for run in (_RUN, replace(_RUN, finished_at=None)):
        assert ActionRun.from_json(json.loads(json.dumps(run.to_json()))) == run


@pytest.mark.parametrize(
    "change",
    [{"role_arn": ""}, {"started_at": "yesterday"}, {"finished_at": "2026-03-01T02:00:00"}, {"action": 1}],
)
def test_a_malformed_run_is_named(change: dict[str, Any]) -> None:
    """The key, and what was expected."""
    with pytest.raises(MalformedPlanError, match=r"^(action run|plan): "):
        ActionRun.from_json(_RUN.to_json() | change)
    with pytest.raises(MalformedPlanError, match="found None, expected an object"):
        ActionRun.from_json(None)


def test_times_are_compared_across_offsets() -> None:
    """A start noted in another offset is the same moment."""
    east = dt.timezone(dt.timedelta(hours=9))
    shifted = replace(_RUN, started_at=at(0).astimezone(east), finished_at=at(1).astimezone(east))
    assert own_change(record(), shifted)
