"""How the command speaks: rich to a person, JSON lines to a machine, the same exit codes everywhere.

Exit codes: 0 done · 1 refused, or a check did not hold · 2 the input or the call is wrong · 3 AWS or the
stack cannot be reached · 4 done, but something could not be read (only with --strict).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from enum import IntEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
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


def out() -> Console:
    """Return the console on standard output; colours and width go away when it is piped."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_table(table: Table) -> None:
    """Print a table: as wide as the terminal, or as its content where it is piped."""
    console = out()
    if console.soft_wrap:
        boundless = console.options.update(max_width=MAX_CELL)
        console.width = max(console.width, console.measure(table, options=boundless).maximum)
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
