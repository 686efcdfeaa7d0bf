"""What the store knows of an incident's actions and of the state it left, for whoever checks an undo."""

from __future__ import annotations

from response.aws.actions import ActionStatus
from response.aws.incidents import STATE, VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.undos import StoredUndo, execution_id
from response.domain.plan import ActionKind
from response.domain.trail_state import TrailState
from response.domain.undo import Carried
from response.domain.undo_world import with_aims

_REACHED = (ActionStatus.DONE, ActionStatus.ALREADY_DONE)


def carried_out(store: IncidentStore, incident_id: str, *, besides: str = "") -> tuple[Carried, ...]:
    """Every action of the incident, in the order in which it was begun.

    What the execution `besides` itself has taken back counts as not taken back: so a later attempt of it
    comes to the same selection.
    """
    taken_back = {
        (undo.undoes, undo.entry.round) for undo in _undone(store, incident_id, besides) if undo.is_undone
    }
    return tuple(
        Carried(
            action=stored.action,
            round=stored.round,
            done=stored.status is ActionStatus.DONE,
            undone=(stored.action.id, stored.round) in taken_back,
        )
        for stored in store.actions.all(incident_id)
    )


def left_state(store: IncidentStore, incident: StoredIncident, *, besides: str = "") -> TrailState | None:
    """The trail as the incident, and what was taken back of it, left it; None where it was gone."""
    undone = [undo.entry.action for undo in _undone(store, incident.id, besides) if undo.is_undone]
    return with_aims(_last_seen(store, incident), undone)


def held_by(store: IncidentStore, trail_arn: str, *, besides: str = "") -> str:
    """Who is at work on the trail: the open incident, or an undo other than `besides`; `""` for nobody."""
    lock = store.claims.lock(trail_arn)
    if lock is None or lock.owner == besides:
        return ""
    return f"An undo of {lock.incident_id}" if lock.undoing else f"Incident {lock.incident_id}"


def _last_seen(store: IncidentStore, incident: StoredIncident) -> TrailState | None:
    """As the last round verified it; without that, as it was found, with what was done to it since."""
    for round_ in range(incident.round, 0, -1):
        verified = store.incidents.document(incident.id, VERIFICATION, round_)
        if verified is not None:
            return _state(verified["state"])
        found = store.incidents.document(incident.id, STATE, round_)
        if found is not None:
            done = [
                stored.action
                for stored in store.actions.all(incident.id)
                if stored.round == round_
                and stored.status in _REACHED
                and stored.action.kind is ActionKind.RESTORE
            ]
            return with_aims(_state(found["found"]), done)
    return None


def _undone(store: IncidentStore, incident_id: str, besides: str) -> list[StoredUndo]:
    """Entries of undos, without those of the execution `besides`."""
    name = execution_id(besides)
    return [
        undo for undo in store.undos.all(incident_id) if not name or execution_id(undo.entry.owner) != name
    ]


def _state(document: object) -> TrailState | None:
    return None if document is None else TrailState.from_json(document)
