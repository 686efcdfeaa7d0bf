"""The API answers whatever it is sent: the right thing to the right path, a problem document to all else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from response.aws.incidents import ASSESSMENT, EVIDENCE
from response.aws.store import IncidentStore
from response.console.http import BODY_LIMIT
from response.domain.incident import TimelineEntry
from tests.response.aws.fakes import START, stubbed
from tests.response.console.world import ALICE, DIGEST, TOKEN, Console, event
from tests.response.steps.reconcile_world import AUDIT, OTHER
from tests.response.table import NAME

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_incidents_are_listed_newest_first(console: Console) -> None:
    """Each line holds what the list shows."""
    first = console.open_incident(arn=AUDIT)
    console.clock.moment += timedelta(hours=1)
    second = console.open_incident(arn=OTHER, event_id="e-2")
    status, document = console.call("GET", "/incidents")
    assert status == 200
    lines = document["incidents"]
    assert [line["id"] for line in lines] == [second.id, first.id]
    line = lines[1]
    assert (line["status"], line["severity"], line["trail_arn"]) == ("open", "high", AUDIT)
    assert line["opened_at"] == "2026-05-01T12:00:00+00:00"


def test_list_tells_when_each_path_of_detection_was_heard(console: Console) -> None:
    """A path that never was is named, too: silence is no good news."""
    console.store.heard.note("reconcile", console.clock.now())
    heard = console.call("GET", "/incidents")[1]["heard"]
    assert heard == {
        "eventbridge": None,
        "responder": None,
        "alarm": None,
        "reconcile": "2026-05-01T12:00:00+00:00",
    }


def test_list_can_be_narrowed(console: Console) -> None:
    """By status and by number."""
    incident = console.open_incident(arn=AUDIT)
    console.clock.moment += timedelta(hours=1)
    console.open_incident(arn=OTHER, event_id="e-2")
    console.store.incidents.close(incident, records=1, outcome="x", settled=None, at=console.clock.now())
    closed = console.call("GET", "/incidents", queryStringParameters={"status": "closed"})[1]
    assert [line["id"] for line in closed["incidents"]] == [incident.id]
    one = console.call("GET", "/incidents", queryStringParameters={"limit": "1"})[1]
    assert len(one["incidents"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "\u0661"},
        {"limit": ""},
        {"status": "done"},
        {"trail": "audit"},
    ],
)
def test_bad_query_is_named(query: dict[str, str], console: Console) -> None:
    """A parameter that is unknown or ill-formed is refused rather than ignored."""
    status, document = console.call("GET", "/incidents", queryStringParameters=query)
    assert (status, document["code"]) == (400, "malformed")
    assert next(iter(query)) in document["detail"]


def test_incident_is_shown_whole_without_its_token(console: Console) -> None:
    """Documents of the latest round, approval, records and story; the task token is nobody's to see."""
    incident = console.open_incident()
    console.ask(incident)
    for round_ in (1, 2):
        assessment = {"round": round_, "plan": {"digest": DIGEST}}
        console.store.incidents.put_document(incident.id, ASSESSMENT, round_, assessment)
        sealed = [{"key": f"k{round_}", "version_id": "v", "sha256": "s"}]
        console.store.incidents.put_document(incident.id, EVIDENCE, round_, sealed)
    answer = console.handle(event("GET", f"/incidents/{incident.id}"))
    document = json.loads(answer["body"])
    assert document["id"] == incident.id
    assert document["assessment"]["round"] == 2
    assert [sealed["key"] for sealed in document["evidence"]] == ["k1", "k2"]
    assert (document["approval"]["digest"], document["approval"]["status"]) == (DIGEST, "pending")
    assert document["records"][0]["record"]["eventName"] == "UpdateTrail"
    assert document["timeline"][0]["step"] == "intake"
    assert (document["dossier"], document["verification"], document["actions"]) == (None, None, [])
    assert document["left_out"] == {"records": 0, "timeline": 0}
    assert TOKEN not in answer["body"]


