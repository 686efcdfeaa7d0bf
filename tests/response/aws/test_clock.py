"""The machine's clock says what the steps expect of it."""

from __future__ import annotations

from datetime import UTC, timedelta

from response.aws.clock import Clock, SystemClock


def test_now_is_aware_and_in_utc() -> None:
    """Times are compared with those of records, which are in UTC."""
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC


def test_sleep_takes_its_time_and_never_goes_back() -> None:
    """A sleep lasts at least as long as asked; a negative one returns at once."""
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    clock.sleep(-5)
    assert timedelta(seconds=0.009) < clock.now() - before < timedelta(seconds=4)


def test_jitter_is_a_fraction() -> None:
    """Jitter never lengthens a wait."""
    assert all(0 <= SystemClock().jitter() < 1 for _ in range(100))
