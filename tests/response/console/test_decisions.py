"""A decision counts once, from the right person, on the plan that is there, in time."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from response.aws.approvals import ApprovalStatus
from response.aws.claims import Arrival
from response.aws.executions import Answered
from response.aws.stored_incident import StoredIncident
from tests.response.console.world import ALICE, DIGEST, MALLORY, TOKEN, Console, event, session, user
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import record

APPROVE: dict[str, Any] = {"digest": DIGEST, "decision": "approve", "comment": "agreed with the owner"}
REJECT = {**APPROVE, "decision": "reject"}
ROLE_RECORD = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLEADMIN:mallory",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/mallory",
    "accountId": ACCOUNT,
    "accessKeyId": "ASIAEXAMPLEMALLORY00",
    "sessionContext": {
        "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/admin", "userName": "admin"}
    },
}


def decide(
    console: Console, incident: StoredIncident, body: Any = None, caller: dict[str, str] = ALICE
) -> tuple[int, Any]:
    """Approve as alice, unless another body or caller is given."""
    path = f"/incidents/{incident.id}/decision"
    return console.call("POST", path, APPROVE if body is None else body, caller=caller)


def status_of(console: Console, incident: StoredIncident) -> ApprovalStatus:
    """How the approval stands now."""
    approval = console.store.approvals.latest(incident.id)
    assert approval is not None
    return approval.status


def notes(console: Console, incident: StoredIncident) -> list[str]:
    """What the console wrote into the incident's story."""
    return [entry.text for entry in console.store.incidents.timeline(incident.id) if entry.step == "console"]


@pytest.mark.parametrize(
    ("body", "status"), [(APPROVE, ApprovalStatus.APPROVED), (REJECT, ApprovalStatus.REJECTED)]
)
def test_decision_is_recorded_and_the_workflow_woken(
    body: dict[str, Any], status: ApprovalStatus, console: Console
) -> None:
    """The store says who decided what; the state machine is told only that it is settled."""
    incident = console.open_incident()
    console.ask(incident)
    code, document = decide(console, incident, body)
    assert (code, document["status"], document["woken"]) == (200, str(status), True)
    assert document["decided_by"] == ALICE["userArn"]
    assert console.woken == [(TOKEN, {"settled": str(status)})]
    stored = console.store.approvals.latest(incident.id)
    assert stored is not None
    assert stored.status is status
    assert stored.decision is not None
    assert stored.decision["approver"]["arn"] == ALICE["userArn"]
    assert stored.decision["comment"] == "agreed with the owner"
    assert notes(console, incident) == [f"Decided: {body['decision']}."]


def test_some_actions_can_be_approved(console: Console) -> None:
    """What is left out of the list is left out of the decision."""
    incident = console.open_incident()
    console.ask(incident)
    assert decide(console, incident, {**APPROVE, "actions": ["restore-trail"]})[0] == 200
    stored = console.store.approvals.latest(incident.id)
    assert stored is not None
    assert stored.decision is not None
    assert stored.decision["actions"] == ["restore-trail"]


def test_decision_is_written_before_the_workflow_is_woken(console: Console) -> None:
    """Whoever is woken reads the decision, so it has to be there first."""
    incident = console.open_incident()
    console.ask(incident)
    seen: list[ApprovalStatus] = []

    def wake(_approval: Any, _output: Any) -> Answered:
        seen.append(status_of(console, incident))
        return Answered.SENT

    waking: Any = console
    waking.wake = wake
    decide(console, incident)
    assert seen == [ApprovalStatus.APPROVED]


def test_token_renewed_meanwhile_is_the_one_that_is_used(console: Console) -> None:
    """A retried task waits under a new token; the old one would come too late."""
    incident = console.open_incident()
    approval = console.ask(incident)
    count = console.store.approvals.count

    def count_after_a_retry(*args: Any, **parameters: Any) -> bool:
        console.store.approvals.ask(replace(approval, token="renewed"))
        return count(*args, **parameters)

    racing: Any = console.store.approvals
    racing.count = count_after_a_retry
    decide(console, incident)
    assert console.woken[0][0] == "renewed"


