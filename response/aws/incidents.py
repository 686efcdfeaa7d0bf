"""Incidents in the incident table: what each is, its documents round by round, its timeline, its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from response.aws import documents, keys
from response.aws.errors import ConflictingStateError, NotFoundError
from response.aws.table import Condition, Delete, Item, Put, Table, Update, Write
from response.domain.incident import Incident, IncidentStatus, TimelineEntry

# The statuses in which records still join.
UNSETTLED = tuple(
    str(status)
    for status in (IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL, IncidentStatus.EXECUTING)
)

STATE = "STATE"  # as found: {"found": …, "surroundings": …, "status": …, "records": n}
EVIDENCE = "EVIDENCE"  # list of {"key", "version_id", "sha256"}
DOSSIER = "DOSSIER"
ASSESSMENT = "ASSESSMENT"
VERIFICATION = "VERIFICATION"


@dataclass(frozen=True)
class StoredIncident:
    """An incident as it lies in the table. Text that is not known yet is `""`, severity included."""

    id: str
    trail_arn: str
    account: str
    region: str
    status: IncidentStatus
    owner: str
    path: str
    opened_at: datetime
    first_event_id: str = ""
    first_event_at: datetime | None = None
    severity: str = ""
    round: int = 1
    records_seen: int = 1
    responder_misuse: bool = False
    outcome: str = ""
    updated_at: datetime | None = None
    closed_at: datetime | None = None

    def as_incident(self) -> Incident:
        """As reports and messages refer to it."""
        return Incident(
            id=self.id,
            trail_arn=self.trail_arn,
            status=self.status,
            severity=self.severity,
            opened_at=self.opened_at,
            account=self.account,
            region=self.region,
            round=self.round,
            first_event_id=self.first_event_id,
            closed_at=self.closed_at,
        )

    def to_item(self) -> Item:
        """As it is written when it opens."""
        opened = documents.moment(self.opened_at)
        pk, sk = keys.meta(self.id)
        return {
            "pk": pk,
            "sk": sk,
            "gsi_pk": keys.INCIDENTS,
            "gsi_sk": f"{opened}#{self.id}",
            "incident_id": self.id,
            "trail_arn": self.trail_arn,
            "account": self.account,
            "region": self.region,
            "status": str(self.status),
            "owner": self.owner,
            "path": self.path,
            "opened_at": opened,
            "first_event_id": self.first_event_id,
            "first_event_at": documents.moment(self.first_event_at) if self.first_event_at else "",
            "severity": self.severity,
            "round": self.round,
            "records_seen": self.records_seen,
            "responder_misuse": self.responder_misuse,
            "outcome": self.outcome,
            "updated_at": opened,
            "closed_at": "",
        }

    @classmethod
    def from_item(cls, item: Item) -> StoredIncident:
        """Read back what is in the table."""
        return cls(
            id=item["incident_id"],
            trail_arn=item["trail_arn"],
            account=item["account"],
            region=item["region"],
            status=IncidentStatus(item["status"]),
            owner=item["owner"],
            path=item["path"],
            opened_at=documents.at_moment(item["opened_at"]),
            first_event_id=item["first_event_id"],
            first_event_at=_moment_or_none(item["first_event_at"]),
            severity=item["severity"],
            round=item["round"],
            records_seen=item["records_seen"],
            responder_misuse=item["responder_misuse"],
            outcome=item["outcome"],
            updated_at=_moment_or_none(item["updated_at"]),
            closed_at=_moment_or_none(item["closed_at"]),
        )


@dataclass(frozen=True)
class StoredRecord:
    """A raw record of an incident, and what it was taken for (opened, joined, own_change)."""

    event_id: str
    disposition: str
    path: str
    received_at: datetime
    raw: Mapping[str, Any]


class Incidents:
    """All incidents of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, incident_id: str) -> StoredIncident:
        """The incident; NotFoundError names it if there is none."""
        item = self._table.get(keys.meta(incident_id))
        if item is None:
            raise NotFoundError("incident", "UnknownIncident", f"there is no incident {incident_id!r}")
        return StoredIncident.from_item(item)

    def newest(self, *, limit: int) -> tuple[StoredIncident, ...]:
        """The incidents opened last."""
        return tuple(
            StoredIncident.from_item(item) for item in self._table.newest(keys.INCIDENTS, limit=limit)
        )

    def records(self, incident_id: str) -> tuple[StoredRecord, ...]:
        """The raw records of an incident, in the order in which they arrived."""
        items = self._table.query(keys.incident(incident_id), keys.RECORD)
        found = [
            StoredRecord(
                item["event_id"],
                item["disposition"],
                item["path"],
                documents.at_moment(item["received_at"]),
                documents.load(item),
            )
            for item in items
        ]
        return tuple(sorted(found, key=lambda record: (record.received_at, record.event_id)))

    def update(self, incident_id: str, *, at: datetime, **values: str | int) -> None:
        """Set attributes (status, severity, round) unless the incident is settled: ConflictingStateError."""
        self._table.write(
            Update(
                keys.meta(incident_id),
                values={**values, "updated_at": documents.moment(at)},
                condition=Condition(among={"status": UNSETTLED}),
            )
        )

    def put_document(self, incident_id: str, kind: str, round_: int, document: Any) -> None:
        """Store a round's document; a retried step writes its own again."""
        pk, sk = keys.document(incident_id, kind, round_)
        self._table.write(Put({"pk": pk, "sk": sk, "document": documents.dump(document)}))

    def document(self, incident_id: str, kind: str, round_: int) -> Any | None:
        """A round's document; None if that round has none."""
        return documents.load(self._table.get(keys.document(incident_id, kind, round_)))

    def documents(self, incident_id: str, kind: str) -> tuple[Any, ...]:
        """The documents of that kind of all rounds, in order."""
        return tuple(
            documents.load(item) for item in self._table.query(keys.incident(incident_id), f"{kind}#")
        )

    def note(self, incident_id: str, entry: TimelineEntry) -> None:
        """Add an entry to the timeline."""
        self._table.write(Put(documents.event_item(incident_id, entry)))

    def timeline(self, incident_id: str) -> tuple[TimelineEntry, ...]:
        """The timeline, oldest first."""
        items = self._table.query(keys.incident(incident_id), keys.EVENT)
        return tuple(documents.entry_of(item) for item in items)

    def close(
        self, incident: StoredIncident, *, records: int, outcome: str, settled: str | None, at: datetime
    ) -> bool:
        """Close the incident and release its trail, unless a record joined since `records` were counted.

        `settled` is the digest of the state in which the trail is left. Closing again says True again.
        """
        writes = self._ending(
            incident,
            status=IncidentStatus.CLOSED,
            outcome=outcome,
            settled=settled,
            at=at,
            condition=Condition(equals={"records_seen": records}, among={"status": UNSETTLED}),
        )
        try:
            self._table.transact(*writes)
        except ConflictingStateError:
            return self.get(incident.id).status is IncidentStatus.CLOSED
        return True

    def fail(self, incident: StoredIncident, *, outcome: str, settled: str | None, at: datetime) -> bool:
        """Mark the incident failed and release its trail; False if it was settled before."""
        writes = self._ending(
            incident,
            status=IncidentStatus.FAILED,
            outcome=outcome,
            settled=settled,
            at=at,
            condition=Condition(among={"status": UNSETTLED}),
        )
        try:
            self._table.transact(*writes)
        except ConflictingStateError:
            return False
        return True

    def settled_digest(self, trail_arn: str) -> str | None:
        """Digest of the state in which an incident last left the trail; None if none did."""
        item = self._table.get(keys.settled(trail_arn))
        return None if item is None else item["digest"]

    def _ending(
        self,
        incident: StoredIncident,
        *,
        status: IncidentStatus,
        outcome: str,
        settled: str | None,
        at: datetime,
        condition: Condition,
    ) -> list[Write]:
        """Status, lock and settled state change together, or not at all."""
        moment = documents.moment(at)
        writes: list[Write] = [
            Update(
                keys.meta(incident.id),
                values={
                    "status": str(status),
                    "outcome": outcome,
                    "closed_at": moment,
                    "updated_at": moment,
                },
                condition=condition,
            ),
            Delete(keys.lock(incident.trail_arn), Condition(equals={"incident_id": incident.id})),
        ]
        if settled is not None:
            pk, sk = keys.settled(incident.trail_arn)
            writes.append(
                Put({"pk": pk, "sk": sk, "digest": settled, "incident_id": incident.id, "settled_at": moment})
            )
        return writes


def _moment_or_none(text: str) -> datetime | None:
    return documents.at_moment(text) if text else None
