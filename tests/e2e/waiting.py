"""Waiting for what the deployed response does, without taking the processors from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from toolkit.lab.emulator.internals import ministack

# Long enough for a machine that does other things beside; a workflow takes some three seconds.
PATIENCE = 90.0
_POLL_SECONDS = 0.1
_LONG_SECONDS = 3.0
_LOOKS = 2  # between two steps no function is at work either
_T = TypeVar("_T")


def at_rest(read: Callable[[], _T | None]) -> Callable[[], _T | None]:
    """Read when no function is at work, or has been for long: what is waited for comes at the end of some.

    Each look takes as much as a step does, and all of them share the processors.
    """
    functions, looks, last = ministack("core.lambda_runtime"), 0, time.monotonic()

    def look() -> _T | None:
        nonlocal looks, last
        looks = 0 if functions.workers_in_use() else looks + 1
        if looks < _LOOKS and time.monotonic() - last < _LONG_SECONDS:
            return None
        found, last = read(), time.monotonic()
        return found

    return look


def wait_until(read: Callable[[], _T | None], what: str) -> _T:
    """Read until there is something to see; AssertionError says what did not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := read():
            return found
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"after {PATIENCE:.0f} s: {what}")
