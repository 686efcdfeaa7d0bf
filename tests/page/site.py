"""The page as people meet it: real API, real state machine definition and steps, on an imitated account.

Two things stand in for AWS: the sign-in (it checks PKCE and gives tokens that are not signed), and API
Gateway's authorizer (it looks a token up and hands on its claims). Both are proven end to end elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from response.access_settings import AccessSettings
from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.executions import Answered, Started
from response.aws.stored_incident import StoredIncident
from response.console.api import handle
from response.console.deps import ConsoleDeps
from response.domain.sign_in_claims import LINKED, NOBODY
from response.steps.telling import Teller, announce
from response.steps.world import current
from tests.response.aws.fakes import FakeClock
from tests.response.steps.fakes import ACCOUNT, SETTINGS, FakeExecutions, FakeMetrics, moment
from tests.response.steps.scenes import MINIMIZED, event
from tests.response.steps.telling_fakes import channels
from tests.response.steps.walker import Walker

CLIENT = "page-client"
SCOPE = "trailguard/console"
PATIENCE = 5.0
DORA = f"arn:aws:iam::{ACCOUNT}:user/dora"
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "alice": {"cognito:groups": "[trailguard-approvers]", LINKED: NOBODY},
    "bob": {"cognito:groups": "[trailguard-approvers]", LINKED: NOBODY},
    "carol": {"cognito:groups": "[trailguard-readers]", LINKED: NOBODY},
    "mallory": {
        "cognito:groups": "[trailguard-approvers]",
        LINKED: f"arn:aws:iam::{ACCOUNT}:user/mallory",
    },
    "dora": {"cognito:groups": "[trailguard-approvers]", LINKED: DORA},
    "robin": {
        "cognito:groups": "[trailguard-approvers]",
        LINKED: SETTINGS.role_arn(SETTINGS.container_role_name, ACCOUNT),
    },
}


class Now(FakeClock):
    """The time that the browser has, too; `ahead` moves it on for everybody but the browser."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Now, and what a test has added."""
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        """No step waits here."""


