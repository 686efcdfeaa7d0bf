"""IAM users: the key, the deny that reaches every session, and the keys of who owns a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from response.domain.containment import GONE, NOT_CONTAINED
from response.domain.denials import DENY_ALL
from response.domain.plan import ActionKind, Call, Gate
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.scenes import (
    POLICY_NAME,
    USER_ARN,
    chain,
    ids,
    key,
    known,
    names,
    outcome,
    plan,
    user_facts,
)
from tests.response.domain.people import KEY, federated, user
from tests.response.domain.strategies import ACCOUNT

_OTHER = "AKIAEXAMPLEOTHER0000"
_SESSION = "ASIAEXAMPLESESSION00"


def test_a_users_key_is_switched_off_and_its_sessions_are_denied() -> None:
    """The exact calls, their inverses, and what they rest on and aim at; the user's path does not matter."""
    (off, deny), outcomes = plan(user(path="/ops/on-call/"))
    who = {"UserName": "mallory", "AccessKeyId": KEY}
    policy = {"UserName": "mallory", "PolicyName": POLICY_NAME}
    assert outcomes == ()
    assert (off.id, off.kind, off.gate) == ("deactivate-access-key", ActionKind.CONTAIN, Gate.AUTO)
    assert off.target == deny.target == f"arn:aws:iam::{ACCOUNT}:user/ops/on-call/mallory"
    assert off.calls == (Call("iam", "UpdateAccessKey", {**who, "Status": "Inactive"}),)
    assert off.inverse == (Call("iam", "UpdateAccessKey", {**who, "Status": "Active"}),)
    assert (off.expects, off.aims) == ({"AccessKeyStatus": "Active"}, {"AccessKeyStatus": "Inactive"})
    assert deny.id == "deny-user-sessions"
    assert deny.calls == (Call("iam", "PutUserPolicy", {**policy, "PolicyDocument": DENY_ALL}),)
    assert deny.inverse == (Call("iam", "DeleteUserPolicy", policy),)
    assert (deny.expects, deny.aims) == ({"UserPolicyDocument": None}, {"UserPolicyDocument": DENY_ALL})
    assert 10 < off.order < deny.order < 30


@pytest.mark.parametrize("gate", list(Gate))
def test_the_gate_of_the_policy_stands_on_every_action(gate: Gate) -> None:
    """An action behind a gate that is off is planned, and shown, all the same."""
    actions, _ = plan(user(), gate=gate)
    assert [action.gate for action in actions] == [gate, gate]


def test_what_else_the_user_can_sign_in_with_is_noted() -> None:
    """The password is left, and the other active keys are named; the one that was used is not named again."""
    keys = (key(KEY), key(_OTHER), key("AKIAEXAMPLEOLDOLDOLD", "Inactive"))
    (_, deny), _ = plan(user(), findings=known(user_facts(has_login_profile=True, keys=keys)))
    told = " ".join(deny.notes)
    assert "login profile" in told
    assert _OTHER in told
    assert KEY not in told
    assert "OLDOLDOLD" not in told


def test_each_action_says_that_iam_takes_seconds() -> None:
    """A call that still passes a moment after the containment is no failure of it; both are read back."""
    for action in plan(user())[0]:
        assert any("takes seconds" in note and "read back" in note for note in action.notes)


@pytest.mark.parametrize("used", [_SESSION, ""], ids=["temporary", "none"])
def test_a_session_of_a_user_is_denied_through_the_user(used: str) -> None:
    """Console and GetSessionToken credentials cannot be switched off; without findings no key is offered."""
    planned = plan(user(key=used))
    assert ids(planned) == ["deny-user-sessions"]
    assert planned[0][0].calls[0].parameters["PolicyDocument"] == DENY_ALL
    assert planned[1] == ()


