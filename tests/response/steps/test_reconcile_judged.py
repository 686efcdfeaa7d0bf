"""A state that was left, judged by a person: tampering is raised again, an authorised one is no drift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from response.aws.incidents import STATE
from tests.response.aws.fakes import START, FakeClock
from tests.response.console.world import Console
from tests.response.steps.reconcile_world import AUDIT, OTHER, World, state
from tests.response.table import create_store

LEFT = state(AUDIT, is_logging=False)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A trail that a settled incident has left changed, and passed over since."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = World(create_store(), FakeClock())
        made.approve(state(AUDIT), state(OTHER))
        made.trails_now[AUDIT] = LEFT
        incident = made.open_incident()
        found: dict[str, Any] = {
            "found": LEFT.to_json(),
            "surroundings": {"bucket_owner": "unknown"},
            "status": {},
            "records": 1,
        }
        made.store.incidents.put_document(incident.id, STATE, 1, found)
        made.store.incidents.close(incident, records=1, outcome="rejected", settled=LEFT.digest(), at=START)
        made.run()
        assert made.started == []
        yield made


def judge(world: World, verdict: str) -> Any:
    """Alice's verdict, over the API."""
    (incident,) = world.store.incidents.newest(limit=1)
    console = Console(world.store, states={AUDIT: LEFT})
    body = {"verdict": verdict, "reason": "CHG-77"}
    status, document = console.call("POST", f"/incidents/{incident.id}/verdict", body)
    assert status == 200
    return document["effect"]


def test_tampering_is_raised_again_by_the_next_run(world: World) -> None:
    """The state counts as answered no longer."""
    assert judge(world, "tampering") == "raised_again"
    assert world.run()["drifted"] == [AUDIT]
    assert [payload["drift"]["observed_digest"] for _, payload in world.started] == [LEFT.digest()]


@pytest.mark.parametrize(("verdict", "effect"), [("authorised", "baseline_renewed"), ("benign", "recorded")])
def test_what_was_no_tampering_is_not_raised(verdict: str, effect: str, world: World) -> None:
    """It is the baseline, or stays as it was left."""
    assert judge(world, verdict) == effect
    world.run()
    assert world.started == []
