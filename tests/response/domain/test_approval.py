"""Approvals: bound to a digest, in time, once, and by somebody who is not involved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.actor import Actor
from response.domain.approval import (
    Approver,
    Decision,
    PendingApproval,
    Refusal,
    RefusalCode,
    Verdict,
    check_decision,
    is_same_person,
    parse_decision,
)
from tests.response.domain.people import (
    EVERYBODY,
    KEY,
    RESPONDERS,
    RESTORER,
    ROOT,
    SSO,
    actor,
    federated,
    role,
    user,
)
from tests.response.domain.strategies import ACCOUNT, STRANGER, json_values

_NOW = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)
_DIGEST, _OTHER = "a" * 64, "b" * 64
_PENDING = PendingApproval(
    incident_id="TG-20260301-0123abcd",
    digest=_DIGEST,
    action_ids=("start-logging", "restore-trail"),
    expires_at=_NOW + dt.timedelta(hours=1),
)


def approver(identity: Mapping[str, Any]) -> Approver:
    """How the authorizer of an HTTP API would name that identity."""
    return Approver(
        arn=identity.get("arn", ""),
        user_id=identity.get("principalId", ""),
        access_key_id=identity.get("accessKeyId", ""),
        account=ACCOUNT,
    )


_ALICE = approver(user("alice", key="AKIAEXAMPLEALICE0000"))
_APPROVAL = Decision(_DIGEST, Verdict.APPROVE, _ALICE)


def refusal(
    decision: Decision = _APPROVAL,
    pending: PendingApproval | None = _PENDING,
    *,
    now: dt.datetime = _NOW,
    suspect: Actor | None = None,
) -> str | None:
    """The code with which a decision is refused; mallory is the actor."""
    found = check_decision(
        pending,
        decision,
        now=now,
        actor=suspect or actor(user()),
        responder_arns=RESPONDERS,
    )
    return None if found is None else str(found.code)


def test_an_uninvolved_person_may_decide() -> None:
    """Approve or reject, all of it or a part."""
    assert refusal() is None
    assert refusal(replace(_APPROVAL, verdict=Verdict.REJECT)) is None
    assert refusal(replace(_APPROVAL, actions=("restore-trail",))) is None


@pytest.mark.parametrize(
    ("decision", "pending", "later", "code"),
    [
        (_APPROVAL, None, 0, "no_pending_approval"),
        (replace(_APPROVAL, digest=_OTHER), _PENDING, 0, "digest_mismatch"),
        (_APPROVAL, _PENDING, 60, "expired"),
        (_APPROVAL, replace(_PENDING, decided_by="arn:aws:iam::1:user/bob"), 0, "already_decided"),
        (_APPROVAL, replace(_PENDING, decided_by="arn:aws:iam::1:user/bob"), 90, "already_decided"),
        (replace(_APPROVAL, approver=approver(user())), _PENDING, 0, "approver_is_actor"),
        (
            replace(_APPROVAL, approver=approver(role("trailguard-restorer"))),
            _PENDING,
            0,
            "approver_is_responder",
        ),
        (replace(_APPROVAL, approver=Approver(RESTORER)), _PENDING, 0, "approver_is_responder"),
        (replace(_APPROVAL, approver=Approver("")), _PENDING, 0, "malformed"),
        (replace(_APPROVAL, actions=("delete-everything",)), _PENDING, 0, "malformed"),
        (replace(_APPROVAL, actions=()), _PENDING, 0, "malformed"),
    ],
)
def test_every_refusal_has_its_code(
    decision: Decision, pending: PendingApproval | None, later: int, code: str
) -> None:
    """Each condition alone refuses, also a rejection, with its own code."""
    now = _NOW + dt.timedelta(minutes=later)
    assert refusal(decision, pending, now=now) == code
    if decision.actions is None:
        assert refusal(replace(decision, verdict=Verdict.REJECT), pending, now=now) == code


@pytest.mark.parametrize(
    ("suspect", "decider", "same"),
    [
        (user(), user(), True),
        (user(), user(key="AKIAANOTHERKEY000000"), True),
        (user(), user(path="/renamed/") | {"accessKeyId": "AKIAANOTHERKEY000000"}, True),
        (user(), user("alice", key=KEY), True),
        (user(), user("MALLORY", key="AKIAANOTHERKEY000000"), True),
        (user(), user("alice", key="AKIAEXAMPLEALICE0000"), False),
        (role(session="one"), role(session="two"), True),
        (role(), role("other-role"), False),
        (role(), role("other-role") | {"principalId": "AROAEXAMPLECIDEPLOY:x"}, True),
        (role(), role("other-role") | {"accessKeyId": role()["accessKeyId"]}, True),
        (federated(issuer="alice"), user("alice", key="AKIAEXAMPLEALICE0000"), True),
        (federated("a", "bob"), federated("b", "carol") | {"accessKeyId": "ASIAEXAMPLEOTHER0000"}, True),
        (user(), federated("visitor", "alice"), True),
        (user(account=STRANGER), federated("visitor", "alice"), False),
        (role(), federated("visitor", "alice"), False),
        (ROOT, ROOT, True),
        (ROOT, user("alice", key="AKIAEXAMPLEALICE0000"), False),
        (SSO, role(SSO["arn"].split("/")[1], "dave@example.com"), True),
        (EVERYBODY["service"], user("alice"), False),
        (EVERYBODY["unknown"], user("alice"), False),
    ],
)
def test_who_counts_as_the_same_person(
    suspect: Mapping[str, Any], decider: Mapping[str, Any], *, same: bool
) -> None:
    """Same user, key, unique id or role, or the issuer of the actor's session, which AWS may not tell."""
    assert is_same_person(approver(decider), actor(suspect)) is same


