"""The reconciler leaves a trail alone while an undo is at work on it, and no longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from response.aws.trails import FoundTrail
from tests.response.aws.fakes import FakeClock
from tests.response.steps.reconcile_world import AUDIT, World, state
from tests.response.table import create_store

UNDO = "arn:aws:states:eu-west-1:111122223333:execution:trailguard-response:undo-1"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A trail that an undo has changed half-way, under the incident that had put it back."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = World(create_store(), FakeClock())
        made.approve(state(AUDIT))
        incident = made.open_incident()
        now = made.clock.now()
        assert made.store.incidents.close(incident, records=1, outcome="restored", settled=None, at=now)
        assert made.store.claims.hold(AUDIT, incident.id, execution=UNDO, at=now)
        made.trails_now[AUDIT] = state(AUDIT, is_logging=False)
        yield made


def test_while_the_undo_is_at_work_nothing_is_started(world: World) -> None:
    """What it has done so far is no drift, and its lock is not taken from it."""
    world.statuses[UNDO] = "RUNNING"
    summary = world.run()
    assert summary["handled"] == [AUDIT]
    assert world.started == []
    assert world.store.claims.lock(AUDIT) is not None


@pytest.mark.parametrize("status", ["FAILED", "SUCCEEDED", None])
def test_when_it_is_gone_what_it_left_is_answered(world: World, status: str | None) -> None:
    """The trail is let go and compared with its baseline; the incident stays as it ended."""
    world.statuses[UNDO] = status
    summary = world.run()
    assert summary["drifted"] == [AUDIT]
    assert summary["lost"] == []
    assert world.store.claims.lock(AUDIT) is None
    (incident,) = world.store.incidents.newest(limit=5)
    assert incident.outcome == "restored"
    assert world.published == []


def test_an_undo_that_ends_during_the_run_has_approved_what_it_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The baselines that were listed when the run began may be out of date when a trail is looked at."""
    world.statuses[UNDO] = "RUNNING"
    list_trails = world.list_trails

    def end_meanwhile(region: str) -> tuple[str, ...]:
        world.approve(state(AUDIT, is_logging=False))
        world.store.claims.release(AUDIT, UNDO)
        return list_trails(region)

    monkeypatch.setattr(world, "list_trails", end_meanwhile)
    summary = world.run()
    assert world.store.claims.lock(AUDIT) is None
    assert (summary["drifted"], world.started) == ([], [])


def test_an_undo_that_begins_while_a_trail_is_read_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was at work when the look began; the state that was read is the undo's."""
    world.statuses[UNDO] = "RUNNING"
    world.store.claims.release(AUDIT, UNDO)
    (incident,) = world.store.incidents.newest(limit=1)
    read = world.read

    def begin_meanwhile(arn: str) -> FoundTrail | None:
        assert world.store.claims.hold(AUDIT, incident.id, execution=UNDO, at=world.clock.now())
        return read(arn)

    monkeypatch.setattr(world, "read", begin_meanwhile)
    summary = world.run()
    assert summary["handled"] == [AUDIT]
    assert world.started == []
