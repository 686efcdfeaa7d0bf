"""What the console works with; everything is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from response.aws.capturing import TrailReaders
from response.aws.clock import Clock
from response.aws.executions import Answered
from response.aws.store import IncidentStore
from response.settings import Settings


class Waker(Protocol):
    """Wakes the state machine that waits for a decision."""

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Sent, or late if it waits no longer."""
        ...


@dataclass(frozen=True)
class ConsoleDeps:
    """Store, trails, state machine, clock, and where failures are logged that a caller is told nothing of."""

    store: IncidentStore
    readers: TrailReaders
    executions: Waker
    settings: Settings
    clock: Clock
    log_failure: Callable[[str], None]
