"""Where one execution enters what it takes back: an attempt of its own for each action, apart from others."""

from __future__ import annotations

from datetime import datetime

from response.aws.actions import ActionStatus, StoredAction
from response.aws.undos import StoredUndo, Undos
from response.domain.undo import Carried
from response.steps.ports import Executions

_ALIVE = ("RUNNING", "PENDING_REDRIVE")
_INTERRUPTED = "interrupted"


class UndoLedger:
    """One execution's entries for one action; what moved or failed before leaves room for an attempt."""

    def __init__(
        self, undos: Undos, carried: Carried, *, execution: str, reason: str, executions: Executions
    ) -> None:
        self._undos = undos
        self._carried = carried
        self._execution = execution
        self._reason = reason
        self._executions = executions

    def get(self, incident_id: str, _action_id: str, round_: int) -> StoredAction | None:
        """Our own entry, one that has taken the action back, or one that is at work on it; else None."""
        latest = self._undos.latest(incident_id, self._carried.action.id, round_)
        if latest is None:
            return None
        entry = latest.entry
        if entry.owner == self._execution or latest.is_undone:
            return entry
        if entry.status is not ActionStatus.RUNNING:
            return None
        if self._executions.status(entry.owner) in _ALIVE:
            return entry
        detail = "the execution that had begun it is gone; the next attempt looks at the world"
        self._undos.finish(
            latest, ActionStatus.FAILED, at=entry.started_at, outcome=_INTERRUPTED, detail=detail
        )
        return None

    def enter(self, action: StoredAction) -> bool:
        """The next attempt; False if somebody else just entered one."""
        latest = self._undos.latest(action.incident_id, self._carried.action.id, action.round)
        attempt = 1 if latest is None else latest.attempt + 1
        return self._undos.enter(StoredUndo(action, self._carried.action.id, attempt, self._reason))

    def finish(
        self,
        action: StoredAction,
        status: ActionStatus,
        *,
        at: datetime,
        request_ids: tuple[str, ...] = (),
        outcome: str = "",
        detail: str = "",
    ) -> None:
        """What became of our attempt."""
        latest = self._undos.latest(action.incident_id, self._carried.action.id, action.round)
        if latest is not None:
            self._undos.finish(latest, status, at=at, request_ids=request_ids, outcome=outcome, detail=detail)
