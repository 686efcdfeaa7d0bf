"""Under the policy that the project comes with, people decide: they approve, reject, or do not answer."""

from __future__ import annotations

import pytest

from response.domain.diff import diff
from tests.e2e.conftest import Deploy
from tests.e2e.signing_in import FrontDoor
from tests.e2e.stage import Stage
from tests.e2e.ticket_desk import TicketDesk
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.stack_client import ApiRefusalError, StackClient

pytestmark = pytest.mark.e2e

# What may be undone for a person: the two containments, and the restore.
_ASKED = ["deactivate-access-key", "deny-user-sessions", "restore-trail"]
_ALL = ("--max-number-of-messages", "10")


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Nothing is done that nobody approved."""
    return deployed("")


def test_an_approved_plan_is_carried_out(stage: Stage) -> None:
    """Nothing is done until alice approves what she was shown; the actor and a wrong digest are refused."""
    before, mallory, desk = stage.trail(), stage.hire("mallory-approved"), TicketDesk(stage)
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    incident = stage.awaiting()
    assert sorted(incident["approval"]["action_ids"]) == _ASKED
    assert (incident["status"], incident["actions"]) == ("awaiting_approval", [])
    assert len(diff(before, stage.trail())) >= 7

    stage.entitle(mallory)
    by_mallory = stage.command(mallory, "approve", incident["id"], "--yes")
    assert (by_mallory.returncode, "approver_is_actor" in by_mallory.stderr) == (1, True), by_mallory
    assert _refusal(stage.api, incident["id"], digest="0" * 64) == (409, "digest_mismatch")
    assert stage.incident(incident["id"])["status"] == "awaiting_approval"
    assert not stage.is_contained(mallory)

    alice = stage.scenario.key("alice")
    first = stage.command(alice, "approve", incident["id"], "--yes", "--comment", "mallory is on leave")
    assert first.returncode == 0, first.stderr
    second = stage.command(alice, "approve", incident["id"], "--yes")
    assert (second.returncode, "already_decided" in second.stderr) == (1, True), second

    stage.executions_ended()
    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"], closed["round"]) == ("closed", "restored", 1)
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    approver = f"arn:aws:iam::{stage.lab.account}:user/alice"
    assert {action["approved_by"] for action in closed["actions"]} == {approver}
    assert closed["approval"]["decision"]["comment"] == "mallory is on leave"
    refused = [entry["data"]["code"] for entry in closed["timeline"] if "refused" in entry["text"]]
    assert refused == ["approver_is_actor", "digest_mismatch", "already_decided"]
    kinds = [message.kind for message in stage.messages_about(closed["id"])]
    # The decision is told while the plan is already carried out.
    assert kinds[:2] == ["opened", "attempt"]
    assert sorted(kinds[2:]) == ["closed", "decided"]
    assert not [entry for entry in closed["timeline"] if "channel could not be told" in entry["text"]]
    tickets = desk.tickets(closed["id"])
    assert set(tickets) == {"opened", "attempt", "decided", "closed"}
    assert tickets["opened"]["approval"]["digest"] == incident["approval"]["digest"]
    assert (tickets["attempt"]["answer"]["code"], tickets["decided"]["answer"]["by"]) == (
        "approver_is_actor",
        approver,
    )
    url = f"{stage.scenario.outputs['ConsoleUrl']}/#{closed['id']}"
    assert {ticket["url"] for ticket in tickets.values()} == {url}


def test_a_rejected_plan_is_not_carried_out(stage: Stage) -> None:
    """Nothing is put back, nobody shut out; the actor is the actor at the page too. One reminder comes."""
    mallory = stage.hire("mallory-rejected")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    attacked, incident = stage.trail(), stage.awaiting()
    stage.let_half_the_time_pass(incident)
    assert [stage.reconcile()["reminded"] for _ in range(2)] == [[incident["id"]], []]
    # Who did it signs in at the page, as the same person with another identity.
    door, linked = FrontDoor(stage), f"arn:aws:iam::{stage.lab.account}:user/{mallory.user}"
    door.hire("mallory-at-the-page", "trailguard-approvers", linked=linked)
    token, path = door.sign_in("mallory-at-the-page")["access_token"], f"/people/incidents/{incident['id']}"
    body = {"digest": incident["approval"]["digest"], "decision": "approve"}
    by_mallory = door.ask("POST", f"{path}/decision", token=token, body=body)
    assert (by_mallory.status, by_mallory.json["code"]) == (403, "approver_is_actor")
    alice = stage.scenario.key("alice")
    ran = stage.command(alice, "reject", incident["id"], "--reason", "it was a drill", "--yes")
    assert ran.returncode == 0, ran.stderr
    stage.executions_ended()

    rejected = stage.only_incident()
    assert (rejected["status"], rejected["outcome"], rejected["actions"]) == ("closed", "rejected", [])
    assert rejected["approval"]["status"] == "rejected"
    assert rejected["approval"]["decision"]["comment"] == "it was a drill"
    assert diff(attacked, stage.trail()) == ()
    assert not stage.is_contained(mallory)
    closing = next(entry for entry in rejected["timeline"] if entry["step"] == "close")
    assert any(b"it was a drill" in stage.sealed(pointer) for pointer in closing["data"]["report"])
    kinds = [message.kind for message in stage.messages_about(rejected["id"])]
    assert (kinds[:2], sorted(kinds[2:])) == (["opened", "reminder"], ["attempt", "closed", "decided"])
    # What a person let stand is not found again by the reconciler, and does not keep the trail.
    assert not stage.is_locked()
    stage.reconcile()
    assert stage.only_incident()["id"] == rejected["id"]


def test_nobody_answers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time for the decision has passed, nothing is done, a person is called, the trail is free."""
    mallory = stage.hire("mallory-unanswered")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    attacked, incident = stage.trail(), stage.awaiting_in_short_hours(monkeypatch, minutes=60)
    stage.let_time_pass(incident)
    assert "handed_over" in stage.endings()

    left = stage.only_incident()
    assert (left["status"], left["outcome"], left["actions"]) == ("failed", "approval_expired", [])
    assert left["approval"]["status"] == "expired"
    assert [message.kind for message in stage.messages_about(left["id"])] == ["opened", "escalated"]
    assert diff(attacked, stage.trail()) == ()
    assert not stage.is_contained(mallory)
    assert not stage.is_locked()
    assert _refusal(stage.api, left["id"], digest=left["approval"]["digest"]) == (409, "expired")


