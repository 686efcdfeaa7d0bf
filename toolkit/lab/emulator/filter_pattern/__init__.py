"""CloudWatch Logs filter patterns, evaluated as CloudWatch Logs does (user guide, "Filter pattern syntax").

Where the guide is silent, the answers of the TestMetricFilter API decide. Standard library only.
"""

from typing import Protocol

from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError
from toolkit.lab.emulator.filter_pattern.json_pattern import parse_json_pattern
from toolkit.lab.emulator.filter_pattern.scanner import WHITESPACE
from toolkit.lab.emulator.filter_pattern.space_pattern import parse_space_pattern
from toolkit.lab.emulator.filter_pattern.term_pattern import (
    TermPattern,
    parse_regex_pattern,
    parse_term_pattern,
)

__all__ = ["MAX_LENGTH", "MAX_REGEXES", "InvalidPatternError", "Pattern", "compile_pattern"]

MAX_LENGTH = 1024
MAX_REGEXES = 2


class Pattern(Protocol):
    """A compiled filter pattern."""

    @property
    def regexes(self) -> int:
        """How many regular expressions the pattern uses."""

    def matches(self, message: str) -> bool:
        """Tell whether a log message matches."""

    def extract(self, message: str) -> dict[str, str] | None:
        """Return the values that TestMetricFilter reports for a matching message, None for any other."""


def compile_pattern(text: str) -> Pattern:
    """Compile a filter pattern, or raise InvalidPatternError with the message that AWS answers."""
    if len(text) > MAX_LENGTH:
        raise InvalidPatternError(
            f"1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_LENGTH}"
        )
    pattern = _parse(text.strip(WHITESPACE))
    if pattern.regexes > MAX_REGEXES:
        raise InvalidPatternError(
            f"Your input has exceeded the maximum of {MAX_REGEXES} regular expressions per filter pattern."
        )
    return pattern


def _parse(text: str) -> Pattern:
    if not text:
        return TermPattern()
    if text[0] == "{":
        return parse_json_pattern(text)
    if text[0] == "[":
        return parse_space_pattern(text)
    if text[0] == "%":
        return parse_regex_pattern(text)
    return parse_term_pattern(text)
