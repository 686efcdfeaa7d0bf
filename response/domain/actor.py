"""Who made a call: CloudTrail's userIdentity read into one shape, whatever kind of principal it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from response.domain.arns import parse_arn
from response.domain.text import plain


class PrincipalKind(StrEnum):
    """The kinds of principal that need different handling."""

    IAM_USER = "iam_user"
    ASSUMED_ROLE = "assumed_role"
    FEDERATED_USER = "federated_user"
    ROOT = "root"
    AWS_SERVICE = "aws_service"
    AWS_ACCOUNT = "aws_account"
    IDENTITY_CENTER = "identity_center"
    SAML_USER = "saml_user"
    WEB_IDENTITY_USER = "web_identity_user"
    SERVICE_LINKED_ROLE = "service_linked_role"
    UNKNOWN = "unknown"


_KIND_OF_TYPE: Mapping[str, PrincipalKind] = {
    "Root": PrincipalKind.ROOT,
    "IAMUser": PrincipalKind.IAM_USER,
    "AssumedRole": PrincipalKind.ASSUMED_ROLE,
    "Role": PrincipalKind.ASSUMED_ROLE,
    "FederatedUser": PrincipalKind.FEDERATED_USER,
    "AWSService": PrincipalKind.AWS_SERVICE,
    "AWSAccount": PrincipalKind.AWS_ACCOUNT,
    "IdentityCenterUser": PrincipalKind.IDENTITY_CENTER,
    "SAMLUser": PrincipalKind.SAML_USER,
    "WebIdentityUser": PrincipalKind.WEB_IDENTITY_USER,
}
_KIND_OF_RESOURCE: Mapping[str, PrincipalKind] = {
    "user": PrincipalKind.IAM_USER,
    "assumed-role": PrincipalKind.ASSUMED_ROLE,
    "role": PrincipalKind.ASSUMED_ROLE,
    "federated-user": PrincipalKind.FEDERATED_USER,
    "root": PrincipalKind.ROOT,
}
# Paths that IAM keeps for AWS: nobody else can make a role under them, so they can be relied on.
_SERVICE_LINKED_PATH = "role/aws-service-role/"
_IDENTITY_CENTER_PATH = "role/aws-reserved/sso.amazonaws.com/"

_DESCRIPTION: Mapping[PrincipalKind, str] = {
    PrincipalKind.IAM_USER: "IAM user",
    PrincipalKind.ASSUMED_ROLE: "role",
    PrincipalKind.FEDERATED_USER: "federated user",
    PrincipalKind.ROOT: "root user",
    PrincipalKind.AWS_SERVICE: "AWS service",
    PrincipalKind.AWS_ACCOUNT: "another AWS account's principal",
    PrincipalKind.IDENTITY_CENTER: "IAM Identity Center user",
    PrincipalKind.SAML_USER: "SAML user",
    PrincipalKind.WEB_IDENTITY_USER: "web identity user",
    PrincipalKind.SERVICE_LINKED_ROLE: "service-linked role",
    PrincipalKind.UNKNOWN: "unknown principal",
}


@dataclass(frozen=True)
class Actor:
    """The principal behind a call. Text that the record does not hold is `""`."""

    kind: PrincipalKind
    arn: str = ""
    account: str = ""
    access_key_id: str = ""
    user_name: str = ""
    principal_id: str = ""
    session_name: str = ""
    issuer_arn: str = ""
    source_identity: str = ""
    invoked_by: str = ""
    on_behalf_of: str = ""
    mfa: bool | None = None
    session_created_at: datetime | None = None

    @property
    def is_session(self) -> bool:
        """Whether an IAM user acts with temporary credentials (GetSessionToken, console), not a key."""
        return self.kind is PrincipalKind.IAM_USER and self.access_key_id.startswith("ASIA")

    def describe(self) -> str:
        """The principal in plain words, safe to show."""
        parts = [_DESCRIPTION[self.kind], plain(self._name())]
        details = [
            f"session {plain(self.session_name)}" if self.session_name not in {"", self._name()} else "",
            f"issued by {plain(_last_part(self.issuer_arn))}" if self._is_issued() else "",
            f"source identity {plain(self.source_identity)}" if self.source_identity else "",
            f"access key {plain(self.access_key_id)}" if self.access_key_id else "",
            "temporary credentials" if self.is_session else "",
            f"through {plain(self.invoked_by)}"
            if self.invoked_by and self.invoked_by != self._name()
            else "",
            f"account {plain(self.account)}" if self.account else "",
        ]
        told = ", ".join(detail for detail in details if detail)
        words = " ".join(part for part in parts if part)
        return f"{words} ({told})" if told else words

    def _is_issued(self) -> bool:
        """Whether the issuer is somebody else than the name tells already."""
        return _last_part(self.issuer_arn) not in {"", self._name()}

    def _name(self) -> str:
        """The shortest name that tells this principal from others of its kind."""
        if self.kind in {PrincipalKind.ASSUMED_ROLE, PrincipalKind.SERVICE_LINKED_ROLE}:
            return _last_part(self.issuer_arn) or self.arn
        if self.kind in {PrincipalKind.IDENTITY_CENTER, PrincipalKind.FEDERATED_USER}:
            return self.session_name or self.user_name or self.on_behalf_of
        if self.kind is PrincipalKind.AWS_SERVICE:
            return self.invoked_by
        if self.kind is PrincipalKind.ROOT:
            return ""
        return self.user_name or self.arn or self.principal_id


def actor_of(user_identity: object) -> Actor:
    """The actor in a record's userIdentity. Whatever is missing or ill-typed is left empty, never fatal."""
    if isinstance(user_identity, str):
        return Actor(kind=_kind("", user_identity, "", ""), arn=user_identity)
    identity = _mapping(user_identity)
    context = _mapping(identity.get("sessionContext"))
    issuer = _mapping(context.get("sessionIssuer"))
    attributes = _mapping(context.get("attributes"))
    arn, issuer_arn, invoked_by = _text(identity, "arn"), _text(issuer, "arn"), _text(identity, "invokedBy")
    kind = _kind(_text(identity, "type"), arn, issuer_arn, invoked_by)
    principal_id = _text(identity, "principalId")
    return Actor(
        kind=kind,
        arn=arn,
        account=_account(identity, arn, issuer),
        access_key_id=_text(identity, "accessKeyId"),
        user_name=_text(identity, "userName") or _user_in(arn, kind),
        principal_id=principal_id,
        session_name=_session_name(arn, principal_id),
        issuer_arn=issuer_arn,
        source_identity=_text(context, "sourceIdentity") or _text(identity, "sourceIdentity"),
        invoked_by=invoked_by,
        on_behalf_of=_text(_mapping(identity.get("onBehalfOf")), "userId"),
        mfa={"true": True, "false": False}.get(str(attributes.get("mfaAuthenticated")).lower()),
        session_created_at=_time(attributes.get("creationDate")),
    )


