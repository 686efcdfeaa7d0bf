"""The page is for everybody, and so is where to sign in; neither tells anything of an incident."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from response.access_settings import AccessSettings
from response.aws.errors import RefusedCallError
from response.aws.identity_provider import Endpoints
from response.routes import PAGE_FOLDER, page_files, page_routes
from tests.response.console.world import Console, event

OWN_POOL = AccessSettings(
    issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf",
    client_id="page",
    scope="trailguard/console",
    sign_in_url="https://trailguard-111122223333.auth.eu-west-1.amazoncognito.com",
)
OTHER = AccessSettings(issuer="https://login.example.com/soc", client_id="page", scope="openid console")


class _Provider:
    """An identity provider of the deployment's own."""

    def __init__(self, endpoints: Endpoints | None) -> None:
        self._endpoints = endpoints

    def endpoints(self) -> Endpoints:
        """Where to sign in, or no answer."""
        if self._endpoints is None:
            raise RefusedCallError("identity provider", "500", "secret reason")
        return self._endpoints


def _get(console: Console, path: str, **more: Any) -> dict[str, Any]:
    request = event("GET", path, **more)
    request["requestContext"].pop("authorizer")
    return console.handle(request)


@pytest.mark.parametrize("path", sorted(page_files()))
def test_every_file_is_served_as_it_is(console: Console, path: str) -> None:
    """With its type, to anybody, never kept and never sniffed."""
    answer = _get(console, path)
    assert answer["statusCode"] == 200
    assert answer["body"] == page_files()[path].read_text(encoding="utf-8")
    headers = answer["headers"]
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    assert headers["content-type"].split(";")[0] == kinds[page_files()[path].suffix]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_every_file_of_the_folder_is_served_and_every_part_is_there() -> None:
    """What the page and its modules name has a route, and no file lies there unseen."""
    served = set(page_files().values())
    assert {path for path in PAGE_FOLDER.iterdir() if path.is_file() and path.suffix != ".py"} == served
    named = set()
    for path in served:
        named |= set(re.findall(r'(?:from|href=|src=) ?"\.?(/[a-z.]+)"', path.read_text(encoding="utf-8")))
    assert named
    assert named <= {route.path for route in page_routes()}


def test_the_page_may_do_little(console: Console) -> None:
    """Scripts, styles and calls to its own origin, and the token endpoint; no frame, form or inline code."""
    console.settings = replace(console.settings, access=OWN_POOL)
    assert _get(console, "/")["headers"]["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {OWN_POOL.sign_in_url}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_the_answer_of_the_sign_in_is_for_the_page_only(console: Console) -> None:
    """The code in the address changes nothing of what is served."""
    plain = _get(console, "/")
    assert _get(console, "/", queryStringParameters={"code": "secret", "state": "x"}) == plain
    assert not console.failures


def test_where_to_sign_in_with_the_own_pool(console: Console) -> None:
    """Made from its address alone."""
    console.settings = replace(console.settings, access=OWN_POOL)
    assert json.loads(_get(console, "/console.json")["body"]) == {
        "issuer": OWN_POOL.issuer,
        "client_id": "page",
        "authorization_endpoint": f"{OWN_POOL.sign_in_url}/oauth2/authorize",
        "token_endpoint": f"{OWN_POOL.sign_in_url}/oauth2/token",
        "logout_endpoint": f"{OWN_POOL.sign_in_url}/logout",
        "scope": "openid trailguard/console",
        "api": "/people",
    }


def test_where_to_sign_in_with_another_provider(console: Console) -> None:
    """As the provider says; its token endpoint is the one other origin that the page may call."""
    console.settings = replace(console.settings, access=OTHER)
    console.provider = _Provider(Endpoints("https://a.example.com/in", "https://t.example.com:8443/token"))
    told = json.loads(_get(console, "/console.json")["body"])
    assert (told["authorization_endpoint"], told["logout_endpoint"]) == ("https://a.example.com/in", "")
    assert told["scope"] == "openid console"
    policy = _get(console, "/")["headers"]["content-security-policy"]
    assert "connect-src 'self' https://t.example.com:8443; " in policy


@pytest.mark.parametrize(
    ("access", "status", "code"),
    [(AccessSettings(), 404, "no_sign_in"), (OTHER, 502, "no_identity_provider")],
    ids=["none", "silent"],
)
def test_without_a_sign_in_the_page_is_there_all_the_same(
    console: Console, access: AccessSettings, status: int, code: str
) -> None:
    """It says so itself; why is in the log and nowhere else."""
    console.settings = replace(console.settings, access=access)
    console.provider = _Provider(None)
    answer = _get(console, "/console.json")
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (status, code)
    assert "secret" not in answer["body"]
    page = _get(console, "/")
    assert page["statusCode"] == 200
    assert "connect-src 'self'; " in page["headers"]["content-security-policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/", "/console.js", "/console.json"])
def test_the_page_is_only_read(console: Console, method: str, path: str) -> None:
    """There is nothing to post to."""
    answer = console.handle(event(method, path))
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "path", ["/console.html", "/../api.py", "/page/console.js", "//console.js", "/__init__.py"]
)
def test_no_other_file_is_served(console: Console, path: str) -> None:
    """The paths are those of the list; nothing is made of what the request says."""
    answer = console.handle(event("GET", path))
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (404, "no_such_path")
