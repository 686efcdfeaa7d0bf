"""The console's HTTP API: finds the route, and turns every refusal and failure into a problem document.

A GET never decides anything. A failure of ours is logged here and told without its inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from response.aws.errors import NotFoundError, RetryableError
from response.aws.stored_incident import StoredIncident
from response.console import views
from response.console.baselines import capture_baselines
from response.console.caller import caller_of
from response.console.decisions import decide
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, problem
from response.console.planned import expect_change, list_planned, withdraw_planned
from response.console.undoing import take_back
from response.console.verdicts import judge
from response.domain.approval import Approver
from response.domain.errors import TrailguardError
from response.domain.incident import is_incident_id

Answer = dict[str, Any]
_Handler = Callable[[Request, Approver, ConsoleDeps, Mapping[str, str]], Answer]


def handle(event: object, deps: ConsoleDeps) -> Answer:
    """Answer one request, whatever it is."""
    try:
        request = Request.of(event)
        handler, parts = _route(request)
        return handler(request, caller_of(request), deps, parts)
    except ProblemError as error:
        return problem(error)
    except RetryableError as error:
        deps.log_failure(str(error))
        return problem(
            ProblemError(503, "busy", "AWS did not take the call just now; try again in a moment.")
        )
    except TrailguardError as error:
        deps.log_failure(str(error))
        return problem(ProblemError(500, "failed", "The request could not be carried out; the log says why."))


def _list_incidents(
    request: Request, _caller: Approver, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return views.list_incidents(request, deps)


def _show_incident(
    request: Request, _caller: Approver, deps: ConsoleDeps, parts: Mapping[str, str]
) -> Answer:
    views.only(request, ())
    return views.show_incident(_incident(parts["id"], deps), deps)


def _decide(request: Request, caller: Approver, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return decide(request, _incident(parts["id"], deps), caller, deps)


def _judge(request: Request, caller: Approver, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return judge(request, _incident(parts["id"], deps), caller, deps)


def _undo(request: Request, caller: Approver, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return take_back(request, _incident(parts["id"], deps), caller, deps)


def _list_baselines(
    request: Request, _caller: Approver, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return views.list_baselines(request, deps)


def _capture_baselines(
    request: Request, caller: Approver, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return capture_baselines(request, caller, deps)


def _expect_change(
    request: Request, caller: Approver, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return expect_change(request, caller, deps)


def _list_planned(
    request: Request, _caller: Approver, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return list_planned(request, deps)


def _withdraw_planned(
    request: Request, caller: Approver, deps: ConsoleDeps, parts: Mapping[str, str]
) -> Answer:
    return withdraw_planned(request, parts["id"], caller, deps)


# Path pattern -> method -> handler. Whoever may call a route is decided before this code runs.
_ROUTES: tuple[tuple[re.Pattern[str], Mapping[str, _Handler]], ...] = (
    (re.compile(r"/incidents"), {"GET": _list_incidents}),
    (re.compile(r"/incidents/(?P<id>[^/]+)"), {"GET": _show_incident}),
    (re.compile(r"/incidents/(?P<id>[^/]+)/decision"), {"POST": _decide}),
    (re.compile(r"/incidents/(?P<id>[^/]+)/verdict"), {"POST": _judge}),
    (re.compile(r"/incidents/(?P<id>[^/]+)/undo"), {"POST": _undo}),
    (re.compile(r"/baselines"), {"GET": _list_baselines, "POST": _capture_baselines}),
    (re.compile(r"/planned-changes"), {"GET": _list_planned, "POST": _expect_change}),
    (re.compile(r"/planned-changes/(?P<id>[^/]+)/withdraw"), {"POST": _withdraw_planned}),
)


def _route(request: Request) -> tuple[_Handler, Mapping[str, str]]:
    """The handler of path and method, and what the path names."""
    for pattern, methods in _ROUTES:
        found = pattern.fullmatch(request.path)
        if found is None:
            continue
        handler = methods.get(request.method)
        if handler is None:
            allowed = ", ".join(sorted(methods))
            raise ProblemError(
                405,
                "method_not_allowed",
                f"{request.method[:20]!r}: this path takes {allowed}",
                headers={"allow": allowed},
            )
        return handler, found.groupdict()
    raise ProblemError(404, "no_such_path", f"there is nothing at {request.path!r:.200}")


def _incident(incident_id: str, deps: ConsoleDeps) -> StoredIncident:
    """The incident that the path names."""
    if is_incident_id(incident_id):
        try:
            return deps.store.incidents.get(incident_id)
        except NotFoundError:
            pass
    raise ProblemError(404, "no_such_incident", f"there is no incident {incident_id!r:.80}")