def test_a_verdict_instead_of_a_decision(stage: Stage) -> None:
    """Called authorised while it waits, the plan is rejected and the state is the new baseline."""
    mallory = stage.hire("mallory-authorised")
    stage.update_trail(mallory, S3KeyPrefix="agreed")
    incident = stage.awaiting()
    body = {"verdict": "authorised", "reason": "agreed under CHG-2"}
    answer = stage.api.post("incidents", incident["id"], "verdict", body=body)
    assert (answer["verdict"], answer["effect"]) == ("authorised", "ends_wait")
    stage.executions_ended()
    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"], closed["actions"]) == ("closed", "authorised", [])
    assert (closed["verdict"], closed["verdict_reason"]) == ("authorised", "agreed under CHG-2")
    assert not stage.is_contained(mallory)
    baseline = stage.baseline()
    assert baseline["state"]["S3KeyPrefix"] == "agreed"
    assert f"alice, verdict on incident {incident['id']}" in baseline["approved_by"]
    stage.reconcile()
    assert stage.only_incident()["id"] == incident["id"]


def test_a_second_attack_voids_the_question(stage: Stage) -> None:
    """What joins an incident changes its plan: the old one can no longer be approved, the new one can."""
    before, mallory, oscar = stage.trail(), stage.hire("mallory-joined"), stage.hire("oscar")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    first = stage.awaiting()
    stage.update_trail(oscar, S3KeyPrefix="elsewhere")
    second = stage.awaiting(other_than=first["approval"]["digest"])
    assert (second["id"], second["round"], second["records_seen"]) == (first["id"], 2, 2)
    users = {record["record"]["userIdentity"]["userName"] for record in second["records"]}
    assert users == {"mallory-joined", "oscar"}

    refusal = _refusal(stage.api, first["id"], digest=first["approval"]["digest"])
    assert refusal == (409, "digest_mismatch")
    body = {"digest": second["approval"]["digest"], "decision": "approve"}
    assert stage.api.post("incidents", first["id"], "decision", body=body)["status"] == "approved"
    stage.executions_ended()
    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"]) == ("closed", "restored")
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    assert stage.is_contained(oscar)
    kinds = [message.kind for message in stage.messages_about(closed["id"])]
    assert sorted(kinds) == ["closed", "decided", "joined", "opened", "opened"]


def test_the_stock_aws_command(stage: Stage) -> None:
    """The AWS CLI, pointed at the lab, sees the trail, the owner's messages and the executions."""
    mallory = stage.hire("mallory-seen")
    stage.update_trail(mallory, EnableLogFileValidation=False)
    incident = stage.awaiting()
    trail = stage.aws("cloudtrail", "get-trail", "--name", stage.trail_arn)["Trail"]
    assert trail["LogFileValidationEnabled"] is False
    # Version 1 of the AWS CLI sends SQS to an address of its own where the option does not say otherwise.
    endpoint = ("--endpoint-url", stage.lab.endpoint)
    received = stage.aws(*endpoint, "sqs", "receive-message", "--queue-url", stage.scenario.inbox_url, *_ALL)
    assert any(incident["id"] in message["Body"] for message in received["Messages"])
    machine = stage.scenario.outputs["StateMachineArn"]
    listed = stage.aws("stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"]
    running = [one["executionArn"] for one in listed if one["status"] == "RUNNING"]
    assert running == [incident["execution"]]
    body = {"digest": incident["approval"]["digest"], "decision": "approve"}
    stage.api.post("incidents", incident["id"], "decision", body=body)


def _refusal(api: StackClient, incident_id: str, *, digest: str) -> tuple[int, str]:
    """Status and code with which the API refuses an approval of that digest."""
    with pytest.raises(ApiRefusalError) as refusal:
        api.post("incidents", incident_id, "decision", body={"digest": digest, "decision": "approve"})
    return refusal.value.status, refusal.value.problem["code"]
