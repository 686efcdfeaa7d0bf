"""Approving and rejecting from the command line: what is shown and asked before anything is sent."""

from __future__ import annotations

import json
import sys
from typing import Any
from unittest import mock

import pytest
import typer

from response.domain.plan import Action
from tests.response.domain.test_undo import DENY, key_action, role_action
from tests.toolkit.command import trailguard
from toolkit.decide import approve, reject
from toolkit.output import CommandError, ExitCode

ID = "TG-20260501-0123abcd"
DIGEST = "a" * 64


class Api:
    """An incident that waits for approval of two actions, and what was posted about it."""

    def __init__(self, *actions: Action) -> None:
        self.actions = [action.to_json() for action in actions]
        self.posted: list[Any] = []

    def get(self, *path: str) -> dict[str, Any]:
        """The incident."""
        assert path == ("incidents", ID)
        plan = {"digest": DIGEST, "actions": self.actions, "outcomes": []}
        assessment = {"summary": "Validation is off.", "changes": [], "plan": plan}
        ids = [action["id"] for action in self.actions]
        approval = {"digest": DIGEST, "action_ids": ids, "quorum": 1, "approvals": []}
        return {"id": ID, "status": "awaiting_approval", "assessment": assessment, "approval": approval}

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Take the decision."""
        assert path == ("incidents", ID, "decision")
        self.posted.append(body)
        return {"status": f"{body['decision']}d", "missing": 0, "quorum": 1, "woken": True}

    def approve(self, *actions: str, yes: bool = False, as_json: bool = False) -> None:
        """The command."""
        client: Any = self
        approve(client, ID, actions=list(actions) or None, comment="", yes=yes, as_json=as_json)

    def reject(self, *, yes: bool = False, as_json: bool = False) -> None:
        """The command."""
        client: Any = self
        reject(client, ID, reason="it was announced", yes=yes, as_json=as_json)


@pytest.fixture
def api() -> Api:
    """An API of one incident."""
    return Api(key_action(), role_action(None, DENY))


def answering(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    """Put a person at the terminal, who gives this answer."""
    monkeypatch.setattr(sys, "stdin", mock.Mock(isatty=lambda: True))
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answer)


def test_the_calls_stand_there_before_anything_is_decided(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says no has seen them, and nothing was sent."""
    answering(monkeypatch, answer=False)
    for command in (api.approve, api.reject):
        with pytest.raises(CommandError, match="nothing was decided"):
            command()
        told = capsys.readouterr().out
        assert "Validation is off." in told
        assert "iam:UpdateAccessKey" in told
        assert f"Plan {DIGEST}" in told
    assert api.posted == []


def test_what_was_shown_is_what_is_approved(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of named actions only those are shown and sent, with the digest of the plan."""
    answering(monkeypatch, answer=True)
    api.approve("deactivate-access-key")
    assert "iam:PutRolePolicy" not in capsys.readouterr().out
    body = {"digest": DIGEST, "decision": "approve", "actions": ["deactivate-access-key"]}
    assert api.posted == [body]


def test_an_action_that_nobody_asks_for_is_refused_at_once(api: Api) -> None:
    """Not after a question about no action at all; those that there are are named."""
    with pytest.raises(CommandError, match=r"only deactivate-access-key, .*unknown_action") as raised:
        api.approve("nonsense", yes=True)
    assert raised.value.code is ExitCode.REFUSED
    assert api.posted == []


def test_a_script_reads_nothing_but_json(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json and --yes there is one object on standard output, and nothing beside it."""
    for command in (api.approve, api.reject):
        command(yes=True, as_json=True)
        printed = capsys.readouterr()
        assert json.loads(printed.out)["woken"] is True
        assert printed.err == ""
    assert [body["decision"] for body in api.posted] == ["approve", "reject"]


def test_who_is_asked_beside_json_sees_the_plan_too(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, so that standard output stays one object."""
    answering(monkeypatch, answer=True)
    api.reject(as_json=True)
    printed = capsys.readouterr()
    assert "iam:UpdateAccessKey" in printed.err
    assert json.loads(printed.out)["woken"] is True


def test_where_nobody_sits_nothing_is_decided(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe cannot say yes: the option can."""
    monkeypatch.setattr(sys, "stdin", mock.Mock(isatty=lambda: False))
    for command in (api.approve, api.reject):
        with pytest.raises(CommandError, match="say --yes"):
            command()
    assert api.posted == []


@pytest.mark.parametrize("command", ["show", "approve", "reject", "undo"])
def test_profile_and_region_are_those_of_any_aws_tool(command: str) -> None:
    """Each command that goes to the stack takes them, and says what is missing."""
    words = [command, ID, *(["--reason", "x"] if command in {"reject", "undo"} else [])]
    ran = trailguard(*words, "--profile", "nobody", "--region", "eu-west-1")
    assert ran.returncode == 2
    assert "nobody" in ran.stderr
    ran = trailguard(*words, environment={"AWS_CONFIG_FILE": "/nowhere"})
    assert (ran.returncode, "no AWS region" in ran.stderr) == (2, True)
