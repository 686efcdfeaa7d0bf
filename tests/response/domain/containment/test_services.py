"""Whoever no call in the account can contain: a named outcome with exact steps, and never a call."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from response.domain import instructions
from response.domain.containment import NOT_CONTAINED
from response.domain.policy import Policy
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.scenes import ids, outcome, plan, protecting
from tests.response.domain.people import (
    EVERYBODY,
    NOBODY,
    ROOT,
    SAML,
    SERVICE,
    SERVICE_LINKED,
    SSO,
    WEB,
    role,
    user,
)
from tests.response.domain.strategies import ACCOUNT, STRANGER

_FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay"


@pytest.mark.parametrize(
    ("identity", "command"),
    [
        (SSO, "90676ab1-1111-2222-3333-444455556666"),
        (ROOT, f"aws sts assume-root --region us-east-1 --target-principal {ACCOUNT}"),
        (SERVICE_LINKED, '"AttributeValue":"AWSServiceRoleForCloudTrail"'),
        (SERVICE, '"AttributeValue":"cloudformation.amazonaws.com"'),
        (EVERYBODY["foreign_account"], f"'{STRANGER}'"),
        (user(account=STRANGER), f"'{STRANGER}'"),
        (role(account=STRANGER), f"'{STRANGER}'"),
        (SAML, "aws iam list-saml-providers"),
        (WEB, "aws iam list-open-id-connect-providers"),
        (NOBODY, "aws cloudtrail lookup-events"),
    ],
)
def test_who_cannot_be_contained_is_an_outcome_with_instructions(
    identity: Mapping[str, Any], command: str
) -> None:
    """Nothing is called, and a person is told exactly what to do."""
    found = outcome(identity)
    assert found.name == NOT_CONTAINED
    assert found.reason
    assert any(command in step for step in found.instructions)


def test_identity_center_is_denied_by_a_policy_on_the_user_id() -> None:
    """User id and permission set are named; without an id the user is looked up in the record's store."""
    found = outcome(SSO)
    assert any('{"StringEquals":{"identitystore:userId":' in step for step in found.instructions)
    assert "permission set Admin" in found.reason
    store = "arn:aws:identitystore::111122223333:identitystore/d-9067642ac7"
    unnamed = {**SSO, "onBehalfOf": {"identityStoreArn": store}}
    (look,) = [step for step in outcome(unnamed).instructions if "list-users" in step]
    assert "--identity-store-id d-9067642ac7" in look


def test_an_assumed_root_session_leads_to_who_called_assume_root() -> None:
    """Another call than the root user's own sign-in, so another search."""
    found = outcome({**ROOT, "sessionContext": {"assumedRoot": "true"}})
    assert any('"AttributeValue":"AssumeRoot"' in step for step in found.instructions)
    assert not any("assume-root --" in step for step in found.instructions)


@pytest.mark.parametrize("identity", [SERVICE, SERVICE_LINKED])
def test_the_resource_that_a_service_acted_for_is_named(identity: Mapping[str, Any]) -> None:
    """In the reason and in the steps; what is no ARN is not."""
    found = outcome({**identity, "inScopeOf": {"sourceArn": _FUNCTION}})
    assert _FUNCTION in found.reason
    assert any(_FUNCTION in step for step in found.instructions)
    assert "acted for" not in outcome({**identity, "inScopeOf": {"sourceArn": "no arn"}}).reason


def test_provider_and_subject_are_named() -> None:
    """For SAML by the name in the assertion, for the web by the token's subject."""
    saml = outcome({**SAML, "identityProvider": "q1w2="})
    assert "q1w2=" in saml.reason
    assert "dave@idp" in saml.target
    assert any("dave@idp" in step for step in saml.instructions)


def test_a_role_that_a_provider_vouched_for_is_denied_and_its_user_named() -> None:
    """As an assumed role, and the identity at its provider is left to a person."""
    identity = role()
    identity["sessionContext"]["webIdFederationData"] = {
        "federatedProvider": "arn:aws:iam::111122223333:oidc-provider/token.example",
        "attributes": {"token.example:sub": "repo:org/app", "token.example:aud": "sts"},
    }
    planned = plan(identity)
    assert ids(planned) == ["deny-role-sessions"]
    (found,) = planned[1]
    assert "repo:org/app" in found.target
    assert "oidc-provider/token.example" in found.reason


def test_delegated_access_names_the_account_that_used_it() -> None:
    """The principal is contained as usual; the delegation is ended by a person."""
    planned = plan(user() | {"invokedByDelegate": {"accountId": STRANGER}})
    assert ids(planned) == ["deactivate-access-key", "deny-user-sessions"]
    (found,) = planned[1]
    assert found.target == STRANGER
    assert any("list-delegation-requests" in step for step in found.instructions)


def test_revoking_looks_thirty_seconds_ahead_when_it_is_run() -> None:
    """The shell makes the date, and what IAM then gets is a JSON document."""
    steps = instructions.for_role("ci-deploy", ACCOUNT)
    put = next(step for step in steps if "put-role-policy" in step)
    script = f"aws() {{ printf '%s' \"${{8}}\"; }}; {put}"
    printed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout  # noqa: S607 - any bash will do
    condition = json.loads(printed)["Statement"][0]["Condition"]
    assert condition["DateLessThan"]["aws:TokenIssueTime"].endswith("Z")


_ALL_STEPS = {
    "instance": instructions.for_instance("i-0123456789abcdef0", "eu-west-1"),
    "instance somewhere": instructions.for_instance("i-01234567", ""),
    "function": instructions.for_function(_FUNCTION, "eu-west-1"),
    "task": instructions.for_task("0123456789abcdef0123456789abcdef", "", "eu-west-1"),
    "resource": instructions.for_resource("arn:aws:x:::'\n; rm -rf"),
    "full user": instructions.for_full_user("-x,y=z", ACCOUNT),
    "full role": instructions.for_full_role("-x,y=z", ACCOUNT),
    "delegate": instructions.for_delegate(STRANGER),
    "origin": instructions.for_unknown_origin("ASIAEXAMPLESESSION00"),
    "assumed root": instructions.for_assumed_root(ACCOUNT),
}


@pytest.mark.parametrize("what", sorted(_ALL_STEPS))
def test_every_step_of_isolation_is_one_that_the_aws_cli_takes(what: str) -> None:
    """Operations and options exist, none that is needed is missing, and no step holds a line break."""
    steps = _ALL_STEPS[what]
    assert commands_in(steps)
    assert all(step.isprintable() for step in steps)
    for command in commands_in(steps):
        assert_is_command(command)


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_every_command_is_one_that_the_aws_cli_takes(who: str) -> None:
    """In the outcomes about everybody, protected or not."""
    for policy in (Policy(), protecting("*")):
        for found in plan(EVERYBODY[who], policy)[1]:
            assert found.instructions
            for command in commands_in(found.instructions):
                assert_is_command(command)
