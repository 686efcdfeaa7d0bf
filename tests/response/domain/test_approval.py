"""A decision as it is read from a request and kept, and who may not make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.approval import (
    Approver,
    Decision,
    Refusal,
    RefusalCode,
    Verdict,
    is_same_person,
    parse_decision,
)
from tests.response.domain.people import EVERYBODY, KEY, ROOT, SSO, actor, approver, federated, role, user
from tests.response.domain.strategies import STRANGER, json_values

_DIGEST = "a" * 64
_ALICE = approver(user("alice", key="AKIAEXAMPLEALICE0000"))
_APPROVAL = Decision(_DIGEST, Verdict.APPROVE, _ALICE)


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
    assert Decision.from_json(kept).actions == ("start-logging",)
    assert (kept["decision"], kept["actions"]) == ("approve", ["start-logging"])
    assert _ALICE.access_key_id not in str(kept)
