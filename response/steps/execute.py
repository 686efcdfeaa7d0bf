"""Step `execute`: carry out the actions that their gate, and where it asks for one a decision, allows now.

One action that fails does not keep the others from running; it is told at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from response.aws.actions import ActionStatus, StoredAction
from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import ConflictingStateError, NotFoundError, RetryableError
from response.aws.incidents import OUTCOMES
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.approver import decided_by
from response.domain.containment.failures import failure
from response.domain.errors import TrailguardError
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.plan import Action, ActionKind, Gate, Outcome, Plan
from response.domain.policy import Policy
from response.steps.assess import plan_of
from response.steps.carrying_out import CarryingOut, Mandate
from response.steps.passing import APPROVED, AUTOMATIC, Passing
from response.steps.ports import Clock, Members
from response.steps.preserve import found_in
from response.steps.rounds import rounds_allowed
from response.steps.unanswered import runs_unanswered
from response.workflow.contract import StepEvent, StepResult

CONTAINMENT_LIMIT = "containment_limit"
BY_TIMEOUT = "policy: approval.on_timeout"


class StalePlanError(TrailguardError):
    """The plan to carry out is not the one that is stored, or nobody allowed it."""


@dataclass(frozen=True)
class _Allowed:
    """The actions of this phase, who allowed them, and whether that was a person."""

    actions: tuple[Action, ...]
    by: str
    by_person: bool


def run(
    event: StepEvent, *, store: IncidentStore, members: Members, policy: Policy, clock: Clock
) -> StepResult:
    """Carry out this phase's actions in their order; stop where the world has moved."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    plan = plan_of(store, incident.id, passing.round)
    if plan.digest != passing.plan_digest:
        raise StalePlanError(f"{incident.id}: the stored plan {plan.digest} is not {passing.plan_digest}")
    if found_in(store, incident.id, passing.round) is None:
        raise NotFoundError("execute", "NothingPreserved", f"{incident.id}: nothing sealed in this round")
    allowed = _allowed(passing, plan, store, incident, policy)
    store.incidents.update(incident.id, at=clock.now(), status=str(IncidentStatus.EXECUTING))
    mandate = Mandate(incident, plan.digest, passing.round, passing.execution, allowed.by)
    carrying_out = CarryingOut(mandate, ledger=store.actions, members=members, clock=clock)
    phase = _Phase(store, clock, incident, passing, policy)
    if phase.work_through(allowed, carrying_out):
        return passing.again(rounds_allowed(store, passing.incident_id, policy))
    if passing.phase == AUTOMATIC and actions_to_ask(store, plan, incident.id, passing.round):
        return passing.to("await_approval", notice="approval", phase=None)
    if phase.held_back:
        # Nobody answered when this was asked; it is told, not asked again.
        return passing.to("escalate", notice=CONTAINMENT_LIMIT)
    return passing.to("verify", notice=None)


def actions_to_ask(store: IncidentStore, plan: Plan, incident_id: str, round_: int) -> tuple[Action, ...]:
    """What a person has to decide on: what asks for approval, and what the limit kept from running."""
    held_back = tuple(
        action
        for action in plan.with_gate(Gate.AUTO)
        if store.actions.get(incident_id, action.id, round_) is None
    )
    return (*plan.with_gate(Gate.APPROVE), *held_back)


