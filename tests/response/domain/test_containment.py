"""Containment: sure of its credential, or a named outcome with what a person does instead."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.actor import Actor, PrincipalKind
from response.domain.containment import NOT_CONTAINED, PROTECTED, RESPONDER, Planned, plan_containment
from response.domain.plan import ActionKind, Call, Gate, Outcome, Plan
from response.domain.policy import Policy, parse_policy
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.people import (
    CONTAINER,
    EVERYBODY,
    KEY,
    NOBODY,
    RESPONDERS,
    SSO,
    actor,
    federated,
    hostile_texts,
    role,
    user,
)
from tests.response.domain.strategies import ACCOUNT, STRANGER, json_values

_INCIDENT = "TG-20260301-0123abcd"
_DENY_ALL = (
    '{"Version":"2012-10-17","Statement":'
    '[{"Sid":"TrailguardContainment","Effect":"Deny","Action":"*","Resource":"*"}]}'
)


def plan(identity: Mapping[str, Any], policy: Policy | None = None, gate: Gate = Gate.AUTO) -> Planned:
    """The plan against a principal, in the account of the examples."""
    return plan_containment(
        actor(identity),
        incident_id=_INCIDENT,
        policy=policy or Policy(),
        responder_arns=RESPONDERS,
        gate=gate,
        account=ACCOUNT,
    )


def outcome(identity: Mapping[str, Any], policy: Policy | None = None) -> Outcome:
    """The one outcome of a plan that has no action."""
    actions, outcomes = plan(identity, policy)
    assert actions == ()
    assert len(outcomes) == 1
    return outcomes[0]


def test_a_users_key_is_switched_off_and_its_sessions_are_denied() -> None:
    """The exact calls, their inverses, and what they rest on and aim at; the user's path does not matter."""
    (key, deny), outcomes = plan(user(path="/ops/on-call/"))
    who = {"UserName": "mallory", "AccessKeyId": KEY}
    policy = {"UserName": "mallory", "PolicyName": f"TrailguardDeny-{_INCIDENT}"}
    assert outcomes == ()
    assert (key.id, key.kind, key.gate) == ("deactivate-access-key", ActionKind.CONTAIN, Gate.AUTO)
    assert key.target == deny.target == f"arn:aws:iam::{ACCOUNT}:user/ops/on-call/mallory"
    assert key.calls == (Call("iam", "UpdateAccessKey", {**who, "Status": "Inactive"}),)
    assert key.inverse == (Call("iam", "UpdateAccessKey", {**who, "Status": "Active"}),)
    assert (key.expects, key.aims) == ({"AccessKeyStatus": "Active"}, {"AccessKeyStatus": "Inactive"})
    assert deny.id == "deny-user-sessions"
    assert deny.calls == (Call("iam", "PutUserPolicy", {**policy, "PolicyDocument": _DENY_ALL}),)
    assert deny.inverse == (Call("iam", "DeleteUserPolicy", policy),)
    assert (deny.expects, deny.aims) == ({"UserPolicyDocument": None}, {"UserPolicyDocument": _DENY_ALL})
    assert 10 < key.order < deny.order < 30


@pytest.mark.parametrize("gate", list(Gate))
def test_the_gate_of_the_policy_stands_on_every_action(gate: Gate) -> None:
    """An action behind a gate that is off is planned, and shown, all the same."""
    actions, _ = plan(user(), gate=gate)
    assert [action.gate for action in actions] == [gate, gate]


@pytest.mark.parametrize(
    ("identity", "command"),
    [
        (user(key="ASIAEXAMPLESESSION00"), "aws iam put-user-policy --user-name mallory --policy-name"),
        (user(key=""), "aws iam update-access-key --user-name mallory --access-key-id ACCESS_KEY_ID"),
        (role(), "aws iam put-role-policy --role-name ci-deploy --policy-name AWSRevokeOlderSessions"),
        (SSO, "90676ab1-1111-2222-3333-444455556666"),
        (federated(issuer="bob"), "aws iam put-user-policy --user-name bob --policy-name"),
        (EVERYBODY["root"], f"aws sts assume-root --region us-east-1 --target-principal {ACCOUNT}"),
        (EVERYBODY["service_linked_role"], '"AttributeValue":"AWSServiceRoleForCloudTrail"'),
        (EVERYBODY["service"], '"AttributeValue":"cloudformation.amazonaws.com"'),
        (EVERYBODY["foreign_account"], f"'{STRANGER}'"),
        (user(account=STRANGER), f"'{STRANGER}'"),
        (EVERYBODY["saml"], "Revoke active sessions"),
        (EVERYBODY["web_identity"], "Revoke active sessions"),
        (NOBODY, "aws cloudtrail lookup-events"),
    ],
)
def test_everybody_else_is_a_named_outcome_with_instructions(
    identity: Mapping[str, Any], command: str
) -> None:
    """Nothing is called, and a person is told exactly what to do."""
    found = outcome(identity)
    assert found.name == NOT_CONTAINED
    assert found.reason
    assert any(command in step for step in found.instructions)


