"""Step `await_approval`: hand out the task token; what is decided lies in the store, the token only wakes."""

from __future__ import annotations

from datetime import timedelta

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import NotFoundError
from response.aws.store import IncidentStore
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.policy import Policy
from response.steps.assess import plan_of
from response.steps.execute import actions_to_ask
from response.steps.passing import Passing
from response.steps.ports import Clock, Executions
from response.steps.preserve import found_in
from response.workflow.contract import StepEvent, StepResult

_DEFAULT_SECONDS = 3600


def run(
    event: StepEvent, *, store: IncidentStore, executions: Executions, policy: Policy, clock: Clock
) -> StepResult:
    """Ask. If the round was decided already, or its state is no longer all there is, wake at once."""
    passing = Passing.of(event)
    token = event["task_token"]
    plan = plan_of(store, passing.incident_id, passing.round)
    found = found_in(store, passing.incident_id, passing.round)
    if found is None:
        raise NotFoundError("await_approval", "NothingPreserved", f"{passing.incident_id}: nothing sealed")
    now = clock.now()
    asked = actions_to_ask(store, plan, passing.incident_id, passing.round)
    severity = store.incidents.get(passing.incident_id).severity
    approval = StoredApproval(
        incident_id=passing.incident_id,
        round=passing.round,
        status=ApprovalStatus.PENDING,
        digest=plan.digest,
        action_ids=tuple(action.id for action in asked),
        token=executions.seal(token, incident_id=passing.incident_id, round_=passing.round),
        asked_at=now,
        expires_at=now + timedelta(seconds=passing.approval_seconds or _DEFAULT_SECONDS),
        quorum=policy.approval.quorum_of(severity),
        on_timeout=str(policy.approval.on_timeout_of(severity)),
    )
    store.incidents.update(passing.incident_id, at=now, status=str(IncidentStatus.AWAITING_APPROVAL))
    pending = store.approvals.ask(approval)
    if pending:
        data = {
            "round": passing.round,
            "digest": plan.digest,
            "actions": list(approval.action_ids),
            "expires_at": approval.expires_at.isoformat(),
            "quorum": approval.quorum,
            "on_timeout": approval.on_timeout,
        }
        entry = TimelineEntry(at=now, step="await_approval", text="A decision was asked for.", data=data)
        store.incidents.note(passing.incident_id, entry)
    # Asked first, counted then: a record that joins meanwhile either finds the approval, or is seen here.
    if pending and store.incidents.get(passing.incident_id).records_seen > found.records:
        store.approvals.settle(approval, ApprovalStatus.SUPERSEDED, at=clock.now())
        pending = False
    if not pending:
        executions.succeed(token, {"settled": "before the wait began"})
    return passing.to("waiting")
