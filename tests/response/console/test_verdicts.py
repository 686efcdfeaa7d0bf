"""A person's verdict: who may give it, what is written down, what follows for plan, trail and baseline."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.approvals import ApprovalStatus
from response.aws.incidents import STATE, VERIFICATION
from response.aws.stored_incident import StoredIncident
from response.domain.baseline import Baseline, BaselineSource
from response.domain.incident import IncidentStatus
from tests.response.aws.fakes import START
from tests.response.console.world import ALICE, MALLORY, TOKEN, Console, session
from tests.response.steps.reconcile_world import AUDIT, state

APPROVED, LEFT = state(AUDIT), state(AUDIT, s3_key_prefix="moved")


def judge(
    console: Console, incident: StoredIncident, verdict: str = "authorised", **more: Any
) -> tuple[int, Any]:
    """Alice's verdict, unless somebody else calls."""
    body = {"verdict": verdict, "reason": "CHG-77"}
    return console.call("POST", f"/incidents/{incident.id}/verdict", body, **more)


def waiting(console: Console) -> StoredIncident:
    """An incident whose plan waits for approval."""
    incident = console.open_incident()
    console.store.incidents.update(incident.id, at=START, status=str(IncidentStatus.AWAITING_APPROVAL))
    console.ask(incident)
    return console.store.incidents.get(incident.id)


def settled(console: Console, *, failed: bool = False) -> StoredIncident:
    """An incident that has left the trail as it was found: changed."""
    store = console.store
    store.baselines.put(Baseline(AUDIT, APPROVED, START, "alice", BaselineSource.APPROVED))
    console.states = {AUDIT: LEFT}
    incident = console.open_incident()
    found = {"found": LEFT.to_json(), "surroundings": {"bucket_owner": "unknown"}, "status": {}, "records": 1}
    store.incidents.put_document(incident.id, STATE, 1, found)
    if failed:
        store.incidents.fail(incident, outcome="approval_expired", settled=LEFT.digest(), at=START)
    else:
        store.incidents.close(incident, records=1, outcome="rejected", settled=LEFT.digest(), at=START)
    return store.incidents.get(incident.id)


def baseline(console: Console) -> Baseline:
    """The one in force."""
    found = console.store.baselines.get(AUDIT)
    assert found is not None
    return found


def test_authorised_ends_the_wait(console: Console) -> None:
    """The plan is rejected with the verdict in the same write, and the workflow is woken to close."""
    incident = waiting(console)
    status, document = judge(console, incident)
    assert (status, document["effect"], document["verdict"]) == (200, "ends_wait", "authorised")
    approval = console.store.approvals.latest(incident.id)
    assert approval is not None
    assert approval.status is ApprovalStatus.REJECTED
    assert approval.decision is not None
    assert (approval.decision["verdict"], approval.decision["comment"]) == ("authorised", "CHG-77")
    assert approval.decision["approver"]["arn"] == ALICE["userArn"]
    assert [token for token, _ in console.woken] == [TOKEN]


@pytest.mark.parametrize("verdict", ["tampering", "benign"])
def test_what_was_not_authorised_leaves_the_plan(verdict: str, console: Console) -> None:
    """The verdict is recorded; whether the plan runs is decided on the plan."""
    incident = waiting(console)
    assert judge(console, incident, verdict)[1]["effect"] == "plan_waits"
    approval = console.store.approvals.latest(incident.id)
    assert approval is not None
    assert approval.status is ApprovalStatus.PENDING
    assert console.woken == []
    assert console.store.incidents.get(incident.id).verdict == verdict


def test_a_verdict_is_written_down(console: Console) -> None:
    """On the incident, in its timeline, and in what the API shows; the last one stands."""
    incident = settled(console)
    judge(console, incident, "benign")
    judge(console, incident, "tampering")
    kept = console.store.incidents.get(incident.id)
    assert (kept.verdict, kept.verdict_by, kept.verdict_reason) == ("tampering", ALICE["userArn"], "CHG-77")
    assert kept.verdict_at == START
    texts = [entry.text for entry in console.store.incidents.timeline(incident.id)]
    assert texts[-2:] == ["Judged: benign.", "Judged: tampering."] or set(texts) >= {
        "Judged: benign.",
        "Judged: tampering.",
    }
    assert console.call("GET", "/incidents")[1]["incidents"][0]["verdict"] == "tampering"
    shown = console.call("GET", f"/incidents/{incident.id}")[1]
    assert (shown["verdict_by"], shown["verdict_reason"]) == (ALICE["userArn"], "CHG-77")


def test_an_authorised_state_becomes_the_baseline(console: Console) -> None:
    """The trail reads as it was left, so that is approved, and nothing is settled aside any more."""
    incident = settled(console)
    assert judge(console, incident)[1]["effect"] == "baseline_renewed"
    assert baseline(console).state == LEFT
    assert baseline(console).approved_by == f"{ALICE['userArn']}, verdict on incident {incident.id}"
    assert console.store.incidents.settled_digest(AUDIT) is None


def test_a_deleted_trail_may_be_authorised(console: Console) -> None:
    """Then its absence is what is approved."""
    incident = settled(console)
    console.store.incidents.put_document(
        incident.id, VERIFICATION, 1, {"state": None, "digest": "absent", "as_aimed": True}
    )
    console.states = {}
    assert judge(console, incident)[1]["effect"] == "baseline_renewed"
    assert baseline(console).state is None


