"""Conditions refuse what no record could ever answer, and negation can be pushed to the leaves."""

import json

import pytest
from hypothesis import given

from response.rules.conditions import (
    SUCCESS,
    Absent,
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Not,
    OneOf,
    Present,
    condition_to_json,
    value_at,
    without_not,
)
from response.rules.matcher import matches
from tests.response.rules.strategies import conditions, small_records


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a b", "$.a", 'a"', "a[0]", "a\n"])
def test_a_path_that_is_no_dotted_name_is_refused(path: str) -> None:
    """A path reaches the text of a pattern, so only plain names get in."""
    with pytest.raises(ValueError, match="expected names"):
        Equals(path, "x")


def test_a_comparison_with_anything_but_text_is_refused() -> None:
    """The fields that rules compare are text, and so are the values."""
    with pytest.raises(TypeError, match="eventName compares with 7; expected text"):
        Equals("eventName", 7)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_a_combination_of_nothing_is_refused(kind: type[AllOf | AnyOf]) -> None:
    """Nobody can tell whether an empty combination was meant to hold always or never."""
    with pytest.raises(ValueError, match="at least one"):
        kind()


def test_one_of_no_values_is_refused() -> None:
    """A field that may hold nothing can never match."""
    with pytest.raises(ValueError, match="OneOf on a holds no values"):
        OneOf("a", ())


def test_conditions_are_values() -> None:
    """Equal conditions are equal and can stand in a set."""
    assert len({AllOf(Absent("a")), AllOf(Absent("a")), AnyOf(Absent("a"))}) == 2


def test_conditions_read_as_sentences() -> None:
    """Error messages name a condition in a form that a person can find again."""
    assert str(Not(AllOf(Equals("a.b", "x"), Absent("c")))) == 'not ((a.b = "x") and (c is absent))'
    assert str(AnyOf(OneOf("a", ("x", "y")), Present("c"))) == '(a in ["x", "y"]) or (c is present)'


def test_conditions_are_written_as_plain_json() -> None:
    """Each node becomes an object with one key, its name."""
    condition = AnyOf(Not(Equals("a", "x")), OneOf("a", ("y",)), Present("b"), SUCCESS)
    written = condition_to_json(condition)
    assert json.loads(json.dumps(written)) == {
        "any_of": [
            {"not": {"equals": {"path": "a", "value": "x"}}},
            {"one_of": {"path": "a", "values": ["y"]}},
            {"present": {"path": "b"}},
            {"all_of": [{"absent": {"path": "errorCode"}}, {"absent": {"path": "errorMessage"}}]},
        ]
    }


@given(condition=conditions(), record=small_records())
def test_pushing_negation_down_does_not_change_the_meaning(condition: Condition, record: object) -> None:
    """The renderers work on the pushed-down form, so it has to mean the same."""
    assert matches(without_not(condition), record) == matches(condition, record)


@given(condition=conditions())
def test_pushed_down_negation_stands_at_comparisons_only(condition: Condition) -> None:
    """After that form, a target has to know no negation but the one of a comparison."""
    assert _negations_stand_at_comparisons(without_not(condition))


def _negations_stand_at_comparisons(condition: Condition) -> bool:
    match condition:
        case Not(inner):
            return isinstance(inner, Equals | OneOf)
        case AllOf(parts) | AnyOf(parts):
            return all(_negations_stand_at_comparisons(part) for part in parts)
        case _:
            return True


def test_a_path_leads_through_objects_only() -> None:
    """A list or a text on the way means that the field is missing, whatever the list holds."""
    assert value_at({"a": {"b": 1}}, "a.b") == 1
    assert value_at({"a": [{"b": 1}]}, "a.b", "missing") == "missing"
    assert value_at({"a": "b"}, "a.b", "missing") == "missing"
    assert value_at({"a": {"b": None}}, "a.b", "missing") is None
