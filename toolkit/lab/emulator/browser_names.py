"""Gap: templates name hosts of AWS, which no browser finds in the lab; ministack 1.5.33 has others for them.

A browser takes every name below `localhost` for this machine. What an API answers to one that came by such a
name says, for the sign-in page of a user pool, where that is here; and a pool's client that may send people
back to an API may send them to the API's name here.
"""

import functools
import os
import re
from typing import Any

from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]

_LOCAL = re.compile(r"[a-z0-9-]+\.execute-api\.localhost(?::\d+)?")
_SIGN_IN = re.compile(r"https://([a-z0-9-]+)\.auth\.([a-z0-9-]+)\.amazoncognito\.com")
_API = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/|$)")
_RETURNS = ("CallbackURLs", "LogoutURLs")


@functools.cache
def install() -> None:
    """Translate what a browser is told, and what it may come back to."""
    app, service = ministack("app"), ministack("services.cognito")
    handle, find = app._handle_execute_api_request, service._find_pool_by_client_id

    async def handle_execute_api_request(host: str, *call: Any, **settings: Any) -> Answer | None:
        answer: Answer | None = await handle(host, *call, **settings)
        return _translated(answer) if answer and _LOCAL.fullmatch(host) else answer

    def find_pool_by_client_id(client_id: str) -> tuple[Any, Any, Any]:
        pool_id, pool, client = find(client_id)
        return pool_id, pool, client and {**client, **_returns(client)}

    app._handle_execute_api_request = handle_execute_api_request
    service._find_pool_by_client_id = find_pool_by_client_id


def _translated(answer: Answer) -> Answer:
    status, headers, body = answer
    if b".amazoncognito.com" in body:
        body = _at_home(body.decode()).encode()
        headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return status, {name: _at_home(value) for name, value in headers.items()}, body


def _at_home(text: str) -> str:
    """The text with the addresses of sign-in pages as this machine has them."""
    return _SIGN_IN.sub(rf"http://\1.auth.\2.localhost:{_port()}", text)


def _returns(client: dict[str, Any]) -> dict[str, list[str]]:
    """The addresses to which a client may send people back, with those that APIs have here."""
    local = rf"http://\1.execute-api.localhost:{_port()}"
    known = {name: client.get(name) or [] for name in _RETURNS}
    return {
        name: list(dict.fromkeys([*urls, *(_API.sub(local, url) for url in urls)]))
        for name, urls in known.items()
    }


def _port() -> str:
    return os.environ["GATEWAY_PORT"]
