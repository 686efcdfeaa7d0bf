"""Who made a call, as the `userIdentity` of a CloudTrail record says it.

ministack 1.5.33 resolves access keys for its own policy checks; this puts the answer in CloudTrail's words
(CloudTrail user guide, "CloudTrail userIdentity element").
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator.internals import ministack

# The access key that the call being served was signed with (`cloudtrail_recording` sets it); "" where AWS
# itself is at work.
calling_key: ContextVar[str] = ContextVar("calling_key", default="")


@dataclass(frozen=True)
class Caller:
    """The `userIdentity` of a record, and what the event history files it under."""

    user_identity: dict[str, Any]
    username: str
    access_key_id: str


def caller_of(access_key_id: str, account: str) -> Caller | None:
    """Identify the owner of an access key; None for a key that nobody has or that is not active."""
    evaluator = ministack("core.iam_evaluator")
    credential = evaluator.resolve_credential(access_key_id, account)
    if isinstance(credential, evaluator.CredentialResolutionError):
        return None
    identity: dict[str, Any] = {
        "type": "Root",
        "principalId": credential.principal_id,
        "arn": credential.principal_arn,
        "accountId": credential.account_id,
        "accessKeyId": access_key_id,
    }
    session = ministack("services.sts")._sessions.get(access_key_id)
    if credential.principal_type == "Root":
        return Caller(identity, "root", access_key_id)
    if credential.principal_type == "User":
        return Caller(
            _user(identity, credential.principal_name, session), credential.principal_name, access_key_id
        )
    if credential.principal_type == "AssumedRole":
        name = str(credential.principal_arn).rsplit("/", 1)[-1]
        return Caller(_assumed_role(identity, session or {}), name, access_key_id)
    identity["type"] = credential.principal_type
    return Caller(identity, str(credential.principal_arn).rsplit("/", 1)[-1], access_key_id)


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


def _user(identity: dict[str, Any], name: str, session: dict[str, Any] | None) -> dict[str, Any]:
    user = {**identity, "type": "IAMUser", "userName": name}
    if session is not None:
        user["sessionContext"] = {"attributes": _attributes(session)}
    return user


def _assumed_role(identity: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
    account, name = identity["accountId"], identity["arn"].split(":assumed-role/")[1].split("/")[0]
    role = ministack("services.iam")._roles.get_scoped(account, None, name) or {}
    return {
        **identity,
        "type": "AssumedRole",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role.get("RoleId", identity["principalId"].split(":")[0]),
                # The stored role knows its path; the session's ARN does not.
                "arn": role.get("Arn", f"arn:aws:iam::{account}:role/{name}"),
                "accountId": account,
                "userName": name,
            },
            "attributes": _attributes(session),
        },
    }


def _attributes(session: dict[str, Any]) -> dict[str, str]:
    issued = time.gmtime(session.get("IssuedAt", time.time()))
    return {"creationDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", issued), "mfaAuthenticated": "false"}
