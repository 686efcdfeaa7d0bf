"""What the console works with; everything is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from response.aws.capturing import TrailReaders
from response.aws.clock import Clock
from response.aws.store import IncidentStore
from response.aws.voiding import Waker
from response.settings import Settings


@dataclass(frozen=True)
class ConsoleDeps:
    """Store, trails, state machine, clock, and where failures are logged that a caller is told nothing of."""

    store: IncidentStore
    readers: TrailReaders
    executions: Waker
    settings: Settings
    clock: Clock
    log_failure: Callable[[str], None]
