"""Why the state that an incident leaves behind is an approved one, where it is; it becomes the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.approver import decided_by
from response.domain.baseline import Baseline, BaselineSource
from response.domain.planned_match import PlannedKind
from response.domain.text import plain
from response.domain.trail_state import TrailState
from response.domain.verdict import Judgement, verdict_in


@dataclass(frozen=True)
class Excuse:
    """Who or what approved of the change; `planned_id` where it was announced, and is used up by this."""

    approved_by: str
    planned_id: str | None = None


def excuse_of(
    assessment: Mapping[str, Any], approval: StoredApproval | None, incident_id: str
) -> Excuse | None:
    """A person's verdict, else the planned change that it was, else an exception that covers it."""
    if approval is not None and approval.status is ApprovalStatus.REJECTED:
        decision = approval.decision or {}
        if verdict_in(decision) == Judgement.AUTHORISED:
            who = plain(decided_by(decision)) or "somebody"
            return Excuse(f"{who}, verdict on incident {incident_id}")
    planned = assessment.get("planned") or {}
    if planned.get("kind") == PlannedKind.FULL:
        by = f"planned change {planned['id']}, {planned['ticket']}, incident {incident_id}"
        return Excuse(by, planned["id"])
    exception = assessment["exception"]
    if exception["applies"]:
        return Excuse(f"exception {exception['exception_id']}, incident {incident_id}")
    return None


def take_as_baseline(
    excuse: Excuse,
    incident: StoredIncident,
    state: Mapping[str, Any] | None,
    store: IncidentStore,
    now: datetime,
) -> bool:
    """Put the state in force; False where the planned change was withdrawn or used by another incident.

    A deleted trail has no state that could be approved.
    """
    if excuse.planned_id is not None and not store.planned.use(
        incident.trail_arn, excuse.planned_id, incident.id
    ):
        return False
    if state is not None:
        store.baselines.put(
            Baseline(
                trail_arn=incident.trail_arn,
                state=TrailState.from_json(state),
                captured_at=now,
                approved_by=excuse.approved_by,
                source=BaselineSource.APPROVED,
            )
        )
    return True
