"""What was taken back, and who asked for it: kept apart from the actions, so that nothing else counts it.

A request is written down before its execution starts. Each attempt at taking an action back is an entry of
its own, entered before it runs, like an action; one that moved or failed leaves room for another attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from response.aws import documents, keys
from response.aws.actions import ActionStatus, StoredAction, finishing
from response.aws.table import Condition, Item, Put, Table, Update

UNDONE = (ActionStatus.DONE, ActionStatus.ALREADY_DONE)


@dataclass(frozen=True)
class StoredUndo:
    """One attempt at taking an action of a round back; `entry.action` is the reversed action."""

    entry: StoredAction
    undoes: str
    attempt: int
    reason: str

    @property
    def is_undone(self) -> bool:
        """Whether the action is taken back."""
        return self.entry.status in UNDONE

    def to_json(self) -> dict[str, Any]:
        """As people, reports and the sealed record are told of it."""
        entry = self.entry
        return {
            **entry.action.to_json(),
            "undoes": self.undoes,
            "round": entry.round,
            "attempt": self.attempt,
            "status": str(entry.status),
            "requested_by": entry.approved_by,
            "reason": self.reason,
            "execution": entry.owner,
            "started_at": entry.started_at.isoformat(),
            "finished_at": None if entry.finished_at is None else entry.finished_at.isoformat(),
            "request_ids": list(entry.request_ids),
            "outcome": entry.outcome,
            "detail": entry.detail,
        }


@dataclass(frozen=True)
class StoredRequest:
    """What somebody asked to be taken back, in which execution, and what came of it.

    `actions` None means all that could be. `outcome` is `""` until the execution has come to its end with it.
    """

    incident_id: str
    execution: str
    requested_by: str
    reason: str
    actions: tuple[str, ...] | None
    requested_at: datetime
    outcome: str = ""
    text: str = ""
    finished_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As people and the sealed record are told of it."""
        return {
            "execution": self.execution,
            "requested_by": self.requested_by,
            "reason": self.reason,
            "actions": None if self.actions is None else list(self.actions),
            "requested_at": self.requested_at.isoformat(),
            "outcome": self.outcome,
            "text": self.text,
            "finished_at": None if self.finished_at is None else self.finished_at.isoformat(),
        }


def execution_id(arn_or_name: str) -> str:
    """The name of an execution, be it given by its ARN or by its name."""
    return arn_or_name.rpartition(":")[2]


class Undos:
    """The undo requests and entries of all incidents."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(self, request: StoredRequest) -> bool:
        """Write a request down; False if the same was written before, whatever has become of it."""
        pk, sk = keys.undo_request(request.incident_id, execution_id(request.execution))
        item = {
            "pk": pk,
            "sk": sk,
            "incident_id": request.incident_id,
            "execution": execution_id(request.execution),
            "requested_by": request.requested_by,
            "requested_at": documents.moment(request.requested_at),
            "outcome": request.outcome,
            "text": request.text,
            "finished_at": "",
            "document": documents.dump({"reason": request.reason, "actions": request.actions}),
        }
        return self._table.written(Put(item, Condition(absent=("pk",))))

    def request(self, incident_id: str, execution: str) -> StoredRequest | None:
        """The request that the execution carries out."""
        item = self._table.get(keys.undo_request(incident_id, execution_id(execution)))
        return None if item is None else _request(item)

    def requests(self, incident_id: str) -> tuple[StoredRequest, ...]:
        """Every request, oldest first."""
        items = self._table.query(keys.incident(incident_id), keys.UNDO_REQUEST)
        return tuple(sorted(map(_request, items), key=lambda request: request.requested_at))

    def settle(self, request: StoredRequest, *, outcome: str, text: str, at: datetime) -> None:
        """Say what came of a request; the first to say so is kept."""
        self._table.written(
            Update(
                keys.undo_request(request.incident_id, execution_id(request.execution)),
                values={"outcome": outcome, "text": text, "finished_at": documents.moment(at)},
                condition=Condition(equals={"outcome": ""}),
            )
        )

    def enter(self, undo: StoredUndo) -> bool:
        """Enter an attempt before it runs, or one that will not run; False if it was entered before."""
        pk, sk = _key(undo)
        item = {
            **undo.entry.to_item(),
            "pk": pk,
            "sk": sk,
            "undoes": undo.undoes,
            "attempt": undo.attempt,
            "reason": undo.reason,
        }
        return self._table.written(Put(item, Condition(absent=("pk",))))

    def finish(
        self,
        undo: StoredUndo,
        status: ActionStatus,
        *,
        at: datetime,
        request_ids: tuple[str, ...] = (),
        outcome: str = "",
        detail: str = "",
    ) -> None:
        """Say what became of a running attempt; ConflictingStateError if it is not running."""
        self._table.write(
            finishing(
                _key(undo),
                undo.entry,
                status,
                at=at,
                request_ids=request_ids,
                outcome=outcome,
                detail=detail,
            )
        )

    def latest(self, incident_id: str, action_id: str, round_: int) -> StoredUndo | None:
        """The last attempt at taking that action of that round back."""
        items = self._table.query(keys.incident(incident_id), keys.undo_attempts(action_id, round_))
        return _undo(items[-1]) if items else None

    def named(self, incident_id: str, action_id: str) -> tuple[StoredUndo, ...]:
        """Every attempt at taking back the action of that id, in whatever round."""
        items = self._table.query(keys.incident(incident_id), f"{keys.UNDO}{action_id}#")
        return tuple(_undo(item) for item in items)

    def all(self, incident_id: str) -> tuple[StoredUndo, ...]:
        """Every attempt of the incident, in the order in which they were begun."""
        items = self._table.query(keys.incident(incident_id), keys.UNDO)
        found = (_undo(item) for item in items)
        return tuple(sorted(found, key=lambda undo: (undo.entry.started_at, undo.entry.action.order)))


def _key(undo: StoredUndo) -> keys.Key:
    return keys.undo(undo.entry.incident_id, undo.undoes, undo.entry.round, undo.attempt)


def _undo(item: Item) -> StoredUndo:
    return StoredUndo(StoredAction.from_item(item), item["undoes"], int(item["attempt"]), item["reason"])


def _request(item: Item) -> StoredRequest:
    document = documents.load(item)
    actions = document["actions"]
    return StoredRequest(
        incident_id=item["incident_id"],
        execution=item["execution"],
        requested_by=item["requested_by"],
        reason=document["reason"],
        actions=None if actions is None else tuple(actions),
        requested_at=documents.at_moment(item["requested_at"]),
        outcome=item["outcome"],
        text=item["text"],
        finished_at=documents.at_moment(item["finished_at"]) if item["finished_at"] else None,
    )
