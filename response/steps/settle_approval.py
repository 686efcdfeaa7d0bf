"""Step `settle_approval`: read from the store how the wait ended; what is still pending has expired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import NotFoundError
from response.aws.store import IncidentStore
from response.domain.incident import TimelineEntry
from response.domain.policy import Policy
from response.steps.passing import APPROVED, Passing
from response.steps.ports import Clock
from response.steps.rounds import rounds_allowed
from response.steps.unanswered import runs_unanswered
from response.workflow.contract import StepEvent, StepResult

# The state machine's clock and this function's may differ by this much: a wait that ended is not begun again
# for a few seconds.
_SLACK = timedelta(seconds=10)

_TEXTS: Mapping[ApprovalStatus, str] = {
    ApprovalStatus.APPROVED: "The plan was approved.",
    ApprovalStatus.REJECTED: "The plan was rejected.",
    ApprovalStatus.SUPERSEDED: "A newer record or baseline made the plan void; the trail is looked at again.",
    ApprovalStatus.EXPIRED: "Nobody decided in time.",
}


def run(event: StepEvent, *, store: IncidentStore, policy: Policy, clock: Clock) -> StepResult:
    """Go on as was decided; an expired approval escalates or executes, as the policy says."""
    passing = Passing.of(event)
    approval = _settled(passing, store, clock)
    if approval.status is ApprovalStatus.PENDING:
        left = int((approval.expires_at - clock.now()).total_seconds())
        return passing.to("await_approval", approval_seconds=max(left, 1))
    data = {"round": passing.round, "status": str(approval.status), "decision": approval.decision}
    entry = TimelineEntry(at=clock.now(), step="settle_approval", text=_text(approval), data=data)
    store.incidents.note(passing.incident_id, entry)
    if approval.status is ApprovalStatus.APPROVED:
        return passing.to("execute", phase=APPROVED, notice=None)
    if approval.status is ApprovalStatus.REJECTED:
        return passing.to("verify", notice=None)
    if approval.status is ApprovalStatus.SUPERSEDED:
        return passing.again(rounds_allowed(store, passing.incident_id, policy))
    severity = store.incidents.get(passing.incident_id).severity
    if runs_unanswered(approval, policy, severity):
        return passing.to("execute", phase=APPROVED, notice=None)
    return passing.to("escalate", notice="approval_expired")


def _text(approval: StoredApproval) -> str:
    if approval.status is ApprovalStatus.EXPIRED and approval.approvals:
        return f"Only {len(approval.approvals)} of {approval.quorum} people approved in time."
    return _TEXTS[approval.status]


def _settled(passing: Passing, store: IncidentStore, clock: Clock) -> StoredApproval:
    """The approval of this round, expired by us if it is pending beyond its time and nobody is faster."""
    approval = store.approvals.get(passing.incident_id, passing.round)
    if approval is None:
        raise NotFoundError(
            "approval",
            "NothingAsked",
            f"{passing.incident_id}: no approval was asked for in round {passing.round}",
        )
    if approval.status is not ApprovalStatus.PENDING or clock.now() + _SLACK < approval.expires_at:
        return approval
    store.approvals.settle(approval, ApprovalStatus.EXPIRED, at=clock.now())
    return store.approvals.get(passing.incident_id, passing.round) or approval
