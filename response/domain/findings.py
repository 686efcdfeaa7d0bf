"""What the investigation found, as data: gathered by `investigate`, told by the dossier, weighed by `assess`.

None stands for "not known"; an empty tuple, mapping or text for "none". `missing` names, part by part,
why something is not known or not complete.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from response.domain import codec


class Part(StrEnum):
    """The parts of an investigation that can be missing by themselves."""

    PRINCIPAL = "principal"
    PERMISSIONS = "permissions"
    CHAIN = "chain"
    SESSIONS = "sessions"
    EARLIER = "earlier"
    ADDRESS = "address"
    AGENT = "agent"
    CONDUCT = "conduct"
    CREATED = "created"
    CALENDAR = "calendar"
    CONTACT = "contact"
    DISCOVERED = "discovered"


class PrincipalType(StrEnum):
    """What IAM can describe."""

    USER = "user"
    ROLE = "role"


class CreatedKind(StrEnum):
    """What an attacker makes in order to stay."""

    USER = "user"
    ROLE = "role"
    ACCESS_KEY = "access_key"
    LOGIN_PROFILE = "login_profile"


@dataclass(frozen=True)
class KeyFacts:
    """One access key of a user (iam:ListAccessKeys, iam:GetAccessKeyLastUsed)."""

    id: str
    status: str
    created_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    last_used_service: str = ""
    last_used_region: str = ""


@dataclass(frozen=True)
class Permission:
    """Whether a principal may make a call, and by which policies (iam:SimulatePrincipalPolicy)."""

    action: str
    decision: str  # allowed, explicitDeny or implicitDeny
    policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrincipalFacts:
    """An IAM user or role of the trail's account as IAM describes it now. `exists` False: it is gone.

    `inline_policies` is each inline policy's length in characters without white space, as IAM counts them.
    """

    arn: str
    type: PrincipalType
    name: str
    exists: bool = True
    unique_id: str = ""
    created_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    tags: Mapping[str, str] | None = None
    boundary_arn: str = ""
    inline_policies: Mapping[str, int] | None = None
    attached_policies: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    keys: tuple[KeyFacts, ...] | None = None
    has_login_profile: bool | None = None
    permissions: tuple[Permission, ...] | None = None

    @property
    def inline_characters(self) -> int | None:
        """What counts against IAM's limit on inline policies: 2,048 for a user, 10,240 for a role."""
        return None if self.inline_policies is None else sum(self.inline_policies.values())


