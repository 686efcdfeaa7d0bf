"""Exceptions judged by past records: what each would have covered, and which ought to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.exception_review import Fault, PastChange, Review, changes_a_trail, past_changes, review
from response.domain.policy import parse_policy
from response.domain.record import Record, parse_record
from tests.response.domain.people import role, user
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN, raw_record
from tests.response.domain.test_policy import exception, policy_with

_TODAY = dt.date(2026, 6, 1)
_GROUP = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trail:*"


def answer(**fields: Any) -> dict[str, Any]:
    """What CloudTrail answers to UpdateTrail."""
    return {
        "trailARN": TRAIL_ARN,
        "name": "audit",
        "s3BucketName": "central-logs",
        "isMultiRegionTrail": True,
        "includeGlobalServiceEvents": True,
        "logFileValidationEnabled": True,
        "isOrganizationTrail": False,
        **fields,
    }


def call(number: int, name: str = "UpdateTrail", identity: Any = None, **fields: Any) -> Record:
    """The call of that number, one a day."""
    raw: dict[str, Any] = {
        "eventID": f"e-{number}",
        "eventTime": f"2026-02-{number:02}T09:00:00Z",
        "eventName": name,
        "sourceIPAddress": "198.51.100.9",
        "userIdentity": role() if identity is None else identity,
        "requestParameters": {"name": TRAIL_ARN},
        "responseElements": answer(),
        **fields,
    }
    return parse_record(raw_record(**raw))


def reviewed(
    records: Sequence[Record], *stated: dict[str, Any], today: dt.date = _TODAY
) -> tuple[Review, ...]:
    """The reviews of the exceptions, the example's unless others are stated."""
    policy = parse_policy(policy_with(exceptions=list(stated or (exception(),))))
    return review(policy.exceptions, past_changes(records), today)


_FIRST = call(1)
_GROUPED = call(2, responseElements=answer(cloudWatchLogsLogGroupArn=_GROUP))


def test_what_fits_is_covered() -> None:
    """The first record only tells how the trail was; the second one changed the log group."""
    (found,) = reviewed([_FIRST, _GROUPED])
    (covered,) = found.covered
    assert covered.change.record.event_id == "e-2"
    assert covered.to_json()["fields"] == ["CloudWatchLogsLogGroupArn"]
    assert not any(fault is Fault.NEVER_USED for fault, _ in found.faults)


def test_records_are_taken_in_the_order_of_time() -> None:
    """Whatever order the files have."""
    assert reviewed([_GROUPED, _FIRST]) == reviewed([_FIRST, _GROUPED])


@pytest.mark.parametrize(
    ("record", "missing"),
    [
        (
            call(2, sourceIPAddress="203.0.113.1", responseElements=answer(cloudWatchLogsLogGroupArn=_GROUP)),
            "the source",
        ),
        (call(2, responseElements=answer(s3KeyPrefix="x")), "it does not cover S3KeyPrefix"),
        (call(2, "StopLogging", responseElements=None), "it does not cover IsLogging"),
        (
            call(2, identity=user(), responseElements=answer(cloudWatchLogsLogGroupArn=_GROUP)),
            "made by IAM user mallory",
        ),
        (call(2, responseElements=None), "what it changed cannot be told: record e-2"),
    ],
)
def test_what_comes_near_says_why_it_is_not_covered(record: Record, missing: str) -> None:
    """By the principal, or by everything but the principal."""
    (found,) = reviewed([_FIRST, record])
    assert found.covered == ()
    (near,) = [one for one in found.near if one.change.record.event_id == "e-2"]
    assert any(text.startswith(missing) for text in near.missing), near.missing


def test_what_is_done_to_a_trail_in_the_second_of_its_making_comes_after() -> None:
    """Set-ups make a trail and start it at once, and ids of events have no order."""
    made = call(9, "CreateTrail")
    started = call(1, "StartLogging", responseElements=None, eventTime=made.raw["eventTime"])
    assert [change.record for change in past_changes([started, made])] == [made, started]


def test_the_first_record_of_a_trail_tells_no_change() -> None:
    """Nothing is known of how the trail was before."""
    (found,) = reviewed([_FIRST])
    (near,) = found.near
    assert "no earlier record tells how the trail was" in near.missing[-1]


def test_nobody_elses_change_is_listed() -> None:
    """Another principal from another address has nothing to do with the exception."""
    stranger = call(
        2, identity=user(), sourceIPAddress="203.0.113.1", responseElements=answer(s3KeyPrefix="x")
    )
    (found,) = reviewed([stranger])
    assert (found.covered, found.near) == ((), ())


def test_calls_that_change_nothing_need_no_exception() -> None:
    """The same answer again."""
    (found,) = reviewed([_FIRST, call(2)])
    assert [one.change.record.event_id for one in found.near] == ["e-1"]


