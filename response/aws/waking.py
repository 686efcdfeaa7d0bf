"""Ending the wait for a decision: by the decision, or because what the plan rests on has changed.

The store says how it ended before anybody is woken, so a wake that fails or never comes loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from response.aws.approvals import Approvals, ApprovalStatus, StoredApproval
from response.aws.executions import Answered


class Waker(Protocol):
    """Wakes the state machine that waits for a decision."""

    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Sent, or late if it waits no longer."""
        ...


def wake(approval: StoredApproval, *, approvals: Approvals, waker: Waker) -> Answered:
    """Tell the state machine that it is settled. The token serves once; afterwards it is gone."""
    current = approvals.get(approval.incident_id, approval.round) or approval
    if not current.token:
        return Answered.SENT
    answered = waker.wake(current, {"settled": str(current.status)})
    approvals.spend(current)
    return answered


def void_plan(incident_id: str, *, approvals: Approvals, waker: Waker, now: datetime) -> bool:
    """Whether the incident's last approval is void now; it wakes also where an earlier attempt broke off."""
    approval = approvals.latest(incident_id)
    if approval is None:
        return False
    approvals.settle(approval, ApprovalStatus.SUPERSEDED, at=now)
    current = approvals.get(incident_id, approval.round)
    if current is None or current.status is not ApprovalStatus.SUPERSEDED:
        return False
    wake(current, approvals=approvals, waker=waker)
    return True
