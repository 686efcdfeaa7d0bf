"""Plans and times as the command prints them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from rich.table import Table

from toolkit import output
from toolkit.show import show_plan


def test_commands_of_an_instruction_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    """What is to be typed stands behind a prompt, below the sentence that says what it is for."""
    outcome = {
        "name": "origin_unknown",
        "target": "role r",
        "reason": "Not known.",
        "instructions": ["Find the caller:", "aws cloudtrail lookup-events"],
    }
    show_plan({"digest": "0" * 64, "actions": [], "outcomes": [outcome]})
    told = capsys.readouterr().out.splitlines()
    assert told[2:] == [
        "  origin_unknown (role r): Not known.",
        "      Find the caller:",
        "        $ aws cloudtrail lookup-events",
    ]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2026-05-01T12:00:00.123456+00:00", "2026-05-01T12:00:00Z"),
        ("2026-05-01T14:00:00+02:00", "2026-05-01T12:00:00Z"),
        ("2026-05-01T12:00:00", "2026-05-01T12:00:00"),
        ("[red]soon", r"\[red]soon"),
        (None, ""),
    ],
)
def test_a_time_is_shown_to_the_second_in_utc(stored: object, shown: str) -> None:
    """What is no time, or has no offset, is shown as it is, without markup."""
    assert output.moment(stored) == shown


@contextmanager
def terminal() -> Iterator[None]:
    """A terminal of forty columns, without colours."""
    settings = {"COLUMNS": "40", "TERM": "xterm", "NO_COLOR": "1"}
    with mock.patch.dict(os.environ, settings), mock.patch.object(sys.stdout, "isatty", return_value=True):
        yield


def test_a_long_line_goes_on_under_its_own_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal what belongs to an indented line stays indented; a command is left whole."""
    with terminal():
        output.out().print("    " + "word " * 10)
        output.out().print("  $ " + "word " * 10, soft_wrap=True)
    *wrapped, command = capsys.readouterr().out.splitlines()
    assert len(wrapped) == 2
    assert all(line.startswith("    word ") for line in wrapped)
    assert command.count("word") == 10


def test_a_table_that_does_not_fit_is_told_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Only where it does not fit; where it is piped, width is no matter."""
    table = Table("a", "b", box=None)
    table.add_row("x" * 30, "y" * 30)
    with terminal():
        output.print_table(table, ["in lines"])
    assert capsys.readouterr().out == "in lines\n"
    output.print_table(table, ["in lines"])
    assert f"{'x' * 30}  {'y' * 30}" in capsys.readouterr().out
