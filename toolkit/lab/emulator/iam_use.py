"""Gap: ministack 1.5.33 never knows when a key or a role was last used.

IAM counts every request that was authenticated, allowed or not (IAM API reference, GetAccessKeyLastUsed and
RoleLastUsed); here without AWS's delay.
"""

import functools
import time
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator import sessions
from toolkit.lab.emulator.internals import ministack

_KEY = "trailguard_last_used"
_GLOBAL = ("iam", "account")


@functools.cache
def install() -> None:
    """Note the use of keys and roles where policies are checked, and answer it."""
    evaluator, iam = ministack("core.iam_evaluator"), ministack("services.iam")
    enforce = evaluator.enforce

    def counting(access_key_id: str, action: str, service: str, region: str, *rest: Any, **more: Any) -> Any:
        result = enforce(access_key_id, action, service, region, *rest, **more)
        if not isinstance(result, evaluator.AuthError):
            _note(iam, access_key_id, action.partition(":")[0], region)
        return result

    evaluator.enforce = counting
    iam._IAM_HANDLERS["GetAccessKeyLastUsed"] = _of_key(iam, iam._IAM_HANDLERS["GetAccessKeyLastUsed"])
    role_xml = iam._role_xml

    def with_use(name: str, boundary: bool = True) -> str:
        used = (iam._roles[name] or {}).get(_KEY)
        # ListRoles does not tell; it leaves the boundary out too, which is how ministack asks for it.
        return str(role_xml(name, boundary=boundary)) + (_role_element(used) if boundary else "")

    iam._role_xml = with_use


def _note(iam: Any, access_key_id: str, service: str, region: str) -> None:
    used = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "service": service,
        "region": "us-east-1" if service in _GLOBAL else region,
    }
    account = ministack("core.responses").get_account_id()
    if (key := iam._access_keys.get_scoped(account, None, access_key_id)) is not None:
        key[_KEY] = used
        return
    session = sessions.session_of(access_key_id) or {}
    _head, is_role, rest = str(session.get("Arn", "")).partition(":assumed-role/")
    role = iam._roles.get_scoped(session.get("AccountId") or account, None, rest.split("/")[0])
    if is_role and role is not None:
        role[_KEY] = used


def _of_key(iam: Any, unused: Any) -> Any:
    """Answer GetAccessKeyLastUsed; a key that was never used is left to ministack."""

    def answer(params: Mapping[str, Any]) -> Any:
        key = iam._access_keys.get(iam._p(params, "AccessKeyId")) or {}
        if (used := key.get(_KEY)) is None:
            return unused(params)
        return iam._xml(
            200,
            "GetAccessKeyLastUsedResponse",
            f"<GetAccessKeyLastUsedResult><UserName>{key['UserName']}</UserName><AccessKeyLastUsed>"
            f"<LastUsedDate>{used['at']}</LastUsedDate><ServiceName>{used['service']}</ServiceName>"
            f"<Region>{used['region']}</Region></AccessKeyLastUsed></GetAccessKeyLastUsedResult>",
            ns="iam",
        )

    return answer


def _role_element(used: Mapping[str, str] | None) -> str:
    if used is None:
        return "<RoleLastUsed/>"
    date, region = f"<LastUsedDate>{used['at']}</LastUsedDate>", f"<Region>{used['region']}</Region>"
    return f"<RoleLastUsed>{date}{region}</RoleLastUsed>"
