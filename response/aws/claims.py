"""Who handles a record, and which incident is the trail's open one: the two locks of intake.

A record is claimed, stored, and its incident opened or joined in one transaction. The claim's owner is an
execution, so that a retried invocation of the same execution finds its own claim and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from response.aws import documents, keys
from response.aws.errors import ConflictingStateError
from response.aws.stored_incident import UNSETTLED, StoredIncident
from response.aws.table import Condition, Delete, Item, Put, Table, Update, Write
from response.domain.incident import IncidentStatus, TimelineEntry


class Disposition(StrEnum):
    """What a claimed record was taken for."""

    OPENED = "opened"
    JOINED = "joined"
    OWN_CHANGE = "own_change"
    MISUSE = "responder_misuse"  # of no incident: a person is told of it


@dataclass(frozen=True)
class Arrival:
    """A record, or a drift without one, as it reached intake."""

    dedup_id: str
    event_id: str
    execution: str
    path: str
    at: datetime
    raw: Mapping[str, Any] | None


@dataclass(frozen=True)
class Claim:
    """A record that somebody handles."""

    dedup_id: str
    owner: str
    disposition: Disposition
    incident_id: str


@dataclass(frozen=True)
class Lock:
    """The trail's open incident and the execution that handles it; or the undo that is at work on it."""

    incident_id: str
    owner: str
    undoing: bool = False


class Claims:
    """Claims on records and locks on trails."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, dedup_id: str) -> Claim | None:
        """The claim on a record, if there is one."""
        item = self._table.get(keys.claim(dedup_id))
        if item is None:
            return None
        return Claim(dedup_id, item["owner"], Disposition(item["disposition"]), item["incident_id"])

    def lock(self, trail_arn: str) -> Lock | None:
        """The trail's open incident, if there is one."""
        item = self._table.get(keys.lock(trail_arn))
        if item is None:
            return None
        return Lock(item["incident_id"], item["owner"], undoing=bool(item.get("undoing")))

    def hold(self, trail_arn: str, incident_id: str, *, execution: str, at: datetime) -> bool:
        """Keep the trail for an undo: nobody opens an incident meanwhile. False if it is taken."""
        item = _item(
            keys.lock(trail_arn),
            incident_id=incident_id,
            owner=execution,
            opened_at=documents.moment(at),
            undoing=True,
        )
        if self._table.written(Put(item, Condition(absent=("pk",)))):
            return True
        lock = self.lock(trail_arn)
        return lock is not None and lock.undoing and lock.owner == execution

    def release(self, trail_arn: str, execution: str) -> bool:
        """Let the trail go, if that execution holds it for an undo; whether it did."""
        condition = Condition(equals={"owner": execution, "undoing": True})
        return self._table.written(Delete(keys.lock(trail_arn), condition))

    def open(
        self,
        arrival: Arrival,
        incident: StoredIncident,
        *,
        lost: Lock | None = None,
        stale: Claim | None = None,
    ) -> None:
        """Claim the record, lock the trail, open the incident; ConflictingStateError where one is taken.

        `lost` names an incident whose execution is gone: it fails, and its lock is taken over, and with it
        the `stale` claim that its execution may hold on this record. The incident of an undo stays as it is.
        """
        lock_free = Condition(absent=("pk",)) if lost is None else Condition(equals={"owner": lost.owner})
        writes: list[Write] = [
            *self._claimed(arrival, Disposition.OPENED, incident.id, stale),
            Put(
                _item(
                    keys.lock(incident.trail_arn),
                    incident_id=incident.id,
                    owner=arrival.execution,
                    opened_at=documents.moment(arrival.at),
                ),
                lock_free,
            ),
            Put(incident.to_item(), Condition(absent=("pk",))),
        ]
        if lost is not None and not lost.undoing:
            writes.append(_failed(lost, arrival.at))
        self._table.transact(*writes)

    def join(self, arrival: Arrival, incident_id: str) -> None:
        """Claim the record for an incident that is not settled yet; ConflictingStateError if it is."""
        self._table.transact(
            *self._claimed(arrival, Disposition.JOINED, incident_id),
            Update(
                keys.meta(incident_id),
                values={"updated_at": documents.moment(arrival.at)},
                add={"records_seen": 1},
                condition=Condition(among={"status": UNSETTLED}),
            ),
        )

    def take_own_change(self, arrival: Arrival, incident_id: str) -> None:
        """Claim a record of an action of that incident; it is kept there and opens nothing."""
        self._table.transact(*self._claimed(arrival, Disposition.OWN_CHANGE, incident_id))

    def take_misuse(self, arrival: Arrival) -> bool:
        """Claim and keep a record of a responder's role that no incident answers; False if it is claimed."""
        claim = _item(
            keys.claim(arrival.dedup_id),
            owner=arrival.execution,
            disposition=str(Disposition.MISUSE),
            incident_id="",
            path=arrival.path,
            claimed_at=documents.moment(arrival.at),
        )
        record = _item(keys.misuse(arrival.execution), document=documents.dump(arrival.raw))
        try:
            self._table.transact(Put(claim, Condition(absent=("pk",))), Put(record))
        except ConflictingStateError:
            known = self.find(arrival.dedup_id)
            return known is not None and known.owner == arrival.execution
        return True

    def misuse(self, execution: str) -> Any | None:
        """The raw record that the execution has to tell of, if it took one for misuse."""
        return documents.load(self._table.get(keys.misuse(execution)))

    def _claimed(
        self, arrival: Arrival, disposition: Disposition, incident_id: str, stale: Claim | None = None
    ) -> list[Write]:
        """The claim, the record under its incident, and the entry that says by which path it came."""
        at = documents.moment(arrival.at)
        claim = _item(
            keys.claim(arrival.dedup_id),
            owner=arrival.execution,
            disposition=str(disposition),
            incident_id=incident_id,
            path=arrival.path,
            claimed_at=at,
        )
        entry = TimelineEntry(
            at=arrival.at,
            step="intake",
            text=_TEXTS[disposition],
            data={"event_id": arrival.event_id, "path": arrival.path, "execution": arrival.execution},
        )
        writes: list[Write] = [
            Put(
                claim,
                Condition(absent=("pk",)) if stale is None else Condition(equals={"owner": stale.owner}),
            ),
            Put(documents.event_item(incident_id, entry)),
        ]
        if arrival.raw is not None:
            record = _item(
                keys.record(incident_id, arrival.event_id),
                event_id=arrival.event_id,
                disposition=str(disposition),
                path=arrival.path,
                received_at=at,
                document=documents.dump(arrival.raw),
            )
            writes.append(Put(record))
        return writes


_TEXTS: Mapping[Disposition, str] = {
    Disposition.OPENED: "A change opened the incident.",
    Disposition.JOINED: "A further change of the same trail joined the incident.",
    Disposition.OWN_CHANGE: "A record of this incident's own action arrived.",
    Disposition.MISUSE: "A role of Trailguard did what no plan asked of it.",
}


def _item(key: keys.Key, **attributes: Any) -> Item:
    return {"pk": key[0], "sk": key[1], **attributes}


def _failed(lost: Lock, at: datetime) -> Update:
    """The incident whose execution is gone."""
    return Update(
        keys.meta(lost.incident_id),
        values={
            "status": str(IncidentStatus.FAILED),
            "outcome": "execution_lost",
            "closed_at": documents.moment(at),
            "updated_at": documents.moment(at),
        },
        condition=Condition(among={"status": UNSETTLED}),
    )
