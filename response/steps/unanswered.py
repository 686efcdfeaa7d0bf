"""What follows where nobody answered in time: as people were told, and only if the policy still says so."""

from __future__ import annotations

from response.aws.approvals import StoredApproval
from response.domain.policy import OnTimeout, Policy


def runs_unanswered(approval: StoredApproval, policy: Policy, severity: str) -> bool:
    """Whether the plan is carried out all the same.

    A policy deployed while people decide can keep it from running; it cannot make run what they were told
    would not.
    """
    in_force = policy.approval.on_timeout_of(severity)
    told = approval.on_timeout or in_force
    return told == in_force == OnTimeout.EXECUTE
