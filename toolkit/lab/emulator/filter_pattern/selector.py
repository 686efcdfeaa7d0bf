"""JSON selectors such as $.requestParameters.tags[*].key: which nodes of an event a condition is about."""

import json
import string
from dataclasses import dataclass
from enum import Enum
from typing import Any

from toolkit.lab.emulator.filter_pattern.errors import InvalidPatternError, unexpected
from toolkit.lab.emulator.filter_pattern.scanner import Scanner
from toolkit.lab.emulator.filter_pattern.values import floating, integer

_NAME = frozenset(string.ascii_letters + string.digits + "-_")
_DIGITS = frozenset(string.digits)


class Wildcard(Enum):
    """Every element of an array or member of an object; [*] and .* do the same."""

    ANY = "*"


Step = str | int | Wildcard


@dataclass(frozen=True)
class Selector:
    """A path from the root of the event."""

    steps: tuple[Step, ...]

    @property
    def has_wildcard(self) -> bool:
        """Whether the selector may select several nodes."""
        return Wildcard.ANY in self.steps

    def select(self, event: Any) -> list[Any]:
        """Return the nodes that exist at this path."""
        return _follow(self.steps, event)

    def reaches_wildcard(self, event: Any) -> bool:
        """Tell whether the node exists whose children the wildcard stands for."""
        return bool(_follow(self.steps[: self.steps.index(Wildcard.ANY)], event))


def _follow(steps: tuple[Step, ...], event: Any) -> list[Any]:
    nodes = [event]
    for step in steps:
        nodes = [child for node in nodes for child in _children(step, node)]
    return nodes


def _children(step: Step, node: Any) -> list[Any]:
    if isinstance(node, dict):
        if step is Wildcard.ANY:
            return list(node.values())
        return [node[step]] if isinstance(step, str) and step in node else []
    if isinstance(node, list):
        if step is Wildcard.ANY:
            return node
        return node[step : step + 1] if isinstance(step, int) else []
    return []


def parse_selector(scanner: Scanner) -> Selector:
    """Read a selector; its first step starts with a period."""
    start = scanner.position
    if not scanner.accept("$"):
        raise unexpected(scanner.peek() or "}")
    if scanner.peek() != ".":
        raise unexpected("$" + scanner.peek())
    steps: list[Step] = []
    while scanner.peek() in {".", "["} and not scanner.at_end:
        steps.append(_step(scanner, scanner.position if steps else start))
    selector = Selector(tuple(steps))
    if steps.count(Wildcard.ANY) > 1:
        raise InvalidPatternError(
            "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed "
            "per json selector."
        )
    return selector


def _step(scanner: Scanner, start: int) -> Step:
    if scanner.accept(".['"):
        end = scanner.text.find("']", scanner.position)
        if end < 0:
            raise unexpected(scanner.text[start:])
        key = scanner.text[scanner.position : end]
        scanner.position = end + 2
        return key
    if scanner.accept(".*", "[*]"):
        return Wildcard.ANY
    if scanner.accept("."):
        name = scanner.take_while(_NAME)
        if name:
            return name
        scanner.accept("[")  # the culprit is what follows the bracket
    else:
        scanner.position += 1
        digits = scanner.take_while(_DIGITS)
        if digits and scanner.accept("]"):
            return int(digits)
    raise unexpected(scanner.text[start : scanner.position + 1])


def compile_selector(text: str) -> Selector:
    """Compile a whole text as one selector, or raise InvalidPatternError."""
    scanner = Scanner(text)
    selector = parse_selector(scanner)
    if not scanner.at_end:
        raise unexpected(scanner.text[scanner.position :])
    return selector


def parse_event(message: str) -> dict[str, Any] | None:
    """Read a log message as one JSON object, with its numbers kept as they were written.

    None for anything else: JSON patterns then match nothing, not even NOT EXISTS.
    """
    try:
        event = json.loads(message, parse_int=integer, parse_float=floating, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
