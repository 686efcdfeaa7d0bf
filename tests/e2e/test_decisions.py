"""People decide: they approve, reject, or do not answer, alone or together, one by one or at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from response.domain.diff import diff
from stacks.policy_file import load_policy
from tests.e2e.cast import (
    another_key,
    api_as,
    assume,
    let,
    make_role,
    policy,
    responder_calling,
    stored_token,
)
from tests.e2e.conftest import Deploy
from tests.e2e.racing import by_key, by_page, race
from tests.e2e.signing_in import FrontDoor
from tests.e2e.stage import Stage, is_asked
from tests.e2e.ticket_desk import TicketDesk
from toolkit.lab.account import TRAIL_NAME
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.project import PROJECT
from toolkit.stack_client import ApiRefusalError, StackClient

pytestmark = pytest.mark.e2e

# What may be undone for a person: the two containments, and the restore.
_ASKED = ["deactivate-access-key", "deny-user-sessions", "restore-trail"]
_ALL = ("--max-number-of-messages", "10")
_APPROVERS = "trailguard-approvers"


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """The policy that the project comes with: nothing is done that nobody approved.

    But for what is high and not critical: that takes two people, and is done where nobody answers.
    """
    own = load_policy(PROJECT / "policy.yaml")
    of_high = {"quorum": {"high": 2}, "on_timeout": {"high": "execute"}}
    return deployed(json.dumps({**own, "approval": {**own["approval"], **of_high}}))


@pytest.fixture(scope="module")
def door(deployment: Stage) -> FrontDoor:
    """The page, and who signs in there to decide."""
    door = FrontDoor(deployment)
    user = f"arn:aws:iam::{deployment.lab.account}:user/alice"
    door.hire("alice-at-the-page", _APPROVERS, linked=user)
    door.hire("dora-at-the-page", _APPROVERS)
    door.hire("erik-at-the-page", _APPROVERS)
    return door


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
    assert (incident["approval"]["quorum"], incident["approval"]["on_timeout"]) == (1, "escalate")
    digest = incident["approval"]["digest"]
    assert _refusal(stage.api, incident["id"], digest=digest[:-1]) == (400, "malformed")
    assert _refusal(stage.api, incident["id"], digest=digest, actions=["shred"]) == (400, "malformed")
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
    # What is no decision at all is answered, and no part of the story.
    assert refused == ["approver_is_actor", "digest_mismatch", "malformed", "already_decided"]
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


def test_a_rejected_plan_is_not_carried_out(stage: Stage, door: FrontDoor) -> None:
    """Nothing is put back, nobody shut out; the actor is the actor at the page and with another key too.

    One reminder comes.
    """
    mallory = stage.hire("mallory-rejected")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    attacked, incident = stage.trail(), stage.awaiting()
    stage.let_half_the_time_pass(incident)
    assert [stage.reconcile()["reminded"] for _ in range(2)] == [[incident["id"]], []]
    # Who did it signs in at the page, as the same person with another identity.
    linked = f"arn:aws:iam::{stage.lab.account}:user/{mallory.user}"
    door.hire("mallory-at-the-page", _APPROVERS, linked=linked)
    body = {"digest": incident["approval"]["digest"], "decision": "approve"}
    at_the_page = by_page(door, "mallory-at-the-page")
    assert at_the_page(incident["id"], body) == (403, "approver_is_actor")
    stage.entitle(mallory)
    assert by_key(stage, another_key(stage, mallory))(incident["id"], body) == (403, "approver_is_actor")
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
    assert (kinds[:2], sorted(kinds[2:])) == (
        ["opened", "reminder"],
        ["attempt", "attempt", "closed", "decided"],
    )
    # And what was not done can neither be done nor taken back any more.
    assert _refusal(stage.api, rejected["id"], digest=body["digest"]) == (409, "already_decided")
    with pytest.raises(ApiRefusalError, match="nothing_to_undo"):
        stage.api.post("incidents", rejected["id"], "undo", body={"reason": "it was a mistake"})
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


def test_who_may_not_decide_and_a_verdict_instead(stage: Stage, door: FrontDoor) -> None:
    """The role that acted decides in no session of it, nor who took it, nor our own roles, in any guise.

    Called authorised by somebody else while it waits, the plan is rejected and the state is the new baseline.
    """
    mallory, iam = stage.hire("mallory-authorised"), stage.lab.client("iam")
    role = make_role(stage, "keeper-of-trails")
    let(stage, mallory.user, "sts:AssumeRole")
    hers = assume(stage, mallory.credentials, role, "keeping")
    others = assume(stage, stage.scenario.key("admin").credentials, role, "looking-after")
    stage.lab.client("cloudtrail", **hers).update_trail(Name=TRAIL_NAME, S3KeyPrefix="agreed")
    incident = stage.awaiting()

    iam.attach_role_policy(RoleName="keeper-of-trails", PolicyArn=stage.scenario.outputs["ApproverPolicyArn"])
    iam.put_role_policy(
        RoleName="keeper-of-trails",
        PolicyName="find-the-stack",
        PolicyDocument=policy("cloudformation:DescribeStacks"),
    )
    stage.entitle(mallory)
    digest = incident["approval"]["digest"]
    for keys in (hers, others, mallory.credentials):
        assert _refusal(api_as(stage, keys), incident["id"], digest=digest) == (403, "approver_is_actor")
    with responder_calling(stage) as responder:
        assert _refusal(responder, incident["id"], digest=digest) == (403, "approver_is_responder")
    ours = f"arn:aws:iam::{stage.lab.account}:role/trailguard-restorer"
    door.hire("somebody-of-ours", _APPROVERS, linked=ours)
    by_ours = by_page(door, "somebody-of-ours")(incident["id"], {"digest": digest, "decision": "approve"})
    assert by_ours == (403, "approver_is_responder")
    assert stage.incident(incident["id"])["approval"]["approvals"] == []

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

    body = {"digest": first["approval"]["digest"], "decision": "approve"}
    with pytest.raises(ApiRefusalError, match="digest_mismatch") as refusal:
        stage.api.post("incidents", first["id"], "decision", body=body)
    told = refusal.value.problem
    assert (told["status"], told["digest"]) == (409, second["approval"]["digest"])
    assert {one["id"] for one in told["difference"]["added"]} == (
        set(second["approval"]["action_ids"]) - set(first["approval"]["action_ids"])
    )
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


def test_nobody_answers_and_the_plan_is_carried_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the policy says so, what was asked for is done when the time has passed."""
    before, mallory = stage.trail(), stage.hire("mallory-undecided")
    stage.update_trail(mallory, S3KeyPrefix="undecided")
    incident = stage.awaiting_in_short_hours(monkeypatch, minutes=60)
    assert (incident["severity"], incident["approval"]["on_timeout"]) == ("high", "execute")
    assert sorted(incident["approval"]["action_ids"]) == _ASKED
    assert not stage.is_contained(mallory)
    stage.let_time_pass(incident)
    stage.executions_ended()

    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"]) == ("closed", "restored")
    assert closed["approval"]["status"] == "expired"
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    by = {action["id"]: action["approved_by"] for action in closed["actions"]}
    assert by == dict.fromkeys(_ASKED, "policy: approval.on_timeout")
    assert [message.kind for message in stage.messages_about(closed["id"])] == ["opened", "closed"]


