"""The page: its files as they are, and where to sign in. Nothing here asks who calls, or tells of incidents.

GET /              console.html; its parts at /<name>
GET /console.json  {"issuer", "client_id", "authorization_endpoint", "token_endpoint", "logout_endpoint",
                    "scope", "api"}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from response.aws.errors import RefusedCallError, RetryableError
from response.aws.identity_provider import Endpoints
from response.console.deps import ConsoleDeps
from response.console.http import HEADERS, ProblemError, Request, answer, method_not_allowed
from response.console.views import only
from response.routes import PAGE_FOLDER, PEOPLE, SIGN_IN, page_files

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {connect}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = page_files()
# OpenID Connect Core 1.0: without `openid` no provider has to know that people sign in.
_OPENID = "openid"


def is_part(path: str) -> bool:
    """Whether the page, or a part of it, is at that path."""
    return path in _FILES or path == f"/{SIGN_IN}"


def answer_page(request: Request, deps: ConsoleDeps) -> dict[str, Any]:
    """The file at that path, or the configuration of the sign-in."""
    if request.method != "GET":
        raise method_not_allowed(request, ["GET"])
    if request.path in _FILES:
        # The page gets the answer of the sign-in in its query; it is read there, not here.
        return _file(_FILES[request.path], deps)
    only(request, ())
    return answer(200, sign_in(deps))


def sign_in(deps: ConsoleDeps) -> dict[str, str]:
    """What the page has to know to let somebody sign in; ProblemError where there is no such thing."""
    access = deps.settings.access
    if not access.issuer or not access.client_id:
        raise ProblemError(404, "no_sign_in", "this deployment has no sign-in for people")
    endpoints = _endpoints(deps)
    return {
        "issuer": access.issuer,
        "client_id": access.client_id,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "logout_endpoint": endpoints.logout,
        "scope": " ".join(dict.fromkeys([_OPENID, *access.scope.split()])),
        "api": PEOPLE,
    }


def _endpoints(deps: ConsoleDeps) -> Endpoints:
    """The user pool's own, by its address; another provider is asked."""
    base = deps.settings.access.sign_in_url
    if base:
        return Endpoints(f"{base}/oauth2/authorize", f"{base}/oauth2/token", f"{base}/logout")
    if deps.provider is None:
        raise ProblemError(404, "no_sign_in", "this deployment has no sign-in for people")
    try:
        return deps.provider.endpoints()
    except (RefusedCallError, RetryableError) as error:
        deps.log_failure(str(error))
        raise ProblemError(
            502,
            "no_identity_provider",
            "The identity provider does not say where to sign in; the log says why. "
            "The trailguard command works without it.",
        ) from error


def _file(path: Path, deps: ConsoleDeps) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        deps.log_failure(f"{path.relative_to(PAGE_FOLDER)}: {error.strerror}")
        raise ProblemError(404, "no_such_path", "this part of the page is not deployed") from error
    headers = {**HEADERS, "content-type": _TYPES[path.suffix]}
    if path.suffix == ".html":
        headers["content-security-policy"] = _POLICY.format(connect=_may_connect_to(deps))
    return {"statusCode": 200, "headers": headers, "body": text, "isBase64Encoded": False}


def _may_connect_to(deps: ConsoleDeps) -> str:
    """The page's own origin, and the one that turns a code into a token."""
    try:
        token = urlsplit(sign_in(deps)["token_endpoint"])
    except ProblemError:  # the page says so itself, once it has asked where to sign in
        return "'self'"
    return f"'self' {token.scheme}://{token.netloc}"