@pytest.mark.parametrize(
    ("body", "caller", "status", "code"),
    [
        ({**APPROVE, "digest": "b" * 64}, ALICE, 409, "digest_mismatch"),
        (APPROVE, MALLORY, 403, "approver_is_actor"),
        (REJECT, MALLORY, 403, "approver_is_actor"),
        (APPROVE, user("someone", accessKey="AKIAEXAMPLEMALLORY"), 403, "approver_is_actor"),
        (APPROVE, user("renamed", userId="AIDAEXAMPLEMALLORY"), 403, "approver_is_actor"),
        (APPROVE, session("trailguard-restorer", "alice"), 403, "approver_is_responder"),
        (APPROVE, session("trailguard-reader", "x"), 403, "approver_is_responder"),
        ({**APPROVE, "actions": ["delete-trail"]}, ALICE, 400, "malformed"),
        ({**APPROVE, "actions": []}, ALICE, 400, "malformed"),
        ({**APPROVE, "approver": "arn:aws:iam::1:user/ceo"}, ALICE, 400, "malformed"),
        ({**APPROVE, "decision": "Approve"}, ALICE, 400, "malformed"),
        ({"digest": DIGEST}, ALICE, 400, "malformed"),
        ([], ALICE, 400, "malformed"),
    ],
)
def test_decision_that_does_not_count(
    body: Any, caller: dict[str, str], status: int, code: str, console: Console
) -> None:
    """Each reason has its status and code, and changes nothing."""
    incident = console.open_incident()
    console.ask(incident)
    answered, document = decide(console, incident, body, caller)
    assert (answered, document["code"]) == (status, code)
    assert status_of(console, incident) is ApprovalStatus.PENDING
    assert console.woken == []


def test_refused_attempt_is_part_of_the_story(console: Console) -> None:
    """A suspect who tries to approve is noted, with who it was."""
    incident = console.open_incident()
    console.ask(incident)
    decide(console, incident, caller=MALLORY)
    entry = console.store.incidents.timeline(incident.id)[-1]
    assert entry.text == "A decision was refused: approver_is_actor."
    assert entry.data["by"] == MALLORY["userArn"]


def test_nobody_who_joined_may_decide_either(console: Console) -> None:
    """The second actor of an incident is as much a party to it as the first."""
    incident = console.open_incident()
    console.join(incident, "e-2", userIdentity={"type": "IAMUser", "arn": ALICE["userArn"]})
    console.ask(incident)
    assert decide(console, incident)[1]["code"] == "approver_is_actor"


def test_same_role_is_the_same_person(console: Console) -> None:
    """Whoever can assume the actor's role can take any session name."""
    incident = console.open_incident(raw=record(userIdentity=ROLE_RECORD))
    console.ask(incident)
    assert decide(console, incident, caller=session("admin", "alice"))[1]["code"] == "approver_is_actor"
    assert decide(console, incident, caller=session("auditor", "mallory"))[0] == 200


def test_own_restoring_makes_nobody_an_actor(console: Console) -> None:
    """Records of the responder's own actions say nothing about who may decide."""
    incident = console.open_incident()
    own = record("own", userIdentity={"type": "IAMUser", "arn": ALICE["userArn"]})
    arrival = Arrival("own", "own", "x", "eventbridge", console.clock.now(), own)
    console.store.claims.take_own_change(arrival, incident.id)
    console.ask(incident)
    assert decide(console, incident)[0] == 200


def test_incident_without_a_record_can_be_decided(console: Console) -> None:
    """A drift shows no actor; anybody but the responder may decide."""
    incident = console.open_incident()
    console.store.incidents.close(incident, records=1, outcome="x", settled=None, at=console.clock.now())
    second = replace(incident, id="TG-20260501-00000002", records_seen=0)
    arrival = Arrival("drift#1", "drift-1", "x", "reconcile", console.clock.now(), None)
    console.store.claims.open(arrival, second)
    console.ask(second)
    assert decide(console, second)[0] == 200


@pytest.mark.parametrize("minutes", [60, 61])
def test_expired_approval(minutes: int, console: Console) -> None:
    """At the very moment of expiry it is too late."""
    incident = console.open_incident()
    console.ask(incident)
    console.clock.moment += timedelta(minutes=minutes)
    assert decide(console, incident)[1]["code"] == "expired"
    assert console.woken == []


