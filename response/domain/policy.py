"""The response policy: what a team edits and reviews in policy.yaml, read strictly.

A mapping comes in (the YAML file at synth, its JSON copy in the deployed asset) and a frozen Policy comes
out, or a PolicyError that begins with the path of the offending key. What is left out takes the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from response.domain import patterns
from response.domain.errors import PolicyError
from response.domain.plan import Gate
from response.domain.policy_approval import Approval, OnTimeout, read_approval
from response.domain.policy_exception import PolicyException, read_exception
from response.domain.policy_node import ROOT_PATH, Node

__all__ = [
    "FLOOR_FIELDS",
    "VERSION",
    "Approval",
    "Gates",
    "Limits",
    "OnTimeout",
    "Owners",
    "Policy",
    "parse_policy",
]

VERSION = 1
# What a floor may demand. Each can only ever be demanded on: a floor that asks for less logging is none.
FLOOR_FIELDS = ("IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled", "IsLogging")
_GATES = ("restore", "contain", "responder")
# What IAM takes as a tag, but for the wildcards that a value may hold here.
_TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
_TAG_VALUE = re.compile(r"[\w .:/=+@*?-]{0,256}")
_CALENDAR = re.compile(
    r"(?:arn:aws(?:-[a-z]+)*:ssm:[a-z0-9-]+:\d{12}:document/)?[A-Za-z0-9][\w.-]{2,127}", re.ASCII
)
_TRAIL = re.compile(r"arn:[a-z*?-]+:cloudtrail:[a-z0-9*?-]+:[0-9*?]+:trail/[\w.*?-]+", re.ASCII)


@dataclass(frozen=True)
class Gates:
    """How far each kind of action may go by itself.

    `responder` is for denying sessions of Trailguard's own roles, where they do what no plan holds.
    """

    restore: Gate = Gate.APPROVE
    contain: Gate = Gate.APPROVE
    responder: Gate = Gate.OFF


@dataclass(frozen=True)
class Limits:
    """Where the machine stops and a person decides."""

    containments_per_hour: int = 5
    rounds: int = 5


@dataclass(frozen=True)
class Owners:
    """Who is named in messages: one name for all trails, others for those whose ARN fits a pattern."""

    default: str = ""
    trails: Mapping[str, str] = field(default_factory=dict)

    def of(self, trail_arn: str) -> str:
        """The owner of a trail."""
        pattern = patterns.first_match(self.trails, [trail_arn])
        return self.default if pattern is None else self.trails[pattern]


@dataclass(frozen=True)
class Policy:
    """The whole of policy.yaml."""

    gates: Gates = field(default_factory=Gates)
    approval: Approval = field(default_factory=Approval)
    require: Mapping[str, bool] = field(default_factory=lambda: dict.fromkeys(FLOOR_FIELDS, True))
    protected_principals: tuple[str, ...] = ()
    protected_tags: Mapping[str, str] = field(default_factory=dict)
    change_calendars: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    owners: Owners = field(default_factory=Owners)
    exceptions: tuple[PolicyException, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As `parse_policy` reads it; this is the copy that is deployed."""
        return {
            "version": VERSION,
            "gates": {gate: str(getattr(self.gates, gate)) for gate in _GATES},
            "approval": self.approval.to_json(),
            "trails": {"require": dict(self.require)},
            "protected_principals": list(self.protected_principals),
            "protected_tags": dict(self.protected_tags),
            "change_calendars": list(self.change_calendars),
            "limits": {
                "containments_per_hour": self.limits.containments_per_hour,
                "rounds": self.limits.rounds,
            },
            "owners": {"default": self.owners.default, "trails": dict(self.owners.trails)},
            "exceptions": [exception.to_json() for exception in self.exceptions],
        }


