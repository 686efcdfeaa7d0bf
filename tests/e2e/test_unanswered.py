"""Under a policy that carries out what nobody has decided in time."""

from __future__ import annotations

import pytest

from response.domain.diff import diff
from tests.e2e.conftest import Deploy
from tests.e2e.stage import Stage
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT

pytestmark = pytest.mark.e2e

_POLICY = """
version: 1
gates: {restore: auto, contain: approve}
approval: {expires_after_minutes: 5, on_timeout: execute}
"""


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore at once; contain when asked, or when nobody answers."""
    return deployed(_POLICY)


def test_nobody_answers_and_the_plan_is_carried_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail is back before anybody is asked; what was asked for is done when the time has passed."""
    before, mallory = stage.trail(), stage.hire("mallory-unanswered")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    incident = stage.awaiting_in_short_hours(monkeypatch, minutes=5)
    assert sorted(incident["approval"]["action_ids"]) == ["deactivate-access-key", "deny-user-sessions"]
    assert diff(before, stage.trail()) == ()
    assert not stage.is_contained(mallory)
    stage.let_time_pass(incident)
    stage.executions_ended()

    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"]) == ("closed", "restored")
    assert closed["approval"]["status"] == "expired"
    assert stage.is_contained(mallory)
    by = {action["id"]: action["approved_by"] for action in closed["actions"]}
    assert by["restore-trail"] == "policy: gate auto"
    assert by["deactivate-access-key"] == by["deny-user-sessions"] == "policy: approval.on_timeout"
    kinds = [message.kind for message in stage.messages_about(closed["id"])]
    assert kinds == ["opened", "approval", "closed"]
