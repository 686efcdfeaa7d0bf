"""Starts and stops the embedded AWS in this process, on loopback only and with IAM enforced."""

import asyncio
import http.client
import os
import socket
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toolkit.lab.emulator import install_all, isolation
from toolkit.lab.emulator.internals import ministack

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
# Names under which modules of ministack keep the port that they read when they were imported.
_PORT_NAMES = ("_PORT", "_GATEWAY_PORT", "_MINISTACK_PORT", "_DEFAULT_PORT", "DEFAULT_PORT")
# ministack keeps its state in modules: two labs at once in one process would share it.
_only_one = threading.Lock()


class LabError(RuntimeError):
    """The embedded AWS cannot be started, reached or reset."""


@dataclass(frozen=True)
class Lab:
    """A running embedded AWS. The account's root key is its own number with the secret `test`."""

    endpoint: str
    port: int
    account: str
    region: str

    @property
    def root_credentials(self) -> dict[str, str]:
        """Return the account's root key, as keyword arguments of `boto3.client`."""
        return {"aws_access_key_id": self.account, "aws_secret_access_key": "test"}

    def client(self, service: str, **overrides: Any) -> Any:
        """Return a boto3 client of the lab: by default for the account's root user in the lab's Region.

        Without overrides it is shared with whoever else asks for it, since those who poll ask each time.
        """
        settings = {"endpoint_url": self.endpoint, "region_name": self.region, **self.root_credentials}
        make = _new_client if overrides else _shared_client
        return make(service, **{**settings, **overrides})


def _new_client(service: str, **settings: Any) -> Any:
    import boto3  # noqa: PLC0415  # 0.2 s that `trailguard --help` need not pay

    return boto3.client(service, **settings)  # type: ignore[call-overload]  # any service


_shared_client = lru_cache(maxsize=64)(_new_client)


@contextmanager
def running(port: int | None = None) -> Iterator[Lab]:
    """Serve the embedded AWS while the context is open: on `port`, or on a free one."""
    if not _only_one.acquire(blocking=False):
        raise LabError("an embedded AWS is already running in this process; only one can")
    try:
        listener = _listen(port)
        bound = listener.getsockname()[1]
        with _environment({**isolation.SETTINGS, "GATEWAY_PORT": str(bound)}):
            install_all()
            _tell_port(bound)
            server = _Server(listener)
            server.start(bound)
            try:
                yield Lab(f"http://{_LOOPBACK}:{bound}", bound, isolation.ACCOUNT, isolation.REGION)
            finally:
                server.stop()
    finally:
        _only_one.release()


def reset(endpoint: str) -> None:
    """Forget all state of the lab at `endpoint`: ministack's and what the emulator modules added to it."""
    status = _request(endpoint, "POST", "/_ministack/reset")
    if status != http.HTTPStatus.OK:
        raise LabError(f"the lab at {endpoint} refused to reset: HTTP {status}")


class _Server:
    """Uvicorn with ministack in a thread of its own."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._server = self._made()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="trailguard-lab", daemon=True)

    def start(self, port: int) -> None:
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._thread.is_alive():
            if _request(f"http://{_LOOPBACK}:{port}", "GET", "/_ministack/health") == http.HTTPStatus.OK:
                return
            time.sleep(0.02)
        self.stop()
        raise LabError(f"the embedded AWS did not answer on {_LOOPBACK}:{port}") from self._failure

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)
        # Forgets all state, which also ends the processes that the functions ran in.
        ministack("app")._reset_all_state()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as failure:
            self._failure = failure
        finally:
            self._cancel_rest()
            self._loop.close()

    def _cancel_rest(self) -> None:
        """Cancel what still runs, such as a deployment; what cannot be cancelled is not waited for long."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))

    async def _serve(self) -> None:
        app = ministack("app")
        app._reset_lock = None  # belongs to the event loop of the lab before this one
        await self._server.serve(sockets=[self._listener])

    @staticmethod
    def _made() -> Any:
        from uvicorn import Config, Server  # noqa: PLC0415  # only the lab needs a web server

        return Server(
            Config(
                ministack("app").app,
                http="httptools",
                loop="asyncio",
                ws="none",
                log_level="warning",
                access_log=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )


def _listen(port: int | None) -> socket.socket:
    """Listen on loopback: opened here, so that nobody can take the free port in between."""
    # With the protocol said, asyncio sends small answers at once instead of waiting for more (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port or 0))
    except OSError as failure:
        listener.close()
        raise LabError(f"cannot listen on {_LOOPBACK}:{port}: {failure.strerror}") from failure
    return listener


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for as long as the lab runs."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _tell_port(port: int) -> None:
    """Correct the port in modules that an earlier lab of this process has imported."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ministack."):
            for attribute in _PORT_NAMES:
                if isinstance(getattr(module, attribute, None), str):
                    setattr(module, attribute, str(port))


def _request(endpoint: str, method: str, path: str) -> int:
    """Return the HTTP status that the lab answers with; 0 if it does not answer."""
    address = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname or _LOOPBACK, address.port, timeout=10)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
