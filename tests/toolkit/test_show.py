"""Plans and times as the command prints them."""

from __future__ import annotations

import pytest

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
