"""No rendering misses a record that its rule matches; exact ones select nothing else.

The targets' own languages are evaluated by engines that share no code with the renderers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5, RULES
from response.rules.conditions import Condition
from response.rules.errors import UnsupportedConditionError
from response.rules.matcher import matches
from response.rules.render import Rendering, cloudwatch, eventbridge
from response.rules.rule import Rule
from tests.response.rules.records import MALFORMED, MATCHING, NEAR_MISSES, update_trail
from tests.response.rules.strategies import (
    any_json,
    records_as_cloudtrail_writes_them,
    renderable,
    small_records,
)
from tests.response.rules.targets import cloudwatch_selects, eventbridge_selects


@dataclass(frozen=True)
class Target:
    """A renderer of rules, the same of bare conditions, and the engine that evaluates what they write."""

    render: Callable[[Rule], Rendering]
    render_condition: Callable[[Condition], Rendering]
    selects: Callable[[str, object], bool]


TARGETS = {
    "cloudwatch": Target(cloudwatch.render, cloudwatch.render_condition, cloudwatch_selects),
    "eventbridge": Target(eventbridge.render, eventbridge.render_condition, eventbridge_selects),
    "eventbridge as text": Target(
        eventbridge.render_json, eventbridge.render_condition_json, eventbridge_selects
    ),
}
each_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())


def assert_parity(condition: Condition, rendering: Rendering, target: Target, record: object) -> None:
    """Check equality for an exact rendering, implication for a wider one."""
    matched, selected = matches(condition, record), target.selects(rendering.text, record)
    if rendering.superset:
        assert selected or not matched, f"{rendering.text} misses {record!r}"
    else:
        assert selected is matched, f"{rendering.text} and the rule disagree on {record!r}"


@each_target
@each_rule
def test_renderings_agree_with_the_rule_on_our_records(rule: Rule, target: Target) -> None:
    """Matching and near-miss records hold the documented types, and there even a wider rendering is exact."""
    rendering = target.render(rule)
    for name, record in {**MATCHING, **NEAR_MISSES}.items():
        assert target.selects(rendering.text, record) is matches(rule.condition, record), name


@each_target
@each_rule
def test_renderings_miss_no_malformed_record(rule: Rule, target: Target) -> None:
    """What CloudTrail never writes may be selected in excess, but a match is never missed."""
    rendering = target.render(rule)
    for record in MALFORMED.values():
        assert_parity(rule.condition, rendering, target, record)


@each_target
@each_rule
@given(record=any_json())
def test_renderings_miss_no_mutated_record(rule: Rule, target: Target, record: object) -> None:
    """Fields are dropped, added and replaced by values of every type."""
    assert_parity(rule.condition, target.render(rule), target, record)


@each_target
@each_rule
@given(record=records_as_cloudtrail_writes_them())
def test_renderings_are_exact_on_documented_types(rule: Rule, target: Target, record: object) -> None:
    """As long as the compared fields are text, null or missing, a target selects what the rule matches."""
    assert target.selects(target.render(rule).text, record) is matches(rule.condition, record)


@pytest.mark.parametrize(
    ("target", "rule", "record"),
    [
        ("cloudwatch", CLOUDTRAIL_LOG_UPDATED, update_trail(errorCode=[None, "AccessDenied"])),
        ("eventbridge", CLOUDTRAIL_LOG_UPDATED, update_trail(errorCode=0)),
        ("eventbridge", CLOUDTRAIL_LOG_UPDATED, update_trail(errorCode={})),
        ("eventbridge", CLOUDWATCH_5, update_trail(eventName=["UpdateTrail"])),
        ("eventbridge as text", CLOUDTRAIL_LOG_UPDATED, update_trail(errorCode={})),
        ("eventbridge as text", CLOUDTRAIL_LOG_UPDATED, update_trail(eventName=["UpdateTrail"])),
    ],
)
def test_a_rendering_called_wider_is_wider(target: str, rule: Rule, record: object) -> None:
    """Each wider rendering selects a record that its rule does not match: the claim is no precaution."""
    rendering = TARGETS[target].render(rule)
    assert rendering.superset
    assert rendering.why
    assert not matches(rule.condition, record)
    assert TARGETS[target].selects(rendering.text, record)


def test_the_control_is_the_exact_one() -> None:
    """The pattern that Security Hub dictates selects just what the condition held beside it matches."""
    assert not cloudwatch.render(CLOUDWATCH_5).superset


@given(condition=renderable(nested_absence=True), record=small_records())
def test_any_condition_keeps_its_meaning_as_a_filter_pattern(condition: Condition, record: object) -> None:
    """The renderer is right for conditions that no rule holds yet."""
    target = TARGETS["cloudwatch"]
    assert_parity(condition, target.render_condition(condition), target, record)


@pytest.mark.parametrize("name", ["eventbridge", "eventbridge as text"])
@given(condition=renderable(nested_absence=False), record=small_records())
def test_any_condition_keeps_its_meaning_as_an_event_pattern(
    name: str, condition: Condition, record: object
) -> None:
    """Whatever is multiplied out and merged, no match is missed; what cannot be expressed raises."""
    target = TARGETS[name]
    try:
        rendering = target.render_condition(condition)
    except UnsupportedConditionError as refusal:
        assert "no record can satisfy it" in str(refusal)  # noqa: PT017 - only some conditions are refused
        assert not matches(condition, record)
        return
    assert_parity(condition, rendering, target, record)


def test_exists_alone_would_lose_records() -> None:
    """The reason why absence is rendered as three alternatives: null and the empty text exist."""
    narrow = '{"detail": {"errorCode": [{"exists": false}]}}'
    assert not eventbridge_selects(narrow, MATCHING["errorCode is null"])
    assert not eventbridge_selects(narrow, MATCHING["errorCode is the empty string"])
    assert not cloudwatch_selects("{ $.errorCode NOT EXISTS }", MATCHING["errorCode is null"])
    assert not cloudwatch_selects("{ $.errorCode NOT EXISTS }", MATCHING["errorCode is the empty string"])


def test_the_network_activity_copy_does_not_come_in_either_way() -> None:
    """Its envelope is another one, and its category is another one."""
    pattern = eventbridge.render(CLOUDTRAIL_LOG_UPDATED).text
    envelope = "AWS Network Activity Event via CloudTrail"
    assert not eventbridge_selects(pattern, NEAR_MISSES["the network activity copy"])
    assert not eventbridge_selects(pattern, update_trail(), detail_type=envelope)
