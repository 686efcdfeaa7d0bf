"""How incidents and baselines look from outside. The task token is no part of any view.

GET /incidents       {"incidents": [line, ...], newest first, "heard": {path: when each last spoke, or null},
                     "you": {"id", "name", "may": "decide"|"read"}}
GET /incidents/{id}  a line and, beside it, assessment, dossier, verification (or null), evidence, approval
                     (or null), actions, undone, undo_requests, records, timeline, left_out (how many of the
                     last two are not shown), you (with "refusal": the code that a decision of the caller
                     would meet because of who they are, or null)
GET /baselines       {"baselines": [baseline, ...]}, by the trail's ARN
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from response.aws import documents
from response.aws.actions import StoredAction
from response.aws.approvals import StoredApproval
from response.aws.incidents import ASSESSMENT, DOSSIER, EVIDENCE, FINDINGS, VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident, StoredRecord
from response.console.caller import Caller
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_in
from response.domain.approval import check_person
from response.domain.approver import Approver
from response.domain.incident import IncidentStatus

_LIMIT, _MOST = 50, 200
# Lambda answers at most 6 MB. Whoever changes a trail, or tries in vain to decide, again and again must not
# make an incident unreadable: of very many entries the first and the last are shown.
_FIRST, _LAST = 100, 300

_T = TypeVar("_T")


def list_incidents(request: Request, caller: Caller, deps: ConsoleDeps) -> dict[str, Any]:
    """GET /incidents, with `limit` (1 to 200) and `status`."""
    limit = _limit(request)
    status = request.query.get("status")
    if status is not None and status not in tuple(IncidentStatus):
        raise ProblemError(
            400, "malformed", f"status: found {status!r:.80}, expected one of {', '.join(IncidentStatus)}"
        )
    newest = deps.store.incidents.newest(limit=limit if status is None else _MOST)
    lines = [_line(incident) for incident in newest if status in (None, str(incident.status))]
    heard = {path: _time(at) for path, at in deps.store.heard.all().items()}
    return answer(200, {"incidents": lines[:limit], "heard": heard, "you": caller.view()})


def show_incident(incident: StoredIncident, caller: Caller, deps: ConsoleDeps) -> dict[str, Any]:
    """GET /incidents/{id}: the incident, with the documents of its latest round."""
    store = deps.store
    approval = store.approvals.latest(incident.id)
    every_record = store.incidents.records(incident.id)
    records, records_left_out = _bounded(every_record)
    timeline, timeline_left_out = _bounded(store.incidents.timeline(incident.id))
    document: dict[str, Any] = {
        **_line(incident),
        "first_event_id": incident.first_event_id,
        "first_event_at": _time(incident.first_event_at),
        "execution": incident.owner,
        "responder_misuse": incident.responder_misuse,
        "verdict_by": incident.verdict_by,
        "verdict_at": _time(incident.verdict_at),
        "verdict_reason": incident.verdict_reason,
        "assessment": _latest(store, incident, ASSESSMENT),
        "dossier": _latest(store, incident, DOSSIER),
        "verification": _latest(store, incident, VERIFICATION),
        "evidence": [
            sealed for listed in store.incidents.documents(incident.id, EVIDENCE) for sealed in listed
        ],
        "approval": None if approval is None else _approval(approval),
        "actions": [_action(action) for action in store.actions.all(incident.id)],
        "undone": [undo.to_json() for undo in store.undos.all(incident.id)],
        "undo_requests": [request.to_json() for request in store.undos.requests(incident.id)],
        "records": [
            {
                "event_id": record.event_id,
                "disposition": record.disposition,
                "path": record.path,
                "received_at": _time(record.received_at),
                "record": record.raw,
            }
            for record in records
        ],
        "timeline": [entry.to_json() for entry in timeline],
        "left_out": {"records": records_left_out, "timeline": timeline_left_out},
        "you": {**caller.view(), "refusal": _refusal(incident, every_record, caller, deps)},
    }
    return answer(200, document)


def _refusal(
    incident: StoredIncident, records: Sequence[StoredRecord], caller: Caller, deps: ConsoleDeps
) -> str | None:
    """What a decision of the caller is refused with for who they are; who may only read is told no more."""
    if not caller.decides:
        return None
    actors = actors_in(records, deps.store.incidents.documents(incident.id, FINDINGS))
    refusal = check_person(caller.approver, actors, deps.settings.responder_arns(incident.account))
    return None if refusal is None else str(refusal.code)


def list_baselines(request: Request, deps: ConsoleDeps) -> dict[str, Any]:
    """GET /baselines."""
    only(request, ())
    return answer(200, {"baselines": [baseline.to_json() for baseline in deps.store.baselines.all()]})


def only(request: Request, known: tuple[str, ...]) -> None:
    """Refuse query parameters that nobody would read."""
    unknown = sorted(set(request.query) - set(known))
    if unknown:
        expected = ", ".join(known) or "none"
        raise ProblemError(
            400, "malformed", f"query parameter {unknown[0]!r:.80} is unknown; expected {expected}"
        )


def _limit(request: Request) -> int:
    only(request, ("limit", "status"))
    text = request.query.get("limit", str(_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST)) and 1 <= int(text) <= _MOST):
        raise ProblemError(
            400, "malformed", f"limit: found {text!r:.80}, expected a whole number from 1 to {_MOST}"
        )
    return int(text)


def _line(incident: StoredIncident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "status": str(incident.status),
        "severity": incident.severity,
        "trail_arn": incident.trail_arn,
        "opened_at": _time(incident.opened_at),
        "account": incident.account,
        "region": incident.region,
        "path": incident.path,
        "round": incident.round,
        "records_seen": incident.records_seen,
        "outcome": incident.outcome,
        "verdict": incident.verdict,
        "updated_at": _time(incident.updated_at),
        "closed_at": _time(incident.closed_at),
    }


def _approval(approval: StoredApproval) -> dict[str, Any]:
    return {
        "round": approval.round,
        "status": str(approval.status),
        "digest": approval.digest,
        "action_ids": list(approval.action_ids),
        "asked_at": _time(approval.asked_at),
        "expires_at": _time(approval.expires_at),
        "decided_at": _time(approval.decided_at),
        "decision": approval.decision,
        "quorum": approval.quorum,
        "approvals": [_given(given) for given in approval.approvals],
        "on_timeout": approval.on_timeout,
        "remind_at": _time(approval.remind_at),
    }


def _given(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """One approval that counts."""
    approver = Approver.from_json(given["approver"])
    return {
        "by": approver.id,
        "name": approver.name,
        "at": _time(documents.at_moment(given["at"])),
        "actions": given["actions"],
        "comment": given["comment"],
    }


def _action(stored: StoredAction) -> Mapping[str, Any]:
    return {
        **stored.action.to_json(),
        "round": stored.round,
        "status": str(stored.status),
        "plan_digest": stored.plan_digest,
        "approved_by": stored.approved_by,
        "started_at": _time(stored.started_at),
        "finished_at": _time(stored.finished_at),
        "request_ids": list(stored.request_ids),
        "outcome": stored.outcome,
        "detail": stored.detail,
    }


def _bounded(entries: Sequence[_T]) -> tuple[Sequence[_T], int]:
    """The entries to show, and how many are not."""
    if len(entries) <= _FIRST + _LAST:
        return entries, 0
    return (*entries[:_FIRST], *entries[-_LAST:]), len(entries) - _FIRST - _LAST


def _latest(store: IncidentStore, incident: StoredIncident, kind: str) -> Any | None:
    """The document of the latest round that has one."""
    found = store.incidents.documents(incident.id, kind)
    return found[-1] if found else None


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
