"""Runs the `trailguard` command in this process: its words, its outputs as UTF-8 and its exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from unittest import mock

from toolkit.cli import main


@dataclass(frozen=True)
class Ran:
    """What one run of the command left behind."""

    returncode: int
    stdout: str
    stderr: str


def trailguard(*words: str, stdin: str | bytes = b"", environment: Mapping[str, str] | None = None) -> Ran:
    """Run the command with no AWS settings but those given; what cannot be encoded raises, as in a pipe."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = io.BytesIO(), io.BytesIO()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (
        mock.patch.dict(os.environ, {**clean, **(environment or {})}, clear=True),
        mock.patch.object(sys, "argv", ["trailguard", *words]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(data))),
        contextlib.redirect_stdout(text_out := io.TextIOWrapper(out, encoding="utf-8", newline="")),
        contextlib.redirect_stderr(text_err := io.TextIOWrapper(err, encoding="utf-8", newline="")),
    ):
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        text_out.flush()
        text_err.flush()
    return Ran(
        code if isinstance(code, int) else 0 if code is None else 1,
        out.getvalue().decode(),
        err.getvalue().decode(),
    )
