"""CloudTrail records: what identifies them is demanded, all else is tolerated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from response.domain.actor import PrincipalKind
from response.domain.errors import MalformedRecordError
from response.domain.record import parse_record
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN, json_values, raw_record, spoiled


def test_a_record_is_read_whole() -> None:
    """Every field comes from its place in the record, and the raw record stays as it was."""
    raw = raw_record(responseElements={"trailARN": TRAIL_ARN})
    record = parse_record(raw)
    assert record.event_id == raw["eventID"]
    assert record.event_time == datetime(2026, 3, 1, 2, 57, tzinfo=UTC)
    assert (record.event_source, record.event_name) == ("cloudtrail.amazonaws.com", "UpdateTrail")
    assert (record.account, record.region) == (ACCOUNT, "eu-west-1")
    assert (record.source_ip, record.user_agent) == ("203.0.113.7", "aws-cli/2.30")
    assert (record.request_id, record.shared_event_id) == ("r-1", "")
    assert record.request_parameters == {"name": "audit"}
    assert record.response_elements == {"trailARN": TRAIL_ARN}
    assert record.actor.user_name == "mallory"
    assert record.raw is raw


@pytest.mark.parametrize("key", ["eventID", "eventName", "eventSource", "eventTime"])
@pytest.mark.parametrize("value", [None, "", 7, [], {}, "x" * 300, "a\nb", "caf\u00e9"])
def test_what_identifies_a_record_must_be_usable(key: str, value: Any) -> None:
    """The error names the record and the key, and says what was expected."""
    with pytest.raises(MalformedRecordError, match=f"{key} is .*expected") as caught:
        parse_record(raw_record(**{key: value}))
    if key != "eventID":
        assert raw_record()["eventID"] in str(caught.value)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "yesterday"])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    """Also one that has no equivalent in UTC; as a session's start it is left out."""
    with pytest.raises(MalformedRecordError, match=r"eventTime is .*expected a time like"):
        parse_record(raw_record(eventTime=time))
    identity = {"sessionContext": {"attributes": {"creationDate": time}}}
    assert parse_record(raw_record(userIdentity=identity)).actor.session_created_at is None


@pytest.mark.parametrize("value", [None, [], "text", 7, True])
def test_a_record_is_an_object(value: object) -> None:
    """Other JSON is refused by name."""
    with pytest.raises(MalformedRecordError, match="expected a JSON object"):
        parse_record(value)


@pytest.mark.parametrize(
    ("changes", "attribute", "expected"),
    [
        ({"sourceIPAddress": "cloudformation.amazonaws.com"}, "source_ip", "cloudformation.amazonaws.com"),
        ({"sourceIPAddress": ["203.0.113.7", "10.0.0.1"]}, "source_ip", "203.0.113.7, 10.0.0.1"),
        ({"sourceIPAddress": 7}, "source_ip", ""),
        ({"readOnly": "false"}, "event_name", "UpdateTrail"),
        ({"requestParameters": None}, "request_parameters", None),
        ({"requestParameters": {"omitted": True, "reason": "too large"}}, "request_parameters", None),
        ({"responseElements": "text"}, "response_elements", None),
        ({"recipientAccountId": None}, "account", ACCOUNT),
        ({"recipientAccountId": "not-an-account"}, "account", ACCOUNT),
        ({"recipientAccountId": None, "userIdentity": None}, "account", ""),
        ({"eventTime": "2026-03-01T03:57:00+01:00"}, "event_time", datetime(2026, 3, 1, 2, 57, tzinfo=UTC)),
        ({"eventTime": "2026-03-01T02:57:00"}, "event_time", datetime(2026, 3, 1, 2, 57, tzinfo=UTC)),
        ({"sharedEventID": "s" * 500}, "dedup_id", raw_record()["eventID"]),
    ],
)
def test_oddities_of_real_records_are_tolerated(
    changes: dict[str, Any], attribute: str, expected: object
) -> None:
    """Addresses that are none, absent and oversized members, other time zones."""
    assert getattr(parse_record(raw_record(**changes)), attribute) == expected


def test_a_user_identity_that_is_text_gives_an_actor() -> None:
    """Synthetic records carry the identity as its ARN."""
    record = parse_record(raw_record(userIdentity=f"arn:aws:iam::{ACCOUNT}:user/mallory"))
    assert record.actor.kind is PrincipalKind.IAM_USER


def test_copies_of_one_event_have_one_id() -> None:
    """The owner's and the caller's copy share the shared event id."""
    one = parse_record(raw_record(eventID="one", sharedEventID="shared"))
    other = parse_record(raw_record(eventID="other", sharedEventID="shared"))
    assert one.dedup_id == other.dedup_id == "shared"
    assert parse_record(raw_record()).dedup_id == raw_record()["eventID"]


_OTHER_ARN = "arn:aws:cloudtrail:us-east-1:999988887777:trail/organization"


@pytest.mark.parametrize(
    ("changes", "arn"),
    [
        ({"requestParameters": {"name": "audit"}}, TRAIL_ARN),
        ({"requestParameters": {"name": _OTHER_ARN}}, _OTHER_ARN),
        ({"requestParameters": {"name": "audit"}, "responseElements": {"trailARN": _OTHER_ARN}}, _OTHER_ARN),
        ({"requestParameters": {"name": "audit"}, "responseElements": {"trailARN": "nonsense"}}, TRAIL_ARN),
        ({"requestParameters": {"trailName": "audit"}}, TRAIL_ARN),
        ({"requestParameters": {"resourceId": TRAIL_ARN}}, TRAIL_ARN),
        (
            {"requestParameters": {"name": "audit"}, "awsRegion": "us-gov-west-1"},
            f"arn:aws-us-gov:cloudtrail:us-gov-west-1:{ACCOUNT}:trail/audit",
        ),
        ({"requestParameters": {"name": "../../x"}}, None),
        ({"requestParameters": {"name": ["audit"]}}, None),
        ({"requestParameters": None}, None),
        ({"requestParameters": {"name": "audit"}, "awsRegion": None}, None),
    ],
)
def test_the_trails_arn_is_told_from_the_answer_then_the_request(
    changes: dict[str, Any], arn: str | None
) -> None:
    """An ARN that is none is passed over, and a name becomes one with the record's region and account."""
    assert parse_record(raw_record(**changes)).trail_arn() == arn


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, False),
        ({"errorCode": None, "errorMessage": ""}, False),
        ({"errorCode": "AccessDenied"}, True),
        ({"errorMessage": "Unknown trail"}, True),
    ],
)
def test_a_call_failed_if_it_has_an_error(changes: dict[str, Any], failed: bool) -> None:
    """Null and empty errors are none."""
    assert parse_record(raw_record(**changes)).failed is failed


@given(json_values | spoiled(raw_record(responseElements={"trailARN": TRAIL_ARN}, sharedEventID="s")))
def test_any_json_is_a_record_or_malformed(value: object) -> None:
    """Nothing else is ever raised, neither on reading nor on asking for the trail."""
    try:
        record = parse_record(value)
    except MalformedRecordError:
        return
    record.trail_arn()
    assert record.dedup_id
    assert record.failed in {True, False}
