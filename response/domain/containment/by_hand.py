"""What a person can do about a principal to which the machine does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from response.domain import instructions
from response.domain.actor import Actor, PrincipalKind
from response.domain.containment.target import Target
from response.domain.findings import PrincipalType
from response.domain.instructions import Steps
from response.domain.patterns import role_of


def about_target(target: Target, policy_name: str) -> Steps:
    """The steps against a user or role."""
    if target.type is PrincipalType.USER:
        return instructions.for_user(target.name, policy_name, target.account)
    return instructions.for_role(target.name, target.account)


def for_root_session(actor: Actor) -> Steps:
    """The steps against the root user, or against a session of sts:AssumeRoot."""
    if actor.assumed_root:
        return instructions.for_assumed_root(actor.account)
    return instructions.for_root(actor.account)


def about_actor(actor: Actor, policy_name: str) -> Steps:
    """The steps against whoever acted, by kind."""
    return _STEPS[actor.kind](actor, policy_name)


def _user(actor: Actor, policy_name: str) -> Steps:
    is_user = actor.kind is PrincipalKind.IAM_USER
    name = instructions.user_name_in(actor.arn if is_user else actor.issuer_arn)
    if name is None:
        return instructions.for_unknown()
    return instructions.for_user(name, policy_name, actor.account)


def _role(actor: Actor, _: str) -> Steps:
    role = role_of(actor.issuer_arn) or role_of(actor.arn)
    name = instructions.iam_name(role[1]) if role else None
    return instructions.for_role(name, role[0]) if role and name else instructions.for_unknown()


_STEPS: Mapping[PrincipalKind, Callable[[Actor, str], Steps]] = {
    PrincipalKind.IAM_USER: _user,
    PrincipalKind.FEDERATED_USER: _user,
    PrincipalKind.ASSUMED_ROLE: _role,
    PrincipalKind.IDENTITY_CENTER: lambda actor, _: instructions.for_identity_center(actor),
    PrincipalKind.ROOT: lambda actor, _: for_root_session(actor),
    PrincipalKind.SERVICE_LINKED_ROLE: lambda actor, _: instructions.for_service_linked_role(actor),
    PrincipalKind.AWS_SERVICE: lambda actor, _: instructions.for_service(actor),
    PrincipalKind.AWS_ACCOUNT: lambda actor, _: instructions.for_foreign(actor.account),
    PrincipalKind.SAML_USER: lambda actor, _: instructions.for_provider_user(actor),
    PrincipalKind.WEB_IDENTITY_USER: lambda actor, _: instructions.for_provider_user(actor),
    PrincipalKind.UNKNOWN: lambda _actor, _: instructions.for_unknown(),
}
