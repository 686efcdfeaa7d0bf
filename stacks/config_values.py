"""Reads single values of the deployment configuration; every mistake is named with its key."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

_E = TypeVar("_E", bound=StrEnum)


class ConfigurationError(Exception):
    """A context value is not usable; the message names the key, what it held and what was expected."""


def shown(value: object) -> str:
    """A value as a message shows it, with its type."""
    return f"{value!r} ({type(value).__name__})"


def read_text(key: str, value: object) -> str:
    """Text, without spaces around it."""
    if not isinstance(value, str):
        raise ConfigurationError(f"{key}: expected text, found {shown(value)}")
    return value.strip()


def read_list(key: str, value: object, what: str) -> tuple[str, ...]:
    """Texts from a list, or from one text with commas between them."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise ConfigurationError(f"{key}: expected a list of {what}, found {shown(value)}")
    return tuple(read_text(key, item) for item in items)


def read_choice(choices: type[_E]) -> Callable[[str, object], _E]:
    """A reader of one of these words."""

    def read(key: str, value: object) -> _E:
        text = read_text(key, value)
        for choice in choices:
            if choice.value == text:
                return choice
        raise ConfigurationError(f"{key}: expected {' or '.join(choices)}, found {text!r}")

    return read
