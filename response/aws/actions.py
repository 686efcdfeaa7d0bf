"""What was done to the world: each action of each round is entered before it runs, with its inverse, once.

And which principals were contained in the last hour, over all incidents: above the policy's limit a person
decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from response.aws import documents, keys
from response.aws.errors import RetryableError
from response.aws.table import Condition, Item, Put, Table, Update
from response.domain.plan import Action

_HOUR = timedelta(hours=1)
_ATTEMPTS = 8


class ActionStatus(StrEnum):
    """What became of an action."""

    RUNNING = "running"
    DONE = "done"
    ALREADY_DONE = "already_done"  # its aim held before it ran
    MOVED = "moved"  # the world was not as the plan saw it; nothing was done
    FAILED = "failed"  # `outcome` names how


@dataclass(frozen=True)
class StoredAction:
    """An action as it was carried out, or not."""

    incident_id: str
    round: int
    action: Action
    status: ActionStatus
    owner: str
    plan_digest: str
    approved_by: str
    started_at: datetime
    finished_at: datetime | None = None
    request_ids: tuple[str, ...] = ()
    outcome: str = ""
    detail: str = ""

    def to_item(self) -> Item:
        """As it is written."""
        pk, sk = keys.action(self.incident_id, self.action.id, self.round)
        return {
            "pk": pk,
            "sk": sk,
            "incident_id": self.incident_id,
            "round": self.round,
            "status": str(self.status),
            "owner": self.owner,
            "plan_digest": self.plan_digest,
            "approved_by": self.approved_by,
            "started_at": documents.moment(self.started_at),
            "finished_at": documents.moment(self.finished_at) if self.finished_at else "",
            "request_ids": list(self.request_ids),
            "outcome": self.outcome,
            "detail": self.detail,
            "document": documents.dump(self.action.to_json()),
        }

    @classmethod
    def from_item(cls, item: Item) -> StoredAction:
        """Read back what is in the table."""
        return cls(
            incident_id=item["incident_id"],
            round=item["round"],
            action=Action.from_json(documents.load(item)),
            status=ActionStatus(item["status"]),
            owner=item["owner"],
            plan_digest=item["plan_digest"],
            approved_by=item["approved_by"],
            started_at=documents.at_moment(item["started_at"]),
            finished_at=documents.at_moment(item["finished_at"]) if item["finished_at"] else None,
            request_ids=tuple(item["request_ids"]),
            outcome=item["outcome"],
            detail=item["detail"],
        )


class Actions:
    """The actions of all incidents."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def enter(self, action: StoredAction) -> bool:
        """Enter an action before it runs, or one that will not run; False if this round has it already."""
        return self._table.written(Put(action.to_item(), Condition(absent=("pk",))))

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
        """Say what became of a running action; ConflictingStateError if it is not running."""
        key = keys.action(action.incident_id, action.action.id, action.round)
        self._table.write(
            finishing(key, action, status, at=at, request_ids=request_ids, outcome=outcome, detail=detail)
        )

    def get(self, incident_id: str, action_id: str, round_: int) -> StoredAction | None:
        """One action of one round."""
        item = self._table.get(keys.action(incident_id, action_id, round_))
        return None if item is None else StoredAction.from_item(item)

    def named(self, incident_id: str, action_id: str) -> tuple[StoredAction, ...]:
        """The action of that id in every round that has it."""
        return self._query(incident_id, f"{keys.ACTION}{action_id}#")

    def all(self, incident_id: str) -> tuple[StoredAction, ...]:
        """Every action of the incident, in the order in which they were begun."""
        found = self._query(incident_id, keys.ACTION)
        return tuple(sorted(found, key=lambda action: (action.started_at, action.action.order)))

    def admit_containment(
        self, incident_id: str, *, principal: str, limit: int, at: datetime, by_person: bool = False
    ) -> bool:
        """Whether this incident may contain that principal: at most `limit` are contained in any hour.

        One that was admitted is admitted again without counting twice. What a person decides is admitted
        above the limit too, and counts: the machine then waits the longer.
        """
        asked = f"{incident_id} {principal}"
        for _ in range(_ATTEMPTS):
            item = self._table.get(keys.CONTAINMENTS)
            admitted: Mapping[str, str] = documents.load(item) or {}
            recent = {name: when for name, when in admitted.items() if documents.at_moment(when) > at - _HOUR}
            if asked in recent:
                return True
            if len(recent) >= limit and not by_person:
                return False
            if self._table.written(_containments({**recent, asked: documents.moment(at)}, item)):
                return True
        raise RetryableError(
            "dynamodb:PutItem", "Contention", "too many incidents ask for containment at this moment"
        )

    def _query(self, incident_id: str, prefix: str) -> tuple[StoredAction, ...]:
        items = self._table.query(keys.incident(incident_id), prefix)
        return tuple(StoredAction.from_item(item) for item in items)


def finishing(
    key: keys.Key,
    action: StoredAction,
    status: ActionStatus,
    *,
    at: datetime,
    request_ids: tuple[str, ...],
    outcome: str,
    detail: str,
) -> Update:
    """The write that says what became of a running action; nobody but its owner may say so, and only once."""
    return Update(
        key,
        values={
            "status": str(status),
            "finished_at": documents.moment(at),
            "request_ids": list(request_ids),
            "outcome": outcome,
            "detail": detail,
        },
        condition=Condition(equals={"status": str(ActionStatus.RUNNING), "owner": action.owner}),
    )


def _containments(admitted: Mapping[str, str], read: Item | None) -> Put:
    """The list of the hour, written only over what was read."""
    version = 0 if read is None else read["version"]
    pk, sk = keys.CONTAINMENTS
    item = {"pk": pk, "sk": sk, "version": version + 1, "document": documents.dump(admitted)}
    condition = Condition(absent=("pk",)) if read is None else Condition(equals={"version": version})
    return Put(item, condition)
