"""What a person says an incident was, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.approval import Refusal, RefusalCode
from response.domain.verdict import (
    Judgement,
    Sight,
    VerdictEffect,
    effect_of,
    parse_verdict,
    text_of,
    verdict_in,
)
from tests.response.domain.strategies import json_values

_LEFT = Sight(found="a", left="a", as_approved=False, has_baseline=True)


def test_a_verdict_has_a_judgement_and_a_reason() -> None:
    """The reason without the white space around it."""
    parsed = parse_verdict({"verdict": "tampering", "reason": " stolen key \n"})
    assert parsed == (Judgement.TAMPERING, "stolen key")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "the body is []"),
        ({"verdict": "authorised", "reason": "r", "by": "me"}, "'by' is unknown"),
        ({"verdict": "fine", "reason": "r"}, "verdict: found 'fine', expected one of authorised, tampering"),
        ({"verdict": ["benign"], "reason": "r"}, "verdict: found ['benign']"),
        ({"verdict": "benign"}, "reason: expected 1 to 1000 characters"),
        ({"verdict": "benign", "reason": " "}, "reason: expected"),
        ({"verdict": "benign", "reason": "r" * 1001}, "reason: expected"),
    ],
)
def test_what_is_no_verdict_is_refused(body: Any, said: str) -> None:
    """With what is wrong."""
    refused = parse_verdict(body)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.MALFORMED
    assert refused.text.startswith(said)


@given(json_values)
def test_any_body_is_read_or_refused(body: object) -> None:
    """Nothing raises."""
    parsed = parse_verdict(body)
    assert isinstance(parsed, Refusal) or parsed[1]


@pytest.mark.parametrize(
    ("judgement", "sight", "effect"),
    [
        (Judgement.AUTHORISED, _LEFT, VerdictEffect.BASELINE_RENEWED),
        (Judgement.TAMPERING, _LEFT, VerdictEffect.RAISED_AGAIN),
        (Judgement.AUTHORISED, Sight("b", "a", False, True), VerdictEffect.MOVED_ON),
        (Judgement.TAMPERING, Sight("b", "a", False, True), VerdictEffect.MOVED_ON),
        (Judgement.AUTHORISED, Sight("b", None, False, True), VerdictEffect.MOVED_ON),
        (Judgement.AUTHORISED, Sight("a", "a", True, True), VerdictEffect.PUT_BACK),
        (Judgement.TAMPERING, Sight("a", "a", True, True), VerdictEffect.RECORDED),
        (Judgement.TAMPERING, Sight("a", "a", False, False), VerdictEffect.RECORDED),
        (Judgement.AUTHORISED, Sight("a", "a", False, False), VerdictEffect.BASELINE_RENEWED),
        (Judgement.AUTHORISED, Sight("a", "a", False, True, True), VerdictEffect.OTHER_INCIDENT),
    ],
)
def test_what_follows_depends_on_the_trail(judgement: Judgement, sight: Sight, effect: VerdictEffect) -> None:
    """Only a trail that reads as it was left is approved, or raised again."""
    assert effect_of(judgement, sight) is effect


_sights = st.builds(
    Sight,
    found=st.sampled_from("ab"),
    left=st.sampled_from(("a", "b", None)),
    as_approved=st.booleans(),
    has_baseline=st.booleans(),
    other_open=st.booleans(),
)


@given(_sights, st.sampled_from(Judgement))
def test_a_state_is_touched_only_where_it_is_certain(sight: Sight, judgement: Judgement) -> None:
    """As it was left, not as approved, and no other incident's; benign changes nothing at all."""
    effect = effect_of(judgement, sight)
    if effect in (VerdictEffect.BASELINE_RENEWED, VerdictEffect.RAISED_AGAIN):
        assert sight.found == sight.left
        assert not sight.as_approved
        assert not sight.other_open
        assert judgement is not Judgement.BENIGN


def test_every_effect_is_told() -> None:
    """In a sentence; where a command helps, with the incident's id in it."""
    for effect in VerdictEffect:
        assert text_of(effect, "TG-1").endswith(".")
    assert "`trailguard undo TG-1`" in text_of(VerdictEffect.PUT_BACK, "TG-1")


@pytest.mark.parametrize(
    ("decision", "told"),
    [({"verdict": "authorised"}, "authorised"), ({"verdict": "no"}, ""), ({"verdict": 1}, ""), (None, "")],
)
def test_the_verdict_that_came_with_a_decision(decision: Any, told: str) -> None:
    """A decision alone holds none."""
    assert verdict_in(decision) == told
