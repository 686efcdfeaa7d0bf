"""Frozen dataclasses to JSON and back, by their type hints; for facts that pass through the incident table.

Understood: text, numbers, truth values, aware times (ISO 8601), text enumerations, dataclasses, `X | None`,
`tuple[X, ...]`, `Mapping[str, X]` and `Any`. Anything else in a field is a mistake of the class.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from response.domain.errors import MalformedStateError

_T = TypeVar("_T")
_PLAIN = (str, bool, int, float)


def to_json(value: Any) -> Any:
    """A dataclass, or what one may hold, as a JSON value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(member) for member in value]
    return str(value) if isinstance(value, StrEnum) else value


def from_json(kind: type[_T], document: object) -> _T:
    """Read back what `to_json` wrote of a dataclass; MalformedStateError names the path of what is not so."""
    found: _T = _read(kind, document, kind.__name__)
    return found


def _read(kind: Any, value: Any, path: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        options = [option for option in arguments if option is not type(None)]
        return None if value is None else _read(options[0], value, path)
    if origin is tuple:
        members = _of(list, value, path)
        return tuple(_read(arguments[0], member, f"{path}[{i}]") for i, member in enumerate(members))
    if origin is collections.abc.Mapping:
        mapping = _of(dict, value, path)
        return {key: _read(arguments[1], member, f"{path}.{key}") for key, member in mapping.items()}
    return _read_single(kind, value, path)


def _read_single(kind: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, _of(dict, value, path), path)
    if kind is dt.datetime:
        return _time(value, path)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(value)
        except ValueError:
            raise MalformedStateError(f"{path}: {value!r:.80} is none of {', '.join(kind)}") from None
    if kind in _PLAIN:
        return _of(kind, value, path)
    raise TypeError(f"{path}: {kind!r} is no type that can be read from JSON")


def _read_dataclass(kind: Any, document: Mapping[str, Any], path: str) -> Any:
    """Fields that are absent take their defaults: older documents know fewer of them."""
    hints = _hints(kind)
    unknown = sorted(document.keys() - hints.keys())
    if unknown:
        raise MalformedStateError(f"{path}: unknown key {unknown[0]!r:.80}, known are {', '.join(hints)}")
    given = {name: _read(hints[name], member, f"{path}.{name}") for name, member in document.items()}
    try:
        return kind(**given)
    except TypeError as error:
        raise MalformedStateError(f"{path}: {error}") from error


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _of(kind: type, value: Any, path: str) -> Any:
    fits = isinstance(value, kind) and not (kind in (int, float) and isinstance(value, bool))
    if not fits and not (kind is float and isinstance(value, int) and not isinstance(value, bool)):
        raise MalformedStateError(f"{path}: found {value!r:.80}, expected {kind.__name__}")
    return value


def _time(value: Any, path: str) -> dt.datetime:
    try:
        parsed = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise MalformedStateError(f"{path}: found {value!r:.80}, expected an ISO 8601 time") from None
    if parsed.tzinfo is None:
        raise MalformedStateError(f"{path}: found {value!r:.80}, expected a time with its offset")
    return parsed
