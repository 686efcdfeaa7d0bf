"""Permissions as data: complete in form, and nothing wider than it has to be."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from botocore import xform_name

from response import aws
from response.aws.credentials import CONTAINER_OPERATIONS
from response.aws.trails import RESTORER_OPERATIONS
from response.permissions import FUNCTIONS, MEMBER_ROLES, STATE_MACHINE, SYMBOLS, Grant, assuming
from response.workflow import STEPS

GRANTS: list[Grant] = [
    *STATE_MACHINE,
    *(grant for function in FUNCTIONS.values() for grant in function.grants),
    *(grant for role in MEMBER_ROLES.values() for grant in role.grants),
]


def test_every_function_has_its_permissions() -> None:
    """All steps and the four functions beside the state machine."""
    assert set(FUNCTIONS) == {*STEPS, "reconcile", "console", "sign_in", "capture_baseline"}


@pytest.mark.parametrize("grant", GRANTS)
def test_no_wildcard_action(grant: Grant) -> None:
    """Each action is spelled out."""
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action) for action in grant.actions)


@pytest.mark.parametrize("grant", GRANTS)
def test_a_wildcard_resource_has_its_reason(grant: Grant) -> None:
    """Only where the API takes no resource, or the resource is the attacker's to name."""
    if "*" in grant.resources or "arn:{partition}:s3:::*" in grant.resources:
        assert grant.reason


@pytest.mark.parametrize("grant", GRANTS)
def test_resources_use_known_symbols(grant: Grant) -> None:
    """A symbol that the stack does not know could never be replaced."""
    for resource in grant.resources:
        used = {name for _, name, _, _ in string.Formatter().parse(resource) if name}
        assert used <= set(SYMBOLS)


def test_only_what_acts_may_change_anything_in_a_protected_account() -> None:
    """Restorer and container are assumed by two functions: to carry out, and to take back."""
    assert assuming("restorer") == ("execute", "undo")
    assert assuming("container") == ("execute", "undo")
    assert {"execute", "undo"} <= set(assuming("reader"))


def test_the_restorer_can_not_delete_a_trail() -> None:
    """It puts trails back, and takes that back; it passes roles to CloudTrail only."""
    actions = MEMBER_ROLES["restorer"].actions()
    assert not actions & {"cloudtrail:CreateTrail", "cloudtrail:DeleteTrail"}
    passing = [grant for grant in MEMBER_ROLES["restorer"].grants if "iam:PassRole" in grant.actions]
    assert [grant.conditions for grant in passing] == [
        {"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}}
    ]


def test_the_reader_reads() -> None:
    """No action of the reader changes anything; a simulation asks what would be allowed."""
    verbs = {action.split(":")[1] for action in MEMBER_ROLES["reader"].actions()}
    assert all(verb.startswith(("Get", "List", "Describe", "Lookup", "Simulate")) for verb in verbs)


def test_users_and_roles_are_reached_by_the_actions_for_them() -> None:
    """What IAM authorises on a user is granted on users, what on a role, on roles; nothing on everything."""
    for role in ("reader", "container"):
        for grant in MEMBER_ROLES[role].grants:
            for action in (action for action in grant.actions if action.startswith("iam:")):
                kinds = {resource.rpartition(":")[2] for resource in grant.resources}
                if action == "iam:SimulatePrincipalPolicy":
                    assert kinds == {"user/*", "role/*"}
                else:
                    assert kinds == {"role/*" if "Role" in action else "user/*"}, action


def test_whatever_contains_can_be_taken_back() -> None:
    """The container holds each call together with its inverse; it makes and removes no principal."""
    actions = MEMBER_ROLES["container"].actions()
    for put in (action for action in actions if ":Put" in action):
        assert put.replace(":Put", ":Delete") in actions
    assert not {action for action in actions if ":Create" in action or ":Attach" in action}
    assert not actions & {"iam:DeleteUser", "iam:DeleteRole", "iam:DeleteAccessKey"}


def test_functions_hold_no_rights_in_the_accounts_they_protect() -> None:
    """CloudTrail and IAM are reached by assumed roles only, in one account too."""
    for function in FUNCTIONS.values():
        for grant in function.grants:
            assert not any(action.startswith(("cloudtrail:", "iam:", "sts:")) for action in grant.actions)


def test_member_roles_grant_what_the_adapters_call_and_nothing_more() -> None:
    """The writing roles are the adapters' allow-lists; every action of the reader is a call they make."""
    writes = {
        "restorer": {f"cloudtrail:{name}" for name in RESTORER_OPERATIONS} | {"iam:PassRole"},
        "container": {f"iam:{name}" for name in CONTAINER_OPERATIONS},
    }
    for role, actions in writes.items():
        assert MEMBER_ROLES[role].actions() == actions
    source = "".join(path.read_text(encoding="utf-8") for path in Path(aws.__path__[0]).glob("*.py"))
    called = set(re.findall(r"client\.(?:get_paginator\(\")?([a-z_0-9]+)", source))
    permitted_as = {"s3:ListBucket": "head_bucket", "s3:ListAllMyBuckets": "list_buckets"}
    for action in MEMBER_ROLES["reader"].actions():
        assert permitted_as.get(action, xform_name(action.partition(":")[2])) in called, action
