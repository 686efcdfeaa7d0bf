"""An incident whose execution is gone: marked, told, and what it left on the trail answered anew."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from response.domain.incident import IncidentStatus
from response.steps.reconcile import ReconcileError
from tests.response.aws.fakes import FakeClock
from tests.response.steps.reconcile_world import AUDIT, EXECUTION, World, state
from tests.response.table import create_store


@pytest.fixture
def world(dynamodb: DynamoDBClient) -> World:
    """A trail as it was approved."""
    made = World(create_store(dynamodb), FakeClock())
    made.approve(state(AUDIT))
    return made


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED", None])
def test_incident_whose_execution_is_gone_fails_loudly(status: str | None, world: World) -> None:
    """The incident is marked, its trail is free, people are told; a drift is answered anew at once."""
    incident = world.open_incident()
    world.statuses[EXECUTION] = status
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)
    summary = world.run()
    after = world.store.incidents.get(incident.id)
    assert (after.status, after.outcome) == (IncidentStatus.FAILED, "execution_lost")
    assert world.store.claims.lock(AUDIT) is None
    ((subject, body, attributes),) = world.published
    assert incident.id in subject
    assert EXECUTION in body
    assert (attributes["kind"], attributes["status"]) == ("failed", "failed")
    assert (summary["lost"], summary["drifted"]) == ([incident.id], [AUDIT])


def test_what_was_left_before_is_no_answer_to_an_incident_that_was_lost(world: World) -> None:
    """Somebody let that very state stand once; then it was put back, and changed again."""
    changed, now = state(AUDIT, is_logging=False), world.clock.now()
    before = world.open_incident(event_id="e-before")
    assert world.store.incidents.close(
        before, records=1, outcome="rejected", settled=changed.digest(), at=now
    )
    incident = world.open_incident()
    world.statuses[EXECUTION] = "ABORTED"
    world.trails_now[AUDIT] = changed
    summary = world.run()
    assert (summary["lost"], summary["drifted"]) == ([incident.id], [AUDIT])


def test_a_lost_incident_is_answered_anew_in_the_slot_of_an_earlier_drift(world: World) -> None:
    """An execution that found the incident at work has answered nothing."""
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)
    assert world.run()["drifted"] == [AUDIT]
    world.open_incident()
    world.statuses[EXECUTION] = "ABORTED"
    assert world.run()["drifted"] == [AUDIT]
    assert len(world.started) == 2


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_incident_whose_execution_lives_goes_on(status: str, world: World) -> None:
    """An approval may take an hour: a running execution is never reaped."""
    incident = world.open_incident(minutes_ago=600)
    world.statuses[EXECUTION] = status
    world.run()
    assert world.store.incidents.get(incident.id).status is IncidentStatus.OPEN
    assert world.published == []


def test_execution_that_does_not_show_yet_is_given_time(world: World) -> None:
    """DescribeExecution is eventually consistent; an incident of a minute ago is not lost."""
    incident = world.open_incident(minutes_ago=1)
    world.statuses[EXECUTION] = None
    world.run()
    assert world.store.incidents.get(incident.id).status is IncidentStatus.OPEN


def test_incident_on_a_trail_that_nobody_lists_is_reaped_too(world: World) -> None:
    """Its trail has no baseline and may be gone; the incident list leads to it."""
    incident = world.open_incident(AUDIT + "-gone")
    world.statuses[EXECUTION] = "FAILED"
    world.run()
    assert world.store.incidents.get(incident.id).status is IncidentStatus.FAILED


def test_untold_loss_is_told_again(world: World) -> None:
    """People are told before the incident is marked, so a message that failed is tried again."""
    incident = world.open_incident()
    world.statuses[EXECUTION] = "FAILED"
    world.broken = {"publish"}
    with pytest.raises(ReconcileError):
        world.run()
    assert world.store.incidents.get(incident.id).status is IncidentStatus.OPEN
    world.broken = set()
    world.run()
    assert len(world.published) == 1
