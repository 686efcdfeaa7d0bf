"""The reference matcher on records written by us, on malformed ones, and on anything JSON can hold."""

from typing import Any

import pytest
from hypothesis import given

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5
from response.rules.conditions import Absent, Condition, Equals, Not, OneOf, Present
from response.rules.matcher import matches, matching_rules
from tests.response.rules.records import MALFORMED, MATCHING, NEAR_MISSES, update_trail
from tests.response.rules.strategies import JSON, any_json, conditions


@pytest.mark.parametrize("record", MATCHING.values(), ids=MATCHING.keys())
def test_a_successful_update_matches(record: dict[str, Any]) -> None:
    """Every form in which a success is written matches the detection rule."""
    assert matching_rules(record) == (CLOUDTRAIL_LOG_UPDATED,)


@pytest.mark.parametrize("record", NEAR_MISSES.values(), ids=NEAR_MISSES.keys())
def test_a_near_miss_does_not_match(record: dict[str, Any]) -> None:
    """What only looks like a successful UpdateTrail opens no incident."""
    assert matching_rules(record) == ()


@pytest.mark.parametrize("record", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_record_does_not_match(record: object) -> None:
    """Compared fields of the wrong type are not taken for what they resemble."""
    assert matching_rules(record) == ()


@pytest.mark.parametrize("name", ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"])
def test_the_compliance_filter_matches_failed_calls_too(name: str) -> None:
    """CloudWatch.5 has no condition of success and of no event source."""
    record = {"eventName": name, "eventSource": "example.amazonaws.com", "errorCode": "AccessDenied"}
    assert matches(CLOUDWATCH_5.condition, record)
    assert not matches(CLOUDWATCH_5.condition, {"eventName": "PutEventSelectors"})


def test_a_compliance_filter_is_no_detection() -> None:
    """A record that only CloudWatch.5 is about opens no incident."""
    assert matching_rules(update_trail(eventName="StopLogging")) == ()


def test_other_rules_can_be_asked() -> None:
    """The matcher works on the rules it is given."""
    assert matching_rules(update_trail(), rules={}) == ()


@pytest.mark.parametrize(
    ("value", "absent"),
    [(None, True), ("", True), (" ", False), (0, False), (False, False), ([], False), ({}, False)],
)
def test_null_and_empty_text_are_absent(value: object, *, absent: bool) -> None:
    """Only missing, null and the empty string count as absent."""
    assert matches(Absent("a"), {"a": value}) is absent
    assert matches(Absent("a"), {})


def test_a_comparison_is_exact() -> None:
    """No case is folded, no number is read as text, no list is searched."""
    assert matches(Equals("a", "1"), {"a": "1"})
    assert matches(OneOf("a.b", ("x", "y")), {"a": {"b": "y"}})
    for value in (1, True, None, ["1"], {"1": 1}, "01", " 1"):
        assert not matches(Equals("a", "1"), {"a": value})
    assert not matches(Equals("a", "x"), {"a": "X"})


@given(condition=conditions(), record=JSON)
def test_the_matcher_answers_for_any_json(condition: Condition, record: object) -> None:
    """It raises on nothing, and a negation is always the opposite."""
    assert matches(Not(condition), record) is not matches(condition, record)


@given(record=any_json())
def test_present_is_the_opposite_of_absent(record: object) -> None:
    """A field is one of both, whatever the record is."""
    for path in ("errorCode", "userIdentity.arn", "requestParameters.name"):
        assert matches(Present(path), record) is not matches(Absent(path), record)


@given(record=any_json())
def test_any_record_can_be_asked_about(record: object) -> None:
    """Intake may hand in whatever arrived."""
    assert set(matching_rules(record)) <= {CLOUDTRAIL_LOG_UPDATED}
