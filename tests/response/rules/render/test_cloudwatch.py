"""Conditions in, exact filter patterns out; what the language cannot say is refused."""

import pytest

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5
from response.rules.conditions import Absent, AllOf, AnyOf, Condition, Equals, Not, OneOf, Present
from response.rules.errors import UnsupportedConditionError
from response.rules.render.cloudwatch import MAX_LENGTH, render, render_condition
from tests.response.rules.targets import cloudwatch_selects


def test_the_detection_rule_as_a_filter_pattern() -> None:
    """The text that is deployed, in full."""
    rendering = render(CLOUDTRAIL_LOG_UPDATED)
    assert rendering.text == (
        '{ ($.eventSource = "cloudtrail.amazonaws.com")'
        ' && ($.eventName = "UpdateTrail")'
        ' && (($.eventCategory NOT EXISTS) || ($.eventCategory IS NULL) || ($.eventCategory = "")'
        ' || ($.eventCategory = "Management"))'
        ' && (($.errorCode NOT EXISTS) || ($.errorCode IS NULL) || ($.errorCode = ""))'
        ' && (($.errorMessage NOT EXISTS) || ($.errorMessage IS NULL) || ($.errorMessage = "")) }'
    )
    assert len(rendering.text) <= MAX_LENGTH == 1024


def test_the_control_keeps_its_own_text() -> None:
    """The pattern of CloudWatch.5 is passed on untouched."""
    assert CLOUDWATCH_5.metric_filter is not None
    assert render(CLOUDWATCH_5).text == CLOUDWATCH_5.metric_filter.pattern


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Equals("a", "x"), '{ $.a = "x" }'),
        (Equals("a.b-c.d_e", "x"), '{ $.a.b-c.d_e = "x" }'),
        (OneOf("a", ("x", "y")), '{ ($.a = "x") || ($.a = "y") }'),
        (
            AnyOf(Equals("a", "x"), AllOf(Equals("b", "y"), Equals("c", "z"))),
            '{ ($.a = "x") || (($.b = "y") && ($.c = "z")) }',
        ),
        (Not(Present("a")), '{ ($.a NOT EXISTS) || ($.a IS NULL) || ($.a = "") }'),
        (Equals("a", 'say "x" \\ y'), '{ $.a = "say \\"x\\" \\\\ y" }'),
    ],
)
def test_conditions_as_filter_patterns(condition: Condition, text: str) -> None:
    """Parentheses always say what binds; quotes and backslashes are escaped."""
    assert render_condition(condition).text == text


@pytest.mark.parametrize(
    ("condition", "superset"),
    [
        (Equals("a", "x"), False),
        (OneOf("a", ("x", "y")), False),
        (Equals("a", "111111111111"), True),
        (OneOf("a", ("x", "-1.5e3")), True),
        (AllOf(Equals("a", "x"), Absent("b")), True),
    ],
)
def test_a_pattern_says_whether_it_is_wider(condition: Condition, *, superset: bool) -> None:
    """Text that reads as a number, and absence, select a little more than the condition."""
    assert render_condition(condition).superset is superset


def test_a_number_is_selected_by_its_text() -> None:
    """The reason why a text of digits makes a pattern wider."""
    assert cloudwatch_selects(render_condition(Equals("a", "111111111111")).text, {"a": 111111111111})


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Present("a"), "a is present: no operator is true of every object"),
        (Not(Absent("a")), "a is present: no operator is true of every object"),
        (Not(Equals("a", "x")), 'not \\(a = "x"\\): != is false where the field is missing'),
        (AnyOf(Equals("b", "y"), Not(OneOf("a", ("x",)))), "!= is false where the field is missing"),
        (Equals("a", "x*"), r"\* in a value always stands for any text"),
        (Equals("a", "caf\u00e9"), "only printable ASCII"),
        (Equals("a", "x\ny"), "only printable ASCII"),
        (OneOf("a", tuple(f"value-{number:04}" for number in range(60))), "at most 1024 are allowed"),
    ],
)
def test_what_a_filter_pattern_cannot_say_is_refused(condition: Condition, reason: str) -> None:
    """The error names the target, the condition and the reason; nothing is narrowed in silence."""
    with pytest.raises(UnsupportedConditionError, match=f"^cloudwatch cannot express .*{reason}"):
        render_condition(condition)