def test_states_are_rebuilt_from_call_to_call() -> None:
    """Part after part, a deletion and a new creation included."""
    records = [
        _FIRST,
        call(2, "StopLogging", responseElements=None),
        call(
            3,
            "AddTags",
            requestParameters={"resourceId": TRAIL_ARN, "tagsList": [{"key": "a", "value": "b"}]},
        ),
        call(4, "DeleteTrail", responseElements=None),
        call(5, "CreateTrail"),
        call(6, "StartLogging", responseElements=None),
    ]
    fields = [
        None if change.graded is None else [one.field for one in change.graded]
        for change in past_changes(records)
    ]
    assert fields == [None, ["IsLogging"], ["Tags"], ["TrailARN"], ["TrailARN"], ["IsLogging"]]


@pytest.mark.parametrize(
    ("stated", "today", "fault", "said"),
    [
        ({"expires": "2026-05-31"}, _TODAY, Fault.EXPIRED, "expired on 2026-05-31"),
        ({"expires": "2026-06-01"}, _TODAY, Fault.EXPIRING, "expires on 2026-06-01, in 0 days"),
        ({"expires": "2026-07-01"}, _TODAY, Fault.EXPIRING, "in 30 days"),
        ({"expires": "2027-06-03"}, _TODAY, Fault.TOO_WIDE, "more than a year ahead"),
        ({"source": ["10.0.0.0/15"]}, _TODAY, Fault.TOO_WIDE, "source 10.0.0.0/15 is wider than /16"),
        ({"source": ["2001:db8::/31"]}, _TODAY, Fault.TOO_WIDE, "source 2001:db8::/31 is wider than /32"),
        ({"principal": "arn:aws:iam::*:role/ci-deploy"}, _TODAY, Fault.TOO_WIDE, "leaves the account open"),
        (
            {"principal": f"arn:aws:iam::{ACCOUNT}:role/x/c*"},
            _TODAY,
            Fault.TOO_WIDE,
            "leaves most of the name open",
        ),
        (
            {"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/c*/run"},
            _TODAY,
            Fault.TOO_WIDE,
            "leaves most of the name open",
        ),
        ({"fields": None}, _TODAY, Fault.TOO_WIDE, "neither trail nor fields are named"),
        (
            {"fields": None, "trail": "arn:aws:cloudtrail:*:*:trail/*"},
            _TODAY,
            Fault.TOO_WIDE,
            "neither trail nor fields are named",
        ),
    ],
)
def test_what_is_wrong_with_an_exception(
    stated: dict[str, Any], today: dt.date, fault: Fault, said: str
) -> None:
    """Each fault with what it rests on; only an expiry to come leaves it sound."""
    document = {key: value for key, value in exception(**stated).items() if value is not None}
    (found,) = reviewed([_FIRST, _GROUPED], document, today=today)
    assert any(kind is fault and said in text for kind, text in found.faults), found.faults
    assert found.is_sound is (fault is Fault.EXPIRING)


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"source": ["10.0.0.0/16", "2001:db8::/32"]},
        {"principal": f"arn:aws:iam::{ACCOUNT}:role/ci-*"},
        {"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/*"},
        {"fields": None, "trail": TRAIL_ARN},
        {"expires": "2027-06-02"},
    ],
)
def test_what_is_narrow_enough_is_sound(stated: dict[str, Any]) -> None:
    """Up to the limits, and never used is no fault that forbids it."""
    document = {key: value for key, value in exception(**stated).items() if value is not None}
    (found,) = reviewed([], document)
    assert found.is_sound, found.faults
    assert [kind for kind, _ in found.faults] == [Fault.NEVER_USED]


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        ({}, True),
        ({"eventName": "GetTrail"}, False),
        ({"errorCode": "AccessDenied"}, False),
        ({"eventSource": "s3.amazonaws.com"}, False),
        ({"requestParameters": None, "responseElements": None}, False),
    ],
)
def test_only_successful_changes_of_a_named_trail_count(changes: dict[str, Any], is_one: bool) -> None:
    """Reads, failures, other services and calls without a trail are left out."""
    raw = raw_record(
        eventName="UpdateTrail", requestParameters={"name": TRAIL_ARN}, responseElements=answer()
    )
    assert changes_a_trail(parse_record({**raw, **changes})) is is_one


_odd = st.sampled_from(
    (None, {}, {"omitted": True}, {"trailARN": 5}, answer(s3BucketName=None), answer(kmsKeyId=7))
)
_calls = st.sampled_from(
    ("UpdateTrail", "CreateTrail", "DeleteTrail", "StopLogging", "PutEventSelectors", "AddTags")
)


@given(st.lists(st.tuples(_calls, _odd | st.builds(answer)), max_size=6))
def test_odd_records_never_stop_the_review(calls: list[tuple[str, Any]]) -> None:
    """Each is told, or said to be untold."""
    records = [call(n, name, responseElements=elements) for n, (name, elements) in enumerate(calls, 1)]
    changes: list[PastChange] = list(past_changes(records))
    assert len(changes) == len(records)
    assert all((change.graded is None) == bool(change.untold) for change in changes)
    for found in review(parse_policy(policy_with(exceptions=[exception()])).exceptions, changes, _TODAY):
        assert found.to_json()["exception"] == "ci-log-group"
