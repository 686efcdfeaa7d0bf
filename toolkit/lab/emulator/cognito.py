"""Gap: the sign-in page of a pool in ministack 1.5.33 asks for a password only, whatever the pool requires.

Here it asks for the code of an authenticator app too, as managed login does (Cognito developer guide, "TOTP
software token MFA"): of whoever has one, and where the pool requires it everybody sets one up at first.
"""

import functools
import html
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]

# How long Cognito lets a sign-in take, and how often it lets a code be guessed.
_SECONDS = 180.0
_ATTEMPTS = 5
_FACTOR = "SOFTWARE_TOKEN_MFA"
_pending: dict[str, "_SignIn"] = {}


@dataclass
class _SignIn:
    """A sign-in whose password was right: what it goes on with, and the code that it waits for."""

    arguments: tuple[Any, ...]
    user: dict[str, Any]
    secret: str
    is_new: bool
    ends: float
    failed: int = 0


@functools.cache
def install() -> None:
    """Ask for the second factor between the password and the authorization code."""
    service = ministack("services.cognito")
    issue, submit = service._issue_auth_code_redirect, service.handle_login_submit

    def issue_auth_code_redirect(*arguments: Any) -> Answer:
        started = _started(service, arguments)
        return _page(service, started) if started else issue(*arguments)

    def handle_login_submit(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        form = {
            name: values[0] for name, values in parse_qs((body or b"").decode("utf-8", "replace")).items()
        }
        if "mfa_token" not in form:
            answer: Answer = submit(method, path, headers, body, query)
            return answer
        arguments, page = _answered(service, form)
        return page or issue(*arguments)

    service._issue_auth_code_redirect = issue_auth_code_redirect
    service.handle_login_submit = handle_login_submit


def _started(service: Any, arguments: tuple[Any, ...]) -> str:
    """The token of the sign-in that now waits for a code; none where the password is enough."""
    _client, pool_id, _redirect, _scope, username = arguments[:5]
    pool = service._get_pool_unscoped(pool_id)
    user = pool["_users"][username]
    has_one = _FACTOR in user.get("_mfa_enabled", ()) and bool(user.get("_totp_secret"))
    required = pool.get("MfaConfiguration", "OFF")
    if required == "OFF" or (required == "OPTIONAL" and not has_one):
        return ""
    secret = user["_totp_secret"] if has_one else service.base64.b32encode(secrets.token_bytes(20)).decode()
    token = secrets.token_urlsafe(24)
    for old in [name for name, sign_in in _pending.items() if sign_in.ends < time.time()]:
        del _pending[old]
    _pending[token] = _SignIn(arguments, user, secret, not has_one, time.time() + _SECONDS)
    return token


def _answered(service: Any, form: Mapping[str, str]) -> tuple[tuple[Any, ...], Answer | None]:
    """What the sign-in goes on with if the code is right, else the page that says what is wrong."""
    sign_in = _pending.get(form["mfa_token"])
    if sign_in is None or sign_in.ends < time.time():
        _pending.pop(form["mfa_token"], None)
        return (), service._oauth2_error("invalid_request", "Session has expired. Please sign in again.")
    if not service._totp_matches(sign_in.secret, form.get("code", "").strip()):
        sign_in.failed += 1
        if sign_in.failed >= _ATTEMPTS:
            del _pending[form["mfa_token"]]
            return (), service._oauth2_error("access_denied", "Too many wrong codes. Please sign in again.")
        return (), _page(service, form["mfa_token"], "The code does not match.")
    del _pending[form["mfa_token"]]
    if sign_in.is_new:
        sign_in.user["_totp_secret"] = sign_in.secret
        sign_in.user.setdefault("_mfa_enabled", []).append(_FACTOR)
        sign_in.user["_preferred_mfa"] = _FACTOR
    return sign_in.arguments, None


def _page(service: Any, token: str, error: str = "") -> Answer:
    """The form for the code, with the secret where it is being set up."""
    sign_in = _pending[token]
    title = "Set up your authenticator app" if sign_in.is_new else "Enter the code of your authenticator app"
    told = (
        f'<p>Add this key to the app: <code id="secret">{sign_in.secret}</code></p>' if sign_in.is_new else ""
    )
    failed = f'<div class="error" role="alert">{html.escape(error)}</div>' if error else ""
    body = f"""{failed}{told}
<form method="POST" action="/login">
<input type="hidden" name="mfa_token" value="{html.escape(token)}">
<label for="code">Code</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<button type="submit">Sign in</button>
</form>"""
    page = service._page_shell("Sign in", title, body).encode()
    return 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, page
