"""Signs people in as a browser does: authorization code with PKCE through a pool's sign-in page."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TOKEN = re.compile(r'name="mfa_token" value="([^"]+)"')
_SECRET = re.compile(r'<code id="secret">([A-Z2-7]+)</code>')


@dataclass(frozen=True)
class Reply:
    """What the lab answered: status, headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def location(self) -> str:
        """Where it sends the person on to."""
        return self.headers.get("location", "")

    def sent_back(self, name: str) -> str:
        """What it sends the person back with of that name: the authorization code, or the state."""
        return parse_qs(urlsplit(self.location).query).get(name, [""])[0]

    @property
    def code(self) -> str:
        """The authorization code, if it sends the person back with one."""
        return self.sent_back("code")

    @property
    def mfa_token(self) -> str:
        """What the form for the second factor belongs to."""
        found = _TOKEN.search(self.text)
        return found.group(1) if found else ""

    @property
    def secret(self) -> str:
        """The new secret that it shows for an authenticator app."""
        found = _SECRET.search(self.text)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class SignIn:
    """One sign-in of one client, by the page on a port of this machine; what is made up is made up anew."""

    port: int
    client_id: str
    redirect_uri: str
    scope: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def authorize(self) -> Reply:
        """Open the page."""
        return ask(self.port, "GET", f"/oauth2/authorize?{urlencode(self._request())}")

    def password(self, username: str, password: str) -> Reply:
        """Send the first form."""
        return self._send("/login", {**self._request(), "username": username, "password": password})

    def second_factor(self, page: Reply, code: str) -> Reply:
        """Send the second form."""
        return self._send("/login", {"mfa_token": page.mfa_token, "code": code})

    def redeem(self, code: str, verifier: str = "") -> Reply:
        """Turn a code into tokens; with another verifier than the one that goes with it, if it is given."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code": code,
            "code_verifier": verifier or self.verifier,
        }
        return self._send("/oauth2/token", form)

    def _request(self) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.state,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }

    def _send(self, path: str, form: Mapping[str, str]) -> Reply:
        return ask(self.port, "POST", path, body=urlencode(form), headers=_FORM)


def ask(
    port: int, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Call what is served on a port of this machine; a redirect is not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, answer.read().decode())
    finally:
        connection.close()
