"""Who has to do with the changes of an incident, for the question whether a caller may judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from response.aws.claims import Disposition
from response.aws.incidents import FINDINGS
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredRecord
from response.domain.actor import Actor, PrincipalKind, actor_of
from response.domain.errors import MalformedRecordError
from response.domain.findings import Created, CreatedKind, Findings
from response.domain.record import parse_record


def actors_of(store: IncidentStore, incident_id: str) -> tuple[Actor, ...]:
    """Everybody whose record opened or joined the incident, and whom the investigation found with them."""
    incidents = store.incidents
    return actors_in(incidents.records(incident_id), incidents.documents(incident_id, FINDINGS))


def actors_in(records: Iterable[StoredRecord], findings: Iterable[Mapping[str, Any]]) -> tuple[Actor, ...]:
    """Those of these records, and of these documents with what was found.

    Found are whoever made their sessions, whoever changed the trail without a record of it, and the users,
    roles and keys that they made: all of these may be one person. The responder's own restoring is nobody's.
    """
    own = str(Disposition.OWN_CHANGE)
    seen = [parse_record(record.raw).actor for record in records if record.disposition != own]
    for document in findings:
        seen.extend(_found(Findings.from_json(document)))
    return tuple(dict.fromkeys(seen))


def _found(findings: Findings) -> Iterator[Actor]:
    """Those that the findings of one round add."""
    for chain in findings.chains:
        for link in chain.links:
            yield actor_of(link.caller)
    for raw in findings.discovered:
        try:
            yield parse_record(raw).actor
        except MalformedRecordError:  # names nobody
            continue
    for made in findings.created:
        yield _made(made)


def _made(made: Created) -> Actor:
    """A user or role that was made; of a key that was made for a user, the key alone.

    Else whoever makes keys for every approver would keep all of them from deciding.
    """
    is_principal = made.kind in {CreatedKind.USER, CreatedKind.ROLE}
    return Actor(
        kind=PrincipalKind.UNKNOWN,
        arn=made.arn if is_principal else "",
        access_key_id=made.access_key_id,
    )
