"""The handlers: one for each function, adapters made once, errors under their own name, clean logs."""

from __future__ import annotations

import inspect
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from response import entrypoints
from response.aws import cfn_response
from response.domain.errors import MalformedRecordError
from response.permissions import FUNCTIONS
from response.settings import Settings, SettingsError
from response.wiring import Wiring, wiring
from tests.response.steps.scenes import event
from tests.response.table import NAME, make_table
from tests.response.test_settings import ENV


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The environment of a deployed function, on an imitated account."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"version": 1}))
    aws = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    for name, value in {**ENV, **aws, "TG_ACCOUNT": "111111111111", "TG_POLICY_FILE": str(policy)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    wiring.cache_clear()
    with mock_aws():
        make_table()
        yield
    wiring.cache_clear()


def given(input_: Any) -> Any:
    """What the state machine hands to a handler."""
    return {"execution": "arn:aws:states:eu-west-1:111122223333:execution:x:one", "input": input_}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the function writes to its log; the logger took the standard output of the time of its import."""
    stream = io.StringIO()
    (handler,) = logging.getLogger("trailguard").handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def lines_of(text: str) -> list[dict[str, Any]]:
    """The log line by line; every line is one JSON object."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_function_has_its_handler() -> None:
    """The name is the step's, and it takes what Lambda gives."""
    for name in FUNCTIONS:
        assert list(inspect.signature(getattr(entrypoints, name)).parameters) == ["event", "_context"]


@pytest.mark.usefixtures("deployed")
def test_a_handler_runs_its_step_on_real_adapters() -> None:
    """Intake opens the incident in the table; a second invocation answers the same."""
    assert ENV["TG_INCIDENT_TABLE"] == NAME
    first = entrypoints.intake(given(event()), None)
    assert first["route"] == "respond"
    assert entrypoints.intake(given(event()), None) == first
    assert wiring() is wiring()


@pytest.mark.usefixtures("deployed")
def test_each_log_line_names_the_incident_and_holds_no_record(log: io.StringIO) -> None:
    """One JSON object a line; what the attacker wrote is not in it."""
    result = entrypoints.intake(given(event(userAgent='"}\n{"level":"forged"')), None)
    lines = lines_of(log.getvalue())
    assert lines
    assert lines[-1]["incident_id"] == result["incident_id"]
    assert lines[-1]["step"] == "intake"
    assert lines[-1]["route"] == "respond"
    assert not any("forged" in json.dumps(line) for line in lines)


@pytest.mark.usefixtures("deployed")
def test_errors_leave_under_their_own_name(log: io.StringIO) -> None:
    """The state machine retries and catches by class name; the log has the reason."""
    with pytest.raises(MalformedRecordError):
        entrypoints.intake(given({"path": "eventbridge", "record": 5}), None)
    (failed,) = [line for line in lines_of(log.getvalue()) if line["level"] == "ERROR"]
    assert failed["exception_name"] == "MalformedRecordError"


@pytest.mark.usefixtures("deployed")
def test_the_task_token_is_never_logged(log: io.StringIO) -> None:
    """Not when the step fails either."""
    event_: Any = {
        **given({"incident_id": "TG-1", "route": "await_approval", "round": 1}),
        "task_token": "s3cret",
    }
    with pytest.raises(Exception, match="TG-1"):
        entrypoints.await_approval(event_, None)
    assert "s3cret" not in log.getvalue()


@pytest.mark.usefixtures("deployed")
def test_an_incomplete_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first invocation, not at import."""
    monkeypatch.delenv("TG_TOPIC_ARN")
    with pytest.raises(SettingsError, match="TG_TOPIC_ARN"):
        entrypoints.intake(given(event()), None)


@pytest.mark.usefixtures("deployed")
def test_metrics_are_written_in_the_embedded_metric_format(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, in our namespace; none if nothing was counted."""
    metrics = entrypoints.LoggedMetrics()
    metrics.flush()
    assert capsys.readouterr().out == ""
    metrics.seconds("TimeToRestore", 12.5)
    metrics.count("IncidentsClosed")
    metrics.flush()
    (line,) = lines_of(capsys.readouterr().out)
    assert line["TimeToRestore"] == [12.5]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Trailguard"


@pytest.mark.usefixtures("deployed")
def test_the_console_answers_over_the_api() -> None:
    """A request without an identity is refused by the console itself, not by a crash."""
    request = {
        "version": "2.0",
        "rawPath": "/incidents",
        "requestContext": {"http": {"method": "GET", "path": "/incidents"}},
    }
    answer = entrypoints.console(request, None)
    assert answer["statusCode"] in {401, 403}


def test_the_user_pool_is_answered_without_anything_of_the_deployment() -> None:
    """Its trigger gets no variable of the deployment: it only adds to what the pool says."""
    linked = "arn:aws:iam::111122223333:user/alice"
    given_by_pool = {"version": "2", "request": {"userAttributes": {"custom:principals": linked}}}
    answer = entrypoints.sign_in(given_by_pool, None)
    added = answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]
    assert added == {"claimsToAddOrOverride": {"custom:principals": linked}}


def test_another_identity_provider_is_asked_and_the_own_pool_is_not() -> None:
    """The pool's addresses follow from its own; without an issuer there is nobody to ask."""
    issuer = {"TG_OIDC_ISSUER": "https://login.example.com", "TG_OIDC_CLIENT_ID": "page"}
    own = {**issuer, "TG_SIGN_IN_URL": "https://tg.auth.eu-west-1.amazoncognito.com"}
    for given_env, asked in (({}, False), (own, False), (issuer, True)):
        provider = Wiring(Settings.from_environ({**ENV, **given_env})).identity_provider
        assert (provider is not None) == asked


@pytest.mark.usefixtures("deployed")
def test_cloudformation_is_answered_even_where_nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack must not hang because a variable is missing."""
    answered: list[Any] = []
    monkeypatch.setattr(cfn_response, "_put", lambda _url, body: answered.append(json.loads(body)))
    monkeypatch.delenv("TG_TOPIC_ARN")
    entrypoints.capture_baseline({"RequestType": "Create"}, None)
    (document,) = answered
    assert document["Status"] == "FAILED"
    assert "TG_TOPIC_ARN" in document["Reason"]


@pytest.mark.usefixtures("deployed")
def test_clients_are_made_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake never makes an S3 or SNS client."""
    made: list[str] = []
    original = boto3.client

    def watched(service: str, **settings: Any) -> Any:
        made.append(service)
        return original(service, **settings)  # type: ignore[call-overload]  # any service

    monkeypatch.setattr(boto3, "client", watched)
    entrypoints.intake(given(event()), None)
    assert set(made) <= {"dynamodb", "stepfunctions"}
