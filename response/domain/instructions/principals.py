"""What a person does by hand in IAM, or at a provider, to shut a principal out.

Sources: IAM user guide, "Revoke IAM role temporary security credentials" and "Temporary delegation"; IAM API
reference, AttachUserPolicy and AttachRolePolicy.
"""

from __future__ import annotations

import re
import shlex

from response.domain.actor import Actor
from response.domain.arns import parse_arn
from response.domain.denials import DENY_ALL
from response.domain.instructions.commands import (
    Steps,
    account_or_blank,
    iam_name,
    lookup,
    option,
    with_account,
)
from response.domain.patterns import role_of
from response.domain.text import plain

_SERVICE = re.compile(r"[a-z0-9.-]{1,128}")
_DENY_ALL_POLICY = "arn:aws:iam::aws:policy/AWSDenyAll"
# The date is made when the command runs, 30 seconds ahead: policies take a while to reach every endpoint.
_REVOKE = (
    '\'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":'
    '{"DateLessThan":{"aws:TokenIssueTime":"\'"$(date -u -d \'+30 seconds\' +%Y-%m-%dT%H:%M:%SZ)"\'"}}}]}\''
)


def for_user(name: str, policy_name: str, account: str) -> Steps:
    """Deny an IAM user, and with it all of the user's sessions; then take the keys."""
    user, policy = option("--user-name", name), option("--policy-name", policy_name)
    put = f"aws iam put-user-policy {user} {policy} --policy-document {shlex.quote(DENY_ALL)}"
    return (
        f"{with_account(account)} deny everything to the user and to every session it has:",
        put,
        "List the user's access keys and switch off each one:",
        f"aws iam list-access-keys {user}",
        f"aws iam update-access-key {user} --access-key-id ACCESS_KEY_ID --status Inactive",
        f"Console: IAM, Users, {name}, Security credentials (access keys, console access) and Permissions.",
    )


def for_role(name: str, account: str) -> Steps:
    """Revoke the sessions that a role has now."""
    role = option("--role-name", name)
    put = f"aws iam put-role-policy {role} --policy-name AWSRevokeOlderSessions"
    return (
        f"{with_account(account)} in AWS CloudShell, revoke all sessions that the role has now:",
        f"{put} --policy-document {_REVOKE}",
        f"Console: IAM, Roles, {name}, Revoke sessions, Revoke active sessions.",
        "Whoever may assume the role can do so again: find who did, and shut that source too:",
        lookup("ResourceName", name),
        f"aws iam get-role {role} --query Role.AssumeRolePolicyDocument",
    )


def for_service_linked_role(actor: Actor) -> Steps:
    """Find who configured the service; the role's sessions cannot be revoked."""
    role = role_of(actor.issuer_arn) or role_of(actor.arn)
    name = (iam_name(role[1]) if role else None) or "ROLE_NAME"
    acted_for = resource_of(actor)
    return (
        "The role acts for a service that somebody configured; it can be neither edited nor revoked.",
        *([f"The resource that it acted for: {plain(acted_for, 300)}."] if acted_for else ()),
        "Find the calls that configured the service, and who made them:",
        lookup("ResourceName", name),
        f"Console: IAM, Roles, {name}, Last Accessed.",
    )


def for_service(actor: Actor) -> Steps:
    """Find the principal that drives an AWS service."""
    service = actor.invoked_by if _SERVICE.fullmatch(actor.invoked_by) else "EVENT_SOURCE"
    acted_for = resource_of(actor)
    named = f"The resource that it acted for: {plain(acted_for, 300)}. Find who controls that."
    return (
        *((named, lookup("ResourceName", acted_for)) if acted_for else ()),
        "The service made the call for somebody. Find who drove it, and contain that principal",
        "(for CloudFormation: who made the change set or update, and the stack's role):",
        lookup("EventSource", service),
    )


