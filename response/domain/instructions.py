"""What a person does by hand to shut a principal out, per kind: exact AWS CLI commands and console words.

Names from a record go into a command only if AWS could have given them, and then quoted for the shell. A line
that begins with `aws ` is a command; capitals such as ACCESS_KEY_ID are what the person fills in.
Sources: IAM user guide, "Revoke IAM role temporary security credentials" and "Perform a privileged task on a
member account"; IAM Identity Center user guide, "Revoke active IAM role sessions created by permission sets".
"""

from __future__ import annotations

import re
import shlex

from response.domain.actor import Actor
from response.domain.arns import is_account, parse_arn, parse_trail_arn
from response.domain.patterns import role_of
from response.domain.plan import canonical_json
from response.domain.text import plain

Steps = tuple[str, ...]

DENY_ALL = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"TrailguardContainment","Effect":"Deny","Action":"*",'
    '"Resource":"*"}]}'
)

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ACCESS_KEY = re.compile(r"A[KS]IA[A-Z0-9]{12,124}")
_UNIQUE_ID = re.compile(r"[A-Za-z0-9-]{1,47}")
_SERVICE = re.compile(r"[a-z0-9.-]{1,128}")
# The date is made when the command runs, 30 seconds ahead: policies take a while to reach every endpoint.
_REVOKE = (
    '\'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":'
    '{"DateLessThan":{"aws:TokenIssueTime":"\'"$(date -u -d \'+30 seconds\' +%Y-%m-%dT%H:%M:%SZ)"\'"}}}]}\''
)


def iam_name(value: str) -> str | None:
    """The name of an IAM user or role, if IAM could hold it (1 to 64 letters, digits and +=,.@_-)."""
    return value if _NAME.fullmatch(value) else None


def access_key_id(value: str) -> str | None:
    """The id of an access key, long-term (AKIA) or temporary (ASIA), if it has the form of one."""
    return value if _ACCESS_KEY.fullmatch(value) else None


def user_name_in(arn: str) -> str | None:
    """The user's name in an IAM user's ARN, whatever its path."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("user/"):
        return None
    return iam_name(parsed.resource.rpartition("/")[2])


def for_user(name: str, policy_name: str, account: str) -> Steps:
    """Deny an IAM user, and with it all of the user's sessions; then take the keys."""
    user, policy = _option("--user-name", name), _option("--policy-name", policy_name)
    put = f"aws iam put-user-policy {user} {policy} --policy-document {shlex.quote(DENY_ALL)}"
    return (
        f"{_with_account(account)} deny everything to the user and to every session it has:",
        put,
        "List the user's access keys and switch off each one:",
        f"aws iam list-access-keys {user}",
        f"aws iam update-access-key {user} --access-key-id ACCESS_KEY_ID --status Inactive",
        f"Console: IAM, Users, {name}, Security credentials (access keys, console access) and Permissions.",
    )


def for_role(name: str, account: str) -> Steps:
    """Revoke the sessions that a role has now."""
    role = _option("--role-name", name)
    put = f"aws iam put-role-policy {role} --policy-name AWSRevokeOlderSessions"
    return (
        f"{_with_account(account)} in AWS CloudShell, revoke all sessions that the role has now:",
        f"{put} --policy-document {_REVOKE}",
        f"Console: IAM, Roles, {name}, Revoke sessions, Revoke active sessions.",
        "Whoever may assume the role can do so again: find who did, and shut that source too:",
        _lookup("ResourceName", name),
        f"aws iam get-role {role} --query Role.AssumeRolePolicyDocument",
    )


def for_identity_center(actor: Actor) -> Steps:
    """Deny an IAM Identity Center user by SCP; its roles cannot be edited in IAM."""
    known = _UNIQUE_ID.fullmatch(actor.on_behalf_of)
    user_id = actor.on_behalf_of if known else "USER_ID"
    name = iam_name(actor.session_name) or iam_name(actor.user_name)
    where = canonical_json([{"AttributePath": "UserName", "AttributeValue": name or "USER_NAME"}])
    listing = "aws identitystore list-users --identity-store-id IDENTITY_STORE_ID"
    find = (
        "Find the user's id (USER_ID) in the identity store:",
        f"{listing} --filters {shlex.quote(where)}",
    )
    what = "From the management account, deny the user by a service control policy"
    who = name or "the user"
    return (
        *(() if known else find),
        f"{what}, for 12 hours, as long as role sessions last (the management account is not bound):",
        _create_scp("StringEquals", "identitystore:userId", user_id, f"Trailguard-{user_id}"),
        f"aws organizations attach-policy --policy-id POLICY_ID --target-id {_account(actor.account)}",
        f"Console: IAM Identity Center, Users, {who}, Disable user access; then Active sessions, Delete.",
    )


