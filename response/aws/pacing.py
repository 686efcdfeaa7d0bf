"""Staying below what an API admits: so many calls a second, and patient retries within a budget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from response.aws.clock import Clock
from response.aws.errors import RetryableError

_T = TypeVar("_T")
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 20.0


class Pacer:
    """Lets calls pass one after another, at most `per_second`; shared by everything that calls that API."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock = clock
        self._gap = timedelta(seconds=1 / per_second)
        self._last: datetime | None = None
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now = self._clock.now()
            if self._last is not None and (due := self._last + self._gap) > now:
                self._clock.sleep((due - now).total_seconds())
                now = due
            self._last = now


def with_retries(call: Callable[[], _T], *, clock: Clock, budget: timedelta) -> _T:
    """Make the call until it is no longer retryable, or until the next wait would overrun the budget.

    Waits double from one second up to twenty, each shortened by up to half at random.
    """
    deadline = clock.now() + budget
    wait = _FIRST_WAIT
    while True:
        try:
            return call()
        except RetryableError:
            pause = wait * (1 - clock.jitter() / 2)
            if clock.now() + timedelta(seconds=pause) > deadline:
                raise
            clock.sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)
