"""Making a plan void that waits for a decision, because what it rests on has changed: its wait ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from response.aws.approvals import Approvals, ApprovalStatus
from response.aws.executions import Answered


class Waker(Protocol):
    """Wakes the state machine that waits for a decision."""

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Sent, or late if it waits no longer."""
        ...


def void_plan(incident_id: str, *, approvals: Approvals, waker: Waker, now: datetime) -> bool:
    """Whether the incident's last approval is void now; it wakes also where an earlier attempt broke off."""
    approval = approvals.latest(incident_id)
    if approval is None:
        return False
    approvals.settle(approval, ApprovalStatus.SUPERSEDED, at=now)
    current = approvals.get(incident_id, approval.round)
    if current is None or current.status is not ApprovalStatus.SUPERSEDED:
        return False
    waker.succeed(current.token, {"settled": str(current.status)})
    return True
