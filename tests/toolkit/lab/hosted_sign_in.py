"""Signs people in as a browser does: authorization code with PKCE through a pool's sign-in page."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from toolkit.lab import totp

VERIFIER = "a-verifier-of-forty-three-characters-or-more"
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TOKEN = re.compile(r'name="mfa_token" value="([^"]+)"')
_SECRET = re.compile(r'<code id="secret">([A-Z2-7]+)</code>')


@dataclass(frozen=True)
class Page:
    """What the sign-in page answered."""

    status: int
    location: str
    text: str

    @property
    def code(self) -> str:
        """The authorization code, if it sends the person back with one."""
        return parse_qs(urlsplit(self.location).query).get("code", [""])[0]

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
    """The sign-in page of one client on a port of this machine."""

    port: int
    client_id: str
    redirect_uri: str
    scope: str

    def authorize(self) -> Page:
        """Open the page."""
        query = {**self._request(), "response_type": "code"}
        return self._call("GET", f"/oauth2/authorize?{urlencode(query)}")

    def password(self, username: str, password: str) -> Page:
        """Send the first form."""
        form = {**self._request(), "response_type": "code", "username": username, "password": password}
        return self._call("POST", "/login", form)

    def second_factor(self, page: Page, code: str) -> Page:
        """Send the second form."""
        return self._call("POST", "/login", {"mfa_token": page.mfa_token, "code": code})

    def token(self, code: str, verifier: str = VERIFIER) -> dict[str, Any]:
        """Exchange the code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code": code,
            "code_verifier": verifier,
        }
        answer: dict[str, Any] = json.loads(self._call("POST", "/oauth2/token", form).text)
        return answer

    def tokens(self, username: str, password: str, secret: str = "") -> dict[str, Any]:
        """All of it: the tokens of somebody who has a password and, with a secret, an authenticator app."""
        page = self.password(username, password)
        if secret:
            page = self.second_factor(page, totp.code(secret))
        return self.token(page.code)

    def _request(self) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "s",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
        }

    def _call(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, urlencode(form) if form else None, _FORM if form else {})
        response = connection.getresponse()
        return Page(response.status, response.getheader("Location") or "", response.read().decode())
