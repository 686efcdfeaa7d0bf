"""Whoever has to decide is reminded once, when half of the time is over, whatever else the run comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.stored_incident import StoredIncident
from response.domain.incident import IncidentStatus
from response.steps import reconcile_reminders
from response.steps.reconcile import ReconcileError
from tests.response.aws.fakes import START
from tests.response.steps.reconcile_world import AUDIT, OTHER, World, alarm_event, state
from tests.response.steps.test_reconcile import world

__all__ = ["world"]


def ask(world: World, incident: StoredIncident, *, round_: int = 1, minutes: int = 60) -> StoredApproval:
    """A question, asked now."""
    now = world.clock.now()
    approval = StoredApproval(
        incident_id=incident.id,
        round=round_,
        status=ApprovalStatus.PENDING,
        digest="a" * 64,
        action_ids=("restore-trail",),
        token="token",
        asked_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    store = world.store
    store.incidents.update(incident.id, at=now, status=str(IncidentStatus.AWAITING_APPROVAL), round=round_)
    assert store.approvals.ask(approval)
    return approval


def kinds(world: World) -> list[str]:
    """What the owners were told."""
    return [attributes["kind"] for _, _, attributes in world.published]


def test_nobody_is_reminded_before_half_of_the_time(world: World) -> None:
    """An hour's question is left alone for half an hour."""
    ask(world, world.open_incident())
    world.clock.sleep(29 * 60)
    assert world.run()["reminded"] == []
    assert world.published == []


def test_a_reminder_comes_once(world: World) -> None:
    """With the question, until when, and what follows; as an event too; and the timeline says so."""
    incident = world.open_incident()
    ask(world, incident)
    world.clock.sleep(31 * 60)
    assert world.run()["reminded"] == [incident.id]
    assert world.run()["reminded"] == []
    ((subject, body, attributes),) = world.published
    assert subject == f"HIGH audit: still waiting for a decision [{incident.id}]"
    assert (attributes["kind"], attributes["asks"]) == ("reminder", "yes")
    expires = START + timedelta(hours=1)
    assert f"Until {expires:%Y-%m-%d %H:%M:%S} UTC.\n" in body
    assert "If nobody answers until then" in body
    ((event),) = world.events
    assert (event["kind"], event["approval"]["expires_at"]) == ("reminder", expires.isoformat())
    texts = [entry.text for entry in world.store.incidents.timeline(incident.id)]
    assert "The owners were told (reminder)." in texts


def test_who_approved_already_is_counted(world: World) -> None:
    """Of two that are needed, one has."""
    approval = replace(ask(world, world.open_incident()), quorum=2, approvals=({"decision": "approve"},))
    assert reconcile_reminders._note(approval).endswith("and 1 of 2 people have approved.")


def test_an_alarm_reminds_as_well(world: World) -> None:
    """Any run does, not only that of the clock."""
    ask(world, world.open_incident())
    world.clock.sleep(31 * 60)
    world.run(alarm_event())
    assert kinds(world) == ["reminder"]


@pytest.mark.parametrize("status", [ApprovalStatus.APPROVED, ApprovalStatus.SUPERSEDED])
def test_what_is_decided_needs_no_reminder(status: ApprovalStatus, world: World) -> None:
    """Nor does what expired a moment ago."""
    approval = ask(world, world.open_incident())
    ask(world, world.open_incident(OTHER, execution="other", event_id="other"), minutes=20)
    assert world.store.approvals.settle(approval, status, at=world.clock.now())
    world.clock.sleep(31 * 60)
    world.run()
    assert "reminder" not in kinds(world)


def test_a_new_question_has_a_reminder_of_its_own(world: World) -> None:
    """Another round is another question."""
    incident = world.open_incident()
    first = ask(world, incident)
    world.clock.sleep(31 * 60)
    world.run()
    assert world.store.approvals.settle(first, ApprovalStatus.SUPERSEDED, at=world.clock.now())
    ask(world, incident, round_=2)
    world.run()
    assert kinds(world) == ["reminder"]
    world.clock.sleep(31 * 60)
    world.run()
    assert kinds(world) == ["reminder", "reminder"]


def test_two_runs_at_once_send_one(world: World) -> None:
    """Whoever marks the question sends; a decision that came first leaves nothing to mark."""
    approval = ask(world, world.open_incident())
    approvals = world.store.approvals
    assert approvals.mark_reminded(approval, at=START)
    assert not approvals.mark_reminded(approval, at=START)
    approvals.unmark_reminded(approval)
    assert approvals.settle(approval, ApprovalStatus.REJECTED, at=START)
    assert not approvals.mark_reminded(approval, at=START)


def test_a_reminder_that_could_not_be_sent_is_sent_later(world: World) -> None:
    """The run says that it failed, does everything else, and the next one sends it."""
    ask(world, world.open_incident())
    world.clock.sleep(31 * 60)
    world.trails_now[OTHER] = state(OTHER, is_logging=False)
    world.broken.add("publish")
    with pytest.raises(ReconcileError, match="reminder of TG-"):
        world.run()
    assert len(world.started) == 1
    world.broken.clear()
    world.run()
    assert kinds(world) == ["reminder"]


def test_what_fails_in_the_run_keeps_no_reminder_back(world: World) -> None:
    """Neither a trail that cannot be read, nor the event history, nor the event bus."""
    incident = world.open_incident()
    ask(world, incident)
    world.clock.sleep(31 * 60)
    world.broken |= {AUDIT, OTHER, "eu-west-1", "us-east-1", "list", "events"}
    with pytest.raises(ReconcileError):
        world.run()
    assert kinds(world) == ["reminder"]
    assert world.counts["ChannelFailures"] == 1
    texts = [entry.text for entry in world.store.incidents.timeline(incident.id)]
    assert "The event channel could not be told (reminder)." in texts
