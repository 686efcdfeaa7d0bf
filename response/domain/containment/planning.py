"""Which plan a principal gets: one function for each kind, in one table; guards before, origins after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from response.domain import patterns
from response.domain.actor import Actor, PrincipalKind
from response.domain.containment import guard, origin, roles, services, users, workloads
from response.domain.containment.actions import numbered
from response.domain.containment.subject import (
    DEPLOYING_ROLES,
    NOTHING_PLANNED,
    Planned,
    Subject,
    joined,
)
from response.domain.containment.target import role_target
from response.domain.findings import NOTHING, Findings
from response.domain.plan import Action, Gate
from response.domain.policy import Policy
from response.domain.record import Record

# After every restore: what this denies may be what restores.
_LAST = 90
_MISUSED = (
    "This is a role of Trailguard itself, and it did what no executed action planned. Its sessions are "
    "denied as the policy says (gates.responder); who used it has to be found by a person."
)


def plan_containment(
    actor: Actor,
    *,
    incident_id: str,
    policy: Policy,
    responder_arns: Iterable[str],
    gate: Gate,
    deploying_role_patterns: Sequence[str] = DEPLOYING_ROLES,
    account: str = "",
    findings: Findings = NOTHING,
    record: Record | None = None,
    standing: Sequence[Action] = (),
) -> Planned:
    """The actions and outcomes that shut this principal out. Never raises, whatever the record held.

    `account` owns the trail, where that is known: nothing is done to a principal of another account.
    `standing` are containments that need not be proposed again.
    """
    subject = Subject(
        actor=actor,
        incident_id=incident_id,
        policy=policy,
        gate=gate,
        responder_arns=tuple(responder_arns),
        deploying_role_patterns=tuple(deploying_role_patterns),
        account=account,
        findings=findings,
        record=record,
        standing=tuple(standing),
    )
    actions, outcomes = plan(subject)
    return numbered(actions), outcomes


def plan(subject: Subject) -> Planned:
    """The same, of a subject, with ids as they come."""
    actor = subject.actor
    if patterns.is_one_of(actor, subject.responder_arns):
        return _responder(subject)
    protected = guard.protected_actor(subject)
    if protected is not None:
        return joined(((), (protected,)), _behind_protected(subject))
    if subject.account and actor.account and actor.account != subject.account:
        return services.plan_foreign(subject)
    planned = _PLANNERS.get(actor.kind, services.plan_unknown)(subject)
    return joined(planned, services.plan_delegate(subject)) if actor.delegate_account else planned


def _behind_protected(subject: Subject) -> Planned:
    """Whoever is known to have used a protected role is not protected by it."""
    is_traced_role = subject.actor.kind is PrincipalKind.ASSUMED_ROLE and subject.chain is not None
    return origin.plan_origins(subject) if is_traced_role else NOTHING_PLANNED


def _responder(subject: Subject) -> Planned:
    """One of Trailguard's own roles: a person is called in any case."""
    if subject.policy.gates.responder is Gate.OFF:
        return (), (guard.responder(subject),)
    denied = roles.deny_own(subject, order=_LAST)
    return joined(denied, ((), (guard.responder(subject, _MISUSED),)))


def _role(subject: Subject) -> Planned:
    """A session of a role, and what it belongs to or goes back to."""
    target = role_target(subject.actor, subject.findings)
    if target is not None and target.is_service_linked:
        return services.plan_service_linked_role(subject)
    if target is not None and target.is_reserved:
        return services.plan_identity_center(subject)
    workload = workloads.workload_of(subject)
    if workload is not None:
        denied = roles.deny_sessions(subject, workload=workload.words)
        behind = NOTHING_PLANNED if workloads.is_attested(subject) else origin.plan_origins(subject)
        return joined(denied, workloads.left_to_a_person(subject, workload), behind)
    return joined(roles.deny_sessions(subject), _vouched(subject), origin.plan_origins(subject))


def _vouched(subject: Subject) -> Planned:
    """The identity provider's user behind the session, unless the chain names it by itself."""
    traced = any(caller.kind in _PROVIDED for caller in origin.callers(subject))
    stated = subject.actor.identity_provider or subject.actor.kind in _PROVIDED
    return services.plan_provider_user(subject) if stated and not traced else NOTHING_PLANNED


def _provider_user(subject: Subject) -> Planned:
    """A SAML or web identity: as a role, where the record names the role that was assumed."""
    known = role_target(subject.actor, subject.findings)
    return services.plan_provider_user(subject) if known is None else _role(subject)


_PROVIDED = frozenset({PrincipalKind.SAML_USER, PrincipalKind.WEB_IDENTITY_USER})
_PLANNERS: Mapping[PrincipalKind, Callable[[Subject], Planned]] = {
    PrincipalKind.IAM_USER: users.plan_user,
    PrincipalKind.ASSUMED_ROLE: _role,
    PrincipalKind.FEDERATED_USER: users.plan_federated,
    PrincipalKind.IDENTITY_CENTER: services.plan_identity_center,
    PrincipalKind.ROOT: services.plan_root,
    PrincipalKind.SERVICE_LINKED_ROLE: services.plan_service_linked_role,
    PrincipalKind.AWS_SERVICE: services.plan_service,
    PrincipalKind.AWS_ACCOUNT: services.plan_foreign,
    PrincipalKind.SAML_USER: _provider_user,
    PrincipalKind.WEB_IDENTITY_USER: _provider_user,
    PrincipalKind.UNKNOWN: services.plan_unknown,
}
