"""Pacing and retries, on a clock that never waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from response.aws.errors import RefusedCallError, RetryableError
from response.aws.pacing import Pacer, with_retries
from tests.response.aws.fakes import FakeClock


def test_pacer_keeps_the_rate(clock: FakeClock) -> None:
    """At two a second five calls take two seconds, and the first goes at once."""
    pacer = Pacer(clock, 2)
    for _ in range(5):
        pacer.wait()
    assert clock.slept == [0.5] * 4


def test_pacer_does_not_wait_when_time_has_passed(clock: FakeClock) -> None:
    """Who comes late enough is not held up."""
    pacer = Pacer(clock, 1)
    pacer.wait()
    clock.moment += timedelta(seconds=3)
    pacer.wait()
    assert clock.slept == []


def test_retries_until_it_works(clock: FakeClock) -> None:
    """A busy API is asked again, with waits that double."""
    answers = [RetryableError("op", "ConflictException", "busy")] * 3

    def call() -> str:
        if answers:
            raise answers.pop()
        return "done"

    assert with_retries(call, clock=clock, budget=timedelta(minutes=1)) == "done"
    assert clock.slept == [1, 2, 4]


def test_retries_end_with_the_budget(clock: FakeClock) -> None:
    """When the next wait would overrun the budget, the last error is raised as it is."""

    def call() -> None:
        raise RetryableError("op", "ThrottlingException", "slow down")

    with pytest.raises(RetryableError):
        with_retries(call, clock=clock, budget=timedelta(seconds=60))
    assert sum(clock.slept) <= 60
    assert max(clock.slept) <= 20
    assert len(clock.slept) == 6


def test_refusals_are_not_repeated(clock: FakeClock) -> None:
    """A refused call is made once."""
    calls = []

    def call() -> None:
        calls.append(1)
        raise RefusedCallError("op", "InvalidTrailNameException", "no")

    with pytest.raises(RefusedCallError):
        with_retries(call, clock=clock, budget=timedelta(minutes=5))
    assert len(calls) == 1


def test_jitter_shortens_waits_by_up_to_half() -> None:
    """Two callers that fail together do not come back together."""

    class Jittery(FakeClock):
        def jitter(self) -> float:
            return 0.5

    clock = Jittery()
    outcomes = [RetryableError("op", "ThrottlingException", "slow down")]

    def call() -> None:
        if outcomes:
            raise outcomes.pop()

    with_retries(call, clock=clock, budget=timedelta(minutes=1))
    assert clock.slept == [0.75]
