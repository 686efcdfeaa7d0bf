"""What intake does with a record that only the watch on the responder's roles brought.

Every successful write by one of Trailguard's roles comes this way. What a plan or an undo asked for is kept
with its incident; a change of a trail is answered like any other; for the rest a person is told, once.
"""

from __future__ import annotations

from response.aws.claims import Arrival
from response.aws.errors import NotFoundError
from response.aws.store import IncidentStore
from response.domain.arns import parse_trail_arn
from response.domain.incident import TimelineEntry
from response.domain.record import Record
from response.domain.responder import is_responder
from response.settings import Settings
from response.steps.passing import RESPONDER_MISUSE, without_incident
from response.steps.recognising import incident_named_in
from response.workflow.contract import StepResult

WATCHED = "responder"
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_SERVICE = ".amazonaws.com"


def concerns_us(record: Record, settings: Settings) -> bool:
    """Whether it is a successful write by one of our roles, made by whoever holds the role.

    What an AWS service does with the role's permissions follows from a call that is watched itself.
    """
    roles = settings.responder_arns(record.actor.account or record.account)
    by_service = record.actor.invoked_by.endswith(_SERVICE)
    reads = record.raw.get("readOnly") in (True, "true")
    return is_responder(record, roles) and not (record.failed or by_service or reads)


def changed_trail(record: Record) -> str | None:
    """The trail that the call changed, if it is a call to CloudTrail that names one."""
    named = record.trail_arn() if record.event_source == _CLOUDTRAIL else None
    return named if parse_trail_arn(named) else None


def take_misuse(record: Record, arrival: Arrival, store: IncidentStore) -> StepResult:
    """Claim it, so that it is told once; the incident that its session names hears of it too."""
    if not store.claims.take_misuse(arrival):
        return without_incident("duplicate")
    named = incident_named_in(record)
    try:
        known = store.incidents.get(named) if named else None
    except NotFoundError:
        known = None
    if known is not None:
        text = "A role of Trailguard, in a session named after this incident, did what no plan asked of it."
        data = {"event_id": arrival.event_id, "call": f"{record.event_source} {record.event_name}"}
        entry = TimelineEntry(at=arrival.at, step="intake", text=text, data=data)
        store.incidents.note(known.id, entry)
    return {**without_incident("escalate"), "notice": RESPONDER_MISUSE}
