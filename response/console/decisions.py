"""A decision on a plan: checked, written down first, and only then told to the state machine that waits.

POST /incidents/{id}/decision  {"digest", "decision": "approve"|"reject", "comment"?, "actions"?: [ids]}
answers {"incident_id", "status", "digest", "decided_by", "quorum", "missing", "woken"}: 200 approved or
rejected, 202 waiting for `missing` more people; 202 also where the workflow could not be woken at once
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import AwsCallError
from response.aws.executions import Answered
from response.aws.incidents import ASSESSMENT
from response.aws.stored_incident import StoredIncident
from response.aws.waking import wake
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_of
from response.domain.approval import Decision, PendingApproval, Refusal, RefusalCode, parse_decision
from response.domain.approver import Approver, decided_by
from response.domain.deciding import DecisionStatus, Taken, mismatch, weigh
from response.domain.incident import TimelineEntry
from response.domain.plan import Plan
from response.domain.policy_approval import MOST_APPROVALS

LATE = "late"
_STATUS: Mapping[RefusalCode, int] = {
    RefusalCode.MALFORMED: 400,
    RefusalCode.APPROVER_IS_ACTOR: 403,
    RefusalCode.APPROVER_IS_RESPONDER: 403,
    RefusalCode.DIGEST_MISMATCH: 409,
    RefusalCode.EXPIRED: 409,
    RefusalCode.ALREADY_DECIDED: 409,
    RefusalCode.ALREADY_COUNTED: 409,
    RefusalCode.NOTHING_IN_COMMON: 409,
    RefusalCode.NO_PENDING_APPROVAL: 409,
}
# Each time somebody is faster an approval more counts, or the plan is settled.
_ATTEMPTS = MOST_APPROVALS + 2


def decide(request: Request, incident: StoredIncident, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """Take the decision, if it counts; a refusal changes nothing and is noted in the incident's timeline."""
    decision = parse_decision(request.json_object(), caller)
    if isinstance(decision, Refusal):
        raise refused(decision)
    approval = deps.store.approvals.latest(incident.id)
    # Between look and write somebody else may decide, a newer record come, the time run out: look again.
    for _ in range(_ATTEMPTS):
        taken = _weigh(incident, approval, decision, deps)
        if approval is None or isinstance(taken, Refusal):
            raise _noted(
                incident, decision, taken if isinstance(taken, Refusal) else _nothing_pending(), deps
            )
        if _written(approval, decision, taken, deps):
            return _answer(incident, approval, decision, taken, deps)
        approval = deps.store.approvals.get(incident.id, approval.round)
    raise ProblemError(503, "busy", "Others decide at this moment; your decision was not taken. Try again.")


def _weigh(
    incident: StoredIncident, approval: StoredApproval | None, decision: Decision, deps: ConsoleDeps
) -> Taken | Refusal:
    """What the decision comes to, looking at everybody who took part in the change."""
    weighed = weigh(
        None if approval is None else _pending(approval),
        decision,
        now=deps.clock.now(),
        actors=actors_of(deps.store, incident.id),
        responder_arns=sorted(deps.settings.responder_arns(incident.account)),
    )
    if isinstance(weighed, Refusal) and weighed.code is RefusalCode.DIGEST_MISMATCH:
        return _mismatch(incident, decision, weighed, deps)
    return weighed


def _mismatch(incident: StoredIncident, decision: Decision, refusal: Refusal, deps: ConsoleDeps) -> Refusal:
    """How the plan that was decided on differs from the one that waits; both lie with their rounds."""
    documents = deps.store.incidents.documents(incident.id, ASSESSMENT)
    plans = {document["plan"]["digest"]: Plan.from_json(document["plan"]) for document in documents}
    present = plans.get(refusal.more["digest"])
    return refusal if present is None else mismatch(plans.get(decision.digest), present)


def _written(approval: StoredApproval, decision: Decision, taken: Taken, deps: ConsoleDeps) -> bool:
    """Whether it was written down before anything else was."""
    approvals, now, document = deps.store.approvals, deps.clock.now(), decision.to_json()
    if taken.status is DecisionStatus.REJECTED:
        return approvals.settle(approval, ApprovalStatus.REJECTED, at=now, decision=document)
    if taken.status is DecisionStatus.WAITING:
        return approvals.count(approval, document, at=now)
    whole = {**document, "actions": list(taken.actions)} if approval.quorum > 1 else document
    return approvals.count(approval, document, at=now, decision=whole)


def _answer(
    incident: StoredIncident, approval: StoredApproval, decision: Decision, taken: Taken, deps: ConsoleDeps
) -> dict[str, Any]:
    """Note it, and wake the state machine where nobody else has to be waited for."""
    document = decision.to_json()
    result = {
        "incident_id": incident.id,
        "status": str(taken.status),
        "digest": decision.digest,
        "decided_by": decision.approver.id,
        "quorum": approval.quorum,
        "missing": taken.missing,
    }
    if taken.status is DecisionStatus.WAITING:
        text = f"Approved: {len(taken.approvals)} of {approval.quorum} people; {taken.missing} more have to."
        _note(incident, decision, text, document, deps)
        return answer(202, {**result, "woken": False})
    _note(incident, decision, f"Decided: {decision.verdict}.", document, deps)
    return _tell(incident, approval, decision, result, deps)


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
        quorum=approval.quorum,
        approvals=tuple(Decision.from_json(given) for given in approval.approvals),
    )


def _tell(
    incident: StoredIncident,
    approval: StoredApproval,
    decision: Decision,
    result: Mapping[str, Any],
    deps: ConsoleDeps,
) -> dict[str, Any]:
    """Wake the state machine. The decision stands in the store whether or not that works."""
    try:
        answered = wake(approval, approvals=deps.store.approvals, waker=deps.executions)
    except AwsCallError as error:
        deps.log_failure(f"decision on {incident.id}: {error}")
        return answer(202, {**result, "woken": False})
    if answered is Answered.LATE:
        _note(incident, decision, "The workflow no longer waited for the decision.", {"code": LATE}, deps)
        raise ProblemError(
            409,
            LATE,
            f"The decision was recorded, but the workflow no longer waited for it. What becomes of"
            f" incident {incident.id} shows when you read it again; do not rely on this decision.",
        )
    return answer(200, {**result, "woken": True})


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
    return ProblemError(_STATUS[refusal.code], str(refusal.code), refusal.text, more=refusal.more)


def _nothing_pending() -> Refusal:
    return Refusal(
        RefusalCode.NO_PENDING_APPROVAL,
        "Nothing waits for a decision any more: the trail was changed again, and is looked at anew.",
    )
