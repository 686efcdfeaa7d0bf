"""The reference matcher: what a rule means, against which every rendering is measured."""

from collections.abc import Mapping
from typing import Final

from response.rules.catalogue import RULES
from response.rules.conditions import Absent, AllOf, AnyOf, Condition, Equals, Not, OneOf, Present, value_at
from response.rules.rule import Rule

_MISSING: Final = object()


def matches(condition: Condition, record: object) -> bool:
    """Tell whether the condition holds for the record, for any JSON value at all: it never raises."""
    match condition:
        case Equals(path) | OneOf(path):
            return _text(record, path) in condition.values
        case Absent(path):
            return _is_absent(record, path)
        case Present(path):
            return not _is_absent(record, path)
        case AllOf(parts):
            return all(matches(part, record) for part in parts)
        case AnyOf(parts):
            return any(matches(part, record) for part in parts)
        case Not(inner):
            return not matches(inner, record)


def matching_rules(record: object, rules: Mapping[str, Rule] = RULES) -> tuple[Rule, ...]:
    """Return the detection rules that the record matches; compliance filters raise no incident."""
    return tuple(
        rule for rule in rules.values() if rule.kind == "detection" and matches(rule.condition, record)
    )


def _text(record: object, path: str) -> str | None:
    value = value_at(record, path)
    return value if isinstance(value, str) else None


def _is_absent(record: object, path: str) -> bool:
    value = value_at(record, path, _MISSING)
    return value is _MISSING or value is None or value == ""
