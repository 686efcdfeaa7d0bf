"""The right side of a condition: operator and value, the same in JSON and space-delimited patterns."""

import operator
import string
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from toolkit.lab.emulator.filter_pattern.errors import malformed, unexpected
from toolkit.lab.emulator.filter_pattern.regex import compile_regex
from toolkit.lab.emulator.filter_pattern.scanner import WHITESPACE, Scanner
from toolkit.lab.emulator.filter_pattern.values import (
    Matching,
    Number,
    Numeric,
    Scalar,
    Text,
    Value,
    looks_numeric,
    parse_decimal,
)

Relation = Callable[[Decimal, Decimal], bool]
_RELATIONS: dict[str, Relation] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BARE = frozenset(string.ascii_letters + string.digits + "_.*-+")
# What may stand right behind a bare value; anything else is a symbol that needed quotes.
_TERMINATORS = frozenset(WHITESPACE + '(){}[],&|=<>!"$%')


@dataclass(frozen=True)
class Equality:
    """= or != with a value."""

    value: Value
    negated: bool

    def holds(self, node: Scalar) -> bool:
        """Compare a string or number of the event."""
        return self.value.differs(node) if self.negated else self.value.equals(node)


@dataclass(frozen=True)
class Ordering:
    """<, <=, > or >= with a number; never true for a string, however numeric it looks."""

    relation: Relation
    limit: Decimal

    def holds(self, node: Scalar) -> bool:
        """Compare a number of the event."""
        return isinstance(node, Number) and node.value is not None and self.relation(node.value, self.limit)


Comparison = Equality | Ordering


def parse_comparison(scanner: Scanner) -> Comparison:
    """Read an operator and its value."""
    sign = scanner.accept("!=", "<=", ">=", "=", "<", ">")
    if sign is None:
        raise malformed()
    scanner.skip_whitespace()
    value = parse_value(scanner)
    if sign in {"=", "!="}:
        return Equality(value, negated=sign == "!=")
    if not isinstance(value, Numeric):
        raise malformed()
    return Ordering(_RELATIONS[sign], value.value)


def uses_regex(comparison: Comparison) -> bool:
    """Tell whether the comparison counts against the number of regular expressions."""
    return isinstance(comparison, Equality) and isinstance(comparison.value, Matching)


def parse_value(scanner: Scanner) -> Value:
    """Read a quoted value, a regular expression, a number or a bare word."""
    if scanner.peek() == '"':
        return Text(scanner.take_quoted())
    if scanner.peek() == "%":
        return Matching(compile_regex(take_regex(scanner)))
    word = scanner.take_while(_BARE)
    following = scanner.peek()
    if following and following not in _TERMINATORS:
        raise unexpected(following)
    if not word or word.lower() == "null":
        raise malformed()
    number = parse_decimal(word)
    if number is not None:
        return Numeric(word, number)
    if looks_numeric(word):
        raise malformed()
    if "+" in word:
        raise unexpected("+")
    return Text(word)


def take_regex(scanner: Scanner) -> str:
    """Read from one percent sign to the next; none can be escaped."""
    end = scanner.text.find("%", scanner.position + 1)
    if end < 0:
        raise unexpected(scanner.text[scanner.position :])
    source = scanner.text[scanner.position + 1 : end]
    scanner.position = end + 1
    return source
