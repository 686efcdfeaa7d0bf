"""JSON filter patterns: { ($.eventName = "UpdateTrail") && ($.errorCode NOT EXISTS) }."""

import string
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator.filter_pattern.comparison import (
    Comparison,
    Equality,
    parse_comparison,
    uses_regex,
)
from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError, malformed, unexpected
from toolkit.lab.emulator.filter_pattern.expression import Expression, parse_expression
from toolkit.lab.emulator.filter_pattern.scanner import Scanner
from toolkit.lab.emulator.filter_pattern.selector import Selector, parse_event, parse_selector
from toolkit.lab.emulator.filter_pattern.values import Number

MAX_WILDCARDS = 3
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True)
class Compares:
    """A comparison with strings and numbers; objects, arrays, booleans and null satisfy none."""

    selector: Selector
    comparison: Comparison

    def holds(self, event: dict[str, Any]) -> bool:
        """Compare the selected nodes."""
        scalars = [node for node in self.selector.select(event) if isinstance(node, str | Number)]
        comparison = self.comparison
        if self.selector.has_wildcard and isinstance(comparison, Equality) and comparison.negated:
            # != over a wildcard asks for a place to look in, and for no equal node in it.
            found = any(comparison.value.equals(node) for node in scalars)
            return self.selector.reaches_wildcard(event) and not found
        return any(comparison.holds(node) for node in scalars)


@dataclass(frozen=True)
class Is:
    """IS NULL, IS TRUE or IS FALSE."""

    selector: Selector
    constant: bool | None

    def holds(self, event: dict[str, Any]) -> bool:
        """Look for the constant among the selected nodes."""
        nodes = self.selector.select(event)
        if self.constant is None and not self.selector.has_wildcard:
            # An array that holds null counts as null to AWS, one level deep.
            nodes += [child for node in nodes if isinstance(node, list) for child in node]
        return any(node is self.constant for node in nodes)


@dataclass(frozen=True)
class NotExists:
    """NOT EXISTS: nothing is there, not even null."""

    selector: Selector

    def holds(self, event: dict[str, Any]) -> bool:
        """Find nothing at the selector."""
        return not self.selector.select(event)


Condition = Compares | Is | NotExists


@dataclass(frozen=True)
class JsonPattern:
    """A pattern for messages that are one JSON object."""

    expression: Expression[Condition]

    @property
    def regexes(self) -> int:
        """How many regular expressions it uses."""
        conditions = self.expression.conditions
        return sum(isinstance(each, Compares) and uses_regex(each.comparison) for each in conditions)

    def matches(self, message: str) -> bool:
        """Evaluate the pattern on a message."""
        event = parse_event(message)
        return event is not None and self.expression.evaluate(lambda condition: condition.holds(event))

    def extract(self, message: str) -> dict[str, str] | None:
        """Return no values: CloudWatch Logs extracts none for JSON patterns."""
        return {} if self.matches(message) else None


def parse_json_pattern(text: str) -> JsonPattern:
    """Read a pattern that begins with a brace."""
    if not text.endswith("}") or text == "}":
        raise InvalidPatternError("If a filter pattern starts with '{' it must end with '}'")
    scanner = Scanner(text, position=1)
    expression = parse_expression(scanner, _condition)
    if not scanner.accept("}") or not scanner.at_end:
        raise malformed()
    if sum(each.selector.has_wildcard for each in expression.conditions) > MAX_WILDCARDS:
        raise InvalidPatternError(
            f"Your filter pattern exceeds the maximum of {MAX_WILDCARDS} wildcards per filter pattern."
        )
    return JsonPattern(expression)


def _condition(scanner: Scanner) -> Condition:
    if scanner.at_end or scanner.peek() in "})&|=<>!":
        raise malformed()
    selector = parse_selector(scanner)
    scanner.skip_whitespace()
    keyword = scanner.take_while(_WORD)
    if not keyword:
        return Compares(selector, _comparison(scanner))
    scanner.skip_whitespace()
    operand = scanner.take_while(_WORD)
    if keyword.upper() == "NOT" and operand.upper() == "EXISTS":
        return NotExists(selector)
    if keyword.upper() != "IS" or not operand:
        raise malformed()
    if operand.upper() not in _CONSTANTS:
        raise unexpected(operand)
    return Is(selector, _CONSTANTS[operand.upper()])


def _comparison(scanner: Scanner) -> Comparison:
    start = scanner.position
    if scanner.accept("<=", ">=", "<", ">"):
        scanner.skip_whitespace()
        if scanner.peek() == '"':
            quoted = scanner.position
            scanner.take_quoted()
            raise unexpected(scanner.text[quoted : scanner.position])
        scanner.position = start
    return parse_comparison(scanner)
