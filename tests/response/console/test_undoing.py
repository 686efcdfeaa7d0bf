"""Asking for an undo: checked, written down, started once; a refusal starts nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from response.aws.actions import ActionStatus, StoredAction
from response.aws.incidents import VERIFICATION
from response.aws.stored_incident import StoredIncident
from response.aws.undos import StoredUndo
from response.domain.plan import Action, Gate
from response.domain.restore import plan_restore
from response.domain.undo import reversed_action
from tests.response.console.world import ALICE, MALLORY, Console, session, user
from tests.response.domain.test_undo import key_action
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import AUDIT, EXECUTION, record, state

GOOD = state(is_logging=True)
TAMPERED = replace(GOOD, s3_bucket_name="theirs")
(RESTORE,) = plan_restore(TAMPERED, GOOD, Gate.AUTO)[0]
CONTAIN = key_action(key="AKIAEXAMPLEVICTIM000")
WHY = {"reason": "it was announced"}


def carry_out(console: Console, incident: StoredIncident, action: Action, **changes: Any) -> StoredAction:
    """Leave an action in the store as execute does."""
    stored = StoredAction(
        incident_id=incident.id,
        round=1,
        action=action,
        status=ActionStatus.DONE,
        owner=EXECUTION,
        plan_digest="d",
        approved_by="policy: gate auto",
        started_at=console.clock.now(),
        finished_at=console.clock.now(),
    )
    stored = replace(stored, **changes)
    assert console.store.actions.enter(stored)
    console.clock.sleep(1)
    return stored


def answered(console: Console, *, closed: bool = True) -> StoredIncident:
    """An incident whose trail was put back and whose actor was shut out."""
    incident = console.open_incident()
    carry_out(console, incident, replace(CONTAIN, target=f"arn:aws:iam::{ACCOUNT}:user/victim"))
    carry_out(console, incident, RESTORE)
    console.states[AUDIT] = GOOD
    verification = {"state": GOOD.to_json(), "digest": GOOD.digest()}
    console.store.incidents.put_document(incident.id, VERIFICATION, 1, verification)
    if closed:
        now = console.clock.now()
        assert console.store.incidents.close(incident, records=1, outcome="restored", settled=None, at=now)
    return incident


def ask(
    console: Console, incident: StoredIncident, body: Any = None, caller: dict[str, str] = ALICE
) -> tuple[int, Any]:
    """Ask for everything as alice, unless it is said otherwise."""
    path = f"/incidents/{incident.id}/undo"
    return console.call("POST", path, WHY if body is None else body, caller=caller)


def test_it_is_written_down_and_started(console: Console) -> None:
    """The execution is told who asked, by the authorizer; the incident shows it at once."""
    incident = answered(console)
    status, document = ask(console, incident)
    assert status == 202
    assert document["actions"] == ["restore-trail", "deactivate-access-key"]
    ((name, payload),) = console.started
    assert document["execution"] == name
    assert payload == {
        "path": "undo",
        "undo": {
            "incident_id": incident.id,
            "actions": document["actions"],
            "requested_by": ALICE["userArn"],
            "reason": "it was announced",
        },
    }
    _, shown = console.call("GET", f"/incidents/{incident.id}")
    (request,) = shown["undo_requests"]
    assert (request["execution"], request["requested_by"], request["outcome"]) == (name, ALICE["userArn"], "")
    assert shown["undone"] == []


def test_asking_again_starts_no_second(console: Console) -> None:
    """The same answer while it is at work; after its end the same undo may be asked for anew."""
    incident = answered(console)
    first = ask(console, incident)
    assert ask(console, incident, caller=user("bob")) == first
    assert len(console.started) == 1
    request = console.store.undos.request(incident.id, first[1]["execution"])
    assert request is not None
    console.store.undos.settle(request, outcome="undo_refused", text="moved", at=console.clock.now())
    assert ask(console, incident)[1]["execution"] != first[1]["execution"]
    assert len(console.started) == 2


def test_a_start_that_did_not_get_through_is_made_good(console: Console) -> None:
    """Step Functions was busy: told so, and the same request starts it."""
    incident = answered(console)
    console.busy = True
    assert ask(console, incident)[0] == 503
    console.busy = False
    assert ask(console, incident)[0] == 202
    assert len(console.started) == 1


def test_what_was_taken_back_is_success(console: Console) -> None:
    """Nothing is started for it; the incident shows the attempt."""
    incident = answered(console)
    back = reversed_action(CONTAIN)
    for status, attempt in ((ActionStatus.FAILED, 1), (ActionStatus.DONE, 2)):
        entry = StoredAction(
            incident_id=incident.id,
            round=1,
            action=back,
            status=status,
            owner="e",
            plan_digest="",
            approved_by=ALICE["userArn"],
            started_at=console.clock.now(),
        )
        assert console.store.undos.enter(StoredUndo(entry, CONTAIN.id, attempt, "why"))
    status_code, document = ask(console, incident, {**WHY, "actions": [CONTAIN.id]})
    assert (status_code, document["execution"], document["already_undone"]) == (200, None, [CONTAIN.id])
    assert console.started == []
    _, shown = console.call("GET", f"/incidents/{incident.id}")
    assert [(one["undoes"], one["attempt"], one["status"]) for one in shown["undone"]] == [
        (CONTAIN.id, 1, "failed"),
        (CONTAIN.id, 2, "done"),
    ]


@pytest.mark.parametrize(
    ("body", "caller", "status", "code"),
    [
        ({"reason": " "}, ALICE, 400, "malformed"),
        ({**WHY, "requested_by": "arn:aws:iam::1:user/ceo"}, ALICE, 400, "malformed"),
        ({**WHY, "actions": ["delete-trail"]}, ALICE, 404, "unknown_action"),
        (WHY, MALLORY, 403, "requester_is_actor"),
        (WHY, user("victim"), 403, "requester_is_actor"),
        (WHY, session("trailguard-container", "x"), 403, "requester_is_responder"),
    ],
)
def test_what_is_refused_starts_nothing(
    console: Console, body: Any, caller: dict[str, str], status: int, code: str
) -> None:
    """Each reason has its status and code."""
    incident = answered(console)
    answered_with, document = ask(console, incident, body, caller)
    assert (answered_with, document["code"]) == (status, code)
    assert console.started == []
    assert console.store.undos.requests(incident.id) == ()


def test_nothing_of_ours_is_nothing_to_undo(console: Console) -> None:
    """An aim that held before was somebody else's doing."""
    incident = console.open_incident()
    carry_out(console, incident, CONTAIN, status=ActionStatus.ALREADY_DONE)
    assert ask(console, incident)[1]["code"] == "nothing_to_undo"


