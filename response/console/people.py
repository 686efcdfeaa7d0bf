"""Who made the changes of an incident, for the question whether a caller may judge them."""

from __future__ import annotations

from response.aws.claims import Disposition
from response.aws.store import IncidentStore
from response.domain.actor import Actor
from response.domain.record import parse_record


def actors_of(store: IncidentStore, incident_id: str) -> tuple[Actor, ...]:
    """Everybody whose record opened or joined the incident; not the responder's own restoring."""
    own = str(Disposition.OWN_CHANGE)
    records = store.incidents.records(incident_id)
    return tuple(parse_record(record.raw).actor for record in records if record.disposition != own)
