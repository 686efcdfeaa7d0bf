"""What differs between two states."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from response.domain.diff import TRAIL, Change, diff
from response.domain.trail_state import ATTRIBUTES, TrailState
from tests.response.domain.strategies import TRAIL_ARN, approved_state, pairs, states


@given(pairs())
def test_a_diff_is_empty_exactly_when_the_states_are_equal(pair: tuple[TrailState, TrailState]) -> None:
    """No difference is missed, none is invented."""
    one, other = pair
    assert (diff(one, other) == ()) == (one == other)
    assert diff(one, one) == ()


@given(states(), states())
def test_a_diff_holds_both_values_of_each_field_that_differs(one: TrailState, other: TrailState) -> None:
    """Applied to the JSON of the one, the changes give the JSON of the other."""
    document = one.to_json()
    for change in diff(one, other):
        assert change.field in ATTRIBUTES
        assert document[change.field] == change.before
        document[change.field] = change.after
    assert TrailState.from_json(document) == other


@given(states(), states())
def test_the_reverse_has_the_values_the_other_way_round(one: TrailState, other: TrailState) -> None:
    """Forth and back name the same fields."""
    back = tuple(Change(change.field, change.after, change.before) for change in diff(other, one))
    assert diff(one, other) == back


def test_a_trail_that_comes_goes_or_is_another_is_one_change() -> None:
    """A deleted trail is None; nothing else of it is compared."""
    state = approved_state()
    other = replace(state, trail_arn=TRAIL_ARN.replace("audit", "other"))
    assert diff(state, None) == (Change(TRAIL, TRAIL_ARN, None),)
    assert diff(None, state) == (Change(TRAIL, None, TRAIL_ARN),)
    assert diff(state, other) == (Change(TRAIL, TRAIL_ARN, other.trail_arn),)
    assert diff(None, None) == ()