class _Phase:
    """Working through the actions of one phase."""

    def __init__(
        self, store: IncidentStore, clock: Clock, incident: StoredIncident, passing: Passing, policy: Policy
    ) -> None:
        self._store = store
        self._clock = clock
        self._incident = incident
        self._passing = passing
        self._policy = policy
        self.held_back: list[Action] = []
        self._outcomes: list[Outcome] = []

    def work_through(self, allowed: _Allowed, carrying_out: CarryingOut) -> bool:
        """Whether an action found the world moved: then its plan, and all after it, are void."""
        later: RetryableError | None = None
        moved = False
        for action in allowed.actions:
            if not self._is_admitted(action, by_person=allowed.by_person):
                self.held_back.append(action)
                continue
            try:
                stored = carrying_out.carry_out(action)
            except RetryableError as error:
                later = error  # the next attempt of this step takes it up; the others need not wait for that
                continue
            self._note(stored)
            moved = stored.status is ActionStatus.MOVED
            if moved:
                break
        if self.held_back and not moved:
            self._note_limit(self.held_back)
        self._tell()
        if later is not None and not moved:
            raise later
        return moved

    def _is_admitted(self, action: Action, *, by_person: bool) -> bool:
        """At most so many containments an hour by the machine; what a person decided counts, and runs."""
        if action.kind is not ActionKind.CONTAIN:
            return True
        return self._store.actions.admit_containment(
            self._incident.id,
            principal=action.target,
            limit=self._policy.limits.containments_per_hour,
            at=self._clock.now(),
            by_person=by_person,
        )

    def _note(self, stored: StoredAction) -> None:
        if stored.status is ActionStatus.FAILED and stored.action.kind is ActionKind.CONTAIN:
            self._outcomes.append(failure(stored.action, stored.outcome, stored.detail))
        data: dict[str, Any] = {
            "round": stored.round,
            "action": stored.action.id,
            "status": str(stored.status),
            "outcome": stored.outcome,
            "detail": stored.detail,
            "request_ids": list(stored.request_ids),
            "approved_by": stored.approved_by,
        }
        self._entry(f"{stored.action.title}: {_WORDS[stored.status]}.", data)

    def _note_limit(self, actions: list[Action]) -> None:
        limit = self._policy.limits.containments_per_hour
        reason = f"The limit of {limit} containments an hour is reached; a person has to decide."
        self._outcomes += [
            Outcome(CONTAINMENT_LIMIT, action.target, reason, (f"Approve or reject: {action.title}",))
            for action in actions
        ]
        self._entry(reason, {"outcome": CONTAINMENT_LIMIT, "actions": [action.id for action in actions]})

    def _tell(self) -> None:
        """Keep what could not be done, with what another phase or attempt of the round left."""
        number = self._passing.round
        known: list[Any] = self._store.incidents.document(self._incident.id, OUTCOMES, number) or []
        fresh = [document for outcome in self._outcomes if (document := outcome.to_json()) not in known]
        if fresh:
            self._store.incidents.put_document(self._incident.id, OUTCOMES, number, [*known, *fresh])

    def _entry(self, text: str, data: Mapping[str, Any]) -> None:
        entry = TimelineEntry(at=self._clock.now(), step="execute", text=text, data=data)
        self._store.incidents.note(self._incident.id, entry)


_WORDS: Mapping[ActionStatus, str] = {
    ActionStatus.RUNNING: "begun",
    ActionStatus.DONE: "done",
    ActionStatus.ALREADY_DONE: "was so already",
    ActionStatus.MOVED: "not done, the world has moved since the plan was made",
    ActionStatus.FAILED: "failed",
}


def _allowed(
    passing: Passing, plan: Plan, store: IncidentStore, incident: StoredIncident, policy: Policy
) -> _Allowed:
    """What may run in this phase. Nothing behind the gate `off` ever does."""
    if passing.phase == AUTOMATIC:
        return _Allowed(plan.with_gate(Gate.AUTO), by="policy: gate auto", by_person=False)
    if passing.phase != APPROVED:
        raise StalePlanError(
            f"{plan.incident_id}: phase is {passing.phase!r}, expected {AUTOMATIC} or {APPROVED}"
        )
    approval = store.approvals.get(plan.incident_id, passing.round)
    if approval is None or approval.digest != plan.digest:
        raise StalePlanError(f"{plan.incident_id}: nobody was asked about the plan {plan.digest}")
    chosen = _chosen(approval, unanswered_runs=runs_unanswered(approval, policy, incident.severity))
    actions = tuple(
        action for gate in (Gate.AUTO, Gate.APPROVE) for action in plan.with_gate(gate) if action.id in chosen
    )
    ordered = tuple(sorted(actions, key=lambda action: (action.order, action.id)))
    person = approval.status is ApprovalStatus.APPROVED
    return _Allowed(ordered, by=_approvers(approval) if person else BY_TIMEOUT, by_person=person)


def _chosen(approval: StoredApproval, *, unanswered_runs: bool) -> frozenset[str]:
    """The ids that were approved: those named in the decision, or all that were asked for."""
    if approval.status is ApprovalStatus.APPROVED and approval.decision is not None:
        named = approval.decision.get("actions")
        return frozenset(approval.action_ids if named is None else named) & frozenset(approval.action_ids)
    if approval.status is ApprovalStatus.EXPIRED and unanswered_runs:
        return frozenset(approval.action_ids)
    raise ConflictingStateError(
        "approval",
        "NotApproved",
        f"{approval.incident_id}: the approval of round {approval.round} is {approval.status}",
    )


def _approvers(approval: StoredApproval) -> str:
    """Everybody whose approval counted."""
    everybody = [decided_by(one) for one in approval.approvals] or [decided_by(approval.decision)]
    return ", ".join(one or "unknown" for one in everybody)
