"""Having taken back what was done: checked here, written down, and carried out by an execution of its own.

POST /incidents/{id}/undo  {"reason", "actions"?: [ids]}
answers 202 {"incident_id", "execution", "actions": [ids], "already_undone": [ids]}; 200 with `execution` null
where all of it was taken back before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.executions import execution_name
from response.aws.stored_incident import StoredIncident
from response.aws.undoing import carried_out, held_by, left_state
from response.aws.undos import StoredRequest
from response.console import announcing
from response.console.baselines import check_uninvolved
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_of
from response.domain import undo
from response.domain.approval import Approver
from response.domain.incident import TimelineEntry
from response.domain.undo import Selection, UndoCode, UndoRefusal, UndoRequest
from response.domain.undo_world import moved, moved_trail

_SESSION = "tg-undo"
_STATUS: Mapping[UndoCode, int] = {
    UndoCode.MALFORMED: 400,
    UndoCode.REQUESTER_IS_ACTOR: 403,
    UndoCode.REQUESTER_IS_RESPONDER: 403,
    UndoCode.UNKNOWN_ACTION: 404,
    UndoCode.NOTHING_TO_UNDO: 409,
    UndoCode.INCIDENT_OPEN: 409,
    UndoCode.WORLD_MOVED: 409,
}


def take_back(
    request: Request, incident: StoredIncident, caller: Approver, deps: ConsoleDeps
) -> dict[str, Any]:
    """Start the undo, if it may be; a refusal changes nothing and is noted in the incident's timeline."""
    asked = undo.parse_undo(request.json_object())
    if isinstance(asked, UndoRefusal):
        raise _refused(asked)
    selection = undo.select(carried_out(deps.store, incident.id), asked.actions)
    if isinstance(selection, UndoRefusal):
        raise _noted(incident, asked, selection, caller, deps)
    refusal = _check(incident, selection, caller, deps)
    if refusal is not None:
        raise _noted(incident, asked, refusal, caller, deps)
    result = {
        "incident_id": incident.id,
        "execution": None,
        "actions": list(selection.ids),
        "already_undone": list(selection.already),
    }
    if not selection.actions:
        return answer(200, result)
    name = _start(incident, asked, selection, caller, deps)
    return answer(202, {**result, "execution": name})


def _check(
    incident: StoredIncident, selection: Selection, caller: Approver, deps: ConsoleDeps
) -> UndoRefusal | None:
    """The first reason against it. Who asks is looked at first, so that a suspect learns nothing more."""
    store = deps.store
    responders = tuple(sorted(deps.settings.responder_arns(incident.account)))
    refusal = undo.check_requester(caller, actors_of(store, incident.id), selection, responders)
    if refusal is not None:
        return refusal
    if selection.restores:
        # The state that comes back becomes the baseline: whoever may not approve it may not ask for it.
        check_uninvolved(incident.trail_arn, incident.account, caller, "undo", deps)
    held = held_by(store, incident.trail_arn)
    refusal = undo.check_settled(selection, settled=incident.is_settled, held_by=held)
    if refusal is not None:
        return refusal
    differences = _differences(incident, selection, deps)
    return undo.world_moved(differences) if differences else None


def _differences(incident: StoredIncident, selection: Selection, deps: ConsoleDeps) -> list[str]:
    """How the world is no longer as the incident left it; the step looks again before it acts."""
    found: list[str] = []
    if selection.restores:
        trail = deps.readers.trails(incident.account, _SESSION).read(incident.trail_arn)
        found += moved_trail(left_state(deps.store, incident), None if trail is None else trail.state)
    for one in undo.first_of_each(selection):
        found += moved(one.action, deps.look(one.action, incident, _SESSION))
    return list(dict.fromkeys(found))


def _start(
    incident: StoredIncident, asked: UndoRequest, selection: Selection, caller: Approver, deps: ConsoleDeps
) -> str:
    """The name of the execution: the same for the same undo, until one has ended, or for an hour."""
    hour = f"{deps.clock.now():%Y%m%dT%H}"
    ended = sum(bool(known.outcome) for known in deps.store.undos.requests(incident.id))
    chosen = sorted(f"{one.action.id}#{one.round}" for one in selection.actions)
    name = execution_name("undo", incident.id, str(ended), hour, *chosen)
    actions = list(selection.ids)
    written = deps.store.undos.ask(
        StoredRequest(
            incident_id=incident.id,
            execution=name,
            requested_by=caller.id,
            reason=asked.reason,
            actions=tuple(actions),
            requested_at=deps.clock.now(),
        )
    )
    payload = {
        "incident_id": incident.id,
        "actions": actions,
        "requested_by": caller.id,
        "reason": asked.reason,
    }
    deps.executions.start(name, {"path": "undo", "undo": payload})
    if written:
        _note(incident, "An undo was asked for.", payload, caller, deps)
    return name


def _noted(
    incident: StoredIncident,
    asked: UndoRequest,
    refusal: UndoRefusal,
    caller: Approver,
    deps: ConsoleDeps,
) -> ProblemError:
    """Whoever tries in vain to take the answer back is worth a line in the incident's story."""
    data = {"code": str(refusal.code), "reason": asked.reason, "actions": asked.actions, "text": refusal.text}
    _note(incident, f"An undo was refused: {refusal.code}.", data, caller, deps)
    announcing.refused(incident, caller, "undo", str(refusal.code), deps)
    return _refused(refusal)


def _note(
    incident: StoredIncident, text: str, data: Mapping[str, Any], caller: Approver, deps: ConsoleDeps
) -> None:
    entry = TimelineEntry(at=deps.clock.now(), step="console", text=text, data={"by": caller.id, **data})
    deps.store.incidents.note(incident.id, entry)


def _refused(refusal: UndoRefusal) -> ProblemError:
    return ProblemError(_STATUS[refusal.code], str(refusal.code), refusal.text)
