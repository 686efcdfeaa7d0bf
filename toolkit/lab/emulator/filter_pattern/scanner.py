"""Reads a filter pattern from left to right: what the grammars of all kinds of patterns have in common."""

from dataclasses import dataclass

from toolkit.lab.emulator.filter_pattern.errors import unexpected

WHITESPACE = " \t\r\n\f\v"


@dataclass
class Scanner:
    """A position in a pattern, with the few moves that every grammar needs."""

    text: str
    position: int = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self.position >= len(self.text)

    def peek(self) -> str:
        """Return the next character, or nothing at the end."""
        return self.text[self.position : self.position + 1]

    def skip_whitespace(self) -> None:
        """Move to the next character that is not white space."""
        while not self.at_end and self.text[self.position] in WHITESPACE:
            self.position += 1

    def accept(self, *candidates: str) -> str | None:
        """Read the first of the candidates that stands here, if any does."""
        for candidate in candidates:
            if self.text.startswith(candidate, self.position):
                self.position += len(candidate)
                return candidate
        return None

    def take_while(self, allowed: frozenset[str]) -> str:
        """Read the longest run of the allowed characters."""
        start = self.position
        while not self.at_end and self.text[self.position] in allowed:
            self.position += 1
        return self.text[start : self.position]

    def take_quoted(self) -> str:
        """Read a double-quoted string; backslash escapes a quote or a backslash."""
        start = self.position
        self.position += 1
        characters: list[str] = []
        while not self.at_end:
            character = self.text[self.position]
            self.position += 1
            if character == '"':
                return "".join(characters)
            if character == "\\" and self.peek() in {'"', "\\"} and not self.at_end:
                character = self.peek()
                self.position += 1
            characters.append(character)
        raise unexpected(self.text[start:])
