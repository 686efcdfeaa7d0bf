"""Gap: ministack 1.5.33 has no AssumeRoleWithSAML, and forgets whose web identity a session has.

An assertion or a token is not verified: the lab has no identity provider whose signature there could be. The
role's trust policy decides on its provider, as in AWS (STS API reference, AssumeRoleWithSAML and
AssumeRoleWithWebIdentity).
"""

import base64
import binascii
import functools
import json
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator import forms, sessions
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]

_OK = 200
_ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_ATTRIBUTE = "https://aws.amazonaws.com/SAML/Attributes/"
_NEW_KEY = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")
_MOST_OF_SECONDS = 3600


@dataclass(frozen=True)
class FederatedCaller:
    """Who an assertion or a token says is calling: `type` is CloudTrail's SAMLUser or WebIdentityUser."""

    type: str
    provider: str
    subject: str
    audience: str
    source_identity: str = ""

    @property
    def user_identity(self) -> dict[str, str]:
        """The `userIdentity` of the record of the call."""
        middle = f":{self.audience}" if self.type == "WebIdentityUser" else ""
        return {
            "type": self.type,
            "principalId": f"{self.provider}{middle}:{self.subject}",
            "userName": self.subject,
            "identityProvider": self.provider,
        }


@functools.cache
def install() -> None:
    """Serve AssumeRoleWithSAML, and complete AssumeRoleWithWebIdentity."""
    service, evaluator = ministack("services.sts"), ministack("core.iam_evaluator")
    handle, matches = service.handle_request, evaluator._trust_principal_matches

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        answer: Answer
        if forms.operation(body) == "AssumeRoleWithSAML":
            return _assume_with_saml(body)
        answer = await handle(method, path, headers, body, query)
        if forms.operation(body) == "AssumeRoleWithWebIdentity" and answer[0] == _OK:
            return _complete(body, answer)
        return answer

    def principal_matches(principal: Any, caller_arn: str, federated: bool) -> Any:
        return matches(principal, caller_arn, federated or ":saml-provider/" in caller_arn)

    service.handle_request = handle_request
    evaluator._trust_principal_matches = principal_matches


def caller_of(operation: str, body: bytes) -> FederatedCaller | None:
    """Say who calls with an assertion or a token instead of a key; None if it cannot be read."""
    asked = forms.query_parameters(body)
    if operation == "AssumeRoleWithSAML":
        return _saml_caller(str(asked.get("SAMLAssertion", "")), str(asked.get("PrincipalArn", "")))[0]
    if operation != "AssumeRoleWithWebIdentity":
        return None
    claims = _claims(str(asked.get("WebIdentityToken", "")))
    provider = str(claims.get("iss") or asked.get("ProviderId", "")).split("://", 1)[-1].rstrip("/")
    audience, subject = str(claims.get("aud", "")), str(claims.get("sub", ""))
    return FederatedCaller("WebIdentityUser", provider, subject, audience) if subject else None


def _claims(token: str) -> Mapping[str, Any]:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _saml_caller(encoded: str, provider: str) -> tuple[FederatedCaller | None, str]:
    """Read an assertion: who it is about, and the session name it asks for."""
    try:
        # The lab's own tests write the assertions; nobody else reaches a listener on loopback.
        root = ET.fromstring(base64.b64decode(encoded, validate=True))  # noqa: S314  # as above
    except (ET.ParseError, binascii.Error, ValueError):
        return None, ""
    name = root.find(f".//{_ASSERTION}NameID")
    attributes = {
        each.get("Name", ""): (each.findtext(f"{_ASSERTION}AttributeValue") or "").strip()
        for each in root.iter(f"{_ASSERTION}Attribute")
    }
    if name is None or not (name.text or "").strip():
        return None, ""
    audience = (root.findtext(f".//{_ASSERTION}Audience") or "").strip()
    source_identity = attributes.get(f"{_ATTRIBUTE}SourceIdentity", "")
    subject = (name.text or "").strip()
    caller = FederatedCaller("SAMLUser", provider, subject, audience, source_identity)
    return caller, attributes.get(f"{_ATTRIBUTE}RoleSessionName", "")


