"""Gap: STS in ministack 1.5.33 knows no source identity and no MFA, and does not limit how long a role lasts.

The rules are those of the STS API reference (AssumeRole, GetSessionToken, GetFederationToken) and of the IAM
user guide, "Monitor and control actions taken with assumed roles".
"""

import dataclasses
import functools
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from toolkit.lab.emulator import forms, sessions
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]

_OK = 200
_SHORTEST = 900
_LONGEST_CHAINED = 3600
_LONGEST_OF_ROLE = 3600
_SOURCE_IDENTITY = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_NEW_KEY = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")
# What a federated user's session and a user's own may ask of STS
# (the two that begin such a session refuse themselves to one).
_OF_FEDERATED_USER = ("sts:GetCallerIdentity", "sts:GetSessionToken", "sts:GetFederationToken")
_OF_SESSION_TOKEN = (*_OF_FEDERATED_USER, "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")

# Whether the call being served gave a valid code of a second factor.
_second_factor: ContextVar[bool] = ContextVar("_second_factor", default=False)


@dataclasses.dataclass(frozen=True)
class _Refusal:
    code: str
    message: str
    status: int = 400


@functools.cache
def install() -> None:
    """Check what AWS checks before a session begins, and remember what it was begun with."""
    service, evaluator = ministack("services.sts"), ministack("core.iam_evaluator")
    handle = service.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        operation = forms.operation(body)
        if operation not in ("AssumeRole", "GetSessionToken"):
            untouched: Answer = await handle(method, path, headers, body, query)
            return untouched
        key = service.extract_access_key_id(headers, query)
        asked = forms.query_parameters(body)
        mfa = _shows_second_factor(key, asked)
        refusal = _refusal(operation, key, asked, mfa=mfa)
        if refusal is not None:
            refused: Answer = service._error(refusal.status, refusal.code, refusal.message, ns="sts")
            return refused
        shown = _second_factor.set(bool(mfa))
        try:
            answer: Answer = await handle(method, path, headers, body, query)
        finally:
            _second_factor.reset(shown)
        return _remember(key, asked, answer, mfa=bool(mfa)) if answer[0] == _OK else answer

    service.handle_request = handle_request
    keys = evaluator._principal_keys

    def principal_keys(credential: Any) -> dict[str, Any]:
        return {**keys(credential), **_keys_of(credential.access_key_id)}

    evaluator._principal_keys = service._principal_keys = principal_keys
    _limit_sessions(evaluator)


def _keys_of(access_key_id: str) -> dict[str, str]:
    """The condition keys that a session has beyond those that ministack knows."""
    facts = sessions.facts_of(access_key_id)
    keys = {"aws:sourceidentity": facts.source_identity} if facts.source_identity else {}
    if facts.mfa or _second_factor.get():
        keys["aws:multifactorauthpresent"] = "true"
    return keys


def _limit_sessions(evaluator: Any) -> None:
    """Keep a user's own sessions from IAM and most of STS (IAM user guide, "Compare AWS STS credentials")."""
    enforce = evaluator.enforce

    def limited(access_key_id: str, action: str, service: str, *rest: Any, **more: Any) -> Any:
        session = sessions.session_of(access_key_id) if service in ("iam", "sts") else None
        if session is not None and _beyond(session, access_key_id, action, service):
            return evaluator.AuthError(
                "InvalidClientTokenId", "The security token included in the request is invalid"
            )
        return enforce(access_key_id, action, service, *rest, **more)

    evaluator.enforce = limited


def _beyond(session: Mapping[str, Any], access_key_id: str, action: str, service: str) -> bool:
    kind, facts = session.get("PrincipalType"), sessions.facts_of(access_key_id)
    if kind == "FederatedUser":
        return service == "iam" or action not in _OF_FEDERATED_USER
    if kind != "User" or facts.from_console:
        return False
    return not facts.mfa if service == "iam" else action not in _OF_SESSION_TOKEN


