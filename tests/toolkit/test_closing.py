"""`trailguard close`: shown first, asked, then judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.toolkit.command import trailguard
from toolkit.closing import close
from toolkit.output import CommandError

ID = "TG-20260501-0123abcd"


class Client:
    """One incident, and the verdict that is posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def get(self, *path: str) -> dict[str, Any]:
        """The incident."""
        assert path == ("incidents", ID)
        return {
            "status": "awaiting_approval",
            "assessment": {"summary": "Logging was [b]stopped", "changes": []},
        }

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What follows."""
        self.posted.append((path, body))
        return {"incident_id": ID, "verdict": body["verdict"], "effect": "ends_wait", "detail": "It goes on."}


def test_what_is_judged_is_shown_and_what_follows_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Summary, verdict and effect."""
    client: Any = Client()
    close(client, ID, verdict="authorised", reason="CHG-77", yes=True, as_json=False)
    assert client.posted == [(("incidents", ID, "verdict"), {"verdict": "authorised", "reason": "CHG-77"})]
    shown = capsys.readouterr().out
    for said in ("Logging was [b]stopped", f"authorised {ID}", "It goes on."):
        assert said in shown


def test_a_machine_gets_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """As one JSON object."""
    client: Any = Client()
    close(client, ID, verdict="benign", reason="r", yes=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["effect"] == "ends_wait"


def test_nobody_there_to_be_asked_judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """--yes says it without a question."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    client: Any = Client()
    with pytest.raises(CommandError, match="say --yes"):
        close(client, ID, verdict="tampering", reason="r", yes=False, as_json=True)
    assert client.posted == []


@pytest.mark.parametrize(
    "words",
    [("--as", "fine", "--reason", "r"), ("--as", "benign"), ("--reason", "r"), ("--as", "authorized")],
)
def test_a_verdict_has_one_of_three_words_and_a_reason(words: tuple[str, ...]) -> None:
    """Wrong or missing words end the command before any call."""
    assert trailguard("close", ID, *words).returncode == 2