@dataclass
class Site:
    """One deployment behind one address. `person` is who sits at the keyboard when the sign-in page asks."""

    walker: Walker
    url: str = ""
    person: str = "alice"
    token_seconds: int = 900
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    is_over: bool = False
    is_stopped: bool = False
    walks: list[threading.Thread] = field(default_factory=list)

    @property
    def clock(self) -> Now:
        """The clock of the deployment."""
        clock = self.walker.world.clock
        assert isinstance(clock, Now)
        return clock

    def attack(self, event_id: str = "e-1", **fields: Any) -> StoredIncident:
        """Mallory changes the trail just now; back when the plan waits for a decision."""
        self.walker.world.attack(**MINIMIZED)
        self.walker.while_waiting = self._wait
        happened = moment(datetime.now(UTC) - timedelta(seconds=20))
        given = event(event_id, **{"eventTime": happened, **fields})
        self.walk(given, f"execution-{event_id}")
        self.until(lambda: self.approval_status() is ApprovalStatus.PENDING)
        return self.incident()

    def incident(self) -> StoredIncident:
        """The newest one."""
        return self.walker.store.incidents.newest(limit=1)[0]

    def approval_status(self) -> ApprovalStatus | None:
        """How the newest incident's approval stands."""
        found = self.walker.store.incidents.newest(limit=1)
        approval = self.walker.store.approvals.latest(found[0].id) if found else None
        return approval.status if approval else None

    def become(self, person: str) -> None:
        """Whoever is signed in has, to the authorizer, the groups and links of that person from now on."""
        self.tokens = {token: {**claims, **PEOPLE[person]} for token, claims in self.tokens.items()}

    def round(self) -> int:
        """The round of the newest incident."""
        return self.incident().round

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so; AssertionError when it takes too long."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, self.failures
            time.sleep(0.02)

    def finish(self) -> None:
        """Let every execution come to its end by itself."""
        for walk in self.walks:
            walk.join(PATIENCE)

    def close(self) -> None:
        """Whatever still waits for a decision waits no more: its time is over."""
        self.is_over = True
        self.clock.ahead = timedelta(days=30)
        self.finish()

    def walk(self, given: Mapping[str, Any], name: str) -> None:
        """An execution of its own."""
        walk = threading.Thread(target=self.walker.walk, args=(given, name), daemon=True)
        self.walks.append(walk)
        walk.start()

    def _wait(self, token: str) -> None:
        while token not in self.walker.world.woken and not self.is_over:
            time.sleep(0.02)

    # Workflow
    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Wake the execution that waits; none does where somebody stopped it."""
        if self.is_stopped:
            return Answered.LATE
        return FakeExecutions(self.walker.world).wake(approval, output)

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start an undo."""
        self.walk(payload, name)
        return Started.STARTED

    # HTTP
    def answer(self, method: str, target: str, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """What is at that address."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/oauth2/authorize":
            return self._sign_in(query)
        if parts.path == "/oauth2/token":
            return self._redeem(dict(parse_qsl(body)))
        if parts.path == "/logout":
            return _redirect(query["logout_uri"])
        authorizer: dict[str, Any] = {}
        if parts.path.startswith("/people"):
            claims = self.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
            if claims is None:
                return _json(401, {"message": "Unauthorized"})
            authorizer = {"jwt": {"claims": dict(claims), "scopes": [SCOPE]}}
        if method == "POST":
            self.requests.append((method, parts.path, json.loads(body)))
        return self._api(method, parts.path, query, body, authorizer)

    def _api(
        self, method: str, path: str, query: Mapping[str, str], body: str, authorizer: Mapping[str, Any]
    ) -> dict[str, Any]:
        context = {"http": {"method": method, "path": path}, "authorizer": authorizer}
        request = {
            "version": "2.0",
            "rawPath": path,
            "queryStringParameters": dict(query),
            "requestContext": context,
            "body": body or None,
            "isBase64Encoded": False,
        }
        world: Any = self.walker.world
        access = AccessSettings(issuer=self.url, client_id=CLIENT, scope=SCOPE, sign_in_url=self.url)
        deps = ConsoleDeps(
            store=self.walker.store,
            readers=world,
            executions=self,
            settings=replace(SETTINGS, access=access),
            clock=world.clock,
            log_failure=self.failures.append,
            look=lambda action, incident, session: current(action, incident, world, session),
            announce=lambda kind, incident, answer, said: announce(
                kind,
                incident,
                answer,
                said,
                teller=Teller(channels(world), self.walker.store, world.clock, FakeMetrics(world)),
                policy=self.walker.policy,
                settings=SETTINGS,
            ),
        )
        return handle(request, deps)

    def _sign_in(self, query: dict[str, str]) -> dict[str, Any]:
        """As if `person` had given name, password and second factor."""
        known = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        assert {key: query[key] for key in known} == known
        assert query["redirect_uri"] == f"{self.url}/"
        code = secrets.token_urlsafe(8)
        self.asked[code] = {**query, "person": self.person}
        return _redirect(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")

    def _redeem(self, form: dict[str, str]) -> dict[str, Any]:
        asked = self.asked.pop(form["code"], None)
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != proof:
            return _json(400, {"error": "invalid_grant"})
        person = asked["person"]
        claims = {"sub": f"sub-{person}", "iss": self.url, "username": person, "token_use": "access"}
        coded = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        token = f"e30.{coded}.{secrets.token_urlsafe(8)}"
        self.tokens[token] = {**claims, **PEOPLE[person]}
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds})


@contextmanager
def serving(walker: Walker) -> Iterator[Site]:
    """The site at a free port of this machine."""
    site = Site(walker)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = site.answer(self.command, self.path, body, headers)
            content = answer["body"].encode()
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.close()
        server.shutdown()
        server.server_close()


def _redirect(target: str) -> dict[str, Any]:
    return {"statusCode": 302, "headers": {"location": target}, "body": ""}


def _json(status: int, document: Any) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(document),
    }