def test_the_owners_keys_are_offered_but_never_taken_unasked() -> None:
    """It is not known whether the session came from one of them."""
    keys = (key(KEY), key(_OTHER), key("AKIAEXAMPLEOLDOLDOLD", "Inactive"))
    planned = plan(user(key=_SESSION), findings=known(user_facts(keys=keys)))
    assert ids(planned) == ["deny-user-sessions", "deactivate-owner-key", "deactivate-owner-key-2"]
    deny, *offered = planned[0]
    assert deny.gate is Gate.AUTO
    assert [action.gate for action in offered] == [Gate.APPROVE, Gate.APPROVE]
    assert [action.calls[0].parameters["AccessKeyId"] for action in offered] == [KEY, _OTHER]


def test_the_key_that_made_the_session_is_taken_under_the_gate_of_the_policy() -> None:
    """The record of GetSessionToken shows it; then no other key is offered."""
    found = known(
        user_facts(keys=(key(KEY), key(_OTHER))), chains=(chain(user(), names=["GetSessionToken"]),)
    )
    _, off = plan(user(key=_SESSION), findings=found)[0]
    assert (off.id, off.gate) == ("deactivate-owner-key", Gate.AUTO)
    assert off.calls[0].parameters["AccessKeyId"] == KEY


def test_a_key_that_is_gone_is_told_and_the_user_denied() -> None:
    """Deleting the key does not end the sessions that were made with it."""
    planned = plan(user(), findings=known(user_facts(keys=(key(_OTHER),))))
    assert ids(planned) == ["deny-user-sessions"]
    assert names(planned) == [GONE]


def test_a_federated_user_is_denied_through_its_issuer() -> None:
    """The issuing user's name, not the federated one's, is in the call; the issuer's keys are offered."""
    found = known(user_facts("bob", keys=(key(KEY),)))
    planned = plan(federated(issuer="bob"), findings=found)
    assert ids(planned) == ["deny-issuer-sessions", "deactivate-owner-key"]
    deny, off = planned[0]
    assert deny.target == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert deny.calls[0].parameters == {
        "UserName": "bob",
        "PolicyName": POLICY_NAME,
        "PolicyDocument": DENY_ALL,
    }
    assert off.gate is Gate.APPROVE


def test_a_federated_session_of_nobody_known_is_left_to_a_person() -> None:
    """Root can issue such sessions too; no user is guessed."""
    nobody = federated() | {"sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:root"}}}
    assert outcome(nobody).name == NOT_CONTAINED


@pytest.mark.parametrize(
    "identity",
    [
        user() | {"userName": "alice"},
        user() | {"arn": f"arn:aws:iam::{ACCOUNT}:user/x; rm -rf"},
        user() | {"userName": "x; rm -rf", "arn": f"arn:aws:iam::{ACCOUNT}:user/x; rm -rf"},
        user() | {"arn": ""},
        user() | {"arn": f"arn:aws:iam::{ACCOUNT}:role/mallory"},
        user(key="AKIA'; rm -rf"),
        user(name="m" * 65),
    ],
)
def test_names_that_do_not_fit_are_never_acted_upon(identity: Mapping[str, Any]) -> None:
    """Two names for one user, or one that IAM could not hold: a person has to look."""
    assert outcome(identity).name == NOT_CONTAINED


def test_a_name_of_awkward_characters_stays_one_word() -> None:
    """IAM allows a leading dash, commas and equals signs; the shell and the CLI must not stumble."""
    found = outcome(user(name="-x,y=z+@.", key="AKIA'"))
    for command in commands_in(found.instructions):
        assert assert_is_command(command)["user-name"] == "-x,y=z+@."


def test_a_user_of_the_same_name_that_was_made_later_is_not_hit() -> None:
    """The unique id in the record tells them apart."""
    found = outcome(user(), findings=known(user_facts(unique_id="AIDAEXAMPLEANOTHER")))
    assert (found.name, found.target) == (GONE, USER_ARN)
    assert outcome(user(), findings=known(user_facts(exists=False))).name == GONE
    same = known(user_facts(unique_id=user()["principalId"]))
    assert ids(plan(user(), findings=same)) == ["deactivate-access-key", "deny-user-sessions"]
