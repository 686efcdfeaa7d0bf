"""Approvals by several people: each counts once, none is lost, and what all of them approved is done."""

from __future__ import annotations

import json
from typing import Any

from response.aws.approvals import ApprovalStatus
from response.aws.executions import Answered
from response.aws.incidents import ASSESSMENT
from response.aws.stored_incident import StoredIncident
from response.domain.plan import Action, ActionKind, Call, Gate, Plan
from tests.response.console.test_decisions import APPROVE, REJECT, decide, notes, status_of
from tests.response.console.world import ACTIONS, ALICE, MALLORY, TOKEN, Console, event, user
from tests.response.steps.reconcile_world import AUDIT

BOB, CAROL = user("bob"), user("carol")


def test_a_quorum_waits_and_then_decides(console: Console) -> None:
    """The first approval answers that one more is missing; the second wakes the workflow, once."""
    incident = console.open_incident()
    console.ask(incident, quorum=2)
    code, document = decide(console, incident, {**APPROVE, "actions": list(ACTIONS)})
    assert (code, document["status"], document["missing"], document["quorum"]) == (202, "waiting", 1, 2)
    assert status_of(console, incident) is ApprovalStatus.PENDING
    assert console.woken == []
    again, refused = decide(console, incident)
    assert (again, refused["code"], refused["missing"]) == (409, "already_counted", 1)
    code, document = decide(console, incident, {**APPROVE, "actions": ["restore-trail"]}, BOB)
    assert (code, document["status"], document["missing"]) == (200, "approved", 0)
    assert len(console.woken) == 1
    shown = console.call("GET", f"/incidents/{incident.id}")[1]["approval"]
    assert shown["decision"]["actions"] == ["restore-trail"]
    assert [(one["by"], one["actions"]) for one in shown["approvals"]] == [
        (ALICE["userArn"], list(ACTIONS)),
        (BOB["userArn"], ["restore-trail"]),
    ]
    assert sorted(notes(console, incident)) == [
        "A decision was refused: already_counted.",
        "Approved: 1 of 2 people; 1 more have to.",
        "Decided: approve.",
    ]


def test_who_approved_so_far_is_shown(console: Console) -> None:
    """With the quorum, the time to remind, and what follows if nobody else answers; never the token."""
    incident = console.open_incident()
    console.ask(incident, quorum=3)
    decide(console, incident)
    text = console.handle(event("GET", f"/incidents/{incident.id}"))["body"]
    shown = json.loads(text)["approval"]
    assert (shown["quorum"], shown["on_timeout"], shown["status"]) == (3, "escalate", "pending")
    (one,) = shown["approvals"]
    assert set(one) == {"by", "name", "at", "actions", "comment"}
    assert one["at"] == shown["asked_at"]
    assert (one["by"], one["actions"], one["comment"]) == (ALICE["userArn"], None, APPROVE["comment"])
    assert shown["asked_at"] < shown["remind_at"] < shown["expires_at"]
    assert TOKEN not in text
    assert "AKIA" not in json.dumps(shown)


def test_one_rejection_ends_what_others_approved(console: Console) -> None:
    """Nobody else has to reject too."""
    incident = console.open_incident()
    console.ask(incident, quorum=2)
    decide(console, incident)
    assert decide(console, incident, REJECT, BOB)[0] == 200
    assert status_of(console, incident) is ApprovalStatus.REJECTED
    assert decide(console, incident, caller=CAROL)[1]["code"] == "already_decided"


def test_approvals_with_nothing_in_common_are_told(console: Console) -> None:
    """The second one may choose again, or reject."""
    incident = console.open_incident()
    console.ask(incident, quorum=2)
    decide(console, incident, {**APPROVE, "actions": ACTIONS[:1]})
    body = {**APPROVE, "actions": ACTIONS[1:]}
    code, document = decide(console, incident, body, BOB)
    assert (code, document["code"]) == (409, "nothing_in_common")


def test_of_two_who_decide_at_once_both_count(console: Console) -> None:
    """Bob's approval comes between alice's look and her write: hers is then the last, not lost."""
    incident = console.open_incident()
    console.ask(incident, quorum=2)
    racing: Any = console.store.approvals
    count = racing.count

    def count_after_bob(*args: Any, **parameters: Any) -> bool:
        racing.count = count
        assert decide(console, incident, caller=BOB)[0] == 202
        return bool(count(*args, **parameters))

    racing.count = count_after_bob
    code, document = decide(console, incident)
    assert (code, document["status"]) == (200, "approved")
    assert len(console.woken) == 1


def test_the_token_is_gone_once_it_has_served(console: Console) -> None:
    """A workflow that could not be woken keeps it; a late one has no use for it."""
    for busy, answered, kept in (
        (False, Answered.SENT, ""),
        (False, Answered.LATE, ""),
        (True, Answered.SENT, TOKEN),
    ):
        number = f"e-{busy}-{answered}"
        incident = console.open_incident(event_id=number, arn=f"{AUDIT}-{number}")
        console.ask(incident)
        console.busy, console.answered = busy, answered
        decide(console, incident)
        stored = console.store.approvals.latest(incident.id)
        assert stored is not None
        assert stored.token == kept


def test_a_renewed_plan_shows_how_it_differs(console: Console) -> None:
    """Who decides on the plan of an earlier round sees what came, went and changed; the suspect does not."""
    incident = console.open_incident()
    before, after = (
        plan(incident, "restore-trail", "old-action"),
        plan(incident, "restore-trail", "new-action"),
    )
    for number, one in enumerate((before, after), 1):
        console.store.incidents.put_document(incident.id, ASSESSMENT, number, {"plan": one.to_json()})
    console.ask(incident, round_=2, digest=after.digest)
    stale = {**APPROVE, "digest": before.digest}
    code, document = decide(console, incident, stale)
    assert (code, document["code"], document["digest"]) == (409, "digest_mismatch", after.digest)
    assert document["difference"] == {
        "added": [{"id": "new-action", "title": "Do new-action"}],
        "removed": [{"id": "old-action", "title": "Do old-action"}],
        "changed": [],
    }
    assert "difference" not in decide(console, incident, stale, MALLORY)[1]
    unknown = decide(console, incident)[1]
    assert (unknown["code"], unknown["difference"]) == ("digest_mismatch", None)


def plan(incident: StoredIncident, *names: str) -> Plan:
    """A plan with actions of these names."""
    call = Call("cloudtrail", "StartLogging", {"Name": AUDIT}, "eu-west-1")
    actions = tuple(
        Action(name, ActionKind.RESTORE, f"Do {name}", AUDIT, Gate.APPROVE, (call,), (call,))
        for name in names
    )
    return Plan(incident.id, AUDIT, "c" * 64, "approved", "2026-05-01T12:00:00+00:00", actions)
