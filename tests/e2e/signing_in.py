"""The console's front door on the embedded AWS: its page, and the people of its user pool who sign in."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from tests import hosted_sign_in
from tests.e2e.stage import Stage
from tests.hosted_sign_in import Reply, SignIn
from toolkit.lab import totp

_PASSWORD = "Correct-horse-battery-9"
_FOUND = 302


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
        headers = {"Host": urlsplit(self.page).netloc}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        return hosted_sign_in.ask(self.stage.lab.port, method, path, body=data, headers=headers)

    def hire(self, name: str, *groups: str, linked: str = "") -> None:
        """Make a user of the pool, as an administrator does, and the groups that are not there yet."""
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
        known = {group["GroupName"] for group in cognito.list_groups(UserPoolId=pool)["Groups"]}
        for group in groups:
            if group not in known:
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)

    def sign_in(self, name: str) -> dict[str, str]:
        """Authorization code with PKCE; access, ID and refresh token."""
        code, signing_in = self.ask_for_code(name)
        tokens: dict[str, str] = signing_in.redeem(code).json
        return tokens

    def ask_for_code(self, name: str) -> tuple[str, SignIn]:
        """Sign in step by step as a browser does: the code, and the sign-in whose verifier goes with it."""
        signing_in = SignIn(
            self.stage.lab.port, self.settings["client_id"], self.page, self.settings["scope"]
        )
        shown = signing_in.authorize()
        assert shown.status == 200, shown.text
        entered = signing_in.password(name, _PASSWORD)
        assert (entered.status, bool(entered.mfa_token)) == (200, True), entered.text
        if entered.secret:  # the first time, an authenticator app is set up
            self.apps[name] = entered.secret
        back = signing_in.second_factor(entered, totp.code(self.apps[name]))
        assert back.status == _FOUND, back.text
        assert back.location.startswith(self.page)
        assert back.sent_back("state") == signing_in.state
        return back.code, signing_in


def part(token: str, index: int) -> dict[str, Any]:
    """Header (0) or claims (1) of a token."""
    text = token.split(".")[index]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def packed(document: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
