"""How the command speaks: rich to a person, JSON lines to a machine, the same exit codes everywhere.

Exit codes: 0 done · 1 refused, or a check did not hold · 2 the input or the call is wrong · 3 AWS or the
stack cannot be reached · 4 done, but something could not be read (only with --strict).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from response.domain.text import plain

MAX_CELL = 2000


class ExitCode(IntEnum):
    """What the command's exit code tells the calling script."""

    DONE = 0
    REFUSED = 1
    BAD_INPUT = 2
    UNREACHABLE = 3
    INCOMPLETE = 4


class CommandError(Exception):
    """An error that is shown to the person in one line, with the way out, and ends the command."""

    def __init__(self, message: str, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.code = code


class _Hanging(Console):
    """A console on which a line that is too long goes on under its own beginning."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as Console does, with the leading spaces of a lone text before each line that it takes."""
        text = objects[0] if len(objects) == 1 else None
        if isinstance(text, str) and not self.soft_wrap and not options.get("soft_wrap"):
            indent = len(text) - len(text.lstrip(" "))
            objects = (Padding(text[indent:], (0, 0, 0, indent), expand=False),) if indent else objects
        super().print(*objects, **options)


_shown_beside: ContextVar[bool] = ContextVar("shown_beside", default=False)


def out() -> Console:
    """Return the console on standard output; colours and width go away when it is piped."""
    stream = sys.stderr if _shown_beside.get() else sys.stdout
    return _Hanging(file=stream, highlight=False, soft_wrap=not stream.isatty())


@contextmanager
def beside(wanted: bool) -> Iterator[None]:
    """Show on standard error, if wanted, what else goes to standard output: there a machine reads JSON."""
    token = _shown_beside.set(wanted)
    try:
        yield
    finally:
        _shown_beside.reset(token)


def print_table(table: Table, narrow: Iterable[str] = ()) -> None:
    """Print a table, or these lines on a terminal that is too narrow for it."""
    console = out()
    boundless = console.options.update(max_width=MAX_CELL)
    wanted = console.measure(table, options=boundless).maximum
    if console.soft_wrap:
        console.width = max(console.width, wanted)
    lines = list(narrow) if wanted > console.width else []
    for line in lines:
        console.print(line)
    if not lines:
        console.print(table)


def err() -> Console:
    """Return the console on standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def safe(value: object, limit: int = MAX_CELL) -> str:
    """Text from a record, fit for a terminal: no control or direction characters, no rich markup."""
    return escape(plain("" if value is None else str(value), limit))


def moment(value: object) -> str:
    """A stored time to the second, in UTC; text that is no time as it is."""
    try:
        at = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return safe(value)
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if at.tzinfo else safe(value)


def check_folder(folder: Path, wanted: Path) -> None:
    """Make a folder; CommandError, before much work is done, if `wanted` could not be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(f"cannot write {wanted}: {error.strerror}") from error


def json_line(document: Any) -> None:
    """Write one JSON object on one line of standard output, in ASCII so that it can do no harm anywhere."""
    sys.stdout.write(json.dumps(document, ensure_ascii=True, default=str) + "\n")


def warn(text: str) -> None:
    """Say something on standard error that does not end the command."""
    err().print(f"[yellow]trailguard:[/yellow] {safe(text)}")
