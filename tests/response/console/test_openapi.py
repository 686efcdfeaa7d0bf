"""The OpenAPI document: says what the routes are, and the console answers as it says, whatever is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from response.console import api
from response.domain.approval import RefusalCode
from response.domain.undo import UndoCode
from response.routes import PAGE_FOLDER, PEOPLE, ROUTES, Route, page_routes
from tests.response.console.test_access import CLAIMS, OWN_POOL
from tests.response.console.world import ALICE, Console
from tests.response.steps.reconcile_world import AUDIT, state
from tests.response.table import create_store, imitated

DOCUMENT: dict[str, Any] = json.loads((PAGE_FOLDER.parent / "openapi.json").read_text(encoding="utf-8"))
SIGNATURE, TOKEN = "AWS4-HMAC-SHA256 Credential=alice", "Bearer good"  # no secret: the shim's word
_EXAMPLES = 6
_KNOWN = "TG-20260501-0123abcd"  # the example of the document; here it is an incident that is there
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    allow_header_conformance,
    unsupported_method,
    ignored_auth,
]


def _described() -> dict[Route, dict[str, Any]]:
    return {
        Route(method.upper(), path): operation
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    }


def test_document_routes_and_handlers_agree() -> None:
    """Both doors, and the page; of its parts the document says that the page names them."""
    parts = {Route("GET", route.path) for route in page_routes()}
    page = {route if route.path in ("/", "/console.json") else Route("GET", "/{file}") for route in parts}
    assert set(_described()) == {*ROUTES, *(route.for_people() for route in ROUTES), *page}
    assert set(api._HANDLERS) == set(ROUTES)


def test_each_door_has_its_own_security() -> None:
    """Signatures at the path itself, access tokens below /people, nothing for the page."""
    for route, operation in _described().items():
        expected: list[dict[str, list[str]]] = [{"signature": []}] if route in ROUTES else []
        if route.path.startswith(f"{PEOPLE}/"):
            expected = [{"people": []}]
        assert operation["security"] == expected, route


def test_both_doors_lead_to_the_same() -> None:
    """Parameters, bodies and answers are those of the signed route."""
    described = _described()
    for route in ROUTES:
        signed, people = described[route], described[route.for_people()]
        for part in ("parameters", "requestBody", "responses", "summary", "description"):
            assert signed.get(part) == people.get(part)


def test_every_refusal_is_told() -> None:
    """A program can rely on the codes, so each is in the description of an operation or of an answer."""
    told = json.dumps(DOCUMENT)
    assert not {str(code) for code in (*RefusalCode, *UndoCode)} - set(
        told.replace(",", " ").replace(".", " ").split()
    )


def _gateway(console: Console, incident_id: str) -> Callable[..., Iterable[bytes]]:
    """Stand in for the API: asks for signature or token as the document says, then calls the console."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, given = environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")
        authorizer, refused = _authorize(path, given)
        if path == "/openapi.json":
            answer: dict[str, Any] = _plain(200, DOCUMENT)
        elif refused:
            answer = _plain(refused, {"message": "Unauthorized"})
        else:
            answer = console.handle(_event(environ, path.replace(_KNOWN, incident_id), authorizer))
        status = HTTPStatus(answer["statusCode"])
        start_response(f"{status.value} {status.phrase}", list(answer["headers"].items()))
        return [answer["body"].encode()]

    return application


def _plain(status: int, document: Any) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(document),
    }


def _event(environ: dict[str, Any], path: str, authorizer: dict[str, Any]) -> dict[str, Any]:
    """As API Gateway hands a request on."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return {
        "rawPath": path,
        "requestContext": {"http": {"method": environ["REQUEST_METHOD"]}, "authorizer": authorizer},
        "queryStringParameters": dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        "body": base64.b64encode(environ["wsgi.input"].read(length)).decode(),
        "isBase64Encoded": True,
    }


def _authorize(path: str, given: str) -> tuple[dict[str, Any], int]:
    """What the authorizer says, or the status with which it refuses."""
    if path.startswith(PEOPLE):
        return ({"jwt": {"claims": CLAIMS}}, 0) if given == TOKEN else ({}, 401)
    if path == "/" or (path.count("/") == 1 and "." in path):
        return {}, 0
    return ({"iam": ALICE}, 0) if given == SIGNATURE else ({}, 403)


@pytest.fixture(scope="module")
def console_api() -> Iterator[Any]:
    """The document over a console with an incident that waits for a decision, and a trail to approve."""
    with imitated() as client:
        console = Console(create_store(client))
        console.settings = replace(console.settings, access=OWN_POOL)
        console.states = {AUDIT: state(AUDIT)}
        incident = console.open_incident()
        console.ask(incident)
        yield schemathesis.openapi.from_wsgi("/openapi.json", _gateway(console, incident.id))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("route", _described(), ids=lambda route: route.key)
def test_the_console_answers_as_the_document_says(
    route: Route, mode: GenerationMode, console_api: Any
) -> None:
    """Status, type, headers and body of every answer, to requests that the document allows and others."""
    authorization = {"Authorization": TOKEN if route.path.startswith(PEOPLE) else SIGNATURE}
    operation = console_api[route.path][route.method]

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        case.call_and_validate(headers=authorization, checks=_CHECKS)

    with suppress(Unsatisfiable):  # a request without a parameter has no bad form
        answers()