def for_foreign(account: str) -> Steps:
    """Cut the access that another account has; its credentials belong to it."""
    foreign = account_or_blank(account)
    query = f"Roles[?contains(to_string(AssumeRolePolicyDocument), '{foreign}')].RoleName"
    return (
        f"The credential belongs to account {foreign}: tell its owner's security contact.",
        "Cut its access here: find the roles that trust it, take it out of their trust policies:",
        f'aws iam list-roles --query "{query}"',
        "aws iam update-assume-role-policy --role-name ROLE_NAME --policy-document file://trust.json",
        "Console: IAM, Roles, the role, Trust relationships; then Revoke sessions.",
    )


def for_provider_user(actor: Actor) -> Steps:
    """Disable a person or workload at the identity provider that vouched for it."""
    provider = plain(actor.identity_provider, 200) or "not named in the record"
    return (
        f"Disable the identity at its provider ({provider}); IAM holds no credential of it.",
        f"Subject: {plain(subject_of(actor), 200) or 'not named in the record'}.",
        "Until then it can get new sessions of every role whose trust policy names the provider:",
        "aws iam list-saml-providers",
        "aws iam list-open-id-connect-providers",
        "Console: IAM, Roles, the role, Trust relationships; then Revoke sessions, Revoke active sessions.",
    )


def for_delegate(account: str) -> Steps:
    """End the access that was delegated to another account for a time."""
    return (
        f"Account {account_or_blank(account)} acted by access that somebody here delegated to it for a time.",
        "Find the delegation and who accepted it, and end it; tell the other account's owner:",
        "aws iam list-delegation-requests",
        "aws iam reject-delegation-request --delegation-request-id DELEGATION_REQUEST_ID",
        lookup("EventName", "AcceptDelegationRequest"),
    )


def for_unknown_origin(access_key_id: str) -> Steps:
    """Find who made the session: whoever may assume the role can do so again."""
    return (
        f"Find the call whose answer holds the access key {plain(access_key_id, 130) or 'of the record'}",
        "(responseElements.credentials), in the Region of the endpoint and in us-east-1; contain its caller:",
        *(lookup("EventName", name) for name in _ISSUING),
    )


_ISSUING = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")


def for_full_user(name: str, account: str) -> Steps:
    """Deny a user to whom no further inline policy can be given."""
    user = option("--user-name", name)
    return (
        f"{with_account(account)} deny everything by a managed policy, which counts by itself:",
        f"aws iam attach-user-policy {user} --policy-arn {_DENY_ALL_POLICY}",
        "If ten are attached already, detach one of them first:",
        f"aws iam list-attached-user-policies {user}",
    )


def for_full_role(name: str, account: str) -> Steps:
    """Deny a role to which no further inline policy can be given; this denies its later sessions too."""
    role = option("--role-name", name)
    return (
        f"{with_account(account)} deny everything by a managed policy, to later sessions of the role too:",
        f"aws iam attach-role-policy {role} --policy-arn {_DENY_ALL_POLICY}",
        "Or make room, and then revoke the sessions that the role has now:",
        f"aws iam list-role-policies {role}",
        f"Console: IAM, Roles, {name}, Revoke sessions, Revoke active sessions.",
    )


def resource_of(actor: Actor) -> str:
    """The resource for which a service or workload acted, as far as the record says."""
    scope = actor.in_scope_of
    found = scope.source_arn or scope.credentials_issued_to
    return found if parse_arn(found) else ""


def subject_of(actor: Actor) -> str:
    """Whom the identity provider vouched for."""
    stated = [value for key, value in actor.provider_attributes if key.rpartition(":")[2] == "sub"]
    return next(iter(stated), "") or actor.user_name or actor.principal_id


def for_unknown() -> Steps:
    """Find out who it was."""
    return (
        "Read the record (its event id is in this incident), find out who it was, and contain by hand:",
        lookup("EventId", "EVENT_ID"),
    )
