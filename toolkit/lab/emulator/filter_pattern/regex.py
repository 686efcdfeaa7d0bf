"""Regular expressions between percent signs: the documented subset, matched in linear time.

The subset has no groups, so an expression is a few rows of items. They run as one automaton whose
states are the bits of an integer, and no pattern can make it backtrack as Python's re would.
"""

from dataclasses import dataclass, field
from itertools import chain

from toolkit.lab.emulator.filter_pattern.regex_syntax import Item, parse_regex

CACHED_TRANSITIONS = 4096


def _bits(positions: "chain[int] | list[int]") -> int:
    return sum(1 << position for position in positions)


@dataclass(frozen=True)
class Regex:
    """A compiled expression: bit n of a state means that item n is the next to match."""

    source: str
    items: tuple[Item | None, ...]  # None stands behind the last item of an alternative: accepted
    starts: int
    optional: int
    repeated: int
    at_start: int
    at_end: int
    accepted: int
    _reads: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    _next: dict[tuple[int, str], int] = field(default_factory=dict, compare=False, repr=False)

    def search(self, text: str) -> bool:
        """Tell whether the expression matches anywhere in the text."""
        anew = _close(self.starts, self.optional)
        state = _close(self.starts, self.optional | self.at_start)
        for character in text:
            if state & self.accepted:
                return True
            state = self._step(state, character) | anew
        passing = self.optional | self.at_end | (0 if text else self.at_start)
        return bool(_close(state, passing) & self.accepted)

    def _step(self, state: int, character: str) -> int:
        known = self._next.get((state, character))
        if known is not None:
            return known
        read = state & self._readers(character)
        result = _close((read << 1) | (read & self.repeated), self.optional)
        if len(self._next) >= CACHED_TRANSITIONS:
            self._next.clear()
        self._next[state, character] = result
        return result

    def _readers(self, character: str) -> int:
        known = self._reads.get(character)
        if known is None:
            code = ord(character)
            known = _bits([n for n, item in enumerate(self.items) if item and item.reads(code)])
            if len(self._reads) >= CACHED_TRANSITIONS:
                self._reads.clear()
            self._reads[character] = known
        return known


def _close(state: int, passable: int) -> int:
    """Add every state that is reached without reading a character."""
    while (grown := state | ((state & passable) << 1)) != state:
        state = grown
    return state


def compile_regex(source: str) -> Regex:
    """Compile the text between the percent signs, or raise InvalidPatternError."""
    items: list[Item | None] = []
    starts: list[int] = []
    for alternative in parse_regex(source):
        starts.append(len(items))
        items += [*alternative, None]

    def where(attribute: str) -> int:
        return _bits([n for n, item in enumerate(items) if item and getattr(item, attribute)])

    return Regex(
        source=source,
        items=tuple(items),
        starts=_bits(starts),
        optional=where("optional"),
        repeated=where("repeated"),
        at_start=where("is_start"),
        at_end=where("is_end"),
        accepted=_bits([n for n, item in enumerate(items) if item is None]),
    )
