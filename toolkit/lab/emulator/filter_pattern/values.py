"""Numbers and the values that conditions compare with, as CloudWatch Logs compares them."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from toolkit.lab.emulator.filter_pattern.regex import Regex

# A decimal exponent is a signed 32-bit integer to AWS; more is refused.
MAX_EXPONENT = 2**31 - 1

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?")


@dataclass(frozen=True)
class Number:
    """A number in an event: its exact value (None beyond a double) and the text that it is matched by."""

    value: Decimal | None
    text: str


Scalar = str | Number


def integer(literal: str) -> Number:
    """Take a JSON integer, of any length, exactly."""
    value = Decimal(literal)
    return Number(value, "0" if value == 0 else literal)


def floating(literal: str) -> Number:
    """Take a JSON number with a fraction or exponent as the double that it denotes."""
    value = float(literal)
    if math.isinf(value):
        return Number(None, "Infinity" if value > 0 else "-Infinity")
    return Number(Decimal(repr(value)), double_text(value))


def double_text(value: float) -> str:
    """Write a finite double as Java's Double.toString does."""
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return sign + "0.0"
    magnitude = Decimal(repr(abs(value))).normalize()
    digits = "".join(map(str, magnitude.as_tuple().digits))
    exponent = magnitude.adjusted()
    if -3 <= exponent < 7:  # noqa: PLR2004 -- from 10^-3 to below 10^7 Java writes no exponent
        plain = format(magnitude, "f")
        return sign + (plain if "." in plain else plain + ".0")
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def parse_decimal(text: str) -> Decimal | None:
    """Read a whole text as a decimal number; None if it is not one that AWS can hold."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = (match["exponent"] or "0").lstrip("+-0") or "0"
    if len(digits) > len(str(MAX_EXPONENT)) or int(digits) > MAX_EXPONENT:
        return None
    return Decimal(text)


def looks_numeric(text: str) -> bool:
    """Tell whether a text has the form of a number, whatever its size."""
    return _NUMBER.fullmatch(text) is not None


class Value(Protocol):
    """The right side of = and !=."""

    def equals(self, node: Scalar) -> bool:
        """Tell whether a string or number of the event equals this value."""

    def differs(self, node: Scalar) -> bool:
        """Tell whether a string or number of the event satisfies != this value."""


@dataclass(frozen=True)
class Text:
    """A quoted value or bare word; an asterisk stands for any run of characters."""

    pattern: str

    def equals(self, node: Scalar) -> bool:
        """Match the whole text of the node."""
        return glob(self.pattern, node if isinstance(node, str) else node.text)

    def differs(self, node: Scalar) -> bool:
        """Match none of the node's text."""
        return not self.equals(node)


@dataclass(frozen=True)
class Numeric:
    """A bare number: numbers compare by value, strings by its very spelling."""

    text: str
    value: Decimal

    def equals(self, node: Scalar) -> bool:
        """Compare by value with a number, by text with a string."""
        return node == self.text if isinstance(node, str) else node.value == self.value

    def differs(self, node: Scalar) -> bool:
        """As equals, reversed; a number beyond a double satisfies no numeric condition."""
        return not self.equals(node) and not (isinstance(node, Number) and node.value is None)


@dataclass(frozen=True)
class Matching:
    """A regular expression, searched for in the text of the node."""

    regex: Regex

    def equals(self, node: Scalar) -> bool:
        """Find the expression anywhere."""
        return self.regex.search(node if isinstance(node, str) else node.text)

    def differs(self, node: Scalar) -> bool:
        """Find it nowhere."""
        return not self.equals(node)


def glob(pattern: str, text: str) -> bool:
    """Match a whole text against a pattern in which only the asterisk is special."""
    head, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    tail = rest.pop()
    if not text.startswith(head) or len(text) < len(head) + len(tail) or not text.endswith(tail):
        return False
    position, end = len(head), len(text) - len(tail)
    for part in rest:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
