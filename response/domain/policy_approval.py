"""What the policy says about approvals: by how many people, how long, and what follows if nobody answers.

`quorum` and `on_timeout` hold for all incidents, or are told by severity; what is left out has the default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from response.domain.grades import Severity
from response.domain.policy_node import Node

MOST_APPROVALS = 5
_KEYS = ("expires_after_minutes", "on_timeout", "quorum")
_SEVERITIES = tuple(str(severity) for severity in Severity)


class OnTimeout(StrEnum):
    """What happens when nobody answers an approval in time."""

    ESCALATE = "escalate"
    EXECUTE = "execute"


@dataclass(frozen=True)
class Approval:
    """How many people have to approve, how long that may take, and what follows when it takes longer.

    `quorum_by` and `on_timeout_by` hold what is different for a severity.
    """

    expires_after_minutes: int = 60
    on_timeout: OnTimeout = OnTimeout.ESCALATE
    quorum: int = 1
    on_timeout_by: Mapping[str, OnTimeout] = field(default_factory=dict)
    quorum_by: Mapping[str, int] = field(default_factory=dict)

    def quorum_of(self, severity: str) -> int:
        """How many different people have to approve what is done about an incident of that severity."""
        return self.quorum_by.get(severity, self.quorum)

    def on_timeout_of(self, severity: str) -> OnTimeout:
        """What follows where they do not answer."""
        return self.on_timeout_by.get(severity, self.on_timeout)

    def to_json(self) -> dict[str, Any]:
        """As `read_approval` reads it."""
        return {
            "expires_after_minutes": self.expires_after_minutes,
            "on_timeout": _told(self.on_timeout_by, self.on_timeout_of),
            "quorum": _told(self.quorum_by, self.quorum_of),
        }


def read_approval(node: Node) -> Approval:
    """The section of the policy; PolicyError names the path of what is wrong."""
    members = node.mapping(_KEYS)
    given: dict[str, Any] = {}
    if "expires_after_minutes" in members:
        given["expires_after_minutes"] = members["expires_after_minutes"].integer(5, 10_080)
    if "on_timeout" in members:
        given |= _by_severity(members["on_timeout"], "on_timeout", lambda one: one.choice(OnTimeout))
    if "quorum" in members:
        given |= _by_severity(members["quorum"], "quorum", lambda one: one.integer(1, MOST_APPROVALS))
    return Approval(**given)


def _by_severity(node: Node, name: str, read: Callable[[Node], Any]) -> dict[str, Any]:
    """One value for all severities, or a mapping of some of them to theirs."""
    if not isinstance(node.value, Mapping):
        return {name: read(node)}
    return {f"{name}_by": {key: read(member) for key, member in node.mapping(_SEVERITIES).items()}}


def _told(by: Mapping[str, int | OnTimeout], of: Callable[[str], int | OnTimeout]) -> Any:
    """The one value, or all of them where one is different."""
    if not by:
        return _plain(of(""))
    return {severity: _plain(of(severity)) for severity in _SEVERITIES}


def _plain(value: int | OnTimeout) -> int | str:
    return str(value) if isinstance(value, OnTimeout) else value
