"""Waiting for a person in the demonstration: for their decision, their undo, or that they go on without."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from toolkit.demo import person as waiting
from toolkit.demo.deciding import Decided, decide, undo
from toolkit.demo.person import Person
from toolkit.demo.scene import REPORT
from toolkit.lab.people import AccessKey
from toolkit.lab.sign_ins import SignIn
from toolkit.output import CommandError

ID = "TG-20260501-0123abcd"
PAGE = "http://0123abcd.execute-api.localhost:4566/"
_CALL = {"parameters": {"UserName": REPORT}}
_DONE = {"id": "deny-created-user", "status": "done", "calls": [_CALL]}


class Incidents:
    """An incident that changes with each look at it; the last look stays."""

    def __init__(self, *looks: dict[str, Any]) -> None:
        self.looks = list(looks)

    def get(self, *path: str) -> dict[str, Any]:
        """The next look."""
        assert path == ("incidents", ID)
        look = self.looks[0] if len(self.looks) == 1 else self.looks.pop(0)
        return {"id": ID, "undo_requests": [], "actions": [_DONE], **look}


@pytest.fixture
def scenario() -> Any:
    """A lab of which only addresses and people are asked."""
    return SimpleNamespace(
        page_url=PAGE,
        sign_ins={"alice": SignIn("alice", "a password", "GEZDGNBVGY3TQOJQ", "approver")},
        lab=SimpleNamespace(endpoint="http://127.0.0.1:4566", region="us-east-1"),
        key=lambda user: AccessKey(user, "AKIAEXAMPLE", "secret"),
    )


def somebody(
    scenario: Any,
    monkeypatch: pytest.MonkeyPatch,
    *looks: dict[str, Any],
    enter: bool = False,
    seconds: float = 60,
) -> Person:
    """A person, and how the incident reads each time it is looked at."""
    api = Incidents(*looks)
    monkeypatch.setattr(waiting, "api_of", lambda *_: api)
    return Person(scenario, Console(file=StringIO(), width=200), seconds, lambda _: enter)


def said(person: Person) -> str:
    """What was printed."""
    file = person.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def asked(status: str = "pending", actions: list[str] | None = None) -> dict[str, Any]:
    """An incident with an approval of two actions in that status."""
    approval = {"status": status, "action_ids": ["a", "b"], "decision": {"actions": actions}}
    return {
        "status": "awaiting_approval" if status == "pending" else "executing",
        "approval": approval,
    }


def test_it_says_where_to_decide_and_waits(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page, sign-in and what to export stand there; nothing goes on before somebody decided."""
    person = somebody(scenario, monkeypatch, asked(), asked(), asked("approved"))
    assert decide(scenario, ID, person.console, person) == Decided("approved")
    for told in (PAGE, "a password", "trailguard lab code GEZDGNBVGY3TQOJQ", "export AWS_ACCESS_KEY_ID"):
        assert told in said(person)


@pytest.mark.parametrize(
    ("status", "actions", "decided"),
    [
        ("approved", ["b", "a"], Decided("approved")),
        ("approved", ["a"], Decided("approved", as_told=False)),
        ("rejected", None, Decided("rejected")),
    ],
)
def test_a_part_of_the_plan_is_told_from_all_of_it(
    scenario: Any, monkeypatch: pytest.MonkeyPatch, status: str, actions: list[str] | None, decided: Decided
) -> None:
    """The checks of the story's end fit only what was approved or rejected whole."""
    person = somebody(scenario, monkeypatch, asked(status, actions))
    assert decide(scenario, ID, person.console, person) == decided


def test_nobody_is_waited_for_without_end(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by us nor by the workflow, whose approval expires."""
    person = somebody(scenario, monkeypatch, asked(), seconds=0.01)
    with pytest.raises(CommandError, match="nobody decided within"):
        decide(scenario, ID, person.console, person)
    person = somebody(scenario, monkeypatch, asked("expired"))
    with pytest.raises(CommandError, match="the approval is expired"):
        decide(scenario, ID, person.console, person)


def test_enter_decides_nothing_but_passes_the_undo(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is approved or rejected in so many words; what was done may just be left."""
    person = somebody(scenario, monkeypatch, asked(), asked("approved"), enter=True)
    assert decide(scenario, ID, person.console, person) == Decided("approved")
    person = somebody(scenario, monkeypatch, {}, enter=True)
    assert undo(scenario, {"id": ID, "actions": [_DONE]}, person.console, person) is None


@pytest.mark.parametrize(
    ("actions", "as_told"), [(["deny-created-user"], True), (["restore-trail"], False), (None, False)]
)
def test_an_undo_of_something_else_is_told_from_the_storys(
    scenario: Any, monkeypatch: pytest.MonkeyPatch, actions: list[str] | None, as_told: bool
) -> None:
    """It is waited for until it has ended."""
    request = {"outcome": "undone", "actions": actions}
    person = somebody(
        scenario, monkeypatch, {}, {"undo_requests": [{"outcome": ""}]}, {"undo_requests": [request]}
    )
    decided = undo(scenario, {"id": ID, "actions": [_DONE]}, person.console, person)
    assert decided == Decided("undone", as_told=as_told)
    assert f"trailguard undo {ID} deny-created-user" in said(person)
