"""The principal to contain, what its plan is made with, and the names of what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from response.domain.actor import Actor
from response.domain.findings import NOTHING, Chain, Findings
from response.domain.instructions import Steps
from response.domain.plan import Action, Gate, Outcome
from response.domain.policy import Policy
from response.domain.record import Record
from response.domain.text import plain

NOT_CONTAINED = "not_contained_automatically"
PROTECTED = "protected_principal"
PROTECTION_UNKNOWN = "protection_unknown"
RESPONDER = "responder"
WOULD_NOT_FIT = "policy_would_not_fit"
GONE = "principal_gone"
ORIGIN_UNKNOWN = "origin_unknown"
MANY_CREATED = "many_created"

# Whatever deployed this stack has to be able to deploy it again.
DEPLOYING_ROLES = (
    "arn:*:iam::*:role/cdk-*-cfn-exec-role-*",
    "arn:*:iam::*:role/cdk-*-deploy-role-*",
    "arn:*:iam::*:role/stacksets-exec-*",
    "arn:*:iam::*:role/AWSCloudFormationStackSetExecutionRole",
)

Planned = tuple[tuple[Action, ...], tuple[Outcome, ...]]
NOTHING_PLANNED: Planned = ((), ())


@dataclass(frozen=True)
class Subject:
    """One actor of an incident. `account` owns the trail; "" where that is not known.

    `standing` are the containments that need not be proposed again: carried out earlier, or planned against
    another actor of the same incident.
    """

    actor: Actor
    incident_id: str
    policy: Policy
    gate: Gate
    responder_arns: tuple[str, ...] = ()
    deploying_role_patterns: tuple[str, ...] = DEPLOYING_ROLES
    account: str = ""
    findings: Findings = NOTHING
    record: Record | None = None
    standing: tuple[Action, ...] = ()

    @property
    def target(self) -> str:
        """The principal as outcomes name it."""
        return named(self.actor)

    @property
    def asked(self) -> Gate:
        """The gate of what is never done without a person."""
        return asked(self.gate)

    @property
    def chain(self) -> Chain | None:
        """How the credentials of the record came about, where the investigation found it."""
        return None if self.record is None else self.findings.chain_of(self.record.event_id)

    def left_to_a_person(self, reason: str, steps: Steps, target: str = "") -> Planned:
        """No action, and why."""
        return (), (Outcome(NOT_CONTAINED, target or self.target, reason, steps),)


def named(actor: Actor) -> str:
    """The principal as outcomes name it."""
    return plain(actor.arn or actor.invoked_by or actor.principal_id, 300) or "unknown"


def asked(gate: Gate) -> Gate:
    """The same gate, but for what would be done without a person."""
    return Gate.APPROVE if gate is Gate.AUTO else gate


def joined(*parts: Planned) -> Planned:
    """Several plans as one."""
    actions = tuple(action for part in parts for action in part[0])
    return actions, tuple(outcome for part in parts for outcome in part[1])