def test_flooded_incident_stays_readable(console: Console) -> None:
    """Refusals by the thousand do not push the answer over what Lambda carries: the ends are shown."""
    incident = console.open_incident()
    for number in range(450):
        at = START + timedelta(seconds=number)
        entry = TimelineEntry(at=at, step="console", text=f"A decision was refused: {number}.", data={})
        console.store.incidents.note(incident.id, entry)
    _, document = console.call("GET", f"/incidents/{incident.id}")
    stored = [entry.text for entry in console.store.incidents.timeline(incident.id)]
    assert [entry["text"] for entry in document["timeline"]] == [*stored[:100], *stored[-300:]]
    assert document["left_out"] == {"records": 0, "timeline": len(stored) - 400}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/page", 404, "no_such_path"),
        ("GET", "/incidents/", 404, "no_such_path"),
        ("GET", "/incidents/TG-20260501-00000000", 404, "no_such_incident"),
        ("GET", "/incidents/../baselines", 404, "no_such_path"),
        ("GET", "/incidents/TG-1", 404, "no_such_incident"),
        ("POST", "/incidents/TG-20260501-00000000/decision", 404, "no_such_incident"),
        ("POST", "/incidents", 405, "method_not_allowed"),
        ("DELETE", "/incidents/TG-20260501-00000000", 405, "method_not_allowed"),
        ("get", "/incidents", 405, "method_not_allowed"),
        ("PUT", "/baselines", 405, "method_not_allowed"),
    ],
)
def test_paths_and_methods(method: str, path: str, status: int, code: str, console: Console) -> None:
    """What is not there is 404, what is there but not so is 405."""
    answered, document = console.call(method, path)
    assert (answered, document["code"]) == (status, code)


def test_405_says_what_is_allowed(console: Console) -> None:
    """As HTTP asks."""
    assert console.handle(event("PUT", "/baselines"))["headers"]["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "authorizer",
    [None, {}, {"iam": None}, {"iam": {"userArn": "alice"}}, {"jwt": {"claims": {"sub": "alice"}}}],
)
@pytest.mark.parametrize("path", ["/incidents", "/baselines"])
def test_unknown_caller_sees_nothing(authorizer: Any, path: str, console: Console) -> None:
    """Identity comes from the authorizer alone; where it names nobody, nothing is read."""
    request = event("GET", path, headers={"x-user": ALICE["userArn"]})
    request["requestContext"]["authorizer"] = authorizer
    answer = console.handle(request)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed"),
        ("[1]", 400, "malformed"),
        ('{"digest": NaN}', 400, "malformed"),
        ('{"digest": "a", "digest": "b"}', 400, "malformed"),
        ("[" * 8000, 400, "malformed"),
        ('{"digest": %s}' % ("9" * 5000), 400, "malformed"),
        ("\ud800", 400, "malformed"),
        (json.dumps({"comment": "x" * BODY_LIMIT}), 413, "body_too_large"),
        (json.dumps({"comment": "x" * 10 * BODY_LIMIT}), 413, "body_too_large"),
        ("", 400, "malformed"),
    ],
)
def test_body_is_strict_json_of_bounded_size(body: str, status: int, code: str, console: Console) -> None:
    """No constants that JSON lacks, no key twice, no depth that breaks a parser, no more than the limit."""
    incident = console.open_incident()
    answered, document = console.call("POST", f"/incidents/{incident.id}/decision", body)
    assert (answered, document["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"trail_arn": NaN}', "NaN is not JSON"),
        ('{"trail_arn": -Infinity}', "-Infinity is not JSON"),
        ('{"trail_arn": "x", "trail_arn": "y"}', "a key stands more than once"),
    ],
)
def test_what_parsers_read_differently_is_refused(body: str, reason: str, console: Console) -> None:
    """Python's JSON takes more than JSON is; the reason is named."""
    status, document = console.call("POST", "/baselines", body)
    assert status == 400
    assert reason in document["detail"]