def _kind(type_: str, arn: str, issuer_arn: str, invoked_by: str) -> PrincipalKind:
    """The kind by the identity's type; by its ARN where the type is missing or new."""
    parsed = parse_arn(arn)
    resource = parsed.resource if parsed else ""
    kind = _KIND_OF_TYPE.get(type_) or _KIND_OF_RESOURCE.get(resource.split("/")[0], PrincipalKind.UNKNOWN)
    if kind is PrincipalKind.UNKNOWN and not arn and invoked_by:
        return PrincipalKind.AWS_SERVICE
    if kind is not PrincipalKind.ASSUMED_ROLE:
        return kind
    issuer = parse_arn(issuer_arn) or parsed
    role = issuer.resource if issuer else ""
    if role.startswith(_SERVICE_LINKED_PATH):
        return PrincipalKind.SERVICE_LINKED_ROLE
    return PrincipalKind.IDENTITY_CENTER if role.startswith(_IDENTITY_CENTER_PATH) else kind


def _account(identity: Mapping[str, Any], arn: str, issuer: Mapping[str, Any]) -> str:
    """The principal's account: as stated, else as in its ARN, else its issuer's."""
    parsed = parse_arn(arn)
    return _text(identity, "accountId") or (parsed.account if parsed else "") or _text(issuer, "accountId")


def _session_name(arn: str, principal_id: str) -> str:
    """The session's name, which whoever assumed the role has chosen."""
    parsed = parse_arn(arn)
    kind, *names = parsed.resource.split("/") if parsed else ("",)
    if kind == "federated-user":
        return "/".join(names)
    chosen = "/".join(names[1:]) if kind == "assumed-role" else ""
    return chosen or (principal_id.partition(":")[2] if principal_id.startswith("AROA") else "")


def _user_in(arn: str, kind: PrincipalKind) -> str:
    """The IAM user's name as the last part of its ARN."""
    return _last_part(arn) if kind is PrincipalKind.IAM_USER else ""


def _last_part(arn: str) -> str:
    parsed = parse_arn(arn)
    return parsed.resource.rpartition("/")[2] if parsed else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(source: Mapping[str, Any], key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    """A time stamp of the record, or None; without an offset it is UTC, as all of CloudTrail's are."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        if parsed is None:
            return None
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
