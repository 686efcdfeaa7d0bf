"""Pieces of a Markdown document into which hostile strings can be put: cells, tables, code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from numbers import Number
from typing import Any

from response.domain.quoting import without_mentions
from response.domain.text import md, plain

_CELL_LIMIT = 500
_CODE_LIMIT = 8_000
_NOTHING = "(none)"


def cell(value: Any, limit: int = _CELL_LIMIT) -> str:
    """Any value as escaped text, for a paragraph or a table's cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Number):
        return str(value)
    if value is None:
        return _NOTHING
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return without_mentions(md(text, limit)) or _NOTHING


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A table; every value becomes a cell."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell(value) for value in row) + " |"


def code(lines: Iterable[str]) -> Iterator[str]:
    """A block of code. Four spaces before each line: no line of it can end the block."""
    yield from (f"    {plain(line, _CODE_LIMIT)}" for text in lines for line in text.splitlines())


def json_code(document: Any) -> Iterator[str]:
    """A JSON document as code; in ASCII, so that it needs no further care."""
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True, default=str)
    yield from (f"    {line}" for line in text.splitlines())