def parse_policy(document: object) -> Policy:
    """Read a policy document; PolicyError names the path of what is wrong and what was expected there."""
    keys = (
        "version",
        "gates",
        "approval",
        "trails",
        "protected_principals",
        "protected_tags",
        "change_calendars",
        "limits",
        "owners",
        "exceptions",
    )
    members = Node(ROOT_PATH, document).mapping(keys, required=("version",))
    members["version"].integer(VERSION, VERSION)
    readers = {
        "gates": ("gates", _gates),
        "approval": ("approval", read_approval),
        "trails": ("require", _require),
        "protected_principals": ("protected_principals", _protected),
        "protected_tags": ("protected_tags", _protected_tags),
        "change_calendars": ("change_calendars", _calendars),
        "limits": ("limits", _limits),
        "owners": ("owners", _owners),
        "exceptions": ("exceptions", _exceptions),
    }
    given: dict[str, Any] = {
        name: read(members[key]) for key, (name, read) in readers.items() if key in members
    }
    return Policy(**given)


def _gates(node: Node) -> Gates:
    return Gates(**{key: _gate(member) for key, member in node.mapping(_GATES).items()})


def _gate(node: Node) -> Gate:
    # YAML 1.1 reads an unquoted `off` as false; nothing else that is false can be meant here.
    return Gate.OFF if node.value is False else node.choice(Gate)


def _require(node: Node) -> dict[str, bool]:
    members = node.mapping(("require",))
    if "require" not in members:
        return dict(Policy().require)
    fields = members["require"].mapping(FLOOR_FIELDS)
    for field_node in fields.values():
        if field_node.value is not True:
            field_node.refuse("true (leave the key out where it is not required)")
    return dict.fromkeys(fields, True)


def _protected(node: Node) -> tuple[str, ...]:
    expected = "a pattern for the ARN of a principal, such as arn:aws:iam::*:role/break-glass-*"
    found = tuple(item.text(expected) for item in node.items("a list of ARN patterns"))
    for index, pattern in enumerate(found):
        # A pattern that no ARN can ever fit protects nobody, and its author believes otherwise.
        if not pattern.startswith(("arn:", "*", "?")):
            Node(f"{node.path}[{index}]", pattern).refuse(expected)
    return found


def _protected_tags(node: Node) -> dict[str, str]:
    expected = "a mapping of tag keys to value patterns, such as break-glass: 'true'"
    found = node.free_mapping(expected)
    for key, member in found.items():
        if not _TAG_KEY.fullmatch(key):
            raise PolicyError(f"{member.path}: not the key of a tag, expected {expected}")
        if not isinstance(member.value, str) or not _TAG_VALUE.fullmatch(member.value):
            member.refuse("text of at most 256 characters that a tag's value can have; * and ? are special")
    return {key: member.value for key, member in found.items()}


def _calendars(node: Node) -> tuple[str, ...]:
    expected = "the name or ARN of a change calendar, such as trail-changes"
    found = tuple(node.items("a list of names or ARNs of change calendars"))
    for item in found:
        if not isinstance(item.value, str) or not _CALENDAR.fullmatch(item.value):
            item.refuse(expected)
    return tuple(item.value for item in found)


def _limits(node: Node) -> Limits:
    members = node.mapping(("containments_per_hour", "rounds"))
    bounds = {"containments_per_hour": (0, 100), "rounds": (1, 20)}
    return Limits(**{key: member.integer(*bounds[key]) for key, member in members.items()})


def _owners(node: Node) -> Owners:
    members = node.mapping(("default", "trails"))
    default = members.get("default")
    expected = "a mapping of trail ARN patterns to names"
    trails = members["trails"].free_mapping(expected) if "trails" in members else {}
    for pattern, member in trails.items():
        if not _TRAIL.fullmatch(pattern):
            raise PolicyError(f"{member.path}: not a trail's ARN, expected {expected}")
    return Owners(
        default="" if default is None or default.value == "" else default.text("a name"),
        trails={pattern: member.text("a name") for pattern, member in trails.items()},
    )


def _exceptions(node: Node) -> tuple[PolicyException, ...]:
    found = tuple(read_exception(item) for item in node.items("a list of exceptions"))
    seen: dict[str, int] = {}
    for index, exception in enumerate(found):
        if exception.id in seen:
            raise PolicyError(
                f"{node.path}[{index}].id: {exception.id!r} is the id of {node.path}[{seen[exception.id]}]"
                " too, expected each id once"
            )
        seen[exception.id] = index
    return found
