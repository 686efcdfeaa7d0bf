"""`trailguard approve` and `reject`: what is shown before, and what the stack's answer is told as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.response.domain.test_assessment import assessed
from toolkit.decide import approve, reject
from toolkit.output import CommandError

_ID = "TG-20260501-0123abcd"
_GIVEN = {
    "by": "https://issuer.example#sub-1",
    "name": "pat\x1b[31m@example.com",
    "at": "2026-05-01T12:30:00+00:00",
    "actions": ["restore-trail"],
    "comment": "seen",
}


class Client:
    """A stack with one incident that waits for a decision."""

    def __init__(self, answer: dict[str, Any], *, quorum: int = 1, approvals: tuple[Any, ...] = ()) -> None:
        self.answer = answer
        self.quorum = quorum
        self.approvals = list(approvals)
        self.posted: list[dict[str, Any]] = []

    def get(self, *path: str) -> dict[str, Any]:
        """The incident."""
        assert path == ("incidents", _ID)
        assessment = assessed().to_json()
        ids = [action["id"] for action in assessment["plan"]["actions"]]
        approval = {
            "digest": assessment["plan"]["digest"],
            "action_ids": ids,
            "quorum": self.quorum,
            "approvals": self.approvals,
        }
        return {"id": _ID, "status": "awaiting_approval", "assessment": assessment, "approval": approval}

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The decision."""
        assert path == ("incidents", _ID, "decision")
        self.posted.append(body)
        return self.answer


WAITING = {"status": "waiting", "missing": 1, "quorum": 2, "woken": False}
APPROVED = {"status": "approved", "missing": 0, "quorum": 1, "woken": True}


def run(client: Any, *, actions: list[str] | None = None, as_json: bool = False) -> None:
    """Approve without a question."""
    approve(client, _ID, actions=actions, comment="", yes=True, as_json=as_json)


def test_an_approval_that_waits_for_others_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no failure, and nobody may believe that something was done."""
    client = Client(WAITING, quorum=2)
    run(client)
    text = " ".join(capsys.readouterr().out.split())
    assert "0 of 2 approvals; what all of them approve is carried out" in text
    assert "recorded, waiting" in text
    assert "your approval counts, 1 more of 2 people have to approve before anything is done" in text
    assert "approved TG" not in text


def test_who_approved_so_far_is_shown_before_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """With what they chose, since only what all approve is done; their strings command no terminal."""
    run(Client(APPROVED, quorum=2, approvals=(_GIVEN,)))
    text = " ".join(capsys.readouterr().out.split())
    assert "1 of 2 approvals" in text
    assert "approved by pat@example.com (https://issuer.example#sub-1) at 2026-05-01T12:30:00Z" in text
    assert "restore-trail: seen" in text
    assert f"approved {_ID}" in text


def test_one_approver_is_no_quorum_to_speak_of(capsys: pytest.CaptureFixture[str]) -> None:
    """Where one is enough the command says nothing of it."""
    run(Client(APPROVED))
    assert "approvals" not in capsys.readouterr().out


def test_whoever_may_not_decide_is_told_before_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stack is asked all the same, and refuses by itself."""
    client = Client(APPROVED)
    incident = client.get("incidents", _ID)
    you = {"id": "arn:aws:iam::111122223333:user/m", "name": "m", "may": "decide"}
    shown = {**incident, "you": {**you, "refusal": "approver_is_actor"}}
    monkeypatch.setattr(client, "get", lambda *_: shown)
    run(client)
    lines = capsys.readouterr().out.splitlines()
    told = [number for number, line in enumerate(lines) if line.startswith("You (m) may not decide")]
    assert told
    assert lines[-1].startswith("approved")
    assert len(client.posted) == 1


def test_some_actions_can_be_approved() -> None:
    """Those that are named are sent, and no others."""
    client = Client(APPROVED)
    run(client, actions=["restore-trail"])
    assert client.posted[0]["actions"] == ["restore-trail"]
    run(client)
    assert "actions" not in client.posted[1]


def test_the_answer_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON line, as the stack answered."""
    run(Client(WAITING, quorum=2), as_json=True)
    assert json.loads(capsys.readouterr().out) == WAITING


def test_a_workflow_that_was_not_woken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The decision stands, and is taken up later."""
    client: Any = Client({**APPROVED, "status": "rejected", "woken": False})
    reject(client, _ID, reason="announced", yes=True, as_json=False)
    text = capsys.readouterr().out
    assert "rejected" in text
    assert "takes the decision up later" in text


def test_nobody_is_there_to_be_asked() -> None:
    """Without a terminal and without --yes nothing is decided."""
    client: Any = Client(APPROVED)
    with pytest.raises(CommandError, match="nobody can be asked"):
        approve(client, _ID, actions=None, comment="", yes=False, as_json=False)
    assert client.posted == []
