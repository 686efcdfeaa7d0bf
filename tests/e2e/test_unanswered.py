"""Under a policy that asks two people, and carries out what nobody has decided in time."""

from __future__ import annotations

import base64

import pytest
from botocore.exceptions import ClientError

from response.domain.diff import diff
from tests.e2e.cast import api_as
from tests.e2e.conftest import Deploy
from tests.e2e.stage import Stage
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.stack_client import ApiRefusalError

pytestmark = pytest.mark.e2e

_POLICY = """
version: 1
gates: {restore: auto, contain: approve}
approval: {expires_after_minutes: 5, on_timeout: {critical: execute}, quorum: {critical: 2}}
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


def test_two_people_approve_and_one_of_them_twice_does_not(stage: Stage) -> None:
    """Alice's approval waits for another; what both approved is done, by a token that nobody could read."""
    mallory, bob = stage.hire("mallory-of-two"), stage.hire("bob-the-second")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    incident = stage.awaiting()
    stage.entitle(bob)
    alice = stage.scenario.key("alice")

    first = stage.command(alice, "approve", incident["id"], "--yes", "--comment", "seen")
    assert (first.returncode, "recorded, waiting" in first.stdout) == (0, True), first
    digest = incident["approval"]["digest"]
    decision = {"digest": digest, "decision": "approve", "actions": ["deactivate-access-key"]}
    with pytest.raises(ApiRefusalError, match="already_counted"):
        stage.api.post("incidents", incident["id"], "decision", body=decision)
    waiting = stage.incident(incident["id"])["approval"]
    assert (waiting["status"], waiting["quorum"], waiting["on_timeout"]) == ("pending", 2, "execute")
    assert [given["by"] for given in waiting["approvals"]] == [f"arn:aws:iam::{stage.lab.account}:user/alice"]
    assert _stored_token(stage, incident["id"])
    last = api_as(stage, bob.credentials).post("incidents", incident["id"], "decision", body=decision)
    assert (last["status"], last["missing"]) == ("approved", 0)
    assert _stored_token(stage, incident["id"]) == ""

    stage.executions_ended()
    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"]) == ("closed", "partly_restored")
    done = {action["id"]: action["approved_by"] for action in closed["actions"]}
    assert set(done) == {"restore-trail", "deactivate-access-key"}
    people = [f"arn:aws:iam::{stage.lab.account}:user/{key.user}" for key in (alice, bob)]
    assert done["deactivate-access-key"] == ", ".join(people)


def _stored_token(stage: Stage, incident_id: str) -> str:
    """What lies in the table of the task token: no token that Step Functions would know."""
    table = stage.lab.client("dynamodb")
    item = table.get_item(
        TableName=stage.scenario.outputs["IncidentTable"],
        Key={"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": "APPROVAL#001"}},
    )["Item"]
    stored = str(item["token"]["S"])
    if stored:
        assert base64.b64decode(stored, validate=True)
        with pytest.raises(ClientError, match=r"InvalidToken|TaskDoesNotExist|TaskTimedOut"):
            stage.lab.client("stepfunctions").send_task_success(taskToken=stored, output="{}")
    return stored
