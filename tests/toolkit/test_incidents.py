"""An incident as the command prints it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.response.domain.test_assessment import assessed
from toolkit.incidents import list_incidents, show_incident


class Client:
    """Answers with one incident."""

    def __init__(self, **members: Any) -> None:
        self.members = members

    def get(self, *path: str) -> dict[str, Any]:
        """The incident."""
        assert path == ("incidents", "TG-20260501-0123abcd")
        return {
            "id": path[1],
            "status": "open",
            "severity": "high",
            "trail_arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
            "opened_at": "2026-05-01T12:00:00+00:00",
            "assessment": None,
            "dossier": None,
            "approval": None,
            "actions": [],
            "verdict": "",
            "undone": [],
            "undo_requests": [],
            "evidence": [],
            "timeline": [{"at": "2026-05-01T12:00:00Z", "step": "intake", "text": "A change.", "data": {}}],
            **self.members,
        }


@pytest.mark.parametrize(
    ("left_out", "heading"),
    [(0, "Timeline"), (50, "Timeline (50 entries in its middle are not shown)")],
)
def test_what_is_left_out_of_the_timeline_is_said(
    left_out: int, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody takes the ends of a flooded timeline for all of it."""
    client: Any = Client(left_out={"records": 0, "timeline": left_out})
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert heading in lines
    assert lines[-1] == "  2026-05-01T12:00:00Z intake: A change."


def test_the_dossier_is_shown_question_by_question(capsys: pytest.CaptureFixture[str]) -> None:
    """Finding and gap of each, and nothing of a record that commands the terminal."""
    dossier = {
        "who": {"finding": "IAM user \x1b[31mmallory[/]", "evidence": {}, "missing": ""},
        "blind_window": {"finding": "from 02:57 until now", "evidence": {}, "missing": "no record"},
    }
    client: Any = Client(left_out={"records": 0, "timeline": 0}, dossier=dossier)
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    text = capsys.readouterr().out
    assert "  who: IAM user mallory[/]\n" in text
    assert "  blind window: from 02:57 until now\n      not complete: no record\n" in text


def test_the_dossier_has_the_order_of_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The store keeps sections by name; who it was comes first all the same, and each fact has a line."""
    facts = {"finding": "one; another", "evidence": {}, "missing": ""}
    dossier = {"what_else": facts, "who": facts, "a_new_one": facts}
    client: Any = Client(left_out={"records": 0, "timeline": 0}, dossier=dossier)
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    text = capsys.readouterr().out
    assert [
        text.index(f"  {name}: one\n      another\n") for name in ("who", "what else", "a new one")
    ] == sorted(text.index(f"  {name}: ") for name in ("who", "what else", "a new one"))


def test_the_arithmetic_of_the_risk_and_the_notes_of_actions_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever decides sees why it is that bad, and what an action leaves open."""
    document = assessed().to_json()
    document["plan"]["actions"][0]["notes"] = ["It takes a minute\x07 to take effect."]
    client: Any = Client(left_out={"records": 0, "timeline": 0}, assessment=document)
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    text = capsys.readouterr().out
    assert f"Risk {document['risk']} of 100\n" in text
    assert "     5  made with a long-term access key\n" in text
    assert "      note: It takes a minute to take effect.\n" in text


def test_a_verdict_is_shown_with_who_gave_it(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person said the incident was, by whom and why, at the top."""
    client: Any = Client(
        left_out={"records": 0, "timeline": 0},
        verdict="authorised",
        verdict_by="arn:aws:iam::111122223333:user/alice",
        verdict_at="2026-05-01T13:00:00+00:00",
        verdict_reason="CHG-77 [red]agreed[/red]",
    )
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    shown = capsys.readouterr().out
    assert "Verdict authorised by arn:aws:iam::111122223333:user/alice at 2026-05-01T13:00:00Z" in shown
    assert "CHG-77 [red]agreed[/red]" in shown


ALICE = {"id": "arn:aws:iam::111122223333:user/alice", "name": "ali\x1b[31mce", "may": "decide"}
WAITING = {
    "status": "awaiting_approval",
    "left_out": {"records": 0, "timeline": 0},
    "approval": {
        "status": "pending",
        "action_ids": ["restore-trail"],
        "expires_at": "2026-05-01T13:00:00+00:00",
        "quorum": 1,
        "approvals": [],
        "decision": None,
    },
}


@pytest.mark.parametrize(
    ("you", "said"),
    [
        ({"may": "read", "refusal": None}, "You (alice) may read, not decide: "),
        ({"refusal": "approver_is_actor"}, "You (alice) may not decide on this incident: "),
        ({"refusal": "approver_is_responder"}, "this is a role of the responder itself"),
        ({"refusal": "a_later_one"}, "the stack refuses it (a_later_one)."),
        ({"refusal": None}, ""),
    ],
)
def test_whoever_may_not_decide_is_told_before(
    you: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the code that a decision would meet, and without the commands that it would take."""
    client: Any = Client(**WAITING, you={**ALICE, **you})
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    text = capsys.readouterr().out
    assert said in text
    assert ("You (" in text) == bool(said)
    assert ("trailguard approve" in text) != bool(said)


def test_who_is_asking_is_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    """As the stack says it."""
    client: Any = Client(**WAITING, you={**ALICE, "refusal": None})
    show_incident(client, "TG-20260501-0123abcd", as_json=True)
    assert json.loads(capsys.readouterr().out)["you"] == {**ALICE, "refusal": None}


class Lister:
    """Answers with no incident."""

    def get(self, *path: str) -> dict[str, Any]:
        """The list, to a reader."""
        assert path == ("incidents",)
        return {"incidents": [], "heard": {}, "you": {**ALICE, "may": "read"}}


def test_the_list_tells_a_reader_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Not among the lines for programs, which are one incident each."""
    client: Any = Lister()
    list_incidents(client, as_json=False)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("You (alice) may read, not decide")
    assert rest == ["No incidents."]
    list_incidents(client, as_json=True)
    assert capsys.readouterr().out == ""
