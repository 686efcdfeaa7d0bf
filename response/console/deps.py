"""What the console works with; everything is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from response.aws.capturing import TrailReaders
from response.aws.clock import Clock
from response.aws.executions import Started
from response.aws.identity_provider import Endpoints
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.waking import Waker
from response.domain.plan import Action
from response.settings import Settings

Look = Callable[[Action, StoredIncident, str], Mapping[str, Any]]


class Workflow(Waker, Protocol):
    """The response state machine: woken by decisions, started for undos."""

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start an execution, once per name."""
        ...


class Provider(Protocol):
    """The identity provider of the deployment, where it is not the stack's own user pool."""

    def endpoints(self) -> Endpoints:
        """Where people sign in."""
        ...


@dataclass(frozen=True)
class ConsoleDeps:
    """Store, trails, state machine, clock, and where failures are logged that a caller is told nothing of.

    `look` reads what the fields of an action are now, in the role session of that name. `provider` is there
    where people sign in with an identity provider of the deployment's own.
    """

    store: IncidentStore
    readers: TrailReaders
    executions: Workflow
    settings: Settings
    clock: Clock
    log_failure: Callable[[str], None]
    look: Look
    provider: Provider | None = None
