"""The records of an incident, parsed, as the steps reason about them."""

from __future__ import annotations

from response.aws.claims import Disposition
from response.aws.store import IncidentStore
from response.domain.record import Record, parse_record


def changes_in(store: IncidentStore, incident_id: str) -> tuple[Record, ...]:
    """The records that opened or joined the incident, in order of arrival; not those of its own actions."""
    own = str(Disposition.OWN_CHANGE)
    return tuple(
        parse_record(stored.raw)
        for stored in store.incidents.records(incident_id)
        if stored.disposition != own
    )