def test_second_decision_changes_nothing(console: Console) -> None:
    """The first one stands, whoever comes second."""
    incident = console.open_incident()
    console.ask(incident)
    decide(console, incident)
    code, document = decide(console, incident, REJECT, user("bob"))
    assert (code, document["code"]) == (409, "already_decided")
    assert status_of(console, incident) is ApprovalStatus.APPROVED
    assert len(console.woken) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ApprovalStatus.APPROVED, "already_decided"),
        (ApprovalStatus.SUPERSEDED, "no_pending_approval"),
        (ApprovalStatus.EXPIRED, "expired"),
    ],
)
def test_whoever_is_faster_wins(status: ApprovalStatus, code: str, console: Console) -> None:
    """Between look and write somebody else settled it: the caller is told what, and nothing is woken."""
    incident = console.open_incident()
    approval = console.ask(incident)
    count = console.store.approvals.count

    def count_second(*args: Any, **parameters: Any) -> bool:
        console.store.approvals.settle(approval, status, at=console.clock.now())
        return count(*args, **parameters)

    racing: Any = console.store.approvals
    racing.count = count_second
    assert decide(console, incident)[1]["code"] == code
    assert status_of(console, incident) is status
    assert console.woken == []


@pytest.mark.parametrize("asked", [True, False])
def test_nothing_waits(asked: bool, console: Console) -> None:
    """No approval was asked for, or a newer record made it void."""
    incident = console.open_incident()
    if asked:
        console.store.approvals.settle(
            console.ask(incident), ApprovalStatus.SUPERSEDED, at=console.clock.now()
        )
    code, document = decide(console, incident)
    assert (code, document["code"]) == (409, "no_pending_approval")


def test_only_the_latest_round_can_be_decided(console: Console) -> None:
    """An approval of an earlier round is history."""
    incident = console.open_incident()
    console.store.approvals.settle(console.ask(incident), ApprovalStatus.SUPERSEDED, at=console.clock.now())
    console.ask(incident, round_=2)
    assert decide(console, incident)[0] == 200
    latest = console.store.approvals.latest(incident.id)
    assert latest is not None
    assert (latest.round, latest.status) == (2, ApprovalStatus.APPROVED)


def test_late_decision_has_its_own_code(console: Console) -> None:
    """The workflow no longer waited: recorded as late, and told so that nobody relies on it."""
    incident = console.open_incident()
    console.ask(incident)
    console.answered = Answered.LATE
    code, document = decide(console, incident)
    assert (code, document["code"]) == (409, "late")
    assert "The workflow no longer waited for the decision." in notes(console, incident)


def test_workflow_that_could_not_be_woken_finds_the_decision_later(console: Console) -> None:
    """The decision stands; the answer says that the workflow was not woken, and the log says why."""
    incident = console.open_incident()
    console.ask(incident)
    console.busy = True
    code, document = decide(console, incident)
    assert (code, document["woken"]) == (202, False)
    assert status_of(console, incident) is ApprovalStatus.APPROVED
    assert "ThrottlingException" in console.failures[0]


def test_base64_body_is_read(console: Console) -> None:
    """API Gateway encodes bodies of some content types."""
    incident = console.open_incident()
    console.ask(incident)
    body = base64.b64encode(json.dumps(APPROVE).encode()).decode()
    request = event("POST", f"/incidents/{incident.id}/decision", body, isBase64Encoded=True)
    assert console.handle(request)["statusCode"] == 200


def test_get_never_decides(console: Console) -> None:
    """A link in a mail is opened by scanners too."""
    incident = console.open_incident()
    console.ask(incident)
    code, document = console.call("GET", f"/incidents/{incident.id}/decision", APPROVE)
    assert (code, document["code"]) == (405, "method_not_allowed")
    assert status_of(console, incident) is ApprovalStatus.PENDING


def test_hostile_comment_stays_text(console: Console) -> None:
    """Control characters and lone surrogates in a comment are kept as data and break nothing."""
    incident = console.open_incident()
    console.ask(incident)
    hostile = "\ud800\x00<script>\u202e"
    assert decide(console, incident, {**APPROVE, "comment": hostile})[0] == 200
    stored = console.store.approvals.latest(incident.id)
    assert stored is not None
    assert stored.decision is not None
    assert stored.decision["comment"] == hostile
