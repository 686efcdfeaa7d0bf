"""Step `preserve`: seal the trail state as found, and the records, before anything is changed.

Nothing later runs if this fails. What was sealed first stands: a retried attempt goes on with the sealed
state, not with the one it would read now, so that store and evidence never tell two stories.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from response.aws.documents import moment
from response.aws.evidence import Sealed
from response.aws.incidents import EVIDENCE, STATE
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.assessment import observed_digest
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from response.steps.passing import Passing
from response.steps.ports import Clock, Evidence, Members
from response.workflow.contract import StepEvent, StepResult


@dataclass(frozen=True)
class FoundState:
    """What `preserve` found in a round: the state (None for a deleted trail) and what surrounds it.

    `records` is how many the incident had before the state was read: whatever joins later is not in it.
    """

    state: TrailState | None
    surroundings: Surroundings
    records: int

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> FoundState:
        """Read the STATE document of a round."""
        state = document["found"]
        return cls(
            state=None if state is None else TrailState.from_json(state),
            surroundings=Surroundings(BucketOwner(document["surroundings"]["bucket_owner"])),
            records=document["records"],
        )


def found_in(store: IncidentStore, incident_id: str, round_: int) -> FoundState | None:
    """What was found in that round; None if `preserve` did not come to its end in it."""
    document = store.incidents.document(incident_id, STATE, round_)
    return None if document is None else FoundState.of(document)


def run(
    event: StepEvent, *, store: IncidentStore, members: Members, evidence: Evidence, clock: Clock
) -> StepResult:
    """Read, seal, and remember where it lies."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    document = _read(incident, passing, members, clock)
    key = f"incidents/{incident.id}/round-{passing.round}/found-state.json"
    sealed = evidence.seal(key, _bytes(document))
    if sealed.existed:
        document = json.loads(evidence.read(sealed.key, sealed.version_id))
    pointers = [_pointer(sealed), *_seal_records(incident, store, evidence)]
    store.incidents.put_document(incident.id, EVIDENCE, passing.round, pointers)
    store.incidents.put_document(incident.id, STATE, passing.round, document)
    now = clock.now()
    store.incidents.update(incident.id, at=now, round=passing.round, status=str(IncidentStatus.OPEN))
    found = FoundState.of(document)
    text = "The trail is gone." if found.state is None else "The trail state as found was sealed."
    data = {"round": passing.round, "digest": observed_digest(found.state), "evidence": pointers}
    store.incidents.note(incident.id, TimelineEntry(at=now, step="preserve", text=text, data=data))
    return passing.to("respond", notice=None)


def _read(incident: StoredIncident, passing: Passing, members: Members, clock: Clock) -> dict[str, Any]:
    """The document to seal. The records are counted first: one that arrives meanwhile is looked at again."""
    trails = members.trails(incident.account, passing.session("preserve"))
    found = trails.read(incident.trail_arn)
    document = {
        "incident_id": incident.id,
        "round": passing.round,
        "trail_arn": incident.trail_arn,
        "observed_at": moment(clock.now()),
        "records": incident.records_seen,
        "found": None if found is None else found.state.to_json(),
        "surroundings": {"bucket_owner": str(BucketOwner.UNKNOWN)},
        "status": {},
    }
    if found is not None:
        document["surroundings"] = {"bucket_owner": str(found.surroundings.bucket_owner)}
        document["status"] = dict(found.status)
    return document


def _seal_records(incident: StoredIncident, store: IncidentStore, evidence: Evidence) -> list[dict[str, str]]:
    """Every raw record of the incident, under its event id; those of earlier rounds are there already."""
    return [
        _pointer(
            evidence.seal(
                f"incidents/{incident.id}/records/{quote(record.event_id, safe='')}.json",
                _bytes(record.raw),
            )
        )
        for record in store.incidents.records(incident.id)
    ]


def _bytes(document: Any) -> bytes:
    """A document as it is sealed: readable, and the same bytes for the same content."""
    return json.dumps(document, indent=2, sort_keys=True, default=str).encode()


def _pointer(sealed: Sealed) -> dict[str, str]:
    return {"key": sealed.key, "version_id": sealed.version_id, "sha256": sealed.sha256}
