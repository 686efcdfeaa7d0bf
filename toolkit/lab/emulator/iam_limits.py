"""Gap: ministack 1.5.33 takes inline policies of any size, and edits roles that belong to AWS.

The sizes are those of the IAM user guide, "IAM and AWS STS quotas", which does not count white space; roles
of services and of IAM Identity Center cannot be edited from IAM (IAM API reference, UnmodifiableEntity).
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

_USER_LIMIT: Final = 2_048
_ROLE_LIMIT: Final = 10_240
_KEYS_OF_A_USER: Final = 2
_OF_AWS = ("/aws-service-role/", "/aws-reserved/")
# What would change a role of AWS, or what it may do.
_EDITS_OF_ROLES = (
    *("AttachRolePolicy", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy"),
    *("DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy"),
    *("UpdateRole", "UpdateRoleDescription"),
)


@functools.cache
def install() -> None:
    """Refuse what IAM refuses."""
    iam = ministack("services.iam")
    handlers = iam._IAM_HANDLERS
    for operation in _EDITS_OF_ROLES:
        if operation in handlers:
            handlers[operation] = _checked(iam, handlers[operation], _protected)
    handlers["PutRolePolicy"] = _checked(iam, handlers["PutRolePolicy"], _role_too_large)
    handlers["PutUserPolicy"] = _checked(iam, handlers["PutUserPolicy"], _user_too_large)
    handlers["CreateAccessKey"] = _checked(iam, handlers["CreateAccessKey"], _too_many_keys)


def _checked(
    iam: Any, handler: Any, refusal: Callable[[Any, Mapping[str, Any]], tuple[str, str] | None]
) -> Any:
    def checked(params: Mapping[str, Any]) -> Any:
        if (refused := refusal(iam, params)) is not None:
            code, message = refused
            return iam._error(400 if code == "UnmodifiableEntity" else 409, code, message, ns="iam")
        return handler(params)

    return checked


def _protected(iam: Any, params: Mapping[str, Any]) -> tuple[str, str] | None:
    name = iam._p(params, "RoleName")
    if not str((iam._roles.get(name) or {}).get("Path", "")).startswith(_OF_AWS):
        return None
    # A lab has to make such roles itself, policies included: the root user stands in for AWS.
    if _is_root():
        return None
    message = (
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    )
    return "UnmodifiableEntity", message


def _is_root() -> bool:
    return str(ministack("core.iam_evaluator").caller_arn()).endswith(":root")


def _role_too_large(iam: Any, params: Mapping[str, Any]) -> tuple[str, str] | None:
    name = iam._p(params, "RoleName")
    policies = (iam._roles.get(name) or {}).get("InlinePolicies") or {}
    return _too_large(iam, params, policies, _ROLE_LIMIT, f"role {name}")


def _user_too_large(iam: Any, params: Mapping[str, Any]) -> tuple[str, str] | None:
    name = iam._p(params, "UserName")
    policies = iam._user_inline_policies.get(name) or {}
    return _too_large(iam, params, policies, _USER_LIMIT, f"user {name}")


def _too_large(
    iam: Any, params: Mapping[str, Any], policies: Mapping[str, Any], limit: int, owner: str
) -> tuple[str, str] | None:
    after = {**policies, iam._p(params, "PolicyName"): iam._p(params, "PolicyDocument")}
    if sum(len(re.sub(r"\s", "", str(document))) for document in after.values()) <= limit:
        return None
    return "LimitExceeded", f"Maximum policy size of {limit} bytes exceeded for {owner}"


def _too_many_keys(iam: Any, params: Mapping[str, Any]) -> tuple[str, str] | None:
    name = iam._p(params, "UserName")
    owned = sum(1 for key in iam._access_keys.values() if key["UserName"] == name)
    if owned < _KEYS_OF_A_USER:
        return None
    return "LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {_KEYS_OF_A_USER}"
