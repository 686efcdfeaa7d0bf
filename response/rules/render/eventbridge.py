"""Conditions as EventBridge event patterns, in the form that CloudFormation takes and as JSON text.

Sources: EventBridge user guide, "Comparison operators" and "Matching on null values and empty strings".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from response.rules.conditions import Condition, steps
from response.rules.errors import UnsupportedConditionError
from response.rules.render.branches import Allowed, Branch, branches_of
from response.rules.render.rendering import PatternRendering, Rendering
from response.rules.rule import Rule

TARGET: Final = "eventbridge"
MAX_LENGTH: Final = 2048
ENVELOPE: Final[Mapping[str, list[str]]] = {
    "source": ["aws.cloudtrail"],
    "detail-type": ["AWS API Call via CloudTrail"],
}

# Within $or these names are operators to EventBridge, whatever the record calls its fields.
_RESERVED_IN_OR: Final = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}
)

_ARRAYS = "a list of allowed values also fits an array that holds one of them"
_NO_LEAF = "an object or an empty array counts as missing"
_NULL_BY_EXCLUSION = "null is covered by excluding every text, which takes in numbers and booleans"

_NULL_AS_OBJECT: Final = {"anything-but": {"wildcard": "*"}}


def render(rule: Rule) -> PatternRendering:
    """Render a rule as a pattern object, fit for a CloudFormation template."""
    return render_condition(rule.condition)


def render_json(rule: Rule) -> Rendering:
    """Render a rule as JSON text with null in it, for PutRule and templates that give it as text."""
    return render_condition_json(rule.condition)


def render_condition(condition: Condition) -> PatternRendering:
    """Render a condition as a pattern object without null.

    A template may hold no null, and {"exists": false} alone would lose records: it is false for a field
    that is there and null. "Anything but a text" covers null instead, and numbers and booleans with it.
    """
    branches = branches_of(condition, TARGET)
    pattern = _pattern(condition, branches, null=_NULL_AS_OBJECT)
    why = _why(branches, _NULL_BY_EXCLUSION)
    text = json.dumps(pattern, indent=2)
    # The pattern is read back, so that no two renderings share a list that somebody could change.
    return PatternRendering(TARGET, text, superset=True, why=why, pattern=json.loads(text))


def render_condition_json(condition: Condition) -> Rendering:
    """Render a condition as compact JSON text in which null is written as null."""
    branches = branches_of(condition, TARGET)
    pattern = _pattern(condition, branches, null=None)
    text = json.dumps(pattern, separators=(",", ":"))
    return Rendering(TARGET, text, superset=True, why=_why(branches))


def _why(branches: Sequence[Branch], *more: str) -> str:
    reasons = [_ARRAYS, _NO_LEAF, *more] if _asks_for_absence(branches) else [_ARRAYS]
    return "; ".join(reasons)


def _asks_for_absence(branches: Sequence[Branch]) -> bool:
    return any(allowed.absent for branch in branches for allowed in branch.values())


def _pattern(condition: Condition, branches: Sequence[Branch], *, null: object) -> dict[str, Any]:
    """Write the branches under the envelope; all of the condition stands inside $or, never beside it.

    EventBridge lets the last of two values for one field win where one stands inside $or and one outside.
    """
    if len(branches) > 1:
        _check_names(condition, branches)
    details = [_detail(branch, null) for branch in branches]
    pattern = {**ENVELOPE, "detail": details[0] if len(details) == 1 else {"$or": details}}
    length = len(json.dumps(pattern, separators=(",", ":")))
    if length > MAX_LENGTH:
        reason = f"the pattern takes {length} characters, at most {MAX_LENGTH} are allowed"
        raise UnsupportedConditionError(TARGET, condition, reason)
    return pattern


def _detail(branch: Branch, null: object) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    for path, allowed in branch.items():
        *parents, name = steps(path)
        node = detail
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = _alternatives(allowed, null)
    return detail


def _alternatives(allowed: Allowed, null: object) -> list[object]:
    nothing = [{"exists": False}, null] if allowed.absent else []
    return [*nothing, *allowed.values]


def _check_names(condition: Condition, branches: Sequence[Branch]) -> None:
    reserved = _RESERVED_IN_OR.intersection(
        name for branch in branches for path in branch for name in steps(path)
    )
    if reserved:
        reason = f"inside $or a field cannot be called {', '.join(sorted(reserved))}"
        raise UnsupportedConditionError(TARGET, condition, reason)
