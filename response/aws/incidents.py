"""Incidents in the incident table: what each is, its documents round by round, its timeline, its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from response.aws import documents, keys
from response.aws.errors import ConflictingStateError, NotFoundError
from response.aws.stored_incident import UNSETTLED, StoredIncident, StoredRecord
from response.aws.table import Condition, Delete, Put, Table, Update, Write
from response.domain.assessment import observed_digest
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.trail_state import TrailState

STATE = "STATE"  # as found: {"found": …, "surroundings": …, "status": …, "records": n}
EVIDENCE = "EVIDENCE"  # list of {"key", "version_id", "sha256"}
FINDINGS = "FINDINGS"  # what the investigation found, response.domain.findings
DOSSIER = "DOSSIER"  # the same told for people, section by section
ASSESSMENT = "ASSESSMENT"
VERIFICATION = "VERIFICATION"
OUTCOMES = "OUTCOMES"  # what could not be done while executing, beside the outcomes of the plan


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

    def judge(self, incident_id: str, *, verdict: str, by: str, reason: str, at: datetime) -> None:
        """Write down what a person says the incident was; the last one stands, the timeline has them all."""
        self._table.write(
            Update(
                keys.meta(incident_id),
                values={
                    "verdict": verdict,
                    "verdict_by": by,
                    "verdict_at": documents.moment(at),
                    "verdict_reason": reason,
                },
                condition=Condition(equals={"incident_id": incident_id}),
            )
        )

    def close_failed(self, incident_id: str, *, at: datetime) -> bool:
        """Close an incident that failed, since a person has settled it; False if it did not fail."""
        return self._table.written(
            Update(
                keys.meta(incident_id),
                values={"status": str(IncidentStatus.CLOSED), "updated_at": documents.moment(at)},
                condition=Condition(equals={"status": str(IncidentStatus.FAILED)}),
            )
        )

    def left_digest(self, incident_id: str) -> str | None:
        """Digest of the state that the last round saw last: as verified, else as found; None if none was."""
        verified = self._table.query(keys.incident(incident_id), f"{VERIFICATION}#")
        found = self._table.query(keys.incident(incident_id), f"{STATE}#")
        if not found:
            return None
        if verified and verified[-1]["sk"].rpartition("#")[2] == found[-1]["sk"].rpartition("#")[2]:
            return str(documents.load(verified[-1])["digest"])
        state = documents.load(found[-1])["found"]
        return observed_digest(None if state is None else TrailState.from_json(state))

    def settled_digest(self, trail_arn: str) -> str | None:
        """Digest of the state in which an incident last left the trail; None if none did."""
        item = self._table.get(keys.settled(trail_arn))
        return None if item is None else item["digest"]

    def settled_by(self, trail_arn: str) -> str | None:
        """Id of the incident that left the trail in a state that is not its baseline; None if none did."""
        item = self._table.get(keys.settled(trail_arn))
        return None if item is None else item["incident_id"]

    def clear_settled(self, trail_arn: str, digest: str) -> bool:
        """Forget the state in which the trail was left, if it is still that one: the trail is back."""
        return self._table.written(Delete(keys.settled(trail_arn), Condition(equals={"digest": digest})))

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
        """Status, lock and settled state change together, or not at all.

        Where nobody knows how the trail is left, what an earlier incident left is no answer either.
        """
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
        pk, sk = keys.settled(incident.trail_arn)
        if settled is None:
            return [*writes, Delete((pk, sk))]
        item = {"pk": pk, "sk": sk, "digest": settled, "incident_id": incident.id, "settled_at": moment}
        return [*writes, Put(item)]
