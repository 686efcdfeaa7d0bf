"""What intake does with a request to take something back: whoever checked it wrote it down before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.store import IncidentStore
from response.aws.undos import StoredRequest
from response.domain.undo import REASON_LIMIT
from response.steps.passing import Passing, PassingError
from response.steps.ports import Clock
from response.workflow.contract import StepResult


def take_undo(given: Any, execution: str, *, store: IncidentStore, clock: Clock) -> StepResult:
    """Hand the request on by its execution. One that was started by hand is written down here."""
    document = given if isinstance(given, Mapping) else {}
    actions = document.get("actions")
    if actions is not None and not _are_texts(actions):
        raise PassingError(f"undo: actions is {actions!r:.80}, expected a list of action ids, or null")
    incident = store.incidents.get(_text(document, "incident_id"))
    request = StoredRequest(
        incident_id=incident.id,
        execution=execution,
        requested_by=_text(document, "requested_by"),
        reason=_text(document, "reason")[:REASON_LIMIT],
        actions=None if actions is None else tuple(actions),
        requested_at=clock.now(),
    )
    store.undos.ask(request)
    return Passing(execution, incident.id, round=incident.round).to("undo")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if isinstance(value, str) and value:
        return value
    raise PassingError(f"undo: {key} is {value!r:.80}, expected text")
