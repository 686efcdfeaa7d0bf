"""What the user pool's trigger adds to access tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.sign_in_claims import with_claims

ALICE = "arn:aws:iam::111122223333:user/alice"


def _added(event: dict[str, Any]) -> dict[str, str]:
    answer = with_claims(event)
    (details,) = answer["response"].values()
    assert list(details) == ["accessTokenGeneration"]
    added: dict[str, str] = details["accessTokenGeneration"]["claimsToAddOrOverride"]
    return added


@pytest.mark.parametrize(
    ("attribute", "claim"),
    [
        (ALICE, ALICE),
        (f"  {ALICE}\n\t{ALICE}x ", f"{ALICE} {ALICE}x"),
        ("", "none"),
        (None, "none"),
    ],
)
def test_the_linked_identities_are_told(attribute: str | None, claim: str) -> None:
    """Always, so that a token without them can be refused."""
    attributes = {} if attribute is None else {"custom:principals": attribute}
    assert _added({"request": {"userAttributes": attributes}})["custom:principals"] == claim


@pytest.mark.parametrize("verified", ["false", "", None])
def test_only_a_verified_address_is_told(verified: str | None) -> None:
    """Another could be anybody's."""
    attributes = {"email": "alice@example.com", "email_verified": "true"}
    assert _added({"request": {"userAttributes": attributes}})["email"] == "alice@example.com"
    assert "email" not in _added({"request": {"userAttributes": {**attributes, "email_verified": verified}}})


JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(request=JSON | st.fixed_dictionaries({"userAttributes": JSON}))
def test_whatever_comes_is_answered(request: Any) -> None:
    """With the rest of the event as it came, and text for each claim."""
    event = {"version": "2", "request": request, "response": {}}
    assert {**with_claims(event), "response": {}} == event
    assert all(isinstance(claim, str) and claim for claim in _added(event).values())