def test_a_failed_incident_that_was_authorised_is_closed(console: Console) -> None:
    """A person has settled it; its outcome still says how it came to be so."""
    incident = settled(console, failed=True)
    judge(console, incident)
    kept = console.store.incidents.get(incident.id)
    assert (kept.status, kept.outcome) == (IncidentStatus.CLOSED, "approval_expired")


def test_what_was_put_back_is_said_to_need_an_undo(console: Console) -> None:
    """The trail reads as approved: bringing the change back is an action of its own."""
    incident = settled(console)
    console.states = {AUDIT: APPROVED}
    document = judge(console, incident)[1]
    assert document["effect"] == "put_back"
    assert f"trailguard undo {incident.id}" in document["detail"]
    assert baseline(console).state == APPROVED


def test_tampering_is_raised_again(console: Console) -> None:
    """The trail is still as it was left, so the reconciler must not pass over it any longer."""
    incident = settled(console, failed=True)
    assert judge(console, incident, "tampering")[1]["effect"] == "raised_again"
    assert console.store.incidents.settled_digest(AUDIT) is None
    assert baseline(console).state == APPROVED
    assert console.store.incidents.get(incident.id).status is IncidentStatus.FAILED


@pytest.mark.parametrize("verdict", ["authorised", "tampering"])
def test_a_trail_that_has_moved_on_is_not_touched(verdict: str, console: Console) -> None:
    """Nobody has judged the state that it has now."""
    incident = settled(console)
    console.states = {AUDIT: state(AUDIT, s3_key_prefix="elsewhere")}
    assert judge(console, incident, verdict)[1]["effect"] == "moved_on"
    assert baseline(console).state == APPROVED
    assert console.store.incidents.settled_digest(AUDIT) == LEFT.digest()


def test_an_open_incident_of_the_trail_comes_first(console: Console) -> None:
    """It decides on the state, not a verdict on an earlier one."""
    incident = settled(console)
    console.open_incident(event_id="e-2")
    assert judge(console, incident)[1]["effect"] == "other_incident"
    assert baseline(console).state == APPROVED


def test_benign_changes_nothing(console: Console) -> None:
    """It is recorded, and the trail is not even read."""
    incident = settled(console, failed=True)
    console.denied = {AUDIT}
    assert judge(console, incident, "benign")[1]["effect"] == "recorded"
    assert console.failures == []
    assert console.store.incidents.get(incident.id).status is IncidentStatus.FAILED


def test_a_trail_that_cannot_be_read_is_said(console: Console) -> None:
    """The verdict is recorded all the same."""
    incident = settled(console)
    console.denied = {AUDIT}
    status, document = judge(console, incident)
    assert (status, document["effect"]) == (200, "recorded")
    assert "AccessDeniedException" in document["detail"]
    assert console.store.incidents.get(incident.id).verdict == "authorised"


@pytest.mark.parametrize("status", [IncidentStatus.OPEN, IncidentStatus.EXECUTING])
def test_an_incident_at_work_is_busy(status: IncidentStatus, console: Console) -> None:
    """Nothing is judged while the machine is about to act."""
    incident = console.open_incident()
    console.store.incidents.update(incident.id, at=START, status=str(status))
    answer, document = judge(console, incident)
    assert (answer, document["code"]) == (409, "incident_busy")
    assert console.store.incidents.get(incident.id).verdict == ""


@pytest.mark.parametrize("ended", ["approved", "void", "expired"])
def test_a_wait_that_is_over_is_busy(ended: str, console: Console) -> None:
    """Somebody approved, a record came, or time ran out: the first of them stands."""
    incident = waiting(console)
    approval = console.store.approvals.latest(incident.id)
    assert approval is not None
    if ended == "expired":
        console.clock.sleep(3600)
    else:
        became = ApprovalStatus.APPROVED if ended == "approved" else ApprovalStatus.SUPERSEDED
        console.store.approvals.settle(approval, became, at=START)
    answer, document = judge(console, incident)
    assert (answer, document["code"]) == (409, "incident_busy")
    assert console.woken == []


def test_a_workflow_that_could_not_be_woken_is_woken_by_saying_it_again(console: Console) -> None:
    """The verdict stood already."""
    incident = waiting(console)
    console.busy = True
    assert judge(console, incident)[0] == 503
    console.busy = False
    assert judge(console, incident)[1]["effect"] == "ends_wait"
    assert len(console.woken) == 1


def test_who_is_involved_does_not_judge(console: Console) -> None:
    """Neither the actor nor the responder; the attempt is part of the story."""
    incident = settled(console)
    for caller, code in (
        (MALLORY, "approver_is_actor"),
        (session("trailguard-container", "tg"), "approver_is_responder"),
    ):
        status, document = judge(console, incident, caller=caller)
        assert (status, document["code"]) == (403, code)
    assert console.store.incidents.get(incident.id).verdict == ""
    texts = {entry.text for entry in console.store.incidents.timeline(incident.id)}
    assert "A verdict was refused: approver_is_actor." in texts


def test_who_tampered_approves_no_state_any_more(console: Console) -> None:
    """Also in the minutes until the reconciler has raised it again."""
    incident = settled(console)
    judge(console, incident, "tampering")
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=MALLORY)
    assert (status, document["code"]) == (403, "approver_is_actor")


@pytest.mark.parametrize("body", [{}, {"verdict": "authorised"}, {"verdict": "x", "reason": "y"}])
def test_what_is_no_verdict_is_refused(body: Any, console: Console) -> None:
    """Before anything is looked at."""
    incident = settled(console)
    status, document = console.call("POST", f"/incidents/{incident.id}/verdict", body)
    assert (status, document["code"]) == (400, "malformed")
