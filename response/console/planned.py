"""Changes that somebody announces, so that Trailguard leaves them in place when they come.

POST /planned-changes                {"trail_arn", "principal", "ticket", "changes": {field: value},
                                      "not_before"?, "not_after"?, "reason"?}: 201 with the planned change
GET  /planned-changes                {"planned_changes": [planned change, ...]}, newest first
POST /planned-changes/{id}/withdraw  the planned change, withdrawn
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from response.console.baselines import check_uninvolved
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, answer
from response.console.views import only
from response.domain.approval import Approver
from response.domain.arns import parse_trail_arn
from response.domain.errors import PlannedChangeError
from response.domain.planned_change import (
    PlannedChange,
    is_planned_change_id,
    names_requester,
    parse_planned_change,
    without_effect,
)


def expect_change(request: Request, caller: Approver, deps: ConsoleDeps) -> dict[str, Any]:
    """Announce a change that somebody else is going to make."""
    only(request, ())
    now = deps.clock.now()
    try:
        planned = parse_planned_change(request.json_object(), caller, now)
    except PlannedChangeError as error:
        raise ProblemError(400, "malformed", str(error)) from error
    arn = parse_trail_arn(planned.trail_arn)
    check_uninvolved(
        planned.trail_arn, arn.account if arn else "", caller, "announce a change of the trail", deps
    )
    if names_requester(planned):
        raise ProblemError(
            403,
            "requester_is_principal",
            f"principal: {planned.principal} names you; who makes a change cannot announce it too, so that"
            " two people know of it.",
        )
    _check_baseline(planned, deps)
    deps.store.planned.add(planned)  # False where this very request was stored before: the answer is the same
    return answer(201, _view(planned, now))


def list_planned(request: Request, deps: ConsoleDeps) -> dict[str, Any]:
    """All that was announced, whatever became of it."""
    only(request, ())
    now = deps.clock.now()
    return answer(200, {"planned_changes": [_view(planned, now) for planned in deps.store.planned.newest()]})


def withdraw_planned(
    request: Request, planned_id: str, caller: Approver, deps: ConsoleDeps
) -> dict[str, Any]:
    """Take an announcement back; what was made under it already stands."""
    only(request, ())
    if unknown := sorted(request.json_object()):
        raise ProblemError(400, "malformed", f"{unknown[0]!r:.80} is unknown, expected no body")
    listed = _find(planned_id, deps)
    now = deps.clock.now()
    withdrawn = deps.store.planned.withdraw(listed, by=caller.id, at=now)
    planned = deps.store.planned.get(listed.trail_arn, listed.id) or listed
    if not withdrawn:
        detail = f"{planned.id} is {planned.status(now)}"
        if planned.used_by:
            detail += f" by incident {planned.used_by}"
        raise ProblemError(409, "planned_change_spent", f"{detail}; there is nothing to take back.")
    return answer(200, _view(planned, now))


def _check_baseline(planned: PlannedChange, deps: ConsoleDeps) -> None:
    """A planned change is told from the approved state, so there has to be one, and it has to differ."""
    baseline = deps.store.baselines.get(planned.trail_arn)
    if baseline is None or baseline.state is None:
        raise ProblemError(
            409,
            "no_baseline",
            f"Nobody has approved a state of {planned.trail_arn}, so no change of it can be told; approve it"
            " first (trailguard baseline capture).",
        )
    if why := without_effect(planned, baseline.state):
        raise ProblemError(400, "malformed", f"changes: {why}")


def _find(planned_id: str, deps: ConsoleDeps) -> PlannedChange:
    if is_planned_change_id(planned_id):
        for planned in deps.store.planned.newest():
            if planned.id == planned_id:
                return planned
    raise ProblemError(404, "no_such_planned_change", f"there is no planned change {planned_id!r:.80}")


def _view(planned: PlannedChange, now: datetime) -> dict[str, Any]:
    """A planned change as others see it."""
    document = {**planned.to_json(), "status": planned.status(now)}
    return {key: value for key, value in document.items() if not key.startswith("requester_")}
