"""Step `undo`: take back what a person asked to have taken back, on record, and tell how it went.

It belongs to a settled incident as a rule, and changes neither its status nor its outcome.
"""

from __future__ import annotations

import json
from typing import Any

from response.aws.errors import NotFoundError
from response.aws.evidence import JSON
from response.aws.incidents import EVIDENCE
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.undos import StoredRequest, execution_id
from response.domain.incident import TimelineEntry
from response.steps.passing import Passing
from response.steps.ports import Clock, Evidence, Executions, Members
from response.steps.taking_back import DONE, TakingBack, Undoing
from response.workflow.contract import StepEvent, StepResult


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    members: Members,
    evidence: Evidence,
    executions: Executions,
    clock: Clock,
) -> StepResult:
    """Carry the request out, once; a later attempt answers what the first has come to."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    request = store.undos.request(incident.id, passing.execution)
    if request is None:
        raise NotFoundError("undo", "NothingAsked", f"{incident.id}: {passing.execution} was asked nothing")
    if request.outcome:
        return _next(passing, request.outcome)
    taking_back = TakingBack(
        incident,
        request,
        passing.execution,
        store=store,
        members=members,
        executions=executions,
        clock=clock,
    )
    undoing = taking_back.run()
    pointer = _seal(incident, request, undoing, store, evidence)
    now = clock.now()
    data = {
        "by": request.requested_by,
        "reason": request.reason,
        "outcome": undoing.outcome,
        "baseline_version": undoing.baseline_version,
        "record": pointer,
    }
    store.incidents.note(incident.id, TimelineEntry(at=now, step="undo", text=undoing.text, data=data))
    store.undos.settle(request, outcome=undoing.outcome, text=undoing.text, at=now)
    return _next(passing, undoing.outcome)


def _next(passing: Passing, outcome: str) -> StepResult:
    """Tell the owners what was taken back, or a person why not."""
    return passing.to("undone" if outcome == DONE else "escalate", notice=outcome)


def _seal(
    incident: StoredIncident,
    request: StoredRequest,
    undoing: Undoing,
    store: IncidentStore,
    evidence: Evidence,
) -> dict[str, str]:
    """Who had what taken back and how it went, beside the evidence of the incident."""
    name = execution_id(request.execution)
    entries = [
        undo.to_json() for undo in store.undos.all(incident.id) if execution_id(undo.entry.owner) == name
    ]
    document: dict[str, Any] = {
        "incident_id": incident.id,
        "trail_arn": incident.trail_arn,
        **request.to_json(),
        "outcome": undoing.outcome,
        "text": undoing.text,
        "baseline_version": undoing.baseline_version,
        "undone": entries,
    }
    body = json.dumps(document, indent=2, sort_keys=True).encode()
    sealed = evidence.seal(f"incidents/{incident.id}/undo/{name}.json", body, JSON)
    pointer = {"key": sealed.key, "version_id": sealed.version_id, "sha256": sealed.sha256}
    listed = store.incidents.document(incident.id, EVIDENCE, incident.round) or []
    if pointer not in listed:
        store.incidents.put_document(incident.id, EVIDENCE, incident.round, [*listed, pointer])
    return pointer