def test_of_an_open_incident_only_the_containment(console: Console) -> None:
    """The trail has to wait for a decision; so it has while another incident is open on it."""
    incident = answered(console, closed=False)
    assert ask(console, incident)[1]["code"] == "incident_open"
    assert ask(console, incident, {**WHY, "actions": [CONTAIN.id]})[0] == 202
    now = console.clock.now()
    assert console.store.incidents.close(incident, records=1, outcome="restored", settled=None, at=now)
    other = console.open_incident(event_id="e-9")
    status, document = ask(console, incident)
    assert (status, document["code"]) == (409, "incident_open")
    assert other.id in document["detail"]


def test_a_world_that_moved_is_told_before_anything_runs(console: Console) -> None:
    """The trail in a field, the credential in its status; and it is part of the story."""
    incident = answered(console)
    console.states[AUDIT] = replace(GOOD, is_logging=False)
    status, document = ask(console, incident)
    assert (status, document["code"]) == (409, "world_moved")
    assert "IsLogging reads false, left as true" in document["detail"]
    console.fields[CONTAIN.id] = {"AccessKeyStatus": "Missing"}
    _, document = ask(console, incident, {**WHY, "actions": [CONTAIN.id]})
    assert "AccessKeyStatus reads Missing" in document["detail"]
    assert console.started == []
    entry = console.store.incidents.timeline(incident.id)[-1]
    assert (entry.text, entry.data["by"]) == ("An undo was refused: world_moved.", ALICE["userArn"])


def test_whoever_may_not_approve_the_state_may_not_bring_it_back(console: Console) -> None:
    """Alice's own change of the trail failed to be settled: she does not choose its baseline."""
    incident = answered(console)
    own = {"type": "IAMUser", "arn": ALICE["userArn"], "accountId": ACCOUNT}
    other = console.open_incident(event_id="e-9", raw=record("e-9", userIdentity=own))
    now = console.clock.now()
    assert console.store.incidents.fail(other, outcome="rounds_exhausted", settled=None, at=now)
    assert ask(console, incident)[1]["code"] == "approver_is_actor"
    assert ask(console, incident, {**WHY, "actions": [CONTAIN.id]})[0] == 202
