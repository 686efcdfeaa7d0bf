"""A deployment approves the trails as they are, once, and never replaces what somebody approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from response.aws.errors import AccessDeniedError
from response.aws.trails import FoundTrail
from response.domain.baseline import BaselineSource
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from response.steps import capture_baseline
from tests.response.aws.fakes import START, FakeClock
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import AUDIT, OTHER, SETTINGS, World, state
from tests.response.table import create_store

SECOND = AUDIT + "-2"
STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/Trailguard/1"


class Trails:
    """Trails of the account as the reader sees them; each may be out of reach."""

    def __init__(self, *states: TrailState) -> None:
        self.states = {one.trail_arn: one for one in states}
        self.denied: set[str] = set()
        self.denied_so_often = 0  # everything, as while IAM does not know the role everywhere

    def trails(self, account: str, session_name: str) -> Trails:
        """The reader of the account."""
        assert (account, session_name) == (ACCOUNT, "tg-capture-baseline")
        return self

    def list_trails(self, region: str) -> tuple[str, ...]:
        """Those whose home is there."""
        if self._is_denied("list"):
            raise AccessDeniedError("cloudtrail:ListTrails", "AccessDenied", "no")
        return tuple(sorted(arn for arn in self.states if f":{region}:" in arn))

    def read(self, arn: str) -> FoundTrail | None:
        """The trail."""
        if self._is_denied(arn):
            raise AccessDeniedError("cloudtrail:GetTrail", "AccessDenied", "no")
        found = self.states.get(arn)
        return None if found is None else FoundTrail(found, Surroundings(BucketOwner.SAME_ACCOUNT))

    def _is_denied(self, what: str) -> bool:
        self.denied_so_often -= 1
        return self.denied_so_often >= 0 or what in self.denied


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty incident table."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield World(create_store(), FakeClock())


def run(world: World, trails: Trails, request: str = "Create", **more: Any) -> Any:
    """One request of CloudFormation."""
    members: Any = trails
    event = {"RequestType": request, "StackId": STACK, **more}
    return capture_baseline.run(
        event, store=world.store, members=members, settings=SETTINGS, clock=world.clock
    )


def test_creation_captures_every_trail_at_home_here(world: World) -> None:
    """Trails of other Regions are captured by their own deployment."""
    result = run(world, Trails(state(AUDIT), state(SECOND, is_logging=False), state(OTHER)))
    assert (result.succeeded, result.reason) == (True, "2 baselines captured")
    assert result.data == {"Captured": "2", "Failed": "0"}
    baselines = {baseline.trail_arn: baseline for baseline in world.store.baselines.all()}
    assert set(baselines) == {AUDIT, SECOND}
    assert baselines[SECOND].state == state(SECOND, is_logging=False)
    assert baselines[AUDIT].approved_by == f"deployment of {STACK}"
    assert (baselines[AUDIT].source, baselines[AUDIT].captured_at) == (BaselineSource.APPROVED, START)


def test_approved_baseline_is_never_replaced(world: World) -> None:
    """A stack that is deployed anew must not approve what an attacker left."""
    world.approve(state(AUDIT))
    result = run(world, Trails(state(AUDIT, is_logging=False)))
    assert result.reason == "0 baselines captured"
    kept = world.store.baselines.get(AUDIT)
    assert kept is not None
    assert kept.state == state(AUDIT)


@pytest.mark.parametrize("request_type", ["Update", "Delete", "", None])
def test_other_requests_do_nothing(request_type: Any, world: World) -> None:
    """Update and Delete answer success and read nothing."""
    trails = Trails(state(AUDIT))
    trails.denied = {"list", AUDIT}
    properties = {"TrailArn": AUDIT}
    result = run(world, trails, request_type, ResourceProperties=properties, OldResourceProperties=properties)
    assert result.succeeded
    assert world.store.baselines.all() == ()


def test_update_that_brings_a_trail_of_its_own_captures_that_one(world: World) -> None:
    """The stack's own trail may be provisioned later; no other trail is captured then."""
    run(
        world,
        Trails(state(AUDIT), state(SECOND)),
        "Update",
        ResourceProperties={"TrailArn": SECOND},
        OldResourceProperties={"TrailArn": ""},
    )
    assert [baseline.trail_arn for baseline in world.store.baselines.all()] == [SECOND]


def test_trail_that_cannot_be_read_is_named_and_the_others_are_captured(world: World) -> None:
    """One denied trail does not hold up a deployment; its name is in the reason."""
    trails = Trails(state(AUDIT), state(SECOND))
    trails.denied = {AUDIT}
    result = run(world, trails)
    assert result.succeeded
    assert result.reason.startswith(f"1 baselines captured; 1 failed: {AUDIT}: cloudtrail:GetTrail")
    assert [baseline.trail_arn for baseline in world.store.baselines.all()] == [SECOND]


@pytest.mark.parametrize("denied", [{"list"}, {AUDIT}])
def test_nothing_readable_at_all_is_a_failure(denied: set[str], world: World) -> None:
    """Then the reader role does not work, and the deployment says so instead of seeming whole."""
    trails = Trails(state(AUDIT))
    trails.denied = denied
    result = run(world, trails)
    assert not result.succeeded
    assert "AccessDenied" in result.reason


def test_role_that_iam_does_not_know_yet_is_waited_for(world: World) -> None:
    """At a first deployment the reader role is seconds old; a denial of then must not roll the stack back."""
    trails = Trails(state(AUDIT))
    trails.denied_so_often = 20
    result = run(world, trails)
    assert (result.succeeded, result.reason) == (True, "1 baselines captured")
    assert 60 <= sum(world.clock.slept) <= 120


def test_denial_that_stays_is_not_waited_for_twice(world: World) -> None:
    """However many trails there are, CloudFormation is answered within the function's five minutes."""
    trails = Trails(*(state(f"{AUDIT}-{number}") for number in range(9)))
    trails.denied = set(trails.states)
    result = run(world, trails)
    assert (result.succeeded, result.data["Failed"]) == (False, "9")
    assert sum(world.clock.slept) <= 125


def test_own_trail_is_captured_where_trails_cannot_be_listed(world: World) -> None:
    """The stack knows its own trail by name."""
    trails = Trails(state(AUDIT))
    trails.denied = {"list"}
    result = run(world, trails, ResourceProperties={"TrailArn": AUDIT})
    assert result.succeeded
    assert world.store.baselines.get(AUDIT) is not None


@pytest.mark.parametrize("arn", ["", "audit", 7, None, "arn:aws:s3:::bucket"])
def test_what_is_no_trail_arn_is_no_trail(arn: Any, world: World) -> None:
    """Without a trail of its own the stack passes an empty text."""
    assert run(world, Trails(), ResourceProperties={"TrailArn": arn}).succeeded


def test_trail_that_vanishes_meanwhile_is_no_failure(world: World) -> None:
    """Between listing and reading a trail may be deleted."""
    trails = Trails(state(AUDIT))
    listed = trails.list_trails("eu-west-1")
    trails.states.clear()
    vanished: Any = trails
    vanished.list_trails = lambda _region: listed
    assert run(world, vanished).reason == "0 baselines captured"


def test_no_trail_at_all(world: World) -> None:
    """A fresh account has nothing to capture."""
    assert run(world, Trails()).succeeded


def test_second_capture_of_the_same_state_keeps_the_version(world: World) -> None:
    """A retried invocation approves nothing twice."""
    trails = Trails(state(AUDIT))
    run(world, trails)
    run(world, trails)
    kept = world.store.baselines.get(AUDIT)
    assert kept is not None
    assert kept == replace(kept, version=1)
