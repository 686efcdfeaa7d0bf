"""Reminds of decisions that are still awaited when half of their time is past, once for each question."""

from __future__ import annotations

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.errors import TrailguardError
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.notice import NoticeKind
from response.domain.policy import Policy
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Clock
from response.steps.telling import Teller
from response.steps.told import ask_of, notice_of

_INCIDENTS = 200


def remind(
    store: IncidentStore,
    teller: Teller,
    *,
    policy: Policy,
    settings: Settings,
    clock: Clock,
    failures: Failures,
) -> list[str]:
    """Ids of the incidents whose owners were reminded; one that fails does not keep the others from it."""
    reminded: list[str] = []
    waiting: list[StoredIncident] = []
    with failures.noted("incidents that wait for a decision"):
        newest = store.incidents.newest(limit=_INCIDENTS)
        waiting = [one for one in newest if one.status is IncidentStatus.AWAITING_APPROVAL]
    for incident in waiting:
        with failures.noted(f"reminder of {incident.id}"):
            approval = store.approvals.latest(incident.id)
            if approval is None or not _is_due(approval, clock):
                continue
            if store.approvals.mark_reminded(approval, at=clock.now()):
                _tell(incident, approval, store, teller, policy=policy, settings=settings, clock=clock)
                reminded.append(incident.id)
    return reminded


def _is_due(approval: StoredApproval, clock: Clock) -> bool:
    """Whether it is pending in the second half of its time."""
    pending = approval.status is ApprovalStatus.PENDING
    return pending and approval.remind_at <= clock.now() < approval.expires_at


def _note(approval: StoredApproval) -> str:
    """What has come of the question so far."""
    given = len(approval.approvals)
    so_far = f"{given} of {approval.quorum} people have approved" if given else "nobody has decided"
    return f"Half of the time for the decision is over, and {so_far}."


def _tell(
    incident: StoredIncident,
    approval: StoredApproval,
    store: IncidentStore,
    teller: Teller,
    *,
    policy: Policy,
    settings: Settings,
    clock: Clock,
) -> None:
    """The mark comes before the message, so that two runs send one; without a message it is taken back."""
    notice = notice_of(
        NoticeKind.REMINDER,
        incident,
        approval.round,
        store=store,
        policy=policy,
        settings=settings,
        note=_note(approval),
        ask=ask_of(store, incident.id, approval.round, 0, policy=policy, clock=clock),
    )
    try:
        message_id = teller.tell(notice, step="reconcile")
    except TrailguardError:
        store.approvals.unmark_reminded(approval)
        raise
    data = {"kind": str(NoticeKind.REMINDER), "round": approval.round, "message_id": message_id}
    text = f"The owners were told ({NoticeKind.REMINDER})."
    store.incidents.note(incident.id, TimelineEntry(at=clock.now(), step="reconcile", text=text, data=data))
