"""What an actor of the incident made in order to stay: proposed against, never unasked."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.containment import (
    MANY_CREATED,
    NOT_CONTAINED,
    PROTECTED,
    RESPONDER,
    Planned,
    Subject,
    plan_created,
)
from response.domain.denials import DENY_ALL
from response.domain.findings import Created, CreatedKind, Findings, PrincipalFacts
from response.domain.plan import Gate
from response.domain.policy import Policy
from tests.response.domain.containment.scenes import (
    INCIDENT,
    ids,
    key,
    made,
    names,
    protecting,
    role_facts,
    user_facts,
)
from tests.response.domain.people import CONTAINER, RESPONDERS, actor, user
from tests.response.domain.strategies import ACCOUNT, STRANGER

_KEY = "AKIAEXAMPLECREATED00"


def created(
    *what: Created, policy: Policy | None = None, facts: tuple[PrincipalFacts, ...] = (), **more: Any
) -> Planned:
    """The plan against what was made."""
    return plan_created(
        Subject(
            actor(user()),
            INCIDENT,
            policy or Policy(),
            Gate.AUTO,
            RESPONDERS,
            account=ACCOUNT,
            findings=Findings(principals={one.arn: one for one in facts}, created=what),
            **more,
        )
    )


def test_each_kind_has_its_action_and_waits_for_a_person() -> None:
    """User, role, key on another user, password on another user; when and by which event is noted."""
    planned = created(
        made(CreatedKind.USER, "backdoor"),
        made(CreatedKind.ROLE, "helper"),
        made(CreatedKind.ACCESS_KEY, "alice", _KEY),
        made(CreatedKind.LOGIN_PROFILE, "bob"),
    )
    assert ids(planned) == [
        "deny-created-user",
        "deny-created-role",
        "deactivate-created-key",
        "deny-created-user",
    ]
    assert planned[1] == ()
    assert {action.gate for action in planned[0]} == {Gate.APPROVE}
    operations = [(call.operation, call.parameters) for action in planned[0] for call in action.calls]
    assert [operation for operation, _ in operations] == [
        "PutUserPolicy",
        "PutRolePolicy",
        "UpdateAccessKey",
        "PutUserPolicy",
    ]
    assert operations[1][1]["PolicyDocument"] == DENY_ALL
    assert operations[2][1] == {"UserName": "alice", "AccessKeyId": _KEY, "Status": "Inactive"}
    assert operations[3][1]["UserName"] == "bob"
    assert all(any("e-made" in note for note in action.notes) for action in planned[0])


def test_a_new_users_keys_are_switched_off_too() -> None:
    """Those it has by now, each once, whether listed by IAM or seen in the making."""
    facts = user_facts("backdoor", keys=(key(_KEY), key("AKIAEXAMPLEOLDOLDOLD", "Inactive")))
    planned = created(
        made(CreatedKind.USER, "backdoor"), made(CreatedKind.ACCESS_KEY, "backdoor", _KEY), facts=(facts,)
    )
    assert ids(planned) == ["deny-created-user", "deactivate-created-key"]


def test_a_user_is_denied_once() -> None:
    """A password for a new user adds nothing to its deny."""
    planned = created(made(CreatedKind.USER, "backdoor"), made(CreatedKind.LOGIN_PROFILE, "backdoor"))
    assert ids(planned) == ["deny-created-user"]


@pytest.mark.parametrize(
    ("one", "policy", "facts", "name"),
    [
        (made(CreatedKind.USER, "emergency"), protecting("*:user/emergency"), (), PROTECTED),
        (
            made(CreatedKind.ACCESS_KEY, "alice", _KEY, arn=""),
            protecting(team="soc-*"),
            (user_facts("alice", path="/people/", tags={"team": "soc-1"}),),
            PROTECTED,
        ),
        (
            made(CreatedKind.ACCESS_KEY, "alice", _KEY, arn=""),
            protecting("arn:aws:iam::*:user/people/alice"),
            (user_facts("alice", path="/people/"),),
            PROTECTED,
        ),
        (made(CreatedKind.ROLE, CONTAINER.rpartition("/")[2]), None, (), RESPONDER),
        (made(CreatedKind.ROLE, "cdk-x-deploy-role-1"), None, (), PROTECTED),
        (made(CreatedKind.ROLE, "AWSServiceRoleForX", arn=""), None, (), NOT_CONTAINED),
        (
            made(CreatedKind.ROLE, "x", arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a.b/x"),
            None,
            (),
            NOT_CONTAINED,
        ),
        (made(CreatedKind.USER, "x", arn=f"arn:aws:iam::{STRANGER}:user/x"), None, (), NOT_CONTAINED),
        (made(CreatedKind.USER, "x; rm -rf"), None, (), NOT_CONTAINED),
        (made(CreatedKind.USER, "x", arn=f"arn:aws:iam::{ACCOUNT}:user/y"), None, (), NOT_CONTAINED),
        (made(CreatedKind.ACCESS_KEY, "alice", "ASIAEXAMPLESESSION00"), None, (), NOT_CONTAINED),
        (made(CreatedKind.USER, "gone"), None, (user_facts("gone", exists=False),), "principal_gone"),
        (
            made(CreatedKind.ROLE, "full"),
            None,
            (role_facts("full", inline_policies={"x": 10_200}),),
            "policy_would_not_fit",
        ),
    ],
)
def test_the_guard_is_asked_for_what_was_made_too(
    one: Created, policy: Policy | None, facts: tuple[PrincipalFacts, ...], name: str
) -> None:
    """By pattern, by tag, by path that IAM told; Trailguard's own, AWS's own, strangers and odd names."""
    planned = created(one, policy=policy, facts=facts)
    assert planned[0] == ()
    assert names(planned) == [name]


def test_a_flood_is_planned_for_in_part_and_told() -> None:
    """A plan of hundreds of actions is one that nobody reads."""
    planned = created(*(made(CreatedKind.USER, f"user-{number}") for number in range(50)))
    assert len(planned[0]) == 20
    assert names(planned) == [MANY_CREATED]
    assert "50 users" in planned[1][0].reason