def _assume_with_saml(body: bytes) -> Answer:
    service = ministack("services.sts")
    asked = forms.query_parameters(body)
    role_arn, provider = str(asked.get("RoleArn", "")), str(asked.get("PrincipalArn", ""))
    caller, session_name = _saml_caller(str(asked.get("SAMLAssertion", "")), provider)
    if caller is None or not session_name:
        return _error(400, "InvalidIdentityToken", "Could not read the SAML assertion.")
    session_arn, error = service._assumed_role_arn(role_arn, session_name)
    if error:
        invalid: Answer = error
        return invalid
    if not _is_trusted(role_arn, caller):
        return _error(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
    seconds = int(asked.get("DurationSeconds") or _MOST_OF_SECONDS)
    role_id = service._role_id(role_arn)
    keys = sessions.begin(
        {
            "Arn": session_arn,
            "UserId": f"{role_id}:{session_name}",
            "AccountId": role_arn.split(":")[4],
            "PrincipalType": "AssumedRole",
        },
        seconds=seconds,
        source_identity=caller.source_identity,
    )
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    answer: Answer = service._xml(
        200,
        "AssumeRoleWithSAMLResponse",
        f"<AssumeRoleWithSAMLResult><Credentials><AccessKeyId>{keys['aws_access_key_id']}</AccessKeyId>"
        f"<SecretAccessKey>{keys['aws_secret_access_key']}</SecretAccessKey>"
        f"<SessionToken>{keys['aws_session_token']}</SessionToken><Expiration>{expiration}</Expiration>"
        f"</Credentials><AssumedRoleUser><AssumedRoleId>{role_id}:{session_name}</AssumedRoleId>"
        f"<Arn>{session_arn}</Arn></AssumedRoleUser><Subject>{service.escape(caller.subject)}</Subject>"
        f"<SubjectType>persistent</SubjectType><Audience>{service.escape(caller.audience)}</Audience>"
        f"<PackedPolicySize>0</PackedPolicySize></AssumeRoleWithSAMLResult>",
        ns="sts",
    )
    return answer


def _is_trusted(role_arn: str, caller: FederatedCaller) -> bool:
    evaluator, account = ministack("core.iam_evaluator"), role_arn.split(":")[4]
    role = ministack("services.iam")._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
    context = evaluator.EvalContext(
        principal_arn=caller.provider,
        principal_type="SAMLUser",
        principal_account=account,
        action="sts:AssumeRoleWithSAML",
        resource_arn=role_arn,
        region=ministack("core.responses").get_region(),
        service_context={"saml:aud": caller.audience, "saml:sub": caller.subject},
    )
    document = (role or {}).get("AssumeRolePolicyDocument", "{}")
    return role is not None and bool(evaluator.evaluate_trust_policy(document, caller.provider, context))


def _complete(body: bytes, answer: Answer) -> Answer:
    """Say whose web identity it is, in the answer and in what the session's later records show."""
    status, headers, payload = answer
    caller, match = caller_of("AssumeRoleWithWebIdentity", body), _NEW_KEY.search(payload)
    if caller is None or match is None:
        return answer
    federation = {"federatedProvider": caller.provider, "attributes": {}}
    sessions.note(match.group(1).decode(), federation=federation)
    text = payload.decode()
    escape = ministack("services.sts").escape
    for element, value in (
        ("SubjectFromWebIdentityToken", caller.subject),
        ("Audience", caller.audience),
        ("Provider", caller.provider),
    ):
        text = re.sub(rf"(<{element}>)[^<]*", lambda found, v=value: found[1] + escape(v), text)  # type: ignore[misc]
    return status, headers, text.encode()


def _error(status: int, code: str, message: str) -> Answer:
    answer: Answer = ministack("services.sts")._error(status, code, message, ns="sts")
    return answer
