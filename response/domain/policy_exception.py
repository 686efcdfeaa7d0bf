"""An exception as policy.yaml states it, read so strictly that it can only ever name somebody, somewhere."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from response.domain.grades import Severity
from response.domain.policy_node import IPNetwork, Node
from response.domain.trail_state import ATTRIBUTES

_KEYS = (
    "id",
    "principal",
    "source",
    "trail",
    "fields",
    "max_severity",
    "expires",
    "reason",
    "ticket",
    "reviewed_by",
)
_OPTIONAL = ("trail", "fields", "max_severity")
_COVERED = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PRINCIPAL = re.compile(r"arn:[a-z*?-]+:(?:iam|sts)::[0-9*?]+:(?P<resource>[\w+=,.@/*?-]+)", re.ASCII)
_TRAIL = re.compile(
    r"arn:[a-z*?-]+:cloudtrail:[a-z0-9*?-]+:[0-9*?]+:trail/(?P<name>[A-Za-z0-9._*?-]+)", re.ASCII
)
_PRINCIPAL_KINDS = ("user", "role", "assumed-role", "federated-user")


@dataclass(frozen=True)
class PolicyException:
    """A reviewed, expiring statement that a principal, from an address range, may make certain changes.

    `trail` is None for any trail, `fields` is empty for any field; the gravest changes are never covered.
    """

    id: str
    principal: str
    source: tuple[IPNetwork, ...]
    trail: str | None
    fields: tuple[str, ...]
    max_severity: Severity
    expires: dt.date
    reason: str
    ticket: str
    reviewed_by: str

    def to_json(self) -> dict[str, Any]:
        """As policy.yaml holds it; what may be left out is left out where nothing was said."""
        return {
            "id": self.id,
            "principal": self.principal,
            "source": [str(network) for network in self.source],
            **({"trail": self.trail} if self.trail else {}),
            **({"fields": list(self.fields)} if self.fields else {}),
            "max_severity": str(self.max_severity),
            "expires": self.expires.isoformat(),
            "reason": self.reason,
            "ticket": self.ticket,
            "reviewed_by": self.reviewed_by,
        }


def read_exception(node: Node) -> PolicyException:
    """Read one exception; PolicyError names the path of what is wrong with it."""
    required = tuple(key for key in _KEYS if key not in _OPTIONAL)
    members = node.mapping(_KEYS, required=required)
    fields = members["fields"].items("a list of fields", at_least=1) if "fields" in members else ()
    source = tuple(item.network() for item in members["source"].items("a list of CIDR ranges", at_least=1))
    return PolicyException(
        id=_exception_id(members["id"]),
        principal=principal_pattern(members["principal"]),
        source=source,
        trail=_trail(members["trail"]) if "trail" in members else None,
        fields=tuple(_state_field(item) for item in fields),
        max_severity=_severity(members["max_severity"]) if "max_severity" in members else Severity.HIGH,
        expires=members["expires"].date(),
        reason=members["reason"].text("the reason for the exception"),
        ticket=members["ticket"].text("the ticket under which it was reviewed", 100),
        reviewed_by=members["reviewed_by"].text("who reviewed the exception"),
    )


def _exception_id(node: Node) -> str:
    if not isinstance(node.value, str) or not _ID.fullmatch(node.value):
        node.refuse("an id of lower-case letters, digits, '.', '_', '-', at most 64 characters")
    return node.value


def _state_field(node: Node) -> str:
    if not isinstance(node.value, str) or node.value not in ATTRIBUTES:
        node.refuse("one of " + ", ".join(ATTRIBUTES))
    return node.value


def _trail(node: Node) -> str:
    if not isinstance(node.value, str) or not _TRAIL.fullmatch(node.value):
        node.refuse(
            "the ARN pattern of a trail, such as arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
        )
    return node.value


def _severity(node: Node) -> Severity:
    """The gravest change that is covered; what is graded worst has to be planned, not excepted."""
    if node.value not in tuple(map(str, _COVERED)):
        node.refuse(
            f"one of {', '.join(_COVERED)}: no exception covers a critical change; announce such a one with"
            " `trailguard expect`"
        )
    return Severity(node.value)


def principal_pattern(node: Node) -> str:
    """An ARN pattern that names somebody: never everybody, never root."""
    expected = "the ARN pattern of a user or role by name, such as arn:aws:iam::111122223333:role/ci-*"
    found = _PRINCIPAL.fullmatch(node.value) if isinstance(node.value, str) else None
    if not found:
        node.refuse(expected)
    kind, _, name = found["resource"].partition("/")
    if kind not in _PRINCIPAL_KINDS or not name.strip("*?/"):
        node.refuse(f"{expected}; nobody's root and not everybody")
    role, slash, session = name.partition("/")
    # Whoever assumes a role chooses the session's name, so it alone names nobody.
    if kind == "assumed-role" and not (role.strip("*?") and slash and session and "/" not in session):
        node.refuse("assumed-role/ROLE/SESSION with a ROLE of more than wildcards")
    return str(node.value)
