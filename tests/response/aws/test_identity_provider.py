"""What an identity provider says of itself, from a server on this machine: taken only in the right form."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from response.aws import identity_provider
from response.aws.errors import RefusedCallError, RetryableError
from response.aws.identity_provider import Endpoints, IdentityProvider
from tests.response.aws.fakes import FakeClock

IN, TOKEN = "https://login.example.com/in", "https://login.example.com/token"


class _Handler(BaseHTTPRequestHandler):
    """Answers what the test put there."""

    answer: ClassVar[bytes] = b""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """One answer for every path."""
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


Serve = Callable[..., IdentityProvider]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands."""
    return FakeClock()


@pytest.fixture
def serve(clock: FakeClock) -> Iterator[Serve]:
    """Serve a document, changed as the test says; the provider."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    issuer = f"http://127.0.0.1:{server.server_port}/soc"

    def start(**changes: Any) -> IdentityProvider:
        document = {"issuer": issuer, "authorization_endpoint": IN, "token_endpoint": TOKEN, **changes}
        _Handler.answer = json.dumps(document).encode()
        _Handler.asked.clear()
        return IdentityProvider(issuer, clock=clock)

    yield start
    server.shutdown()
    server.server_close()


def test_endpoints_are_read_once_an_hour(serve: Serve, clock: FakeClock) -> None:
    """From the place that OpenID Connect Discovery names; a provider without sign-out has none."""
    provider = serve()
    assert provider.endpoints() == provider.endpoints() == Endpoints(IN, TOKEN, "")
    assert _Handler.asked == ["/soc/.well-known/openid-configuration"]
    clock.moment += timedelta(hours=2)
    provider.endpoints()
    assert len(_Handler.asked) == 2


def test_the_sign_out_is_read(serve: Serve) -> None:
    """Where there is one."""
    out = "https://login.example.com/out"
    assert serve(end_session_endpoint=out).endpoints().logout == out


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("issuer", "https://evil.example.com"),
        ("issuer", None),
        ("token_endpoint", None),
        ("token_endpoint", "http://login.example.com/token"),
        ("token_endpoint", "https:///token"),
        ("token_endpoint", "https://x.example.com;script-src * /token"),
        ("token_endpoint", "https://user@login.example.com/token"),
        ("token_endpoint", "https://[::1/token"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("end_session_endpoint", 5),
    ],
)
def test_what_is_not_in_order_is_refused(serve: Serve, member: str, value: object) -> None:
    """Another issuer's document, no https, or an address that would write more into a header than itself."""
    with pytest.raises(RefusedCallError, match=member):
        serve(**{member: value}).endpoints()


def test_a_document_of_any_size_is_not_read(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a small one."""
    monkeypatch.setattr(identity_provider, "_MOST_BYTES", 10)
    with pytest.raises(RefusedCallError, match="more than 10 bytes"):
        serve().endpoints()


def test_a_provider_that_is_not_there_may_be_later(clock: FakeClock) -> None:
    """The same question may be answered in a moment."""
    with pytest.raises(RetryableError):
        IdentityProvider("http://127.0.0.1:9", clock=clock).endpoints()
