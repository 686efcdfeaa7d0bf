"""Who made a call: CloudTrail's userIdentity read into one shape, whatever kind of principal it was.

Source: CloudTrail user guide, "CloudTrail userIdentity element".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from response.domain.arns import parse_arn
from response.domain.principal_kind import DESCRIPTION, PrincipalKind, kind_of
from response.domain.text import plain

__all__ = ["Actor", "PrincipalKind", "Scope", "actor_of"]


@dataclass(frozen=True)
class Scope:
    """What the credentials were made for (`inScopeOf`): the function, task or other resource."""

    source_arn: str = ""
    source_account: str = ""
    issuer_type: str = ""
    credentials_issued_to: str = ""


@dataclass(frozen=True)
class Actor:
    """The principal behind a call. Text that the record does not hold is `""`.

    `issuer_id` is the unique id of the role or user that issued the session; `ec2_role_delivery` the version
    of the instance metadata service that handed out the credentials; `assumed_root` whether a root session
    came from sts:AssumeRoot; `delegate_account` the account to which access was delegated for a time;
    `identity_provider` who vouched for a SAML or web identity, by `provider_attributes`.
    """

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
    issuer_id: str = ""
    identity_store_arn: str = ""
    credential_id: str = ""
    in_scope_of: Scope = Scope()
    ec2_role_delivery: str = ""
    assumed_root: bool = False
    delegate_account: str = ""
    identity_provider: str = ""
    provider_attributes: tuple[tuple[str, str], ...] = ()

    @property
    def is_session(self) -> bool:
        """Whether an IAM user acts with temporary credentials (GetSessionToken, console), not a key."""
        return self.kind is PrincipalKind.IAM_USER and self.access_key_id.startswith("ASIA")

    def describe(self) -> str:
        """The principal in plain words, safe to show."""
        parts = [DESCRIPTION[self.kind], plain(self._name())]
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
        return Actor(kind=kind_of("", user_identity, "", ""), arn=user_identity)
    identity = _mapping(user_identity)
    context = _mapping(identity.get("sessionContext"))
    issuer = _mapping(context.get("sessionIssuer"))
    attributes = _mapping(context.get("attributes"))
    behalf, web = _mapping(identity.get("onBehalfOf")), _mapping(context.get("webIdFederationData"))
    arn, issuer_arn, invoked_by = _text(identity, "arn"), _text(issuer, "arn"), _text(identity, "invokedBy")
    kind = kind_of(_text(identity, "type"), arn, issuer_arn, invoked_by)
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
        on_behalf_of=_text(behalf, "userId"),
        mfa={"true": True, "false": False}.get(str(attributes.get("mfaAuthenticated")).lower()),
        session_created_at=_time(attributes.get("creationDate")),
        issuer_id=_text(issuer, "principalId"),
        identity_store_arn=_text(behalf, "identityStoreArn"),
        credential_id=_text(identity, "credentialId"),
        in_scope_of=_scope(_mapping(identity.get("inScopeOf"))),
        ec2_role_delivery=_text(context, "ec2RoleDelivery"),
        assumed_root=str(context.get("assumedRoot")).lower() == "true",
        delegate_account=_text(_mapping(identity.get("invokedByDelegate")), "accountId"),
        identity_provider=_text(web, "federatedProvider") or _text(identity, "identityProvider"),
        provider_attributes=_texts(_mapping(web.get("attributes"))),
    )


def _scope(scope: Mapping[str, Any]) -> Scope:
    keys = ("sourceArn", "sourceAccount", "issuerType", "credentialsIssuedTo")
    return Scope(*(_text(scope, key) for key in keys))


def _texts(source: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The members that are text, in one order."""
    return tuple(sorted((str(key), value) for key, value in source.items() if isinstance(value, str)))


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
