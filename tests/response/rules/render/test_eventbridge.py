"""Conditions in, exact event patterns out; what the language cannot say is refused."""

import json
from typing import Any

import pytest
from hypothesis import given

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5
from response.rules.conditions import Absent, AllOf, AnyOf, Condition, Equals, Not, OneOf, Present
from response.rules.errors import UnsupportedConditionError
from response.rules.render import eventbridge
from tests.response.rules.strategies import renderable
from tests.response.rules.targets import eventbridge_selects

NOTHING = [{"exists": False}, {"anything-but": {"wildcard": "*"}}, ""]


def test_the_detection_rule_as_an_event_pattern() -> None:
    """The pattern that is deployed, in full."""
    rendering = eventbridge.render(CLOUDTRAIL_LOG_UPDATED)
    assert rendering.pattern == {
        "source": ["aws.cloudtrail"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["cloudtrail.amazonaws.com"],
            "eventName": ["UpdateTrail"],
            "eventCategory": [*NOTHING, "Management"],
            "errorCode": NOTHING,
            "errorMessage": NOTHING,
        },
    }
    assert json.loads(rendering.text) == rendering.pattern


def test_the_text_form_writes_null_as_null() -> None:
    """Where the pattern is given as text, null needs no detour."""
    pattern = json.loads(eventbridge.render_json(CLOUDTRAIL_LOG_UPDATED).text)
    assert pattern["detail"]["errorCode"] == [{"exists": False}, None, ""]


def test_the_control_as_an_event_pattern() -> None:
    """A list of actions needs nothing but the list."""
    pattern = eventbridge.render(CLOUDWATCH_5).pattern
    assert pattern["detail"] == {
        "eventName": ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]
    }


@pytest.mark.parametrize(
    ("condition", "detail"),
    [
        (Equals("a", "x"), {"a": ["x"]}),
        (AllOf(Equals("a.b", "x"), Equals("a.c", "y")), {"a": {"b": ["x"], "c": ["y"]}}),
        (AnyOf(Equals("a", "x"), Absent("a")), {"a": [{"exists": False}, NOTHING[1], "x", ""]}),
        (AnyOf(Equals("a", "x"), Equals("b", "y")), {"$or": [{"a": ["x"]}, {"b": ["y"]}]}),
        (
            AllOf(Equals("c", "z"), AnyOf(Equals("a", "x"), Equals("b", "y"))),
            {"$or": [{"c": ["z"], "a": ["x"]}, {"c": ["z"], "b": ["y"]}]},
        ),
        (AllOf(OneOf("a", ("x", "y")), OneOf("a", ("y", "z"))), {"a": ["y"]}),
        (AnyOf(Equals("b", "x"), AllOf(Equals("a", "x"), Equals("a.b", "y"))), {"b": ["x"]}),
        (Not(Present("a")), {"a": NOTHING}),
    ],
)
def test_conditions_as_event_patterns(condition: Condition, detail: dict[str, Any]) -> None:
    """Values of one field are one list; a choice between fields is multiplied out under $or."""
    assert eventbridge.render_condition(condition).pattern["detail"] == detail


@given(condition=renderable(nested_absence=False))
def test_a_pattern_object_holds_no_null(condition: Condition) -> None:
    """CloudFormation refuses a template with null in it."""
    try:
        pattern = eventbridge.render_condition(condition).pattern
    except UnsupportedConditionError:
        return
    assert not _holds_null(pattern)


def _holds_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_null(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_holds_null(inner) for inner in value)
    return value is None


def test_patterns_share_nothing() -> None:
    """A template that changes its copy changes no other."""
    first = eventbridge.render(CLOUDTRAIL_LOG_UPDATED).pattern
    first["source"].append("com.example")
    first["detail"]["errorCode"].clear()
    assert eventbridge.render(CLOUDTRAIL_LOG_UPDATED).pattern["source"] == ["aws.cloudtrail"]
    assert eventbridge.render(CLOUDTRAIL_LOG_UPDATED).pattern["detail"]["errorCode"] == NOTHING


def test_an_operator_name_is_a_field_outside_or() -> None:
    """A record may call a field prefix; only within $or does EventBridge read an operator."""
    pattern = eventbridge.render_condition(Equals("requestParameters.prefix", "x")).text
    assert eventbridge_selects(pattern, {"requestParameters": {"prefix": "x"}})


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Present("a"), "a is present: it takes a field with an object or an empty array for missing"),
        (Not(Equals("a", "x")), r'not \(a = "x"\): its exclusions look inside arrays'),
        (AnyOf(Equals("b", "y"), Not(OneOf("a", ("x",)))), "its exclusions look inside arrays"),
        (Absent("a.b"), "a.b is absent: it finds nested fields inside arrays"),
        (AllOf(Equals("a", "x"), Equals("a", "y")), "no record can satisfy it"),
        (AllOf(Absent("a"), Equals("a.b", "y")), "no record can satisfy it"),
        (AnyOf(Equals("a.prefix", "x"), Equals("b", "y")), r"inside \$or a field cannot be called prefix"),
        (OneOf("a", tuple(f"value-{number:04}" for number in range(200))), "at most 2048 are allowed"),
        (
            AllOf(*(AnyOf(Equals(f"a{number}", "x"), Equals(f"b{number}", "y")) for number in range(10))),
            "multiplies out to 1024 combinations",
        ),
    ],
)
def test_what_an_event_pattern_cannot_say_is_refused(condition: Condition, reason: str) -> None:
    """The error names the target, the condition and the reason; nothing is narrowed in silence."""
    with pytest.raises(UnsupportedConditionError, match=f"^eventbridge cannot express .*{reason}"):
        eventbridge.render_condition(condition)
    with pytest.raises(UnsupportedConditionError, match=f"^eventbridge cannot express .*{reason}"):
        eventbridge.render_condition_json(condition)


def test_nested_absence_would_lose_records() -> None:
    """The reason why absence below the top level is refused: EventBridge looks into lists, rules do not."""
    assert not eventbridge_selects('{"detail": {"a": {"b": [{"exists": false}]}}}', {"a": [{"b": "x"}]})
