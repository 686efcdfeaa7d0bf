"""Space-delimited patterns: [ip, user, ..., status=4*, bytes > 1000] names the fields of a message."""

import re
import string
from dataclasses import dataclass

from toolkit.lab.emulator.filter_pattern.comparison import Comparison, parse_comparison, uses_regex
from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError, malformed, unexpected
from toolkit.lab.emulator.filter_pattern.expression import Expression, parse_expression
from toolkit.lab.emulator.filter_pattern.scanner import Scanner
from toolkit.lab.emulator.filter_pattern.values import Number, parse_decimal

ELLIPSIS = "..."
_NAME = frozenset(string.ascii_letters + string.digits + "_")
# A quoted or bracketed run is one field, also without a space behind it; unclosed, it is plain text.
_CLOSING = {'"': '"', "[": "]"}
_PLAIN = re.compile(r"\S+")
_SPACES = re.compile(r"\s*")
_NAMED = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class FieldTest:
    """One comparison of the named field."""

    name: str
    comparison: Comparison


@dataclass(frozen=True)
class Field:
    """A place in the pattern: perhaps a name, perhaps conditions on it."""

    name: str = ""
    expression: Expression[FieldTest] | None = None

    def accepts(self, text: str) -> bool:
        """Tell whether the text of the field satisfies the conditions."""
        if self.expression is None:
            return True
        value = parse_decimal(text)
        node = text if value is None else Number(value, text)
        return self.expression.evaluate(lambda test: test.comparison.holds(node))


@dataclass(frozen=True)
class SpacePattern:
    """Fields before and behind an ellipsis; without an ellipsis the last field takes what is left."""

    before: tuple[Field, ...]
    after: tuple[Field, ...]
    open_ended: bool

    @property
    def regexes(self) -> int:
        """How many regular expressions it uses."""
        expressions = [field.expression for field in self.before + self.after if field.expression]
        return sum(uses_regex(test.comparison) for each in expressions for test in each.conditions)

    def matches(self, message: str) -> bool:
        """Tell whether the message has the fields and they satisfy their conditions."""
        return self.extract(message) is not None

    def extract(self, message: str) -> dict[str, str] | None:
        """Return each field by its name, or by its place if it has none; None if nothing matches."""
        texts = _split(message) if self.open_ended else _split(message, len(self.before))
        if len(texts) < len(self.before) + len(self.after):
            return None
        middle = (Field(),) * (len(texts) - len(self.before) - len(self.after))
        values: dict[str, str] = {}
        for place, (field, text) in enumerate(zip(self.before + middle + self.after, texts, strict=True), 1):
            if not field.accepts(text):
                return None
            values[f"${field.name or place}"] = text
        return values


def _split(message: str, limit: int | None = None) -> list[str]:
    """Cut a message into fields; the last of a limited number is the rest, as it stands."""
    texts: list[str] = []
    last = {opening: message.rfind(closing) for opening, closing in _CLOSING.items()}
    position = _skip_spaces(message, 0)
    while position < len(message):
        start = position
        opening = message[start]
        if start < last.get(opening, -1):
            end = message.index(_CLOSING[opening], start + 1)
            text, position = message[start + 1 : end], end + 1
        else:
            plain = _PLAIN.match(message, start)
            text = plain[0] if plain else ""
            position = start + len(text)
        position = _skip_spaces(message, position)
        if len(texts) + 1 == limit and position < len(message):
            return [*texts, message[start:]]
        texts.append(text)
    return texts


def _skip_spaces(message: str, position: int) -> int:
    spaces = _SPACES.match(message, position)
    return spaces.end() if spaces else position


def parse_space_pattern(text: str) -> SpacePattern:
    """Read a pattern that begins with a square bracket."""
    if not text.endswith("]"):
        raise InvalidPatternError("If a filter pattern starts with '[' it must end with ']'")
    scanner = Scanner(text, position=1)
    fields = [_field(scanner)]
    while scanner.accept(","):
        fields.append(_field(scanner))
    if not scanner.accept("]") or not scanner.at_end:
        raise malformed()
    names = [field.name for field in fields if field.name]
    for name in names:
        if names.count(name) > 1:
            raise InvalidPatternError(f"Duplicate field '{name}'")
    if fields == [Field()]:
        return SpacePattern((), (), open_ended=True)
    if ELLIPSIS not in names:
        return SpacePattern(tuple(fields), (), open_ended=False)
    gap = next(place for place, field in enumerate(fields) if field.name == ELLIPSIS)
    return SpacePattern(tuple(fields[:gap]), tuple(fields[gap + 1 :]), open_ended=True)


def _field(scanner: Scanner) -> Field:
    scanner.skip_whitespace()
    if scanner.peek() in {",", "]"}:
        return Field()
    if scanner.accept(ELLIPSIS):
        scanner.skip_whitespace()
        return Field(ELLIPSIS)
    start = scanner.position
    if scanner.peek() != "(":
        name = _name(scanner)
        scanner.skip_whitespace()
        if scanner.peek() in {",", "]"}:
            return Field(name)
        scanner.position = start
    expression = parse_expression(scanner, _test)
    names = list(dict.fromkeys(test.name for test in expression.conditions))
    if len(names) > 1:
        raise InvalidPatternError(
            f"Multiple variables used in a single filter. Var1 : {names[0]}, Var2 : {names[1]}"
        )
    return Field(names[0], expression)


def _test(scanner: Scanner) -> FieldTest:
    name = _name(scanner)
    scanner.skip_whitespace()
    return FieldTest(name, parse_comparison(scanner))


def _name(scanner: Scanner) -> str:
    name = scanner.take_while(_NAME)
    if not name:
        raise unexpected(scanner.peek()) if not scanner.at_end else malformed()
    if not _NAMED.fullmatch(name):
        raise unexpected(name)
    return name
