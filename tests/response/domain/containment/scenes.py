"""What the tests of containment share: one incident, plans against identities, and findings in short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from response.domain.containment import Planned, plan_containment
from response.domain.findings import (
    NOTHING,
    Chain,
    ChainLink,
    Created,
    CreatedKind,
    Findings,
    KeyFacts,
    PrincipalFacts,
    PrincipalType,
    RoleSessions,
    SessionSeen,
)
from response.domain.plan import Action, Gate, Outcome
from response.domain.policy import Policy, parse_policy
from tests.response.domain.people import RESPONDERS, actor, record_of
from tests.response.domain.strategies import ACCOUNT

INCIDENT = "TG-20260301-0123abcd"
POLICY_NAME = f"TrailguardDeny-{INCIDENT}"
AT = dt.datetime(2026, 3, 1, 2, 0, tzinfo=dt.UTC)
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/mallory"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ci-deploy"


def plan(
    identity: Mapping[str, Any],
    policy: Policy | None = None,
    gate: Gate = Gate.AUTO,
    findings: Findings = NOTHING,
    standing: Sequence[Action] = (),
) -> Planned:
    """The plan against a principal, in the account of the examples."""
    record = record_of(identity)
    return plan_containment(
        actor(identity),
        incident_id=INCIDENT,
        policy=policy or Policy(),
        responder_arns=RESPONDERS,
        gate=gate,
        account=ACCOUNT,
        findings=findings,
        record=record,
        standing=standing,
    )


def outcome(
    identity: Mapping[str, Any], policy: Policy | None = None, findings: Findings = NOTHING
) -> Outcome:
    """The one outcome of a plan that has no action."""
    actions, outcomes = plan(identity, policy, findings=findings)
    assert actions == ()
    assert len(outcomes) == 1
    return outcomes[0]


def ids(planned: Planned) -> list[str]:
    """The ids of its actions, in its order."""
    return [action.id for action in planned[0]]


def names(planned: Planned) -> list[str]:
    """The names of its outcomes."""
    return [found.name for found in planned[1]]


def user_facts(name: str = "mallory", path: str = "/", **more: Any) -> PrincipalFacts:
    """What IAM tells of a user."""
    arn = f"arn:aws:iam::{ACCOUNT}:user{path}{name}"
    return PrincipalFacts(arn, PrincipalType.USER, name, **more)


def role_facts(name: str = "ci-deploy", path: str = "/", **more: Any) -> PrincipalFacts:
    """What IAM tells of a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
    return PrincipalFacts(arn, PrincipalType.ROLE, name, **more)


def known(*facts: PrincipalFacts, **more: Any) -> Findings:
    """Findings with these principals."""
    return Findings(principals={one.arn: one for one in facts}, **more)


def shared(*sessions: str, role: str = ROLE_ARN) -> RoleSessions:
    """Other sessions of a role."""
    return RoleSessions(role, AT, tuple(SessionSeen(name, "ASIAOTHEROTHER000000", AT) for name in sessions))


def of_caller(*sessions: str) -> tuple[SessionSeen, ...]:
    """Further sessions that whoever made the suspect's has made."""
    return tuple(SessionSeen(name, "ASIAOFTHECALLER00000", AT, same_caller=True) for name in sessions)


def chain(*callers: Mapping[str, Any], names: Sequence[str] = (), whole: bool = True) -> Chain:
    """The chain behind the record of the examples, newest caller first."""
    links = tuple(
        ChainLink(f"e-{index}", names[index] if names else "AssumeRole", AT, "arn", caller)
        for index, caller in enumerate(callers)
    )
    return Chain("6f1d2f9e-0000-4000-8000-000000000001", links, whole)


def key(id_: str, status: str = "Active") -> KeyFacts:
    """An access key as IAM lists it."""
    return KeyFacts(id_, status)


def made(kind: CreatedKind, name: str, access_key_id: str = "", arn: str | None = None) -> Created:
    """Something that an actor of the incident made."""
    what = "role" if kind is CreatedKind.ROLE else "user"
    stated = f"arn:aws:iam::{ACCOUNT}:{what}/{name}" if arn is None else arn
    return Created(kind, name, stated, "e-made", AT, access_key_id)


def protecting(*patterns: str, **tags: str) -> Policy:
    """A policy that protects by these patterns and tags."""
    return parse_policy({"version": 1, "protected_principals": list(patterns), "protected_tags": tags})
