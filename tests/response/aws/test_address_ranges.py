"""AWS's published ranges, from a server on this machine: narrowest first, fetched once, never trusted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from response.aws import address_ranges
from response.aws.address_ranges import AddressRanges
from response.aws.errors import RefusedCallError, RetryableError
from tests.response.aws.fakes import FakeClock

FILE = {
    "prefixes": [
        {"ip_prefix": "3.0.0.0/8", "region": "GLOBAL", "service": "AMAZON"},
        {"ip_prefix": "3.5.0.0/16", "region": "eu-west-1", "service": "AMAZON"},
        {"ip_prefix": "3.5.0.0/16", "region": "eu-west-1", "service": "EC2"},
        {"ip_prefix": "not a prefix", "region": "x", "service": "EC2"},
        {"region": "x"},
        "nonsense",
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2600:1f18::/33", "region": "us-east-1", "service": "EC2"}],
}


class _Handler(BaseHTTPRequestHandler):
    """Answers what the test put there."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    location: ClassVar[str] = ""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """One answer for every path."""
        status, body = self.answer
        self.asked.append(self.path)
        self.send_response(status)
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


Serve = Callable[..., AddressRanges]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a document; the reader of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/ip-ranges.json"
    _Handler.asked, _Handler.location = [], ""

    def make(document: Any = FILE, *, status: int = 200, clock: FakeClock | None = None) -> AddressRanges:
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        _Handler.answer = (status, text)
        return AddressRanges(url, clock=clock or FakeClock())

    yield make
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_narrowest_range_is_told(serve: Serve) -> None:
    """A service says more than AMAZON, which is all of AWS; an address outside has none."""
    found = serve().of(["3.5.1.2", "3.9.9.9", "2600:1f18::5", "198.51.100.1", "s3.amazonaws.com"])
    assert found == {
        "3.5.1.2": {"service": "EC2", "region": "eu-west-1", "prefix": "3.5.0.0/16"},
        "3.9.9.9": {"service": "AMAZON", "region": "GLOBAL", "prefix": "3.0.0.0/8"},
        "2600:1f18::5": {"service": "EC2", "region": "us-east-1", "prefix": "2600:1f18::/33"},
        "198.51.100.1": {},
        "s3.amazonaws.com": {},
    }


def test_the_file_is_fetched_once_while_it_is_fresh(serve: Serve) -> None:
    """A warm function asks again after half a day."""
    clock = FakeClock()
    ranges = serve(clock=clock)
    for _ in range(3):
        ranges.of(["3.5.1.2"])
    assert _Handler.asked == ["/ip-ranges.json"]
    clock.moment += timedelta(hours=13)
    ranges.of(["3.5.1.2"])
    assert len(_Handler.asked) == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [(b"<html>", "not JSON"), (b"[" * 200_000, "not JSON"), ([], "expected an object"), ({}, "prefixes")],
)
def test_another_document_is_refused(serve: Serve, document: Any, said: str) -> None:
    """A captive portal's page is no range."""
    with pytest.raises(RefusedCallError, match=said):
        serve(document).of(["3.5.1.2"])


def test_an_error_of_the_server_is_told(serve: Serve) -> None:
    """By its status."""
    with pytest.raises(RefusedCallError, match="404"):
        serve(status=404).of(["3.5.1.2"])


def test_a_redirection_is_not_followed(serve: Serve) -> None:
    """It could lead anywhere."""
    ranges = serve(status=302)
    _Handler.location = "/elsewhere"
    with pytest.raises(RefusedCallError, match="302"):
        ranges.of(["3.5.1.2"])
    assert _Handler.asked == ["/ip-ranges.json"]


def test_a_huge_file_is_not_read(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of the function is not the server's to fill."""
    monkeypatch.setattr(address_ranges, "_MOST_BYTES", 100)
    with pytest.raises(RefusedCallError, match="more than 100 bytes"):
        serve().of(["3.5.1.2"])


def test_a_file_that_drips_is_given_up(serve: Serve) -> None:
    """Each read may be quick and the whole take for ever."""

    class Hurried(FakeClock):
        """Every look at it is eleven seconds later."""

        def now(self) -> Any:
            self.moment += timedelta(seconds=11)
            return self.moment

    with pytest.raises(RetryableError, match="not read within"):
        serve(clock=Hurried()).of(["3.5.1.2"])


def test_a_server_that_is_not_there_is_told() -> None:
    """Nobody listens on the port of a server that was closed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    port = server.server_address[1]
    server.server_close()
    with pytest.raises(RetryableError, match=str(port)):
        AddressRanges(f"http://127.0.0.1:{port}/x", clock=FakeClock()).of(["3.5.1.2"])