@pytest.mark.parametrize("body", ["not base64!", "/w=="])
def test_base64_that_is_none_or_no_text(body: str, console: Console) -> None:
    """The flag says base64; the content has to be it, and UTF-8 inside."""
    incident = console.open_incident()
    path = f"/incidents/{incident.id}/decision"
    assert console.call("POST", path, body, isBase64Encoded=True)[1]["code"] == "malformed"


def test_every_answer_is_guarded(console: Console) -> None:
    """Neither good nor bad answers are cached, sniffed, framed or leak an address."""
    for request in (event("GET", "/incidents"), event("GET", "/nowhere"), None):
        headers = console.handle(request)["headers"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["content-type"] in ("application/json", "application/problem+json")


def test_failure_of_ours_is_told_without_its_inside(dynamodb: DynamoDBClient) -> None:
    """A missing table is a 500 whose cause is in the log and nowhere else."""
    console = Console(IncidentStore.on(dynamodb, table="nowhere"))
    status, document = console.call("GET", "/incidents")
    assert (status, document["code"]) == (500, "failed")
    assert "dynamodb" not in json.dumps(document)
    assert "dynamodb:Query" in console.failures[0]


def test_throttled_store_asks_to_try_again() -> None:
    """What may work in a moment is 503."""
    other: Any = boto3.client("dynamodb", region_name="eu-west-1")
    with stubbed(other) as stub:
        stub.add_client_error("query", "ProvisionedThroughputExceededException")
        throttled = Console(IncidentStore.on(other, table=NAME))
        status, document = throttled.call("GET", "/incidents")
    assert (status, document["code"]) == (503, "busy")


FIELDS = st.sampled_from(
    ["GET", "POST", "DELETE", "/incidents", "/baselines", "/incidents/TG-20260501-00000000"]
)
EVENTS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "rawPath": JSON | FIELDS,
        "body": JSON,
        "isBase64Encoded": JSON,
        "queryStringParameters": JSON,
        "requestContext": JSON
        | st.fixed_dictionaries(
            {"http": JSON | st.fixed_dictionaries({"method": JSON | FIELDS})},
            optional={
                "authorizer": JSON
                | st.fixed_dictionaries({"iam": JSON | st.just(ALICE) | st.dictionaries(st.text(), JSON)})
            },
        ),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=EVENTS)
def test_any_event_gets_a_valid_answer(request: Any, console: Console) -> None:
    """Nothing raises; every answer has a status, headers of text and a JSON object, problems with a code."""
    _assert_valid(console.handle(request))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/incidents/{id}/decision", "/baselines"]),
    body=st.text()
    | JSON.map(json.dumps)
    | st.dictionaries(
        st.sampled_from(["digest", "decision", "comment", "actions", "trail_arn", "x"]),
        JSON | st.sampled_from([DIGEST, "approve", "reject", AUDIT, ["restore-trail"]]),
    ).map(json.dumps),
    encoded=st.booleans(),
)
def test_any_body_gets_a_valid_answer(path: str, body: str, encoded: bool, console: Console) -> None:
    """Bodies of every kind, to the routes that take one, on an incident that waits for a decision."""
    open_ids = [incident.id for incident in console.store.incidents.newest(limit=1)]
    if not open_ids:
        incident = console.open_incident()
        console.ask(incident)
        open_ids = [incident.id]
    request = event("POST", path.replace("{id}", open_ids[0]), body, isBase64Encoded=encoded)
    _assert_valid(console.handle(request))


def _assert_valid(answer: dict[str, Any]) -> None:
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in answer["headers"].items())
    document = json.loads(answer["body"])
    if answer["statusCode"] >= 400:
        assert answer["headers"]["content-type"] == "application/problem+json"
        assert set(document) == {"type", "title", "status", "detail", "code"}
        assert document["status"] == answer["statusCode"] != 500
        assert "Traceback" not in answer["body"]
    else:
        assert answer["statusCode"] in (200, 202)
