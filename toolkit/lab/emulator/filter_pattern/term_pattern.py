"""Patterns for unstructured messages: words that must, must not or may occur, or one regular expression."""

from dataclasses import dataclass

from toolkit.lab.emulator.filter_pattern.comparison import take_regex
from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError, malformed, unexpected
from toolkit.lab.emulator.filter_pattern.regex import Regex, compile_regex
from toolkit.lab.emulator.filter_pattern.scanner import WHITESPACE, Scanner


@dataclass(frozen=True)
class TermPattern:
    """Terms are found as substrings, in their case; optional ones count only when there are no others."""

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    regexes = 0

    def matches(self, message: str) -> bool:
        """Look for the terms."""
        if self.optional and not self.required and not self.excluded:
            return any(term in message for term in self.optional)
        return all(term in message for term in self.required) and not any(
            term in message for term in self.excluded
        )

    def extract(self, message: str) -> dict[str, str] | None:
        """Return no values: CloudWatch Logs extracts none for terms."""
        return {} if self.matches(message) else None


@dataclass(frozen=True)
class RegexPattern:
    """One regular expression by itself, searched for in the whole message."""

    regex: Regex

    regexes = 1

    def matches(self, message: str) -> bool:
        """Search the message."""
        return self.regex.search(message)

    def extract(self, message: str) -> dict[str, str] | None:
        """Return no values: CloudWatch Logs extracts none for a regular expression."""
        return {} if self.matches(message) else None


def parse_regex_pattern(text: str) -> RegexPattern:
    """Read a pattern that begins with a percent sign."""
    if not text.endswith("%") or text == "%":
        raise InvalidPatternError("If a filter pattern starts with '%' it must end with '%'")
    scanner = Scanner(text)
    source = take_regex(scanner)
    if not scanner.at_end:
        raise unexpected(scanner.peek())
    return RegexPattern(compile_regex(source))


def parse_term_pattern(text: str) -> TermPattern:
    """Read terms; the signs - and ? begin one even in the middle of a word."""
    scanner = Scanner(text)
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    while True:
        scanner.skip_whitespace()
        if scanner.at_end:
            break
        sign = scanner.accept("-", "?") or ""
        terms[sign].append(_term(scanner))
    return TermPattern(tuple(terms[""]), tuple(terms["-"]), tuple(terms["?"]))


def _term(scanner: Scanner) -> str:
    start = scanner.position
    if scanner.peek() == '"':
        phrase = scanner.take_quoted()
        if not phrase:
            raise unexpected(scanner.text[start : scanner.position])
        if not scanner.at_end and scanner.peek() not in WHITESPACE:
            raise malformed()
        return phrase
    while not scanner.at_end and _is_word(scanner.peek()):
        scanner.position += 1
    word = scanner.text[start : scanner.position]
    following = scanner.peek()
    if following == '"':
        raise malformed()
    if following and following not in WHITESPACE + "-?":
        raise unexpected(following)
    if not word:
        raise malformed()  # a sign with nothing behind it
    return word


def _is_word(character: str) -> bool:
    return character.isalnum() or character in "_." or (not character.isascii() and not character.isspace())
