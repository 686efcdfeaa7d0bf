"""Principals that no call in the account can contain: for each, why, and what a person does instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from response.domain import instructions
from response.domain.actor import PrincipalKind
from response.domain.containment import by_hand
from response.domain.containment.subject import Planned, Subject
from response.domain.text import plain


def plan_identity_center(subject: Subject) -> Planned:
    """A user of IAM Identity Center: named with user id and permission set."""
    actor = subject.actor
    granted = instructions.permission_set(actor)
    reason = (
        "Roles of IAM Identity Center cannot be edited in IAM; the user"
        f"{f' {plain(actor.on_behalf_of, 60)}' if actor.on_behalf_of else ''} is denied from the organization"
        f"{f', permission set {plain(granted, 40)}' if granted else ''}."
    )
    return subject.left_to_a_person(reason, instructions.for_identity_center(actor))


def plan_root(subject: Subject) -> Planned:
    """The root user, or a session that the organization's administrators made of it."""
    reason = "No policy in an account binds its root user."
    if subject.actor.assumed_root:
        reason = (
            "A root session of sts:AssumeRoot is bound by its task policy only; no policy here reaches it."
        )
    return subject.left_to_a_person(reason, by_hand.for_root_session(subject.actor))


def plan_service_linked_role(subject: Subject) -> Planned:
    """A role that AWS keeps for a service."""
    reason = f"A service-linked role can be neither edited nor revoked.{_acted_for(subject)}"
    return subject.left_to_a_person(reason, instructions.for_service_linked_role(subject.actor))


def plan_service(subject: Subject) -> Planned:
    """An AWS service by itself."""
    reason = f"An AWS service made the call; it has no credential to switch off.{_acted_for(subject)}"
    return subject.left_to_a_person(reason, instructions.for_service(subject.actor))


def plan_foreign(subject: Subject) -> Planned:
    """A principal of another account."""
    account = plain(subject.actor.account, 20)
    reason = f"The principal belongs to another account{f', {account}' if account else ''}."
    return subject.left_to_a_person(reason, instructions.for_foreign(subject.actor.account))


def plan_provider_user(subject: Subject) -> Planned:
    """An identity that only its provider knows."""
    actor = subject.actor
    provider, who = plain(actor.identity_provider, 200), plain(instructions.subject_of(actor), 200)
    reason = (
        f"The principal{f' {who}' if who else ''} is known to an identity provider"
        f"{f' ({provider})' if provider else ''}, not to IAM."
    )
    target = " at ".join(part for part in (who, provider) if part)
    return subject.left_to_a_person(reason, instructions.for_provider_user(actor), target)


def plan_unknown(subject: Subject) -> Planned:
    """Nobody knows who."""
    reason = "The record does not say what kind of principal this is."
    return subject.left_to_a_person(reason, instructions.for_unknown())


def plan_delegate(subject: Subject) -> Planned:
    """Another account, to which access was delegated for a time, drove the principal."""
    account = plain(subject.actor.delegate_account, 20)
    reason = f"Account {account} acted as the principal, by access that was delegated to it for a time."
    return subject.left_to_a_person(reason, instructions.for_delegate(account), account)


_PLANNERS: Mapping[PrincipalKind, Callable[[Subject], Planned]] = {
    PrincipalKind.IDENTITY_CENTER: plan_identity_center,
    PrincipalKind.ROOT: plan_root,
    PrincipalKind.SERVICE_LINKED_ROLE: plan_service_linked_role,
    PrincipalKind.AWS_SERVICE: plan_service,
    PrincipalKind.AWS_ACCOUNT: plan_foreign,
    PrincipalKind.SAML_USER: plan_provider_user,
    PrincipalKind.WEB_IDENTITY_USER: plan_provider_user,
}


def plan_without_calls(subject: Subject) -> Planned:
    """The outcome for a kind of principal to which nothing can be done here."""
    return _PLANNERS.get(subject.actor.kind, plan_unknown)(subject)


def _acted_for(subject: Subject) -> str:
    resource = instructions.resource_of(subject.actor)
    return f" It acted for {plain(resource, 300)}." if resource else ""