@dataclass(frozen=True)
class ChainLink:
    """One step back from a session: the call that issued its credentials, and who made that call.

    `caller` is that record's raw userIdentity, `event_name` AssumeRole, GetSessionToken, ConsoleLogin and the
    like, `issued` the ARN of what was assumed, `session_tags` what the caller wrote on the session.
    """

    event_id: str
    event_name: str
    at: dt.datetime
    issued: str
    caller: Mapping[str, Any]
    source_ip: str = ""
    user_agent: str = ""
    region: str = ""
    session_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """How the credentials of one record came about, newest step first. `whole`: back to where it began."""

    event_id: str
    links: tuple[ChainLink, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class SessionSeen:
    """Another session of the same role that made calls lately.

    `same_caller`: it was made by who made, or is, a session of the incident, so it is nobody else's.
    """

    session_name: str
    access_key_id: str
    last_seen: dt.datetime
    source_ip: str = ""
    same_caller: bool = False


@dataclass(frozen=True)
class RoleSessions:
    """The other sessions of a role since that time; a role's session lasts 12 hours at most."""

    role_arn: str
    since: dt.datetime
    others: tuple[SessionSeen, ...] = ()


@dataclass(frozen=True)
class InterfaceFacts:
    """The network interface of the account that has an address (ec2:DescribeNetworkInterfaces)."""

    id: str
    region: str
    type: str = ""
    description: str = ""
    vpc_id: str = ""
    instance_id: str = ""
    instance_profile_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AddressFacts:
    """A source address. `searched` are the regions whose interfaces were looked at.

    `aws_range` is `{service, region, prefix}` of the narrowest published AWS range, {} where none holds it.
    `country` and `network` come from a MaxMind-format database; None where none is configured.
    """

    address: str
    interface: InterfaceFacts | None = None
    searched: tuple[str, ...] = ()
    aws_range: Mapping[str, str] | None = None
    country: str | None = None
    network: str | None = None


@dataclass(frozen=True)
class CallSeen:
    """One call, as far as the dossier shows it."""

    event_id: str
    at: dt.datetime
    source: str
    name: str
    region: str = ""
    error_code: str = ""
    source_ip: str = ""
    user_agent: str = ""
    target: str = ""  # the user, role, trail, bucket or key that the call names, if it names one


@dataclass(frozen=True)
class Familiar:
    """How often the principal was seen before with an address or a user agent, of how many calls looked at.

    `first` and `last` are when, within `since` and the change.
    """

    value: str
    seen: int
    of: int
    since: dt.datetime
    first: dt.datetime | None = None
    last: dt.datetime | None = None


@dataclass(frozen=True)
class ServiceCount:
    """Calls of one service in the time looked at."""

    source: str
    calls: int
    denied: int
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True)
class Conduct:
    """What the actors of the incident did around the change. `left_out` counts what the lists do not hold.

    `regions` are those whose event history was asked: what was done elsewhere is not known.
    """

    since: dt.datetime
    until: dt.datetime
    services: tuple[ServiceCount, ...] = ()
    denied: tuple[CallSeen, ...] = ()
    persistence: tuple[CallSeen, ...] = ()
    evasion: tuple[CallSeen, ...] = ()
    data: tuple[CallSeen, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Created:
    """A user, role, access key or password that an actor of the incident made in that time."""

    kind: CreatedKind
    name: str  # of the user or role that it is, or belongs to
    arn: str
    event_id: str
    at: dt.datetime
    access_key_id: str = ""


@dataclass(frozen=True)
class CalendarState:
    """What an SSM change calendar answered: OPEN or CLOSED at that time."""

    name: str
    state: str
    at: dt.datetime


@dataclass(frozen=True)
class Contact:
    """The account's alternate contact for security (account:GetAlternateContact)."""

    name: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Findings:
    """All of it. `principals` is by ARN; `discovered` are raw records of a change that came without one."""

    principals: Mapping[str, PrincipalFacts] = field(default_factory=dict)
    chains: tuple[Chain, ...] = ()
    sessions: tuple[RoleSessions, ...] = ()
    earlier: tuple[CallSeen, ...] | None = None  # changes to trails in 90 days before, by the same principal
    addresses: tuple[AddressFacts, ...] = ()
    familiar_addresses: tuple[Familiar, ...] = ()
    familiar_agents: tuple[Familiar, ...] = ()
    conduct: Conduct | None = None
    created: tuple[Created, ...] = ()
    calendars: tuple[CalendarState, ...] = ()
    contact: Contact | None = None
    discovered: tuple[Mapping[str, Any], ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def why_missing(self, *parts: Part) -> str:
        """Why these parts are not known or not complete; "" where nothing is missing."""
        return "; ".join(reason for part in parts for reason in self.missing.get(part, ()))

    def chain_of(self, event_id: str) -> Chain | None:
        """The chain of one record."""
        return next((chain for chain in self.chains if chain.event_id == event_id), None)

    def sessions_of(self, role_arn: str) -> RoleSessions | None:
        """The other sessions of a role; None where they are not known."""
        return next((known for known in self.sessions if known.role_arn == role_arn), None)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        document: dict[str, Any] = codec.to_json(self)
        return document

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read back what `to_json` wrote; MalformedStateError otherwise."""
        return codec.from_json(cls, document)


NOTHING = Findings()
