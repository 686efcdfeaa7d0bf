"""Conditions as a choice of branches, for targets that know nothing but fields and their allowed values.

Each branch gives, for each field it names, what the field may hold; a record matches if it fits one branch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from typing import Final

from response.rules.conditions import (
    Absent,
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Not,
    OneOf,
    Present,
    without_not,
)
from response.rules.errors import UnsupportedConditionError

# EventBridge refuses a pattern with more combinations; no rule that a person can read comes near it.
MAX_BRANCHES: Final = 1000


@dataclass(frozen=True)
class Allowed:
    """What a field may hold: one of these texts or, if `absent`, nothing (missing or null)."""

    values: tuple[str, ...]
    absent: bool = False

    def both(self, other: "Allowed") -> "Allowed":
        """Return what this and the other allow."""
        kept = tuple(value for value in self.values if value in other.values)
        return Allowed(kept, absent=self.absent and other.absent)

    def either(self, other: "Allowed") -> "Allowed":
        """Return what this or the other allows."""
        return Allowed(tuple(dict.fromkeys(self.values + other.values)), absent=self.absent or other.absent)

    @property
    def is_impossible(self) -> bool:
        """Tell whether no field can satisfy this."""
        return not self.values and not self.absent


Branch = Mapping[str, Allowed]


def branches_of(condition: Condition, target: str) -> tuple[Branch, ...]:
    """Multiply the condition out; what the target cannot express raises."""
    found = tuple(_branches(without_not(condition), target))
    if not found:
        raise UnsupportedConditionError(target, condition, "no record can satisfy it")
    return found


def _branches(condition: Condition, target: str) -> list[Branch]:
    match condition:
        case Equals(path) | OneOf(path):
            return [{path: Allowed(tuple(dict.fromkeys(condition.values)))}]
        case Absent(path) if "." in path:
            reason = (
                "it finds nested fields inside arrays, so records that hold the field there would be lost"
            )
            raise UnsupportedConditionError(target, condition, reason)
        case Absent(path):
            return [{path: Allowed(("",), absent=True)}]
        case AnyOf(parts):
            return _alternatives(chain.from_iterable(_branches(part, target) for part in parts))
        case AllOf(parts):
            factors = [_branches(part, target) for part in parts]
            _check_size(factors, condition, target)
            return list(filter(None, (_intersection(chosen) for chosen in product(*factors))))
        case Present():
            reason = (
                "it takes a field with an object or an empty array for missing, so such records would be lost"
            )
            raise UnsupportedConditionError(target, condition, reason)
        case Not():
            reason = "its exclusions look inside arrays, so records that hold the value in one would be lost"
            raise UnsupportedConditionError(target, condition, reason)


def _alternatives(branches: Iterable[Branch]) -> list[Branch]:
    """Keep branches apart, except those on one and the same single field: their values are one list."""
    merged: list[Branch] = []
    at: dict[str, int] = {}
    for branch in branches:
        path = next(iter(branch)) if len(branch) == 1 else None
        if path is not None and path in at:
            merged[at[path]] = {path: merged[at[path]][path].either(branch[path])}
            continue
        if path is not None:
            at[path] = len(merged)
        merged.append(branch)
    return merged


def _intersection(branches: Iterable[Branch]) -> Branch | None:
    """Return the branch that holds where all of these do, or None if they contradict each other."""
    result: dict[str, Allowed] = {}
    for path, allowed in _fields(branches):
        result[path] = result[path].both(allowed) if path in result else allowed
    contradictory = any(allowed.is_impossible for allowed in result.values()) or any(
        inner.startswith(f"{outer}.") for outer in result for inner in result
    )
    # A field that holds a text, or nothing, has no fields of its own.
    return None if contradictory else result


def _fields(branches: Iterable[Branch]) -> Iterator[tuple[str, Allowed]]:
    for branch in branches:
        yield from branch.items()


def _check_size(factors: list[list[Branch]], condition: Condition, target: str) -> None:
    size = 1
    for factor in factors:
        size *= len(factor)
    if size > MAX_BRANCHES:
        reason = f"it multiplies out to {size} combinations, at most {MAX_BRANCHES} are allowed"
        raise UnsupportedConditionError(target, condition, reason)
