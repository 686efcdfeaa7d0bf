"""Conditions as CloudWatch Logs JSON filter patterns, with documented operators only.

Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters".
"""

from typing import Final

from response.rules.conditions import (
    Absent,
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Leaf,
    Not,
    OneOf,
    Present,
    without_not,
)
from response.rules.errors import UnsupportedConditionError
from response.rules.render.rendering import Rendering
from response.rules.rule import Rule

TARGET: Final = "cloudwatch"
MAX_LENGTH: Final = 1024

_EXACT = "selects exactly the records that the rule matches"
_NULL_IN_ARRAY = "IS NULL also holds for an array with a null in it"
_NUMBER_TEXT = "a quoted value that reads as a number also equals that number"


def render(rule: Rule) -> Rendering:
    """Render a rule; a filter that a control compares word for word is passed on as it is held."""
    if rule.metric_filter:
        return Rendering(TARGET, rule.metric_filter.pattern, superset=False, why=_EXACT)
    return render_condition(rule.condition)


def render_condition(condition: Condition) -> Rendering:
    """Render a condition as one filter pattern."""
    plain = without_not(condition)
    text = f"{{ {_expression(plain)} }}"
    if len(text) > MAX_LENGTH:
        reason = f"the pattern takes {len(text)} characters, at most {MAX_LENGTH} are allowed"
        raise UnsupportedConditionError(TARGET, condition, reason)
    wider = sorted(_wider(plain))
    return Rendering(TARGET, text, superset=bool(wider), why="; ".join(wider) or _EXACT)


def _expression(condition: Condition) -> str:
    if isinstance(condition, AllOf):
        return _joined("&&", [_expression(part) for part in condition.conditions])
    return _joined("||", _alternatives(condition))


def _alternatives(condition: Condition) -> list[str]:
    match condition:
        case Equals(path) | OneOf(path):
            return [f"$.{path} = {_quoted(condition, value)}" for value in condition.values]
        case Absent(path):
            # Three questions, because NOT EXISTS is false for a field that holds null or the empty string.
            return [f"$.{path} NOT EXISTS", f"$.{path} IS NULL", f'$.{path} = ""']
        case AnyOf(parts):
            return [alternative for part in parts for alternative in _alternatives(part)]
        case AllOf():
            return [_expression(condition)]
        case Present():
            reason = "no operator is true of every object and array, so records that hold one would be missed"
            raise UnsupportedConditionError(TARGET, condition, reason)
        case Not():
            reason = (
                "!= is false where the field is missing, null or no text, so such records would be missed"
            )
            raise UnsupportedConditionError(TARGET, condition, reason)


def _joined(operator: str, terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f" {operator} ".join(f"({term})" for term in terms)


def _quoted(condition: Leaf, value: str) -> str:
    if "*" in value:
        raise UnsupportedConditionError(TARGET, condition, "* in a value always stands for any text")
    if not (value.isascii() and value.isprintable()):
        reason = "only printable ASCII is documented in a quoted value"
        raise UnsupportedConditionError(TARGET, condition, reason)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _wider(condition: Condition) -> set[str]:
    """Collect what makes the pattern select more than the condition; no leaf ever makes it select less."""
    match condition:
        case Absent():
            return {_NULL_IN_ARRAY}
        case Equals() | OneOf():
            return {_NUMBER_TEXT for value in condition.values if _reads_as_number(value)}
        case AllOf(parts) | AnyOf(parts):
            return {reason for part in parts for reason in _wider(part)}
        case Present() | Not():
            return set()


def _reads_as_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
