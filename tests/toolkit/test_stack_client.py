"""What the command says when AWS or the stack's API does not answer as hoped."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config

from toolkit import stack_client
from toolkit.output import CommandError, ExitCode
from toolkit.stack_client import ApiRefusalError, StackClient, _answer


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "the API refused these credentials: Forbidden (HTTP 403)"),
        (404, "the API has no such resource: Forbidden (HTTP 404)"),
    ],
)
def test_what_the_gateway_itself_answers_is_put_into_words(status: int, said: str) -> None:
    """API Gateway's own refusals have no problem document."""
    with pytest.raises(ApiRefusalError) as refusal:
        _answer(status, json.dumps({"message": "Forbidden"}).encode())
    assert str(refusal.value) == said
    assert refusal.value.code == ExitCode.REFUSED


def test_an_answer_that_is_no_json_is_quoted() -> None:
    """Such as a proxy's page."""
    with pytest.raises(ApiRefusalError, match=r"<html> \(HTTP 502\)"):
        _answer(502, b"<html>")


def test_an_endpoint_where_nobody_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no question is asked about stack and permissions, which have nothing to do with it."""
    once = Config(retries={"total_max_attempts": 1})
    monkeypatch.setattr(stack_client, "_CONFIG", once)
    session = boto3.Session("AKIDEXAMPLE", "secret", region_name="eu-west-1")
    client = StackClient(given_session=session, endpoint="http://127.0.0.1:9")
    with pytest.raises(CommandError) as refusal:
        client.output("ConsoleUrl")
    assert "cannot reach AWS" in str(refusal.value)
    assert "http://127.0.0.1:9" in str(refusal.value)
    assert "Is it deployed there" not in str(refusal.value)
    assert refusal.value.code == ExitCode.UNREACHABLE
