"""Who decides: by IAM or signed in, and who of them may be one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from response.domain.approver import Approver, decided_by, is_responder, is_same_approver, is_same_person
from tests.response.domain.people import NOBODY, RESPONDERS, RESTORER, ROOT, SSO, WEB, actor, role, user
from tests.response.domain.strategies import ACCOUNT

_POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example"
_MALLORY = user()["arn"]
PAT = Approver("", "0f5f-sub", issuer=_POOL, name="pat@example.com")
ALICE = Approver(user("alice")["arn"], "AIDAEXAMPLEALICE", "AKIAALICE", ACCOUNT)
BOB = Approver(user("bob")["arn"], "AIDAEXAMPLEBOB", "AKIABOB", ACCOUNT)
_SESSION = Approver(role("security", "alice")["arn"], "AROASECURITY:alice", "ASIAONE", ACCOUNT)


def test_an_identity_is_named_by_arn_or_by_issuer_and_subject() -> None:
    """Neither a name that can be changed nor an empty one stands for somebody."""
    assert ALICE.id == ALICE.arn
    assert PAT.id == f"{_POOL}#0f5f-sub"
    assert [one.is_known for one in (ALICE, PAT)] == [True, True]
    unknown = (Approver(""), Approver("alice"), Approver("", "sub"), Approver("", issuer=_POOL, name="pat"))
    assert not any(one.is_known for one in unknown)


@pytest.mark.parametrize(
    ("approver", "suspect", "same"),
    [
        (PAT, user(), False),
        (replace(PAT, linked=(_MALLORY,)), user(), True),
        (replace(PAT, linked=(_MALLORY.upper().replace("ARN:AWS", "arn:aws"),)), user(), True),
        (replace(PAT, linked=(role()["arn"],)), role(session="another"), True),
        (replace(PAT, linked=(ALICE.arn,)), user(), False),
        (replace(PAT, user_id=user()["principalId"]), user(), False),
        (replace(PAT, name="Carol@Example.com"), SSO, True),
        (replace(PAT, name="carol@example.com"), role(session="carol@example.com"), False),
        (replace(PAT, linked=(ROOT["arn"],)), ROOT, True),
        (PAT, NOBODY, False),
        (replace(PAT, name=""), NOBODY, False),
        (replace(PAT, issuer="https://accounts.example/", user_id="1"), WEB, False),
        (
            replace(PAT, issuer="https://accounts.example/", user_id="1"),
            {**WEB, "identityProvider": "accounts.example"},
            True,
        ),
        (
            replace(PAT, issuer="https://accounts.example", user_id="2"),
            {**WEB, "identityProvider": "accounts.example"},
            False,
        ),
    ],
)
def test_who_signed_in_may_be_the_actor(
    approver: Approver, suspect: Mapping[str, Any], *, same: bool
) -> None:
    """By a linked identity, by the name in Identity Center, or by the same subject of the same issuer."""
    assert is_same_person(approver, actor(suspect)) is same


def test_a_session_belongs_to_its_source_identity() -> None:
    """Whoever vouched for the session said who is behind it, whatever the role."""
    identity = role()
    context = {**identity["sessionContext"], "sourceIdentity": "pat@example.com"}
    assert is_same_person(PAT, actor({**identity, "sessionContext": context}))
    assert not is_same_person(
        replace(PAT, name="sam@example.com"), actor({**identity, "sessionContext": context})
    )


def test_a_role_that_issued_the_actors_session_is_the_actor() -> None:
    """By its unique id, even where it was renamed since."""
    assert is_same_person(
        Approver("arn:aws:iam::1:role/x", role()["principalId"].split(":")[0]), actor(role())
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ALICE, BOB, False),
        (ALICE, replace(ALICE, access_key_id="AKIASECOND"), True),
        (ALICE, replace(BOB, access_key_id="AKIAALICE"), True),
        (ALICE, replace(BOB, user_id="AIDAEXAMPLEALICE"), True),
        (_SESSION, Approver(role("security", "bob")["arn"], "AROAOTHER:bob"), True),
        (ALICE, PAT, False),
        (ALICE, replace(PAT, linked=(ALICE.arn,)), True),
        (_SESSION, replace(PAT, linked=(role("security", "x")["arn"],)), True),
        (PAT, replace(PAT, user_id="other", name="sam"), False),
        (PAT, replace(PAT, user_id="other", name="PAT@example.com"), True),
        (PAT, replace(PAT, issuer="https://other.example", name=""), False),
        (replace(PAT, linked=(ALICE.arn,)), replace(PAT, user_id="o", name="s", linked=(ALICE.arn,)), True),
        (ALICE, Approver(f"arn:aws:sts::{ACCOUNT}:federated-user/x", f"{ACCOUNT}:x"), True),
        (BOB, Approver("arn:aws:sts::999999999999:federated-user/x", "999999999999:x"), False),
    ],
)
def test_who_counts_once(one: Approver, other: Approver, *, same: bool) -> None:
    """One person in two guises is one, whichever decides first."""
    assert is_same_approver(one, other) is same
    assert is_same_approver(other, one) is same
    assert is_same_approver(one, one)


def test_a_person_linked_to_the_responder_is_the_responder() -> None:
    """Else whoever can act as the machine could decide for it."""
    assert is_responder(replace(PAT, linked=(RESTORER,)), RESPONDERS)
    assert is_responder(Approver(role("trailguard-restorer")["arn"]), RESPONDERS)
    assert not is_responder(PAT, RESPONDERS)


def test_who_decided_is_read_from_what_is_kept() -> None:
    """Of this release and of the one before, which kept the ARN alone."""
    assert decided_by({"approver": PAT.to_json()}) == PAT.id
    assert decided_by({"approver": {"arn": ALICE.arn, "user_id": "x", "account": ACCOUNT}}) == ALICE.arn
    assert decided_by(None) == decided_by({}) == decided_by({"approver": None}) == ""
