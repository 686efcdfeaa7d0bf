"""Who made a call, as the `userIdentity` of a CloudTrail record says it.

ministack 1.5.33 resolves access keys for its own policy checks; this puts the answer in CloudTrail's words
(CloudTrail user guide, "CloudTrail userIdentity element").
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator import sessions
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.sts_federation import FederatedCaller

# The access key that the call being served was signed with (`cloudtrail_recording` sets it); "" where AWS
# itself is at work.
calling_key: ContextVar[str] = ContextVar("calling_key", default="")


@dataclass(frozen=True)
class Caller:
    """The `userIdentity` of a record, and what the event history files it under."""

    user_identity: dict[str, Any]
    username: str
    access_key_id: str
    from_console: bool = False


def caller_of(access_key_id: str, account: str) -> Caller | None:
    """Identify the owner of an access key; None for a key that nobody has or that is not active."""
    evaluator = ministack("core.iam_evaluator")
    credential = evaluator.resolve_credential(access_key_id, account)
    if isinstance(credential, evaluator.CredentialResolutionError):
        return None
    session, facts = sessions.session_of(access_key_id), sessions.facts_of(access_key_id)
    identity: dict[str, Any] = {
        "type": credential.principal_type,
        "principalId": credential.principal_id,
        "arn": credential.principal_arn,
        "accountId": credential.account_id,
        "accessKeyId": access_key_id,
    }
    name = str(credential.principal_arn).rsplit("/", 1)[-1]
    if credential.principal_type == "Root":
        name = "root"
    elif credential.principal_type == "User":
        name = credential.principal_name
        identity |= {"type": "IAMUser", "userName": name}
    if session is not None:
        identity["sessionContext"] = _session_context(identity, session, access_key_id)
    if facts.in_scope_of is not None:
        identity["inScopeOf"] = dict(facts.in_scope_of)
    return Caller(identity, name, access_key_id, facts.from_console)


def federated(caller: FederatedCaller) -> Caller:
    """Identify who called with an assertion or a token of an identity provider."""
    return Caller(dict(caller.user_identity), caller.subject, "")


def of_another_account(caller: Caller) -> Caller:
    """Say of a caller what the account that owns the role is told: its account and its id."""
    identity = caller.user_identity
    shown = {"principalId": identity["principalId"], "accountId": identity["accountId"]}
    return Caller({"type": "AWSAccount", **shown}, "", "")


def service_acting_for_root(account: str, service: str) -> Caller:
    """Identify an AWS service that calls on behalf of the account's root user, as CloudFormation does."""
    identity = {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "invokedBy": service,
    }
    return Caller(identity, "root", "")


def service(name: str) -> Caller:
    """Identify an AWS service that calls for itself."""
    return Caller({"type": "AWSService", "invokedBy": name}, "", "")


def _session_context(identity: Mapping[str, Any], session: Mapping[str, Any], key: str) -> dict[str, Any]:
    facts = sessions.facts_of(key)
    context: dict[str, Any] = {}
    if identity["type"] == "AssumedRole":
        context["sessionIssuer"] = _role(identity)
    elif identity["type"] == "FederatedUser":
        context["sessionIssuer"] = _issuer_of_federated(identity, session)
    if facts.federation is not None:
        context["webIdFederationData"] = dict(facts.federation)
    issued = time.gmtime(session.get("IssuedAt", time.time()))
    context["attributes"] = {
        "creationDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", issued),
        "mfaAuthenticated": "true" if facts.mfa else "false",
    }
    if facts.source_identity:
        context["sourceIdentity"] = facts.source_identity
    if facts.ec2_role_delivery:
        context["ec2RoleDelivery"] = facts.ec2_role_delivery
    return context


def _role(identity: Mapping[str, Any]) -> dict[str, Any]:
    account, name = identity["accountId"], identity["arn"].split(":assumed-role/")[1].split("/")[0]
    role = ministack("services.iam")._roles.get_scoped(account, None, name) or {}
    return {
        "type": "Role",
        "principalId": role.get("RoleId", identity["principalId"].split(":")[0]),
        # The stored role knows its path; the session's ARN does not.
        "arn": role.get("Arn", f"arn:aws:iam::{account}:role/{name}"),
        "accountId": account,
        "userName": name,
    }


def _issuer_of_federated(identity: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
    """The user, or the root user, whose long-term key asked for the federation token."""
    account, name = identity["accountId"], str(session.get("PrincipalName") or "")
    arn = str(session.get("SourcePrincipalArn", ""))
    if not name:
        return {"type": "Root", "principalId": account, "arn": arn, "accountId": account}
    user = ministack("services.iam")._users.get_scoped(account, None, name) or {}
    return {
        "type": "IAMUser",
        "principalId": user.get("UserId", ""),
        "arn": arn,
        "accountId": account,
        "userName": name,
    }
