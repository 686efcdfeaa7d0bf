"""A decision on a plan: checked, written down first, and only then told to the state machine that waits.

POST /incidents/{id}/decision  {"digest", "decision": "approve"|"reject", "comment"?, "actions"?: [ids]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import RetryableError
from response.aws.executions import Answered
from response.aws.stored_incident import StoredIncident
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_of
from response.domain.approval import (
    Approver,
    Decision,
    PendingApproval,
    Refusal,
    RefusalCode,
    Verdict,
    check_decision,
    parse_decision,
)
from response.domain.approver import decided_by
from response.domain.incident import TimelineEntry

LATE = "late"
_STATUS: Mapping[RefusalCode, int] = {
    RefusalCode.MALFORMED: 400,
    RefusalCode.APPROVER_IS_ACTOR: 403,
    RefusalCode.APPROVER_IS_RESPONDER: 403,
    RefusalCode.DIGEST_MISMATCH: 409,
    RefusalCode.EXPIRED: 409,
    RefusalCode.ALREADY_DECIDED: 409,
    RefusalCode.NO_PENDING_APPROVAL: 409,
}
_SETTLED: Mapping[Verdict, ApprovalStatus] = {
    Verdict.APPROVE: ApprovalStatus.APPROVED,
    Verdict.REJECT: ApprovalStatus.REJECTED,
}


def decide(request: Request, incident: StoredIncident, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """Take the decision, if it counts; a refusal changes nothing and is noted in the incident's timeline."""
    decision = parse_decision(request.json_object(), caller)
    if isinstance(decision, Refusal):
        raise refused(decision)
    approval = deps.store.approvals.latest(incident.id)
    refusal = _check(incident, approval, decision, deps)
    if refusal is not None or approval is None:
        raise _noted(incident, decision, refusal or _nothing_pending(), deps)
    now, document = deps.clock.now(), decision.to_json()
    status = _SETTLED[decision.verdict]
    if not deps.store.approvals.settle(approval, status, at=now, decision=document):
        # Between our look and our write somebody decided, a newer record came, or the time ran out.
        current = deps.store.approvals.get(incident.id, approval.round)
        after = _check(incident, current, decision, deps) or _nothing_pending()
        raise _noted(incident, decision, after, deps)
    _note(incident, decision, f"Decided: {decision.verdict}.", document, deps)
    return _tell(incident, approval, decision, status, deps)


def _check(
    incident: StoredIncident, approval: StoredApproval | None, decision: Decision, deps: ConsoleDeps
) -> Refusal | None:
    """The first reason against the decision, looking at everybody who took part in the change."""
    pending = None if approval is None else _pending(approval)
    now = deps.clock.now()
    responders = tuple(sorted(deps.settings.responder_arns(incident.account)))
    for actor in actors_of(deps.store, incident.id) or (None,):
        refusal = check_decision(pending, decision, now=now, actor=actor, responder_arns=responders)
        if refusal is not None:
            return refusal
    return None


def _pending(approval: StoredApproval) -> PendingApproval | None:
    """The approval as the check sees it; one that a newer record made void asks for nothing."""
    if approval.status is ApprovalStatus.SUPERSEDED:
        return None
    decided = approval.status in (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED)
    expired = approval.status is ApprovalStatus.EXPIRED
    return PendingApproval(
        incident_id=approval.incident_id,
        digest=approval.digest,
        action_ids=approval.action_ids,
        # Expired by the workflow, whose clock may be ahead of ours.
        expires_at=(approval.decided_at or approval.asked_at) if expired else approval.expires_at,
        decided_by=(decided_by(approval.decision) or "somebody") if decided else "",
    )


def _tell(
    incident: StoredIncident,
    approval: StoredApproval,
    decision: Decision,
    status: ApprovalStatus,
    deps: ConsoleDeps,
) -> dict[str, Any]:
    """Wake the state machine. The decision stands in the store whether or not that works."""
    current = deps.store.approvals.get(incident.id, approval.round) or approval
    try:
        answered = deps.executions.succeed(current.token, {"settled": str(status)})
    except RetryableError as error:
        deps.log_failure(f"decision on {incident.id}: {error}")
        return answer(202, _result(incident, decision, status, woken=False))
    if answered is Answered.LATE:
        _note(incident, decision, "The workflow no longer waited for the decision.", {"code": LATE}, deps)
        raise ProblemError(
            409,
            LATE,
            f"The decision was recorded, but the workflow no longer waited for it. What becomes of"
            f" incident {incident.id} shows when you read it again; do not rely on this decision.",
        )
    return answer(200, _result(incident, decision, status, woken=True))


def _result(
    incident: StoredIncident, decision: Decision, status: ApprovalStatus, *, woken: bool
) -> dict[str, Any]:
    return {
        "incident_id": incident.id,
        "status": str(status),
        "digest": decision.digest,
        "decided_by": decision.approver.id,
        "woken": woken,
    }


def _noted(incident: StoredIncident, decision: Decision, refusal: Refusal, deps: ConsoleDeps) -> ProblemError:
    """A suspect who tries to approve is worth a line in the incident's story."""
    data = {"code": str(refusal.code), **decision.to_json()}
    _note(incident, decision, f"A decision was refused: {refusal.code}.", data, deps)
    return refused(refusal)


def _note(
    incident: StoredIncident, decision: Decision, text: str, data: Mapping[str, Any], deps: ConsoleDeps
) -> None:
    entry = TimelineEntry(
        at=deps.clock.now(), step="console", text=text, data={"by": decision.approver.id, **data}
    )
    deps.store.incidents.note(incident.id, entry)


def refused(refusal: Refusal) -> ProblemError:
    """A refusal as the answer that tells it."""
    return ProblemError(_STATUS[refusal.code], str(refusal.code), refusal.text)


def _nothing_pending() -> Refusal:
    return Refusal(
        RefusalCode.NO_PENDING_APPROVAL,
        "Nothing waits for a decision any more: the trail was changed again, and is looked at anew.",
    )