def _shows_second_factor(key: str, asked: Mapping[str, Any]) -> bool | None:
    """Whether a code of the caller's own device was given; None if a wrong one was.

    ministack's seeds are no Base32, so no code can be computed from them: any six digits will do.
    """
    if not asked.get("SerialNumber"):
        return False
    credential = ministack("core.iam_evaluator").resolve_credential(key)
    device = ministack("services.iam")._mfa_devices.get(asked["SerialNumber"]) or {}
    is_own = bool(device.get("User")) and device["User"] == getattr(credential, "principal_name", "")
    return True if is_own and re.fullmatch(r"\d{6}", str(asked.get("TokenCode", ""))) else None


def _refusal(operation: str, key: str, asked: Mapping[str, Any], *, mfa: bool | None) -> _Refusal | None:
    if mfa is None:
        message = "MultiFactorAuthentication failed with invalid MFA one time pass code."
        return _Refusal("AccessDenied", message, 403)
    seconds = int(asked.get("DurationSeconds") or _SHORTEST)
    if seconds < _SHORTEST:
        return _Refusal("ValidationError", f"Value '{seconds}' at 'durationSeconds' must be at least 900")
    if operation != "AssumeRole":
        return None
    return _too_long(key, asked, seconds) or _identity_refusal(key, asked)


def _too_long(key: str, asked: Mapping[str, Any], seconds: int) -> _Refusal | None:
    is_chained = (sessions.session_of(key) or {}).get("PrincipalType") == "AssumedRole"
    if is_chained and seconds > _LONGEST_CHAINED:
        message = "DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        return _Refusal("ValidationError", message)
    if seconds > int(_role(asked).get("MaxSessionDuration") or _LONGEST_OF_ROLE):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        return _Refusal("ValidationError", message)
    return None


def _role(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    arn = str(asked.get("RoleArn", ""))
    parts = arn.split(":")
    account = parts[4] if len(parts) > 5 else ""  # noqa: PLR2004  # the parts of an ARN
    role: Mapping[str, Any] = ministack("services.iam")._roles.get_scoped(
        account, None, arn.rsplit("/", 1)[-1], {}
    )
    return role


def _identity_refusal(key: str, asked: Mapping[str, Any]) -> _Refusal | None:
    """A source identity is set once, by whom both policies let, and never changes along a chain."""
    inherited, given = sessions.facts_of(key).source_identity, str(asked.get("SourceIdentity", ""))
    if not (given or inherited):
        return None
    if given and not _SOURCE_IDENTITY.fullmatch(given):
        return _Refusal(
            "ValidationError", f"Value '{given}' at 'sourceIdentity' failed to satisfy constraint"
        )
    evaluator, responses = ministack("core.iam_evaluator"), ministack("core.responses")
    arn, wanted = str(asked.get("RoleArn", "")), given or inherited
    principal = evaluator.resolve_principal(key, responses.get_account_id())
    context = evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action="sts:SetSourceIdentity",
        resource_arn=arn,
        region=responses.get_region(),
        service_context={"sts:sourceidentity": wanted},
        principal_keys=principal.keys,
    )
    trusted = evaluator.evaluate_trust_policy(
        _role(asked).get("AssumeRolePolicyDocument", "{}"), principal.arn, context
    )
    may = principal.policies is None or evaluator.evaluate(context, principal.policies, *principal.limits)
    allowed = may is True or may.decision == "Allow"
    if trusted and allowed and wanted == (inherited or wanted):
        return None
    message = f"User: {principal.arn} is not authorized to perform: sts:SetSourceIdentity on resource: {arn}"
    return _Refusal("AccessDenied", message, 403)


def _remember(key: str, asked: Mapping[str, Any], answer: Answer, *, mfa: bool) -> Answer:
    """Note on the new session what it was begun with, and answer its source identity."""
    status, headers, body = answer
    match = _NEW_KEY.search(body)
    if match is None:
        return answer
    caller = sessions.facts_of(key)
    identity = str(asked.get("SourceIdentity", "")) or caller.source_identity
    sessions.note(match.group(1).decode(), source_identity=identity, mfa=mfa or caller.mfa)
    if identity and "RoleArn" in asked:
        element = f"<SourceIdentity>{identity}</SourceIdentity></AssumeRoleResult>".encode()
        body = body.replace(b"</AssumeRoleResult>", element)
    return status, headers, body