def test_identity_center_is_denied_by_a_policy_on_the_user_id() -> None:
    """The user's id comes from the record, or is looked up first."""
    condition = '"Condition":{"StringEquals":{"identitystore:userId":'
    assert any(condition in step for step in outcome(SSO).instructions)
    unnamed = {key: value for key, value in SSO.items() if key != "onBehalfOf"}
    assert any("list-users" in step for step in outcome(unnamed).instructions)


def test_revoking_looks_thirty_seconds_ahead_when_it_is_run() -> None:
    """The shell makes the date, and what IAM then gets is a JSON document."""
    put = next(step for step in outcome(role()).instructions if "put-role-policy" in step)
    script = f"aws() {{ printf '%s' \"${{8}}\"; }}; {put}"
    printed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout  # noqa: S607 - any bash will do
    condition = json.loads(printed)["Statement"][0]["Condition"]
    assert condition["DateLessThan"]["aws:TokenIssueTime"].endswith("Z")


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_every_command_is_one_that_the_aws_cli_takes(who: str) -> None:
    """Operations and options exist, and none that is needed is missing."""
    protected = parse_policy({"version": 1, "protected_principals": ["*"]})
    for policy in (Policy(), protected):
        for found in plan(EVERYBODY[who], policy)[1]:
            for command in commands_in(found.instructions):
                assert_is_command(command)


def test_protected_principals_are_left_alone() -> None:
    """By user or role, by session or issuer; the outcome says which pattern, and what a person could do."""
    patterns = [f"arn:aws:iam::{ACCOUNT}:user/mall*", "arn:aws:iam::*:role/ci-*"]
    policy = parse_policy({"version": 1, "protected_principals": patterns})
    without_issuer = {key: value for key, value in role().items() if key != "sessionContext"}
    for identity, pattern in ((user(), 0), (role(), 1), (without_issuer, 1), (federated(), 0)):
        found = outcome(identity, policy)
        assert found.name == PROTECTED
        assert patterns[pattern] in found.reason
        assert commands_in(found.instructions)


def test_the_responder_and_the_deploying_roles_are_left_alone() -> None:
    """Containing either would leave nobody to respond, or to repair."""
    assert outcome(role(CONTAINER.rpartition("/")[2])).name == RESPONDER
    assert outcome(role("cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1")).name == PROTECTED
    assert outcome(role("stacksets-exec-0123")).name == PROTECTED


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
    found = outcome(user(name="-x,y=z+@.", key=""))
    for command in commands_in(found.instructions):
        assert assert_is_command(command)["user-name"] == "-x,y=z+@."


_hostile_actors = st.builds(
    Actor,
    kind=st.sampled_from(PrincipalKind),
    arn=hostile_texts.map(lambda text: f"arn:aws:iam::{ACCOUNT}:user/{text}") | hostile_texts,
    account=st.sampled_from((ACCOUNT, STRANGER, "")) | hostile_texts,
    access_key_id=st.sampled_from((KEY, "")) | hostile_texts,
    user_name=hostile_texts,
    principal_id=hostile_texts,
    session_name=hostile_texts,
    issuer_arn=hostile_texts.map(lambda text: f"arn:aws:iam::{ACCOUNT}:role/{text}") | hostile_texts,
    invoked_by=hostile_texts,
    on_behalf_of=hostile_texts,
)


@given(_hostile_actors, st.booleans())
def test_hostile_names_reach_no_shell(suspect: Actor, protect: bool) -> None:
    """Whatever a record holds, planning answers, with one-line steps whose commands stay commands."""
    policy = parse_policy({"version": 1, "protected_principals": ["*"] if protect else []})
    actions, outcomes = plan_containment(
        suspect, incident_id=_INCIDENT, policy=policy, responder_arns=RESPONDERS, gate=Gate.AUTO
    )
    assert bool(actions) != bool(outcomes)
    assert not (actions and protect)
    for found in outcomes:
        assert all(step.isprintable() for step in found.instructions)
        for command in commands_in(found.instructions):
            assert_is_command(command)
    whole = Plan(_INCIDENT, "arn", "digest", "approved", "now", actions, outcomes)
    assert Plan.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@given(st.dictionaries(st.sampled_from(sorted(user())), json_values, max_size=4))
def test_odd_identities_are_planned_without_raising(changes: dict[str, Any]) -> None:
    """Missing, null and ill-typed fields are no reason to fail; only the ARN's own user is ever named."""
    actions, outcomes = plan(user() | changes)
    assert actions or outcomes
    for action in actions:
        assert all(call.parameters["UserName"] == action.target.rpartition("/")[2] for call in action.calls)