def test_two_people_approve_and_one_of_them_twice_does_not(stage: Stage, door: FrontDoor) -> None:
    """Alice's approval waits for another, of three that come at once; what two approved is done, and once.

    It is done by a token that nobody could read.
    """
    before, mallory, carl = stage.trail(), stage.hire("mallory-of-two"), stage.hire("carl-the-second")
    stage.entitle(carl)
    stage.update_trail(mallory, S3KeyPrefix="of-two")
    incident, alice = stage.awaiting(), stage.scenario.key("alice")
    chosen = ("--action", "restore-trail", "--action", "deactivate-access-key")
    first = stage.command(alice, "approve", incident["id"], "--yes", "--comment", "seen", *chosen)
    assert (first.returncode, "recorded, waiting" in first.stdout) == (0, True), first

    digest = incident["approval"]["digest"]
    decision = {"digest": digest, "decision": "approve", "actions": ["restore-trail", "deny-user-sessions"]}
    for post in (by_key(stage, alice), by_page(door, "alice-at-the-page")):
        assert post(incident["id"], decision) == (409, "already_counted")
    carls = by_key(stage, carl)
    apart = carls(incident["id"], {**decision, "actions": ["deny-user-sessions"]})
    assert apart == (409, "nothing_in_common")
    waiting = stage.incident(incident["id"])["approval"]
    assert (waiting["status"], waiting["quorum"], waiting["on_timeout"]) == ("pending", 2, "execute")
    assert [given["by"] for given in waiting["approvals"]] == [f"arn:aws:iam::{stage.lab.account}:user/alice"]
    assert stored_token(stage, incident["id"])
    # By what their identities can be told apart: two ARNs, and an issuer with a subject.
    runners = {
        ":user/bob": by_key(stage, stage.scenario.key("bob")),
        f":user/{carl.user}": carls,
        "#": by_page(door, "dora-at-the-page"),
    }
    told = race(incident["id"], *((post, decision) for post in runners.values()))
    assert sorted(told) == [(200, "approved"), (409, "already_decided"), (409, "already_decided")]
    assert stored_token(stage, incident["id"]) == ""

    stage.executions_ended()
    closed = stage.only_incident()
    assert (closed["status"], closed["outcome"]) == ("closed", "partly_restored")
    assert diff(before, stage.trail()) == ()
    assert not stage.is_contained(mallory)
    people = [given["by"] for given in closed["approval"]["approvals"]]
    assert len(people) == 2
    assert people[0].endswith(":user/alice")
    assert [*runners][told.index((200, "approved"))] in people[1]
    assert {one["id"]: one["approved_by"] for one in closed["actions"]} == {
        "restore-trail": ", ".join(people)
    }
    assert _settled(closed) == ["The plan was approved."]


