"""A custom resource answers where CloudFormation waits, in the form CloudFormation reads."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from response.aws.cfn_response import Result, answer, answering
from response.aws.errors import NotFoundError, RefusedCallError, RetryableError


class Waiting(HTTPServer):
    """Stands in for CloudFormation's bucket: takes one kind of PUT, and keeps what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, str | None, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        """Where to answer."""
        return f"http://127.0.0.1:{self.server_port}/answer?X-Amz-Signature=s"


class _Handler(BaseHTTPRequestHandler):
    server: Waiting

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers.get("Content-Type"), json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """A waiting server."""
    server = Waiting()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def event(url: str, **more: Any) -> dict[str, Any]:
    """What CloudFormation sends."""
    return {
        "RequestType": "Create",
        "ResponseURL": url,
        "StackId": "arn:stack",
        "RequestId": "r-1",
        "LogicalResourceId": "Baselines",
        **more,
    }


def test_success_is_put_to_the_url(waiting: Waiting) -> None:
    """Status, ids and data arrive; the content type is empty, as the URL is signed for."""
    answer(event(waiting.url), Result(True, "2 captured", {"Captured": "2"}), physical_id="baselines")
    path, content_type, document = waiting.got[0]
    assert path == "/answer?X-Amz-Signature=s"
    assert not content_type
    assert document == {
        "Status": "SUCCESS",
        "Reason": "2 captured",
        "PhysicalResourceId": "baselines",
        "StackId": "arn:stack",
        "RequestId": "r-1",
        "LogicalResourceId": "Baselines",
        "Data": {"Captured": "2"},
    }


def test_failure_carries_a_reason_and_the_known_id(waiting: Waiting) -> None:
    """FAILED without a reason would be refused; the resource keeps its id on update and delete."""
    answer(event(waiting.url, PhysicalResourceId="first"), Result(False), physical_id="other")
    document = waiting.got[0][2]
    assert document["Status"] == "FAILED"
    assert document["Reason"] == "see the function's log"
    assert document["PhysicalResourceId"] == "first"


def test_long_answers_are_shortened(waiting: Waiting) -> None:
    """CloudFormation takes 4,096 bytes: the reason is cut, and data that does not fit is left out."""
    answer(event(waiting.url), Result(True, "\U0001f525" * 5000, {"Big": "y" * 5000}), physical_id="b")
    document = waiting.got[0][2]
    assert len(json.dumps(document)) <= 4096
    assert document["Data"] == {}
    assert document["Reason"] == "?" * 1000


def test_refused_answer_is_told(waiting: Waiting) -> None:
    """An expired URL is an error, so that the function's failure shows."""
    waiting.status = 403
    with pytest.raises(RefusedCallError, match="403"):
        answer(event(waiting.url), Result(True), physical_id="b")


def test_unreachable_url_is_retryable() -> None:
    """Lambda invokes an asynchronous function again when it fails."""
    with pytest.raises(RetryableError, match="ResponseURL"):
        answer(event("http://127.0.0.1:9/x"), Result(True), physical_id="b")


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://example.com/x"])
def test_only_http_urls_are_called(url: str) -> None:
    """Whatever the event says, no file is written and no other protocol is spoken."""
    with pytest.raises(RefusedCallError, match="expected an https URL"):
        answer(event(url), Result(True), physical_id="b")


@pytest.mark.parametrize(
    ("request_type", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")]
)
def test_error_is_answered_with_its_reason(request_type: str, status: str, waiting: Waiting) -> None:
    """An error of ours ends the wait of CloudFormation, and does not keep a stack from being deleted."""

    def work() -> Result:
        raise NotFoundError("cloudtrail:GetTrail", "TrailNotFoundException", "gone")

    answering(event(waiting.url, RequestType=request_type), work, physical_id="b")
    document = waiting.got[0][2]
    assert (document["Status"], document["Reason"]) == (
        status,
        "cloudtrail:GetTrail: TrailNotFoundException: gone",
    )


def test_mistake_in_the_code_is_answered_too(waiting: Waiting) -> None:
    """CloudFormation does not wait an hour for a function that broke; the error still reaches the log."""

    def work() -> Result:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        answering(event(waiting.url), work, physical_id="b")
    assert waiting.got[0][2]["Status"] == "FAILED"


def test_result_of_the_work_is_answered(waiting: Waiting) -> None:
    """The usual way."""
    answering(event(waiting.url), lambda: Result(True, "fine"), physical_id="b")
    assert (waiting.got[0][2]["Status"], waiting.got[0][2]["Reason"]) == ("SUCCESS", "fine")
