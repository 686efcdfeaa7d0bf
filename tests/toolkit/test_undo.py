"""Taking back from the command line: shown, asked, waited for, and its end told by the exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from response.domain.plan import Action
from tests.response.domain.test_undo import DENY, key_action, role_action
from tests.toolkit.command import trailguard
from toolkit.output import CommandError, ExitCode
from toolkit.undo import Waiting, show_undone, undo

ID = "TG-20260501-0123abcd"
EXECUTION = "undo-0123"
REQUEST: dict[str, Any] = {
    "execution": EXECUTION,
    "requested_by": "arn:aws:iam::111122223333:user/alice",
    "reason": "it was announced",
    "requested_at": "2026-05-01T12:00:00+00:00",
    "outcome": "undone",
    "text": "Taken back: deactivate-access-key.",
}


def carried(action: Action, status: str = "done", round_: int = 1) -> dict[str, Any]:
    """An action as the API shows it."""
    return {**action.to_json(), "status": status, "round": round_, "outcome": "", "detail": ""}


def entry(action: Action, status: str, **fields: Any) -> dict[str, Any]:
    """An attempt at taking it back, as the API shows it."""
    return {
        "id": f"undo-{action.id}",
        "undoes": action.id,
        "round": 1,
        "attempt": 1,
        "status": status,
        "execution": f"arn:aws:states:eu-west-1:111122223333:execution:machine:{EXECUTION}",
        "outcome": "",
        "detail": "",
        **fields,
    }


class Api:
    """An incident that changes with each look at it, and an answer to the POST."""

    def __init__(self, *looks: dict[str, Any], execution: str | None = EXECUTION) -> None:
        self.looks = list(looks)
        self.execution = execution
        self.posted: list[Any] = []
        self.slept: list[float] = []

    def get(self, *path: str) -> dict[str, Any]:
        """The next look; the last one stays."""
        assert path == ("incidents", ID)
        look = self.looks[0] if len(self.looks) == 1 else self.looks.pop(0)
        known: dict[str, Any] = {"id": ID, "actions": [], "undone": [], "undo_requests": []}
        return {**known, **look}

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Start it."""
        assert path == ("incidents", ID, "undo")
        self.posted.append(body)
        return {"incident_id": ID, "execution": self.execution, "actions": [], "already_undone": []}

    def run(self, *actions: str, wait: bool = True, as_json: bool = False) -> None:
        """The command, with --yes."""
        client: Any = self
        waiting = Waiting(3, self.slept.append, lambda: float(len(self.slept)))
        undo(
            client,
            ID,
            actions=list(actions) or None,
            reason="it was announced",
            yes=True,
            as_json=as_json,
            waiting=waiting if wait else None,
        )


def test_it_shows_what_will_be_called_last_first_and_waits(capsys: pytest.CaptureFixture[str]) -> None:
    """The calls stand there before it is asked; what becomes of each is told while it is at work."""
    done = [carried(key_action()), carried(role_action(None, DENY))]
    running = {"actions": done, "undone": [entry(key_action(), "running")], "undo_requests": []}
    ended = {**running, "undone": [entry(key_action(), "done")], "undo_requests": [REQUEST]}
    api = Api({"actions": done}, running, ended)
    api.run()
    out, err = capsys.readouterr()
    assert out.index("iam:DeleteRolePolicy") < out.index("iam:UpdateAccessKey")
    assert '"Status": "Active"' in out
    assert "undone TG-20260501-0123abcd: Taken back: deactivate-access-key." in out
    assert ["running" in err, "done" in err] == [True, True]
    assert api.posted == [{"reason": "it was announced"}]


def test_named_actions_are_asked_for_by_name() -> None:
    """And nothing else; without waiting it is only started."""
    api = Api({"actions": [carried(key_action()), carried(role_action(None, DENY))]})
    api.run("deny-role-session", wait=False)
    assert api.posted == [{"reason": "it was announced", "actions": ["deny-role-session"]}]
    assert api.slept == []


def test_what_there_is_not_is_refused_before_anything_is_posted() -> None:
    """By the same rules as the stack: an unknown name, or nothing that was our doing."""
    api = Api({"actions": [carried(key_action(), "already_done")]})
    for names, code in ((("nonsense",), "unknown_action"), ((), "nothing_to_undo")):
        with pytest.raises(CommandError, match=code) as raised:
            api.run(*names)
        assert raised.value.code is ExitCode.REFUSED
    assert api.posted == []


def test_what_was_taken_back_before_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    """No question, no execution, exit code 0."""
    api = Api({"actions": [carried(key_action())], "undone": [entry(key_action(), "done")]}, execution=None)
    api.run()
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("outcome", ["undo_refused", "undo_failed"])
def test_what_was_not_taken_back_is_no_success(outcome: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The text says why; JSON is printed all the same, and the exit code is 1."""
    request = {**REQUEST, "outcome": outcome, "text": "The world has moved since"}
    api = Api({"actions": [carried(key_action())], "undo_requests": [request]})
    with pytest.raises(CommandError, match=rf"has moved since \({outcome}\)") as raised:
        api.run(as_json=True)
    assert raised.value.code is ExitCode.REFUSED
    assert json.loads(capsys.readouterr().out)["outcome"] == outcome


def test_nobody_waits_for_ever() -> None:
    """After the time that was given the command ends, and says where to look."""
    api = Api({"actions": [carried(key_action())], "undo_requests": [{**REQUEST, "outcome": ""}]})
    with pytest.raises(CommandError, match="not ended after 3 seconds"):
        api.run()
    assert len(api.slept) == 3


def test_an_incident_shows_what_was_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Who asked, why and how it ended, then each attempt; strings of others do nothing to the terminal."""
    hostile = {**REQUEST, "reason": "[red]\x1b[31mx", "outcome": ""}
    failed = entry(key_action(), "failed", outcome="refused", detail="too many keys")
    show_undone({"undo_requests": [REQUEST, hostile], "undone": [failed]})
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[red]" in out
    for told in ("user/alice: it was announced", "Taken back: deactivate-access-key.", "at work"):
        assert told in out
    assert "undo-deactivate-access-key  failed  refused: too many keys" in out


def test_a_reason_is_demanded() -> None:
    """Nobody takes an answer back without saying why."""
    ran = trailguard("undo", ID)
    assert ran.returncode == 2
    assert "--reason" in ran.stderr
