"""People who sign in at the console on the embedded AWS: a user of the pool, a browser's steps, a token."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.e2e.stage import Stage
from toolkit.lab import totp

_PASSWORD = "Correct-horse-battery-9"
_FOUND = 302
_WAITING = re.compile(r'name="mfa_token" value="([^"]+)"')
_NEW_SECRET = re.compile(r'<code id="secret">([A-Z2-7]+)</code>')


@dataclass(frozen=True)
class Reply:
    """An answer of the lab: status, headers in lower case, and the body."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


@dataclass
class FrontDoor:
    """The lab as a browser sees it: the console's address, the sign-in's, and people's apps."""

    stage: Stage
    apps: dict[str, str] = field(default_factory=dict)

    @cached_property
    def page(self) -> str:
        """The address of the page."""
        return self.stage.scenario.outputs["PageUrl"]

    @cached_property
    def settings(self) -> dict[str, str]:
        """What the page reads to know where to sign in."""
        told: dict[str, str] = self.ask("GET", "/console.json").json
        return told

    def ask(self, method: str, path: str, *, token: str = "", body: Any = None) -> Reply:
        """Call the console; with a token as the page does."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        return self._send(method, path, data, {"Host": urlsplit(self.page).netloc, **headers})

    def hire(self, name: str, *groups: str, linked: str = "") -> None:
        """Make a user of the pool, as an administrator does."""
        cognito, pool = self.stage.lab.client("cognito-idp"), self.stage.scenario.outputs["UserPoolId"]
        attributes = [{"Name": "custom:principals", "Value": linked}] if linked else []
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=name,
            UserAttributes=attributes,
            TemporaryPassword=f"{_PASSWORD}-at-first",
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=_PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)

    def sign_in(self, name: str) -> dict[str, str]:
        """Authorization code with PKCE; access, ID and refresh token."""
        tokens: dict[str, str] = self.redeem(*self.ask_for_code(name)).json
        return tokens

    def ask_for_code(self, name: str) -> tuple[str, str]:
        """Sign in step by step as a browser does: the code, and the verifier that goes with it."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.settings["client_id"],
            "redirect_uri": self.page,
            "scope": self.settings["scope"],
            "state": secrets.token_urlsafe(12),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        shown = self._form("GET", f"/oauth2/authorize?{urlencode(asked)}", {})
        assert shown.status == 200, shown.text
        entered = self._form("POST", "/login", {**asked, "username": name, "password": _PASSWORD})
        filled_in = self._second_factor(name, entered)
        assert filled_in.status == _FOUND, filled_in.text
        back = filled_in.headers["location"]
        assert back.startswith(self.page)
        answer = parse_qs(urlsplit(back).query)
        assert answer["state"] == [asked["state"]]
        return answer["code"][0], verifier

    def _second_factor(self, name: str, asked: Reply) -> Reply:
        """Answer with the code of an authenticator app, which is set up the first time."""
        assert asked.status == 200, asked.text
        waiting, new = _WAITING.search(asked.text), _NEW_SECRET.search(asked.text)
        assert waiting is not None, asked.text
        if new:
            self.apps[name] = new[1]
        return self._form("POST", "/login", {"mfa_token": waiting[1], "code": totp.code(self.apps[name])})

    def redeem(self, code: str, verifier: str) -> Reply:
        """Turn a code into tokens."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.settings["client_id"],
            "code": code,
            "redirect_uri": self.page,
            "code_verifier": verifier,
        }
        return self._form("POST", "/oauth2/token", form)

    def _form(self, method: str, path: str, form: dict[str, str]) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send(method, path, urlencode(form) if form else None, headers)

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Reply:
        lab = urlsplit(self.stage.lab.endpoint)
        connection = http.client.HTTPConnection(str(lab.hostname), lab.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            known = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, known, answer.read().decode())
        finally:
            connection.close()


def part(token: str, index: int) -> dict[str, Any]:
    """Header (0) or claims (1) of a token."""
    text = token.split(".")[index]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def packed(document: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