def test_the_stock_aws_command_and_a_decision_too_late(stage: Stage, door: FrontDoor) -> None:
    """The AWS CLI, pointed at the lab, sees the trail, the owner's messages and the executions.

    It stops one, and whoever decides then is told that nothing waited. When the question is asked anew,
    four answer it at once: one wins, and it ends as that one said.
    """
    before, mallory = stage.trail(), stage.hire("mallory-seen")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
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

    stage.aws("stepfunctions", "stop-execution", "--execution-arn", incident["execution"])
    assert _refusal(stage.api, incident["id"], digest=incident["approval"]["digest"]) == (409, "late")
    late = stage.incident(incident["id"])
    assert (late["approval"]["status"], late["actions"]) == ("approved", [])
    (noted,) = [entry for entry in late["timeline"] if entry["data"].get("code") == "late"]
    assert noted["data"]["by"].endswith(":user/alice")
    assert stored_token(stage, incident["id"]) == ""

    # The reconciler gives the lost one up, and asks anew what to do about the trail.
    assert stage.reconcile()["lost"] == [incident["id"]]
    anew = stage.incident_that(lambda one: one["id"] != incident["id"] and is_asked(one), "nobody was asked")
    assert stage.incident(incident["id"])["outcome"] == "execution_lost"
    assert (anew["approval"]["quorum"], anew["approval"]["action_ids"]) == (1, ["restore-trail"])
    approve, reject = (
        {"digest": anew["approval"]["digest"], "decision": one} for one in ("approve", "reject")
    )
    told = race(
        anew["id"],
        (by_key(stage, stage.scenario.key("alice")), approve),
        (by_key(stage, stage.scenario.key("bob")), reject),
        (by_page(door, "dora-at-the-page"), approve),
        (by_page(door, "erik-at-the-page"), reject),
    )
    (won,) = [word for status, word in told if status == 200]
    assert [one for one in told if one[0] != 200] == [(409, "already_decided")] * 3
    assert won == ("approved", "rejected")[[status for status, _ in told].index(200) % 2]
    stage.executions_ended()
    closed = stage.incident(anew["id"])
    assert (closed["status"], closed["approval"]["status"]) == ("closed", won)
    assert closed["outcome"] == ("restored" if won == "approved" else "rejected")
    assert len(closed["actions"]) == (won == "approved")
    assert (diff(before, stage.trail()) == ()) is (won == "approved")
    assert _settled(closed) == [f"The plan was {won}."]


def _refusal(api: StackClient, incident_id: str, *, digest: str, **more: Any) -> tuple[int, str]:
    """Status and code with which the API refuses an approval of that digest."""
    with pytest.raises(ApiRefusalError) as refusal:
        api.post("incidents", incident_id, "decision", body={"digest": digest, "decision": "approve", **more})
    return refusal.value.status, refusal.value.problem["code"]


def _settled(incident: Mapping[str, Any]) -> list[str]:
    """What the state machine went on with, each time that it was woken."""
    return [entry["text"] for entry in incident["timeline"] if entry["step"] == "settle_approval"]