def test_without_a_record_anybody_but_the_responder_may_decide() -> None:
    """A drift has no actor."""
    arguments: dict[str, Any] = {"now": _NOW, "actor": None, "responder_arns": RESPONDERS}
    assert check_decision(_PENDING, _APPROVAL, **arguments) is None
    restorer = replace(_APPROVAL, approver=approver(role("trailguard-restorer")))
    assert check_decision(_PENDING, restorer, **arguments) is not None


_identities = st.sampled_from(
    [
        *EVERYBODY.values(),
        user("alice", key="AKIAEXAMPLEALICE0000"),
        role("trailguard-restorer", "tg-x"),
        role("trailguard-container"),
        {},
    ]
)


@given(
    digest=st.sampled_from((_DIGEST, _OTHER)),
    decider=_identities,
    suspect=_identities,
    minutes=st.integers(-120, 120),
    decided=st.sampled_from(("", "arn:aws:iam::1:user/bob")),
    actions=st.none() | st.lists(st.sampled_from(("start-logging", "restore-trail", "other")), unique=True),
    waits=st.booleans(),
)
def test_an_approval_passes_only_when_all_of_it_holds(
    *,
    digest: str,
    decider: Mapping[str, Any],
    suspect: Mapping[str, Any],
    minutes: int,
    decided: str,
    actions: list[str] | None,
    waits: bool,
) -> None:
    """Bound to the digest, in time, undecided, on waiting actions, by an uninvolved and known principal."""
    decision = Decision(
        digest, Verdict.APPROVE, approver(decider), "", None if actions is None else tuple(actions)
    )
    pending = replace(_PENDING, decided_by=decided) if waits else None
    passed = (
        refusal(decision, pending, now=_NOW + dt.timedelta(minutes=minutes), suspect=actor(suspect)) is None
    )
    shared = [
        key for key in ("arn", "accessKeyId") if decider.get(key) and decider.get(key) == suspect.get(key)
    ]
    if passed:
        assert waits
        assert digest == _DIGEST
        assert minutes < 60
        assert not decided
        assert actions is None or (actions and "other" not in actions)
        assert decider.get("arn")
        assert "trailguard" not in decider["arn"]
        assert not shared


def test_a_decision_is_read_from_a_body() -> None:
    """All the keys, or the two that must be there."""
    body = {"digest": _DIGEST, "decision": "approve", "comment": "ok", "actions": ["restore-trail"]}
    assert parse_decision(body, _ALICE) == Decision(
        _DIGEST, Verdict.APPROVE, _ALICE, "ok", ("restore-trail",)
    )
    brief = parse_decision({"digest": _DIGEST, "decision": "reject"}, _ALICE)
    assert brief == Decision(_DIGEST, Verdict.REJECT, _ALICE)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "the body is None"),
        ([], "the body is []"),
        ({"digest": _DIGEST}, "decision: found None, expected approve or reject"),
        ({"decision": "approve"}, "digest: expected the 64 hexadecimal digits"),
        ({"digest": "A" * 64, "decision": "approve"}, "digest: "),
        ({"digest": _DIGEST, "decision": ["approve"]}, "decision: "),
        ({"digest": _DIGEST, "decision": "approve", "comment": "x" * 1001}, "comment: "),
        ({"digest": _DIGEST, "decision": "approve", "actions": "all"}, "actions: "),
        ({"digest": _DIGEST, "decision": "approve", "actions": ["a", "a"]}, "actions: "),
        ({"digest": _DIGEST, "decision": "approve", "actions": [1]}, "actions: "),
        (
            {"digest": _DIGEST, "decision": "approve", "approver": "arn:aws:iam::1:user/x"},
            "'approver' is unknown",
        ),
    ],
)
def test_a_malformed_body_says_what_is_wrong(body: object, said: str) -> None:
    """The identity of who decides is never taken from the body."""
    found = parse_decision(body, _ALICE)
    assert isinstance(found, Refusal)
    assert found.code is RefusalCode.MALFORMED
    assert found.text.startswith(said)


@given(
    json_values
    | st.fixed_dictionaries({"digest": json_values, "decision": json_values, "actions": json_values})
)
def test_any_body_is_read_or_refused(body: object) -> None:
    """No body raises."""
    assert isinstance(parse_decision(body, _ALICE), Refusal)


def test_what_is_kept_of_a_decision_holds_no_access_key() -> None:
    """The approver is kept by what names them, and can be compared with others again."""
    kept = replace(_APPROVAL, actions=("start-logging",)).to_json()
    assert Approver.from_json(kept["approver"]) == replace(_ALICE, access_key_id="")
    assert kept["approver"]["id"] == _ALICE.arn
    assert (kept["decision"], kept["actions"]) == ("approve", ["start-logging"])
    assert _ALICE.access_key_id not in str(kept)
