"""What a person does where only the organization, not the account, can shut the principal out.

Sources: IAM user guide, "Perform a privileged task on a member account"; IAM Identity Center user guide,
"Revoke active IAM role sessions created by permission sets".
"""

from __future__ import annotations

import re

from response.domain.actor import Actor
from response.domain.arns import parse_arn
from response.domain.instructions.commands import (
    Steps,
    account_or_blank,
    create_scp,
    iam_name,
    json_option,
    lookup,
    option,
)
from response.domain.patterns import role_of

_UNIQUE_ID = re.compile(r"[A-Za-z0-9-]{1,47}")
_STORE_ID = re.compile(r"d-[0-9a-f]{10}|[A-Za-z0-9-]{36}")
# AWSReservedSSO_, the permission set's name, and 16 hexadecimal digits.
_RESERVED = re.compile(r"AWSReservedSSO_(?P<set>[\w+=,.@-]{1,32})_[0-9a-f]{16}", re.ASCII)


def permission_set(actor: Actor) -> str:
    """The name of the permission set in the name of the role that IAM Identity Center made of it."""
    role = role_of(actor.issuer_arn) or role_of(actor.arn)
    found = _RESERVED.fullmatch(role[1]) if role else None
    return found["set"] if found else ""


def for_identity_center(actor: Actor) -> Steps:
    """Deny an IAM Identity Center user by SCP; its roles cannot be edited in IAM."""
    known = _UNIQUE_ID.fullmatch(actor.on_behalf_of)
    user_id = actor.on_behalf_of if known else "USER_ID"
    name = iam_name(actor.session_name) or iam_name(actor.user_name)
    granted = permission_set(actor) or "of the role AWSReservedSSO_*"
    what, account = "From the management account, deny the user by a", account_or_blank(actor.account)
    who = name or "the user"
    return (
        *(() if known else _find_user(actor, name)),
        f"{what} service control policy, for 12 hours: role sessions last that long",
        "at most (the management account is not bound by it):",
        create_scp("StringEquals", "identitystore:userId", user_id, f"Trailguard-{user_id}"),
        f"aws organizations attach-policy --policy-id POLICY_ID --target-id {account}",
        f"Console: IAM Identity Center, Users, {who}, Disable user access; then Active sessions, Delete.",
        f"Console: IAM Identity Center, AWS accounts, take the user off the permission set {granted}.",
    )


def _find_user(actor: Actor, name: str | None) -> Steps:
    store = parse_arn(actor.identity_store_arn)
    id_ = store.resource.removeprefix("identitystore/") if store else ""
    where = [{"AttributePath": "UserName", "AttributeValue": name or "USER_NAME"}]
    listing = (
        f"aws identitystore list-users --identity-store-id "
        f"{id_ if _STORE_ID.fullmatch(id_) else 'IDENTITY_STORE_ID'} {json_option('--filters', where)}"
    )
    return "Find the user's id (USER_ID) in the identity store:", listing


def for_root(account: str) -> Steps:
    """Shut out a root user, which no policy of its own account can bind."""
    target = account_or_blank(account)
    assume = f"aws sts assume-root --region us-east-1 --target-principal {target} --duration-seconds 900"
    task = "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
    management = f"If {target} is the management account, no API can do it: sign in as root, account menu,"
    return (
        *_deny_root(target),
        "Then remove its root credentials (needs centralized root access, and a regional endpoint):",
        f"{assume} --task-policy-arn {task}",
        "With the credentials that it prints, without a user name:",
        "aws iam delete-login-profile",
        "aws iam list-access-keys",
        "aws iam delete-access-key --access-key-id ACCESS_KEY_ID",
        "aws iam list-mfa-devices",
        "aws iam deactivate-mfa-device --serial-number SERIAL_NUMBER",
        f"{management} Security credentials: new password and MFA devices, no access keys; call AWS Support.",
    )


def for_assumed_root(account: str) -> Steps:
    """Find who called AssumeRoot; its sessions end by themselves after 15 minutes at most."""
    target = account_or_blank(account)
    return (
        "The session was made with sts:AssumeRoot by the management account or a delegated administrator,",
        "and ends within 15 minutes. Find who called it, in that account and in each Region; contain them:",
        f"{lookup('EventName', 'AssumeRoot')} --region us-east-1",
        *_deny_root(target),
        "If it must not happen again: IAM, Account settings, root access management, turn it off:",
        "aws iam disable-organizations-root-sessions",
    )


def _deny_root(target: str) -> Steps:
    return (
        f"If {target} is a member account: from the management account, deny its root user by an SCP:",
        create_scp("ArnLike", "aws:PrincipalArn", f"arn:*:iam::{target}:root", f"Trailguard-root-{target}"),
        f"aws organizations attach-policy --policy-id POLICY_ID {option('--target-id', target)}",
    )
