"""The condition tree: what a rule asks of a record, as data that every renderer can read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

_PATH = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Equals:
    """The field is exactly this text: a string, compared with its case, as CloudTrail writes it."""

    path: str
    value: str

    def __post_init__(self) -> None:
        _check_path(self.path)
        _check_text(self.path, self.value)

    @property
    def values(self) -> tuple[str, ...]:
        """Return the one value, so that Equals reads as a OneOf of one."""
        return (self.value,)

    def __str__(self) -> str:
        return f"{self.path} = {json.dumps(self.value)}"


@dataclass(frozen=True)
class OneOf:
    """The field is exactly one of these texts."""

    path: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_path(self.path)
        if not self.values:
            raise ValueError(f"OneOf on {self.path} holds no values; expected at least one")
        for value in self.values:
            _check_text(self.path, value)

    def __str__(self) -> str:
        return f"{self.path} in {json.dumps(self.values)}"


@dataclass(frozen=True)
class Absent:
    """The field is missing, null or the empty string: all three mean that AWS had nothing to say there."""

    path: str

    def __post_init__(self) -> None:
        _check_path(self.path)

    def __str__(self) -> str:
        return f"{self.path} is absent"


@dataclass(frozen=True)
class Present:
    """The field is not absent: it holds anything but null and the empty string."""

    path: str

    def __post_init__(self) -> None:
        _check_path(self.path)

    def __str__(self) -> str:
        return f"{self.path} is present"


@dataclass(frozen=True, init=False)
class AllOf:
    """Every one of the conditions holds."""

    conditions: tuple["Condition", ...]

    def __init__(self, *conditions: "Condition") -> None:
        object.__setattr__(self, "conditions", _some("AllOf", conditions))

    def __str__(self) -> str:
        return " and ".join(f"({condition})" for condition in self.conditions)


@dataclass(frozen=True, init=False)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple["Condition", ...]

    def __init__(self, *conditions: "Condition") -> None:
        object.__setattr__(self, "conditions", _some("AnyOf", conditions))

    def __str__(self) -> str:
        return " or ".join(f"({condition})" for condition in self.conditions)


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"

    def __str__(self) -> str:
        return f"not ({self.condition})"


Leaf = Equals | OneOf | Absent | Present
Condition = Leaf | AllOf | AnyOf | Not


def without_not(condition: Condition, *, negated: bool = False) -> Condition:
    """Push every negation down until it stands at an Equals or a OneOf, or is gone; merge what nests."""
    match condition:
        case Not(inner):
            return without_not(inner, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            kind = AllOf if isinstance(condition, AllOf) is not negated else AnyOf
            pushed = (without_not(part, negated=negated) for part in parts)
            return kind(*chain.from_iterable(p.conditions if isinstance(p, kind) else (p,) for p in pushed))
        case Absent(path):
            return Present(path) if negated else condition
        case Present(path):
            return Absent(path) if negated else condition
        case Equals() | OneOf():
            return Not(condition) if negated else condition


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """Write the condition as JSON, one key a node, named after the node."""
    match condition:
        case Equals(path, value):
            return {"equals": {"path": path, "value": value}}
        case OneOf(path, values):
            return {"one_of": {"path": path, "values": list(values)}}
        case Absent(path):
            return {"absent": {"path": path}}
        case Present(path):
            return {"present": {"path": path}}
        case AllOf(parts) | AnyOf(parts):
            name = "all_of" if isinstance(condition, AllOf) else "any_of"
            return {name: [condition_to_json(part) for part in parts]}
        case Not(inner):
            return {"not": condition_to_json(inner)}


def steps(path: str) -> tuple[str, ...]:
    """Split a dotted path into the keys to follow."""
    return tuple(path.split("."))


def value_at(record: object, path: str, missing: object = None) -> object:
    """Follow the path through objects only; anything else on the way means that the field is missing."""
    value = record
    for key in steps(path):
        if not isinstance(value, Mapping) or key not in value:
            return missing
        value = value[key]
    return value


def _check_path(path: str) -> None:
    if not _PATH.fullmatch(path):
        raise ValueError(f"record path {path!r}: expected names of letters, digits, - and _ joined by dots")


def _check_text(path: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"condition on {path} compares with {value!r}; expected text")


def _some(name: str, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if not conditions:
        raise ValueError(f"{name} holds no conditions; expected at least one")
    return conditions


# What Elastic's CloudTrail ingest calls event.outcome success.
SUCCESS: Final = AllOf(Absent("errorCode"), Absent("errorMessage"))
