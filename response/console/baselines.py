"""Approving the state that a trail has now. Nobody approves the outcome of a change of their own.

POST /baselines  {"trail_arn"?}; without it, every trail whose home is the hub's Region
answers {"captured": [baseline, ...], "refused": [{"trail_arn", "code", "detail"}, ...]}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from response.aws.capturing import capture
from response.aws.errors import AccessDeniedError, RefusedCallError, RetryableError
from response.aws.store import IncidentStore
from response.aws.waking import void_plan
from response.console import announcing
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.people import actors_of
from response.console.views import only
from response.domain.approval import RefusalCode
from response.domain.approver import Approver, is_responder, is_same_person
from response.domain.arns import parse_trail_arn
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.verdict import Judgement

_SESSION = "tg-baseline"
_INCIDENTS = 200


def capture_baselines(request: Request, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """Approve one trail's state, or that of every trail at home in the hub's Region."""
    only(request, ())
    body = request.json_object()
    unknown = sorted(set(body) - {"trail_arn"})
    if unknown:
        raise ProblemError(400, "malformed", f"{unknown[0]!r:.80} is unknown, expected trail_arn or nothing")
    if "trail_arn" in body:
        return answer(200, {"captured": [_capture(body["trail_arn"], caller, deps)], "refused": []})
    captured: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    for trail_arn in _trails_here(deps):
        try:
            captured.append(_capture(trail_arn, caller, deps))
        except ProblemError as error:
            refused.append({"trail_arn": trail_arn, "code": error.code, "detail": error.detail})
    return answer(200, {"captured": captured, "refused": refused})


def _trails_here(deps: ConsoleDeps) -> tuple[str, ...]:
    settings = deps.settings
    return deps.readers.trails(settings.account, _SESSION).list_trails(settings.hub_region)


def _capture(trail_arn: object, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """The baseline now in force; ProblemError where it may not be approved by this caller, or not be read."""
    arn = parse_trail_arn(trail_arn)
    if arn is None or not isinstance(trail_arn, str):
        raise ProblemError(
            400,
            "malformed",
            f"trail_arn: found {trail_arn!r:.200}, expected the ARN of a trail",
        )
    check_uninvolved(trail_arn, arn.account, caller, "approve the state of the trail", deps)
    try:
        baseline = capture(
            trail_arn,
            readers=deps.readers,
            baselines=deps.store.baselines,
            session_name=_SESSION,
            approved_by=caller.id,
            now=deps.clock.now(),
        )
    except (AccessDeniedError, RefusedCallError) as error:
        deps.log_failure(f"baseline of {trail_arn}: {error}")
        raise ProblemError(
            409,
            "unreadable_trail",
            f"Trailguard's reader role cannot read {trail_arn}: {error.operation} answered {error.code}.",
        ) from error
    if baseline is None:
        raise ProblemError(404, "no_such_trail", f"there is no trail {trail_arn}")
    _void_waiting_plan(trail_arn, caller, deps)
    return baseline.to_json()


def _void_waiting_plan(trail_arn: str, caller: Approver, deps: ConsoleDeps) -> None:
    """A plan that waits aims at the baseline before: approved now, it would undo what was just approved."""
    lock = deps.store.claims.lock(trail_arn)
    if lock is None:
        return
    now, approvals = deps.clock.now(), deps.store.approvals
    try:
        voided = void_plan(lock.incident_id, approvals=approvals, waker=deps.executions, now=now)
    except RetryableError as error:
        deps.log_failure(f"baseline of {trail_arn}, plan of {lock.incident_id}: {error}")
        return
    if voided:
        text = "A new baseline was approved; the plan made against the one before is void."
        entry = TimelineEntry(at=now, step="console", text=text, data={"by": caller.id})
        deps.store.incidents.note(lock.incident_id, entry)


def check_uninvolved(trail_arn: str, account: str, caller: Approver, verb: str, deps: ConsoleDeps) -> None:
    """Neither the responder nor anybody whose change of this trail is not settled may approve its state.

    `verb` is what they try: it is noted in the incident that is in their way, and its owners are told.
    """
    is_machine = is_responder(caller, deps.settings.responder_arns(account))
    for incident_id in _unsettled(deps.store, trail_arn):
        if is_machine:
            _attempted(incident_id, caller, verb, RefusalCode.APPROVER_IS_RESPONDER, deps)
        elif any(is_same_person(caller, actor) for actor in actors_of(deps.store, incident_id)):
            _attempted(incident_id, caller, verb, RefusalCode.APPROVER_IS_ACTOR, deps)
            raise ProblemError(
                403,
                str(RefusalCode.APPROVER_IS_ACTOR),
                f"Incident {incident_id} is about a change of this trail by this identity (same user, key,"
                " role or session issuer); somebody else has to approve the state.",
            )
    if is_machine:
        raise ProblemError(
            403,
            str(RefusalCode.APPROVER_IS_RESPONDER),
            "This is a role of the responder itself; a person with another identity has to approve.",
        )


def _attempted(incident_id: str, caller: Approver, verb: str, code: RefusalCode, deps: ConsoleDeps) -> None:
    """A suspect who tries to have their own change approved is worth a line in the incident's story."""
    incident = deps.store.incidents.get(incident_id)
    text = f"Somebody tried to {verb} and was refused: {code}."
    entry = TimelineEntry(
        at=deps.clock.now(), step="console", text=text, data={"by": caller.id, "code": str(code)}
    )
    deps.store.incidents.note(incident_id, entry)
    announcing.refused(incident, caller, verb, str(code), deps)


def _unsettled(store: IncidentStore, trail_arn: str) -> Iterable[str]:
    """Incidents that leave the trail in question: the open one, the one that left it changed, failed ones.

    Those that a person called tampering are among them for good: who tampers approves no state of it again.
    """
    lock = store.claims.lock(trail_arn)
    failed = [
        incident.id
        for incident in store.incidents.newest(limit=_INCIDENTS)
        if incident.trail_arn == trail_arn
        and (incident.status is IncidentStatus.FAILED or incident.verdict == Judgement.TAMPERING)
    ]
    left = store.incidents.settled_by(trail_arn)
    return dict.fromkeys([*([lock.incident_id] if lock else []), *([left] if left else []), *failed])
