"""Whether a deny fits, under which name, and what is noted about the principal it is put on."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.containment import CUTOFF, WOULD_NOT_FIT
from response.domain.denials import DENY_ALL, deny_issued_before, length
from response.domain.findings import Findings
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.scenes import (
    POLICY_NAME,
    ids,
    known,
    names,
    plan,
    role_facts,
    shared,
    user_facts,
)
from tests.response.domain.people import role, user

_BOUNDARY = "arn:aws:iam::111122223333:policy/limits"


def with_inline(characters: int) -> Any:
    """A user whose inline policies have so many characters."""
    return known(user_facts(inline_policies={"own": characters}))


def test_a_deny_that_would_not_fit_is_a_named_outcome() -> None:
    """To the character, as IAM counts; the key is switched off all the same."""
    room = 2_048 - length(DENY_ALL)
    assert ids(plan(user(), findings=with_inline(room))) == ["deactivate-access-key", "deny-user-sessions"]
    planned = plan(user(), findings=with_inline(room + 1))
    assert ids(planned) == ["deactivate-access-key"]
    assert names(planned) == [WOULD_NOT_FIT]
    (found,) = planned[1]
    assert "of 2048" in found.reason
    assert any("AWSDenyAll" in step for step in found.instructions)
    for command in commands_in(found.instructions):
        assert_is_command(command)


def test_the_time_counts_as_it_will_be() -> None:
    """The placeholder is longer or shorter than a time; what IAM will count is the time."""
    needed = length(deny_issued_before("2026-03-01T02:00:30Z"))
    for spare, fits in ((needed, True), (needed - 1, False)):
        facts = role_facts(inline_policies={"own": 10_240 - spare})
        assert bool(plan(role(), findings=known(facts))[0]) is fits


def test_what_is_planned_already_takes_room_too() -> None:
    """Two denies of one role in one plan; one that IAM lists already is not counted twice."""

    def full(**names_there: int) -> Findings:
        return known(role_facts(inline_policies=names_there), sessions=(shared("nightly"),))

    (first,) = plan(role(), findings=full())[0]
    needed = length(first.calls[0].parameters["PolicyDocument"])
    later = role(session="run-18")
    room_for_one = 10_240 - needed
    assert WOULD_NOT_FIT in names(plan(later, findings=full(own=room_for_one), standing=[first]))
    there = full(own=room_for_one - needed, **{POLICY_NAME: needed})
    assert plan(later, findings=there, standing=[first])[0]


def test_where_the_room_is_not_known_the_plan_says_so() -> None:
    """A call that may fail is told before."""
    (_, deny), _ = plan(user())
    assert any("is not known" in note for note in deny.notes)
    (_, deny), _ = plan(user(), findings=with_inline(0))
    assert not any("is not known" in note for note in deny.notes)


def test_a_policy_of_our_name_is_never_overwritten() -> None:
    """Somebody else may have put it there; the next number is free."""
    found = known(user_facts(inline_policies={POLICY_NAME: 10, f"{POLICY_NAME}-2": 10}))
    deny = plan(user(), findings=found)[0][-1]
    assert deny.calls[0].parameters["PolicyName"] == f"{POLICY_NAME}-3"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"boundary_arn": _BOUNDARY}, _BOUNDARY),
        ({"attached_policies": ("arn:aws:iam::aws:policy/AWSDenyAll",)}, "AWSDenyAll is attached already"),
        (
            {"attached_policies": ("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",)},
            "denies no change to trails",
        ),
    ],
)
def test_boundaries_and_policies_that_matter_are_noted(facts: dict[str, Any], words: str) -> None:
    """Whoever decides sees what else is on the principal."""
    (_, deny), _ = plan(user(), findings=known(user_facts(**facts)))
    assert any(words in note for note in deny.notes)


def test_what_was_carried_out_is_not_proposed_again() -> None:
    """By what it does: a key once, a user's deny once."""
    done = plan(user())[0]
    assert plan(user(), standing=done)[0] == ()
    assert ids(plan(user(), standing=done[:1])) == ["deny-user-sessions"]
    assert ids(plan(user(), standing=done[1:])) == ["deactivate-access-key"]
    assert CUTOFF not in str(done)
