"""Who is never contained: by pattern, by tag, by being the responder or what deploys it."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.containment import (
    CUTOFF,
    PROTECTED,
    PROTECTION_UNKNOWN,
    RESPONDER,
    plan_containment,
)
from response.domain.findings import Findings
from response.domain.plan import Gate
from response.domain.policy import Policy, parse_policy
from tests.response.domain.commands import commands_in
from tests.response.domain.containment.scenes import (
    INCIDENT,
    chain,
    ids,
    known,
    names,
    outcome,
    plan,
    protecting,
    role_facts,
    user_facts,
)
from tests.response.domain.people import CONTAINER, actor, federated, role, user
from tests.response.domain.strategies import ACCOUNT


def test_protected_principals_are_left_alone() -> None:
    """By user or role, by session or issuer; the outcome says which pattern, and what a person could do."""
    patterns = [f"arn:aws:iam::{ACCOUNT}:user/mall*", "arn:aws:iam::*:role/ci-*"]
    policy = protecting(*patterns)
    without_issuer = {name: value for name, value in role().items() if name != "sessionContext"}
    for identity, pattern in ((user(), 0), (role(), 1), (without_issuer, 1), (federated(), 0)):
        found = outcome(identity, policy)
        assert found.name == PROTECTED
        assert patterns[pattern] in found.reason
        assert commands_in(found.instructions)


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"break-glass": "true"}, PROTECTED),
        ({"break-glass": "false"}, None),
        ({"team": "soc-eu"}, PROTECTED),
        ({"team": ""}, None),
        ({"Team": "soc-eu"}, None),
        ({}, None),
        (None, PROTECTION_UNKNOWN),
    ],
)
@pytest.mark.parametrize("identity", [user(), role(), federated()], ids=["user", "role", "issuer"])
def test_tags_protect_as_patterns_do(identity: Any, tags: dict[str, str] | None, name: str | None) -> None:
    """Case counts; tags that could not be read may protect, so a person looks."""
    policy = protecting(**{"break-glass": "true", "team": "soc-*"})
    planned = plan(identity, policy, findings=known(user_facts(tags=tags), role_facts(tags=tags)))
    assert bool(planned[0]) is (name is None)
    if name is not None:
        assert name in names(planned)


def test_without_findings_a_policy_with_tags_protects_everybody() -> None:
    """An investigation that failed must not lift the protection."""
    assert outcome(user(), protecting(team="soc")).name == PROTECTION_UNKNOWN


def test_an_empty_tag_is_protected_by_any_value() -> None:
    """A tag may have no value."""
    policy, found = protecting(team="*"), known(user_facts(tags={"team": ""}))
    assert outcome(user(), policy, found).name == PROTECTED


def test_a_path_that_is_not_known_may_be_the_protected_one() -> None:
    """The session's ARN leaves the path out; IAM can tell it."""
    policy = protecting("arn:aws:iam::*:role/emergency/*")
    bare = {name: value for name, value in role().items() if name != "sessionContext"}
    assert PROTECTION_UNKNOWN in names(plan(bare, policy))
    assert plan(bare, policy)[0] == ()
    elsewhere = known(role_facts(path="/build/"))
    assert ids(plan(bare, policy, findings=elsewhere)) == ["deny-role-sessions"]
    inside = known(role_facts(path="/emergency/"))
    assert PROTECTED in names(plan(bare, policy, findings=inside))


def test_the_responder_and_the_deploying_roles_are_left_alone() -> None:
    """Containing either would leave nobody to respond, or to repair."""
    assert outcome(role(CONTAINER.rpartition("/")[2])).name == RESPONDER
    assert outcome(role("cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1")).name == PROTECTED
    assert outcome(role("stacksets-exec-0123")).name == PROTECTED


@pytest.mark.parametrize("gate", [Gate.APPROVE, Gate.AUTO])
def test_the_responders_sessions_are_denied_only_under_their_own_gate(gate: Gate) -> None:
    """Last of all, since the denied role may be the one that restores; a person is called in any case."""
    policy = parse_policy({"version": 1, "gates": {"contain": "off", "responder": str(gate)}})
    actions, outcomes = plan(role(CONTAINER.rpartition("/")[2]), policy, Gate.OFF)
    (deny,) = actions
    assert (deny.id, deny.gate, deny.target) == ("deny-responder-sessions", gate, CONTAINER)
    assert CUTOFF in deny.calls[0].parameters["PolicyDocument"]
    assert deny.order > 70
    assert [found.name for found in outcomes] == [RESPONDER]


def test_a_protected_role_does_not_protect_who_used_it() -> None:
    """The user at the beginning of the chain is another principal."""
    planned = plan(role(), protecting("*:role/ci-*"), findings=Findings(chains=(chain(user("eve")),)))
    assert ids(planned) == ["deactivate-origin-key", "deny-origin-user"]
    assert names(planned) == [PROTECTED]


def test_without_an_account_nobody_is_a_stranger() -> None:
    """Offline, the trail's account may not be known; names still have to fit."""
    actions, _ = plan_containment(
        actor(user()), incident_id=INCIDENT, policy=Policy(), responder_arns=(), gate=Gate.OFF
    )
    assert [action.id for action in actions] == ["deactivate-access-key", "deny-user-sessions"]
