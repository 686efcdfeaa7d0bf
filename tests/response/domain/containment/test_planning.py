"""Any identity, any findings: planning answers, hits nobody whom it may not hit, and can be taken back."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from response.domain.actor import PrincipalKind, actor_of
from response.domain.containment import Planned, Subject, plan_containment, plan_created
from response.domain.findings import NOTHING, Chain, ChainLink, Findings
from response.domain.plan import Action, ActionKind, Gate, Plan
from response.domain.policy import Policy, parse_policy
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.identities import findings, identities, protected_links
from tests.response.domain.containment.scenes import INCIDENT, POLICY_NAME, role_facts, user_facts
from tests.response.domain.people import RESPONDERS, record_of, role
from tests.response.domain.strategies import ACCOUNT

_PROTECTING = parse_policy(
    {
        "version": 1,
        "protected_principals": ["arn:aws:iam::*:user/emergency", "arn:aws:iam::*:role/ops/emergency"],
        "protected_tags": {"team": "soc"},
    }
)
_INVERSE = {
    "UpdateAccessKey": "UpdateAccessKey",
    "PutUserPolicy": "DeleteUserPolicy",
    "PutRolePolicy": "DeleteRolePolicy",
}
# No call of the account reaches these, whatever the record says of them.
_BEYOND = frozenset(
    {
        PrincipalKind.ROOT,
        PrincipalKind.IDENTITY_CENTER,
        PrincipalKind.SERVICE_LINKED_ROLE,
        PrincipalKind.AWS_SERVICE,
        PrincipalKind.AWS_ACCOUNT,
        PrincipalKind.UNKNOWN,
    }
)


def planned_for(identity: Any, policy: Policy, found: Findings, gate: Gate = Gate.AUTO) -> Planned:
    """The plan against whoever is the identity, in the account of the examples."""
    return plan_containment(
        actor_of(identity),
        incident_id=INCIDENT,
        policy=policy,
        responder_arns=RESPONDERS,
        gate=gate,
        account=ACCOUNT,
        findings=found,
        record=record_of({}),
    )


def targets(action: Action) -> tuple[str, str]:
    """Which kind of principal the calls are for, and its name."""
    (call,) = action.calls
    kind = "role" if "RoleName" in call.parameters else "user"
    return kind, call.parameters.get("RoleName") or call.parameters["UserName"]


def assert_sound(action: Action) -> None:
    """One known call on one principal of the account, with the inverse of that very call."""
    (call,), (inverse,) = action.calls, action.inverse
    kind, name = targets(action)
    assert action.kind is ActionKind.CONTAIN
    assert inverse.operation == _INVERSE[call.operation]
    assert call.service == inverse.service == "iam"
    assert action.target.startswith(f"arn:aws:iam::{ACCOUNT}:{kind}/")
    assert action.target.rpartition("/")[2] == name
    changed = {"Status", "PolicyDocument"}
    assert {k: v for k, v in call.parameters.items() if k not in changed} == {
        k: v for k, v in inverse.parameters.items() if k not in changed
    }
    assert set(action.expects) == set(action.aims) != set()
    if "PolicyName" in call.parameters:
        assert call.parameters["PolicyName"].startswith(POLICY_NAME)
        assert action.aims == {f"{kind.title()}PolicyDocument": call.parameters["PolicyDocument"]}
        statements = json.loads(call.parameters["PolicyDocument"])["Statement"]
        assert len(statements) == 1 or all("StringEquals" in one["Condition"] for one in statements)
        for statement in statements:
            assert statement["Effect"] == "Deny"
            assert set(statement.get("Condition", {})) <= {"StringEquals", "DateLessThan"}
    assert len(action.id) <= 30
    assert all(note.isprintable() for note in (*action.notes, action.title))


def assert_spares(action: Action, found: Findings) -> None:
    """Neither the responder, nor who deploys, nor roles of AWS, nor anybody who is protected or gone."""
    kind, name = targets(action)
    assert action.target not in RESPONDERS
    if kind == "role":  # a user may bear any name, and any path
        assert not name.startswith(("trailguard-", "cdk-"))
        assert not action.target.endswith("/ops/emergency")
        assert not action.target.partition(":role/")[2].startswith(("aws-service-role/", "aws-reserved/"))
    else:
        assert not action.target.endswith(":user/emergency")
    facts = found.principals.get(action.target)
    if facts is not None:
        assert facts.exists
        assert (facts.tags or {}).get("team") != "soc"


@given(identities, findings, st.sampled_from((Policy(), _PROTECTING)), st.sampled_from(Gate))
def test_any_identity_is_planned_for(identity: Any, found: Findings, policy: Policy, gate: Gate) -> None:
    """Sound actions with ids of their own, or a named outcome with steps; the plan reads back as it was."""
    actions, outcomes = planned_for(identity, policy, found, gate)
    assert actions or outcomes
    assert len({action.id for action in actions}) == len(actions)
    assert all(action.gate in {gate, Gate.APPROVE if gate is Gate.AUTO else gate} for action in actions)
    for action in actions:
        assert_sound(action)
    for outcome in outcomes:
        assert all(step.isprintable() for step in (*outcome.instructions, outcome.reason, outcome.target))
        for command in commands_in(outcome.instructions):
            assert_is_command(command)
    whole = Plan(INCIDENT, "arn", "digest", "approved", "now", actions, outcomes)
    assert Plan.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    assert planned_for(identity, policy, found, gate) == (actions, outcomes)


@given(identities, findings)
def test_nobody_who_is_protected_is_ever_the_target(identity: Any, found: Findings) -> None:
    """Not as actor, issuer, owner or origin, and not as what was made."""
    actor = actor_of(identity)
    actions, _ = planned_for(identity, _PROTECTING, found)
    subject = Subject(actor, INCIDENT, _PROTECTING, Gate.AUTO, RESPONDERS, account=ACCOUNT, findings=found)
    made, _ = plan_created(subject)
    for action in (*actions, *made):
        assert_sound(action)
        assert_spares(action, found)


@given(protected_links)
def test_nobody_who_is_protected_is_the_target_as_a_link_of_a_chain(links: tuple[ChainLink, ...]) -> None:
    """Whoever stands behind a session passes the guard that the actor passes."""
    chain = Chain(record_of({}).event_id, links, whole=True)
    known = user_facts("eve", tags={}), role_facts("ci-deploy", tags={}), role_facts("x", tags={})
    found = Findings(
        principals={one.arn: one for one in (*known, user_facts("emergency", tags={}))}, chains=(chain,)
    )
    actions, _ = planned_for(role(), _PROTECTING, found)
    assert actions
    for action in actions:
        assert_spares(action, found)


@given(identities, findings)
def test_no_call_is_proposed_for_whom_none_can_contain(identity: Any, found: Findings) -> None:
    """Root, Identity Center, services and their roles, strangers, unknown: only a person can."""
    actor = actor_of(identity)
    actions, outcomes = planned_for(identity, Policy(), found)
    if actor.kind in _BEYOND or (actor.account and actor.account != ACCOUNT):
        assert actions == ()
        assert outcomes


@given(identities)
def test_without_findings_the_plan_rests_on_the_record_alone(identity: Any) -> None:
    """The same each time, and only against the principal that the record names."""
    actor = actor_of(identity)
    actions, outcomes = planned_for(identity, Policy(), NOTHING)
    assert planned_for(identity, Policy(), Findings()) == (actions, outcomes)
    for action in actions:
        assert targets(action)[1] in {arn.rpartition("/")[2] for arn in (actor.arn, actor.issuer_arn)} | {
            arn.split("/")[1] for arn in (actor.arn,) if "/" in arn
        }


@given(identities, findings)
def test_what_stands_is_not_proposed_again(identity: Any, found: Findings) -> None:
    """Carried out once, the same plan holds no action any more."""
    actor = actor_of(identity)
    actions, _ = planned_for(identity, Policy(), found)
    again, _ = plan_containment(
        actor,
        incident_id=INCIDENT,
        policy=Policy(),
        responder_arns=RESPONDERS,
        gate=Gate.AUTO,
        account=ACCOUNT,
        findings=found,
        record=record_of({}),
        standing=actions,
    )
    assert again == ()