def for_root(account: str) -> Steps:
    """Shut out a root user, which no policy of its own account can bind."""
    target = _account(account)
    assume = f"aws sts assume-root --region us-east-1 --target-principal {target} --duration-seconds 900"
    task = "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
    management = f"If {target} is the management account, no API can do it: sign in as root, account menu,"
    return (
        f"If {target} is a member account: from the management account, deny its root user by an SCP:",
        _create_scp("ArnLike", "aws:PrincipalArn", f"arn:*:iam::{target}:root", f"Trailguard-root-{target}"),
        f"aws organizations attach-policy --policy-id POLICY_ID --target-id {target}",
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


def for_service_linked_role(actor: Actor) -> Steps:
    """Find who configured the service; the role's sessions cannot be revoked."""
    role = role_of(actor.issuer_arn) or role_of(actor.arn)
    name = (iam_name(role[1]) if role else None) or "ROLE_NAME"
    return (
        "The role acts for a service that somebody configured; it can be neither edited nor revoked.",
        "Find the calls that configured the service, and who made them:",
        _lookup("ResourceName", name),
        f"Console: IAM, Roles, {name}, Last Accessed.",
    )


def for_service(actor: Actor) -> Steps:
    """Find the principal that drives an AWS service."""
    service = actor.invoked_by if _SERVICE.fullmatch(actor.invoked_by) else "EVENT_SOURCE"
    return (
        "The service made the call for somebody. Find who drove it, and contain that principal",
        "(for CloudFormation: who made the change set or update, and the stack's role):",
        _lookup("EventSource", service),
    )


def for_foreign(account: str) -> Steps:
    """Cut the access that another account has; its credentials belong to it."""
    foreign = _account(account)
    query = f"Roles[?contains(to_string(AssumeRolePolicyDocument), '{foreign}')].RoleName"
    return (
        f"The credential belongs to account {foreign}: tell its owner's security contact.",
        "Cut its access here: find the roles that trust it, take it out of their trust policies:",
        f'aws iam list-roles --query "{query}"',
        "aws iam update-assume-role-policy --role-name ROLE_NAME --policy-document file://trust.json",
        "Console: IAM, Roles, the role, Trust relationships; then Revoke sessions.",
    )


def for_provider_user(actor: Actor) -> Steps:
    """Disable a person at the identity provider, and revoke the role's sessions."""
    who = plain(actor.user_name or actor.principal_id, 120) or "not named in the record"
    return (
        f"Disable the user at the identity provider ({who}); IAM holds no credential of it.",
        "Then end the sessions of the role that was assumed.",
        "Console: IAM, Roles, the role, Revoke sessions, Revoke active sessions.",
    )


def for_unknown() -> Steps:
    """Find out who it was."""
    return (
        "Read the record (its event id is in this incident), find out who it was, and contain by hand:",
        _lookup("EventId", "EVENT_ID"),
    )


def for_unknown_trail(trail_arn: str) -> Steps:
    """Find how a trail was, where it is gone and nothing was kept of it."""
    parsed = parse_trail_arn(trail_arn)
    region = f" --region {parsed.region}" if parsed else ""
    return (
        "Look for the trail's last settings in the event history, then create it again:",
        _lookup("EventName", "UpdateTrail") + region,
        _lookup("EventName", "CreateTrail") + region,
        "Console: CloudTrail, Trails, Create trail.",
    )


def for_unrecorded(trail_arn: str) -> Steps:
    """Find the record of a change that was found without one."""
    parsed = parse_trail_arn(trail_arn)
    region = f" --region {parsed.region}" if parsed else ""
    name = parsed.resource.removeprefix("trail/") if parsed else "TRAIL_NAME"
    return (
        "Look for the change in the event history of the trail's home Region; contain who made it by hand:",
        _lookup("ResourceName", name) + region,
    )


def _create_scp(operator: str, key: str, value: str, name: str) -> str:
    """A command that creates an SCP denying everything under one condition."""
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {operator: {key: [value]}}}
    content = canonical_json({"Version": "2012-10-17", "Statement": [statement]})
    return (
        f"aws organizations create-policy --type SERVICE_CONTROL_POLICY --name {shlex.quote(name)}"
        f" --description Containment --content {shlex.quote(content)}"
    )


def _option(option: str, value: str) -> str:
    """An option with its value; joined by `=` where the value could be taken for another option."""
    return f"{option}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"


def _lookup(key: str, value: str) -> str:
    """A look-up in the event history, in JSON, for names may hold the commas of the shorthand."""
    attributes = canonical_json([{"AttributeKey": key, "AttributeValue": value}])
    return f"aws cloudtrail lookup-events --lookup-attributes {shlex.quote(attributes)}"


def _with_account(account: str) -> str:
    return f"With credentials of account {account}," if is_account(account) else "In the principal's account,"


def _account(account: str) -> str:
    return account if is_account(account) else "ACCOUNT_ID"
