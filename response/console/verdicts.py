"""A person's verdict on an incident, and what follows from it for the plan, the trail and its baseline.

POST /incidents/{id}/verdict  {"verdict": "authorised"|"tampering"|"benign", "reason"}
answers {"incident_id", "verdict", "effect", "detail"}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.errors import AccessDeniedError, RefusedCallError, RetryableError
from response.aws.stored_incident import StoredIncident
from response.aws.trails import FoundTrail
from response.aws.waking import wake
from response.console import announcing
from response.console.decisions import refused
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_of
from response.domain.approval import Approver, Decision, Refusal, Verdict, check_person
from response.domain.assessment import observed_digest
from response.domain.baseline import Baseline, BaselineSource
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.verdict import (
    Judgement,
    Sight,
    VerdictEffect,
    effect_of,
    parse_verdict,
    text_of,
    verdict_in,
)

_SESSION = "tg-verdict"
_UNREADABLE = "The verdict is recorded; the trail cannot be read ({code}), so its state is not touched."


@dataclass(frozen=True)
class _Given:
    """Who says what of which incident."""

    incident: StoredIncident
    judgement: Judgement
    reason: str
    caller: Approver
    deps: ConsoleDeps


def judge(request: Request, incident: StoredIncident, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """Take the verdict, if it counts, and do what follows from it."""
    parsed = parse_verdict(request.json_object())
    if isinstance(parsed, Refusal):
        raise refused(parsed)
    _check_person(incident, caller, deps)
    given = _Given(incident, *parsed, caller, deps)
    if incident.status is IncidentStatus.AWAITING_APPROVAL:
        effect, detail = _while_waiting(given)
    elif incident.is_settled:
        effect, detail = _when_settled(given)
    else:
        raise _busy(incident, f"the incident is {incident.status}")
    return answer(
        200,
        {
            "incident_id": incident.id,
            "verdict": str(given.judgement),
            "effect": str(effect),
            "detail": detail,
        },
    )


def _check_person(incident: StoredIncident, caller: Approver, deps: ConsoleDeps) -> None:
    responders = sorted(deps.settings.responder_arns(incident.account))
    refusal = check_person(caller, actors_of(deps.store, incident.id), responders)
    if refusal is None:
        return
    # A suspect who judges the own case is worth a line in the incident's story.
    text = f"A verdict was refused: {refusal.code}."
    data = {"by": caller.id, "code": str(refusal.code)}
    entry = TimelineEntry(at=deps.clock.now(), step="console", text=text, data=data)
    deps.store.incidents.note(incident.id, entry)
    announcing.refused(incident, caller, "judge", str(refusal.code), deps)
    raise refused(refusal)


def _busy(incident: StoredIncident, why: str) -> ProblemError:
    return ProblemError(
        409, "incident_busy", f"{incident.id}: {why}; judge it when it waits for a person or has ended."
    )


def _while_waiting(given: _Given) -> tuple[VerdictEffect, str]:
    """An authorised change needs no plan. One that is not leaves the plan, and whether it runs, to people."""
    incident, store = given.incident, given.deps.store
    effect = VerdictEffect.PLAN_WAITS
    if given.judgement is Judgement.AUTHORISED:
        approval = store.approvals.latest(incident.id)
        if approval is None or not _reject(approval, given):
            raise _busy(incident, "its plan was just decided, expired or became void")
        effect = VerdictEffect.ENDS_WAIT
        _write_down(given, effect)
        try:
            _wake(approval, given)
        finally:
            if approval.status is ApprovalStatus.PENDING:  # else it is said again
                announcing.judged(incident, given.caller, str(given.judgement), given.reason, given.deps)
    else:
        _write_down(given, effect)
    return effect, text_of(effect, incident.id)


def _reject(approval: StoredApproval, given: _Given) -> bool:
    """Reject the plan, the verdict with it in one write; True again for whoever did so before."""
    decision = Decision(approval.digest, Verdict.REJECT, given.caller, given.reason).to_json()
    document = {**decision, "verdict": str(given.judgement)}
    now, approvals = given.deps.clock.now(), given.deps.store.approvals
    if now < approval.expires_at and approvals.settle(
        approval, ApprovalStatus.REJECTED, at=now, decision=document
    ):
        return True
    current = approvals.get(approval.incident_id, approval.round)
    return (
        current is not None
        and current.status is ApprovalStatus.REJECTED
        and verdict_in(current.decision) == given.judgement
    )


def _wake(approval: StoredApproval, given: _Given) -> None:
    """Wake the state machine; the decision stands in the store whether or not that works."""
    deps = given.deps
    try:
        wake(approval, approvals=deps.store.approvals, waker=deps.executions)
    except RetryableError as error:
        deps.log_failure(f"verdict on {approval.incident_id}: {error}")
        raise ProblemError(
            503, "busy", "The verdict stands; the workflow could not be woken just now. Say it again."
        ) from error


def _when_settled(given: _Given) -> tuple[VerdictEffect, str]:
    """What follows for the trail, as it reads now."""
    incident, deps = given.incident, given.deps
    if given.judgement is Judgement.BENIGN:
        _write_down(given, VerdictEffect.RECORDED)
        return VerdictEffect.RECORDED, text_of(VerdictEffect.RECORDED, incident.id)
    try:
        found = deps.readers.trails(incident.account, _SESSION).read(incident.trail_arn)
    except (AccessDeniedError, RefusedCallError) as error:
        deps.log_failure(f"verdict on {incident.id}: {error}")
        _write_down(given, VerdictEffect.RECORDED)
        return VerdictEffect.RECORDED, _UNREADABLE.format(code=error.code)
    sight = _sight(given, found)
    effect = effect_of(given.judgement, sight)
    _write_down(given, effect)
    if effect is VerdictEffect.BASELINE_RENEWED:
        _renew(given, found)
    if effect in (VerdictEffect.BASELINE_RENEWED, VerdictEffect.RAISED_AGAIN):
        deps.store.incidents.clear_settled(incident.trail_arn, sight.found)
    if given.judgement is Judgement.AUTHORISED:
        deps.store.incidents.close_failed(incident.id, at=deps.clock.now())
    return effect, text_of(effect, incident.id)


def _sight(given: _Given, found: FoundTrail | None) -> Sight:
    incident, store = given.incident, given.deps.store
    baseline, state = store.baselines.get(incident.trail_arn), None if found is None else found.state
    approved = None
    if baseline is not None:
        approved = baseline.state if state is None else baseline.against(state)
    return Sight(
        found=observed_digest(state),
        left=store.incidents.left_digest(incident.id),
        as_approved=baseline is not None and state == approved,
        has_baseline=baseline is not None,
        other_open=store.claims.lock(incident.trail_arn) is not None,
    )


def _renew(given: _Given, found: FoundTrail | None) -> None:
    """What was read a moment ago, and is as the incident left it, is approved; absence is a state, too."""
    incident, deps = given.incident, given.deps
    deps.store.baselines.put(
        Baseline(
            trail_arn=incident.trail_arn,
            state=None if found is None else found.state,
            captured_at=deps.clock.now(),
            approved_by=f"{given.caller.id}, verdict on incident {incident.id}",
            source=BaselineSource.APPROVED,
        )
    )


def _write_down(given: _Given, effect: VerdictEffect) -> None:
    """On the incident, where the last verdict stands, and in its timeline, where all of them are."""
    incidents, now, incident_id = given.deps.store.incidents, given.deps.clock.now(), given.incident.id
    judgement, by = str(given.judgement), given.caller.id
    incidents.judge(incident_id, verdict=judgement, by=by, reason=given.reason, at=now)
    data = {"verdict": judgement, "by": by, "reason": given.reason, "effect": str(effect)}
    entry = TimelineEntry(at=now, step="console", text=f"Judged: {judgement}.", data=data)
    incidents.note(incident_id, entry)
