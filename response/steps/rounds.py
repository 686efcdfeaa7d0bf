"""How many rounds an incident may have: those that only voided a question do not use up the policy's limit.

Else a few quick changes would end an incident that waits for approval, with nothing left to approve.
"""

from __future__ import annotations

from typing import Final

from response.aws.actions import ActionStatus
from response.aws.approvals import ApprovalStatus
from response.aws.store import IncidentStore
from response.domain.policy import Policy

# An execution holds 25,000 events (Step Functions quotas), and a round takes a few dozen of them.
MOST_VOIDED: Final = 100
_ACTED: Final = (ActionStatus.RUNNING, ActionStatus.DONE, ActionStatus.FAILED)


def rounds_allowed(store: IncidentStore, incident_id: str, policy: Policy) -> int:
    """The policy's rounds, and one more for each in which nothing was done but a question became void."""
    acted = {action.round for action in store.actions.all(incident_id) if action.status in _ACTED}
    voided = [
        approval.round
        for approval in store.approvals.all(incident_id)
        if approval.status is ApprovalStatus.SUPERSEDED and approval.round not in acted
    ]
    return policy.limits.rounds + min(len(voided), MOST_VOIDED)
