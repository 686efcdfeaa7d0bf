"""What is proposed for an incident: API calls as data, each action with its inverse, all under one digest.

An approval is given to the digest, never to a name: whatever changes in a plan changes the digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, TypeVar

from response.domain.errors import MalformedPlanError

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_TYPE_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a number",
    bool: "true or false",
}


class ActionKind(StrEnum):
    """What an action is for; gates are set per kind."""

    RESTORE = "restore"
    CONTAIN = "contain"


class Gate(StrEnum):
    """How far an action may go by itself."""

    OFF = "off"
    APPROVE = "approve"
    AUTO = "auto"


def canonical_json(document: object) -> str:
    """The one spelling of a JSON document that digests are taken over: sorted keys, no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sha256_hex(document: object) -> str:
    """Digest of a JSON document, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


@dataclass(frozen=True)
class Call:
    """One AWS API call as data.

    `service` is the boto3 client's name (`cloudtrail`), `operation` the API's (`UpdateTrail`), `parameters`
    are spelled as the API spells them. `region` is the region of the client, `""` for a global service.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: service, operation, parameters, region."""
        return {
            "service": self.service,
            "operation": self.operation,
            "parameters": dict(self.parameters),
            "region": self.region,
        }

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read back what `to_json` wrote; MalformedPlanError otherwise."""
        return cls(
            service=_get(document, "service", str),
            operation=_get(document, "operation", str),
            parameters=_get(document, "parameters", dict),
            region=_get(document, "region", str),
        )


@dataclass(frozen=True)
class Action:
    """One thing to do to the world.

    `expects` is what the action rests on, as found when the plan was made (field of the trail state or of the
    credential -> value); `aims` is what the same fields must read afterwards. The action runs only while
    `expects` holds, and is already done where `aims` holds. `inverse` takes it back. `if_refused` are
    narrower calls, each made by itself, only where AWS refuses `calls`. `order` sorts: lower runs first.
    `notes` tell whoever decides what the calls alone do not: why this and not less, and what it leaves open.
    """

    id: str
    kind: ActionKind
    title: str
    target: str
    gate: Gate
    calls: tuple[Call, ...]
    inverse: tuple[Call, ...]
    expects: Mapping[str, Any] = field(default_factory=dict)
    aims: Mapping[str, Any] = field(default_factory=dict)
    order: int = 0
    if_refused: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "title": self.title,
            "target": self.target,
            "gate": str(self.gate),
            "calls": [call.to_json() for call in self.calls],
            "inverse": [call.to_json() for call in self.inverse],
            "expects": dict(self.expects),
            "aims": dict(self.aims),
            "order": self.order,
            "if_refused": [call.to_json() for call in self.if_refused],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read back what `to_json` wrote; MalformedPlanError otherwise."""
        return cls(
            id=_get(document, "id", str),
            kind=_member(ActionKind, _get(document, "kind", str)),
            title=_get(document, "title", str),
            target=_get(document, "target", str),
            gate=_member(Gate, _get(document, "gate", str)),
            calls=tuple(Call.from_json(call) for call in _get(document, "calls", list)),
            inverse=tuple(Call.from_json(call) for call in _get(document, "inverse", list)),
            expects=_get(document, "expects", dict),
            aims=_get(document, "aims", dict),
            order=_get(document, "order", int),
            if_refused=tuple(Call.from_json(call) for call in _get(document, "if_refused", list)),
            notes=tuple(_get(document, "notes", list)),
        )


@dataclass(frozen=True)
class Outcome:
    """What cannot or may not be done, named, with what a person can do instead.

    `name` is one of a small vocabulary (`not_contained_automatically`, `protected_principal`, …).
    """

    name: str
    target: str
    reason: str
    instructions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {
            "name": self.name,
            "target": self.target,
            "reason": self.reason,
            "instructions": list(self.instructions),
        }

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read back what `to_json` wrote; MalformedPlanError otherwise."""
        return cls(
            name=_get(document, "name", str),
            target=_get(document, "target", str),
            reason=_get(document, "reason", str),
            instructions=tuple(_get(document, "instructions", list)),
        )


@dataclass(frozen=True)
class Plan:
    """The actions proposed for an incident, on the trail state with digest `observed_digest`."""

    incident_id: str
    trail_arn: str
    observed_digest: str
    baseline_source: str
    created_at: str
    actions: tuple[Action, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over everything in the plan, 64 hexadecimal digits."""
        return sha256_hex(self._content())

    def with_gate(self, gate: Gate) -> tuple[Action, ...]:
        """The actions behind that gate, in the order of execution."""
        return tuple(sorted((a for a in self.actions if a.gate is gate), key=lambda a: (a.order, a.id)))

    def _content(self) -> dict[str, Any]:
        return {
            "incident_id": self.incident_id,
            "trail_arn": self.trail_arn,
            "observed_digest": self.observed_digest,
            "baseline_source": self.baseline_source,
            "created_at": self.created_at,
            "actions": [action.to_json() for action in self.actions],
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
        }

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, the digest first."""
        return {"digest": self.digest, **self._content()}

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read back what `to_json` wrote; MalformedPlanError where it is not a plan or the digest differs."""
        plan = cls(
            incident_id=_get(document, "incident_id", str),
            trail_arn=_get(document, "trail_arn", str),
            observed_digest=_get(document, "observed_digest", str),
            baseline_source=_get(document, "baseline_source", str),
            created_at=_get(document, "created_at", str),
            actions=tuple(Action.from_json(action) for action in _get(document, "actions", list)),
            outcomes=tuple(Outcome.from_json(outcome) for outcome in _get(document, "outcomes", list)),
        )
        if plan.digest != _get(document, "digest", str):
            raise MalformedPlanError(f"plan of {plan.incident_id}: its digest does not fit its content")
        return plan


def _get(document: Any, key: str, kind: type[_T]) -> _T:
    """One typed member of a JSON object."""
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, kind):
        raise MalformedPlanError(
            f"plan: {key!r} is {value!r}, expected {_TYPE_NAMES.get(kind, kind.__name__)}"
        )
    return value


def _member(kind: type[_E], value: str) -> _E:
    """A member of an enumeration by its value."""
    try:
        return kind(value)
    except ValueError:
        expected = ", ".join(kind)
        raise MalformedPlanError(f"plan: {value!r} is none of {expected}") from None
