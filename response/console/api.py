"""The console's HTTP API: finds the route, and turns every refusal and failure into a problem document.

Who calls comes from the authorizer, and what they may do is looked at before anything is read. A GET never
decides anything. A failure of ours is logged here and told without its inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from response.aws.errors import NotFoundError, RetryableError
from response.aws.stored_incident import StoredIncident
from response.console import page_serving as page
from response.console import views
from response.console.baselines import capture_baselines
from response.console.caller import Caller, caller_of, inside
from response.console.decisions import decide
from response.console.deps import ConsoleDeps
from response.console.http import ProblemError, Request, method_not_allowed, problem
from response.console.planned import expect_change, list_planned, withdraw_planned
from response.console.undoing import take_back
from response.console.verdicts import judge
from response.domain.errors import TrailguardError
from response.domain.incident import is_incident_id
from response.routes import PEOPLE, ROUTES, Route

Answer = dict[str, Any]
_Handler = Callable[[Request, Caller, ConsoleDeps, Mapping[str, str]], Answer]


def handle(event: object, deps: ConsoleDeps) -> Answer:
    """Answer one request, whatever it is."""
    try:
        request = Request.of(event)
        if page.is_part(request.path):
            return page.answer_page(request, deps)
        caller = caller_of(request, deps.settings.access)
        request = inside(request)
        route, parts = _route(request)
        caller.check(read_only=route.is_reading)
        return _at_the_door(caller, _HANDLERS[route](request, caller, deps, parts))
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


def _at_the_door(caller: Caller, response: Answer) -> Answer:
    """Where a new thing is said to be is told as the caller can reach it."""
    location = response["headers"].get("location")
    if location and caller.is_person:
        return {**response, "headers": {**response["headers"], "location": PEOPLE + location}}
    return response


def _list_incidents(request: Request, caller: Caller, deps: ConsoleDeps, _parts: Mapping[str, str]) -> Answer:
    return views.list_incidents(request, caller, deps)


def _show_incident(request: Request, caller: Caller, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return views.show_incident(_incident(parts["id"], deps), caller, deps)


def _decide(request: Request, caller: Caller, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return decide(request, _incident(parts["id"], deps), caller.approver, deps)


def _judge(request: Request, caller: Caller, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return judge(request, _incident(parts["id"], deps), caller.approver, deps)


def _undo(request: Request, caller: Caller, deps: ConsoleDeps, parts: Mapping[str, str]) -> Answer:
    views.only(request, ())
    return take_back(request, _incident(parts["id"], deps), caller.approver, deps)


def _list_baselines(
    request: Request, _caller: Caller, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return views.list_baselines(request, deps)


def _capture_baselines(
    request: Request, caller: Caller, deps: ConsoleDeps, _parts: Mapping[str, str]
) -> Answer:
    return capture_baselines(request, caller.approver, deps)


def _expect_change(request: Request, caller: Caller, deps: ConsoleDeps, _parts: Mapping[str, str]) -> Answer:
    return expect_change(request, caller.approver, deps)


def _list_planned(request: Request, _caller: Caller, deps: ConsoleDeps, _parts: Mapping[str, str]) -> Answer:
    return list_planned(request, deps)


def _withdraw_planned(
    request: Request, caller: Caller, deps: ConsoleDeps, parts: Mapping[str, str]
) -> Answer:
    return withdraw_planned(request, parts["id"], caller.approver, deps)


_HANDLERS: Mapping[Route, _Handler] = {
    Route("GET", "/incidents"): _list_incidents,
    Route("GET", "/incidents/{id}"): _show_incident,
    Route("POST", "/incidents/{id}/decision"): _decide,
    Route("POST", "/incidents/{id}/verdict"): _judge,
    Route("POST", "/incidents/{id}/undo"): _undo,
    Route("GET", "/baselines"): _list_baselines,
    Route("POST", "/baselines"): _capture_baselines,
    Route("GET", "/planned-changes"): _list_planned,
    Route("POST", "/planned-changes"): _expect_change,
    Route("POST", "/planned-changes/{id}/withdraw"): _withdraw_planned,
}
_PATTERNS = {
    route.path: re.compile(re.escape(route.path).replace(re.escape("{id}"), "(?P<id>[^/]+)"))
    for route in ROUTES
}


def _route(request: Request) -> tuple[Route, Mapping[str, str]]:
    """The route of path and method, and what the path names."""
    for path, pattern in _PATTERNS.items():
        found = pattern.fullmatch(request.path)
        if found is None:
            continue
        route = Route(request.method, path)
        if route not in _HANDLERS:
            raise method_not_allowed(request, sorted(one.method for one in ROUTES if one.path == path))
        return route, found.groupdict()
    raise ProblemError(404, "no_such_path", f"there is nothing at {request.path!r:.200}")


def _incident(incident_id: str, deps: ConsoleDeps) -> StoredIncident:
    """The incident that the path names."""
    if is_incident_id(incident_id):
        try:
            return deps.store.incidents.get(incident_id)
        except NotFoundError:
            pass
    raise ProblemError(404, "no_such_incident", f"there is no incident {incident_id!r:.80}")
