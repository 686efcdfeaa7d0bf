"""Grammar of regular expressions in filter patterns (CloudWatch Logs user guide, "Filter pattern syntax").

What is not in the documented subset is refused, never guessed at.
"""

import string
from dataclasses import dataclass, replace

from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError, unexpected
from toolkit.lab.emulator.filter_pattern.scanner import Scanner

OPERATORS = "^$?[]{}|\\*+."
SYMBOLS = ":_#=@/;,-"
ALLOWED = frozenset(string.ascii_letters + string.digits + OPERATORS + SYMBOLS)
DIGITS = frozenset(string.digits)

# The bounds of RE2 for one count; the total keeps the automaton small.
MAX_COUNT = 1000
MAX_ITEMS = 4000

_WORD = frozenset(map(ord, string.ascii_letters + string.digits + "_"))
_SPACE = frozenset(map(ord, " \t\n\r\f\v"))
_SHORTHANDS = {"d": frozenset(map(ord, string.digits)), "s": _SPACE, "w": _WORD}


@dataclass(frozen=True)
class CodeSet:
    """Some characters, or all but those."""

    codes: frozenset[int]
    negated: bool = False

    def __contains__(self, code: int) -> bool:
        return (code in self.codes) is not self.negated


@dataclass(frozen=True)
class Item:
    """One place of an expression: a character class, or an anchor that reads nothing."""

    members: tuple[CodeSet, ...] = ()
    negated: bool = False
    optional: bool = False
    repeated: bool = False
    is_start: bool = False
    is_end: bool = False

    def reads(self, code: int) -> bool:
        """Tell whether this place accepts the character."""
        if self.is_start or self.is_end:
            return False
        return any(code in member for member in self.members) is not self.negated


def failed() -> InvalidPatternError:
    """The expression has only allowed characters and still makes no sense."""
    return InvalidPatternError("Failed to compile regular expression.")


def parse_regex(source: str) -> list[list[Item]]:
    """Read the alternatives of an expression, each a row of items."""
    if not source:
        raise unexpected("%%")
    for position, character in enumerate(source):
        if character not in ALLOWED:
            raise unexpected("%" + source[: position + 1])
    scanner = Scanner(source)
    alternatives: list[list[Item]] = [[]]
    while not scanner.at_end:
        if scanner.accept("|"):
            alternatives.append([])
            continue
        alternatives[-1] += _quantified(_atom(scanner), scanner)
        if sum(map(len, alternatives)) > MAX_ITEMS:
            raise failed()
    return alternatives


def _atom(scanner: Scanner) -> Item:
    character = scanner.peek()
    scanner.position += 1
    if character == "^":
        return Item(is_start=True)
    if character == "$":
        return Item(is_end=True)
    if character == ".":
        return Item(members=(CodeSet(frozenset({ord("\n")}), negated=True),))
    if character == "[":
        return _character_class(scanner)
    if character == "\\":
        return Item(members=(_escape(scanner),))
    if character in "?*+{":
        raise failed()  # nothing to repeat
    return Item(members=(_single(character),))


def _single(character: str) -> CodeSet:
    return CodeSet(frozenset({ord(character)}))


def _escape(scanner: Scanner) -> CodeSet:
    character = scanner.peek()
    scanner.position += 1
    if character == "x":
        digits = scanner.text[scanner.position : scanner.position + 2]
        if len(digits) != 2 or not set(digits) <= set(string.hexdigits):  # noqa: PLR2004 -- \xhh
            raise failed()
        scanner.position += 2
        return CodeSet(frozenset({int(digits, 16)}))
    if character and character.lower() in _SHORTHANDS:
        return CodeSet(_SHORTHANDS[character.lower()], negated=character.isupper())
    if not character or character not in OPERATORS + SYMBOLS:
        raise failed()
    return _single(character)


def _character_class(scanner: Scanner) -> Item:
    negated = scanner.accept("^") is not None
    members: list[CodeSet] = []
    while True:
        character = scanner.peek()
        if not character:
            raise failed()
        if character == "]" and members:
            scanner.position += 1
            return Item(members=tuple(members), negated=negated)
        low = _class_member(scanner)
        if scanner.peek() == "-" and scanner.text[scanner.position + 1 : scanner.position + 2] not in {
            "",
            "]",
        }:
            scanner.position += 1
            low = _range(low, _class_member(scanner))
        members.append(low)


def _class_member(scanner: Scanner) -> CodeSet:
    character = scanner.peek()
    scanner.position += 1
    if character == "\\":
        return _escape(scanner)
    if not character or character == "[":
        raise failed()  # unclosed, or a class in a class
    return _single(character)


def _range(low: CodeSet, high: CodeSet) -> CodeSet:
    if low.negated or high.negated or len(low.codes) != 1 or len(high.codes) != 1:
        raise failed()
    (first,), (last,) = low.codes, high.codes
    if first > last:
        raise failed()
    return CodeSet(frozenset(range(first, last + 1)))


def _quantified(item: Item, scanner: Scanner) -> list[Item]:
    bounds = _bounds(scanner)
    if bounds is None:
        return [item]
    scanner.accept("?")  # laziness changes what is found, not whether
    if item.is_start or item.is_end:
        raise failed()
    least, most = bounds
    if most is None:
        if least == 0:
            return [replace(item, optional=True, repeated=True)]
        return [item] * (least - 1) + [replace(item, repeated=True)]
    return [item] * least + [replace(item, optional=True)] * (most - least)


def _bounds(scanner: Scanner) -> tuple[int, int | None] | None:
    sign = scanner.accept("*", "+", "?", "{")
    if sign is None:
        return None
    if sign != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
    least_digits = scanner.take_while(DIGITS)
    open_ended = scanner.accept(",") is not None
    most_digits = scanner.take_while(DIGITS) if open_ended else least_digits
    if not least_digits or not scanner.accept("}"):
        raise failed()
    least = int(least_digits)
    most = int(most_digits) if most_digits else None
    if least > MAX_COUNT or (most is not None and not least <= most <= MAX_COUNT):
        raise failed()
    return least, most
