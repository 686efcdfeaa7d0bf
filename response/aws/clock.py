"""Time, as the steps are given it: tests hand in another clock and never wait."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What adapters and steps ask of time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        ...

    def jitter(self) -> float:
        """A number in [0, 1) that spreads retries of several callers apart."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at once where there are none."""
        if seconds > 0:
            time.sleep(seconds)

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311  spreads retries, keeps no secret
