"""A console on a real store and an imitated table: incidents, people who call, trails to approve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.claims import Arrival
from response.aws.errors import AccessDeniedError, RetryableError
from response.aws.executions import Answered, Started
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.trails import FoundTrail
from response.console.api import handle
from response.console.deps import ConsoleDeps, Provider
from response.domain.incident import IncidentStatus, incident_id
from response.domain.plan import Action
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from response.settings import Settings
from tests.response.aws.fakes import START, FakeClock
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import AUDIT, EXECUTION, REGION, SETTINGS, record

DIGEST = "a" * 64
TOKEN = "task-token-that-nobody-may-see"
ACTIONS = ("restore-trail", "deactivate-access-key")


def user(name: str, **more: str) -> dict[str, str]:
    """An IAM user as the authorizer describes one."""
    return {
        "userArn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "userId": f"AIDAEXAMPLE{name.upper()}",
        "accessKey": f"AKIAEXAMPLE{name.upper()}",
        "accountId": ACCOUNT,
        "callerId": f"AIDAEXAMPLE{name.upper()}",
        **more,
    }


def session(role: str, name: str) -> dict[str, str]:
    """A role session as the authorizer describes one."""
    return {
        "userArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "userId": f"AROAEXAMPLE{role.upper()}:{name}",
        "accessKey": "ASIAEXAMPLESESSION01",
        "accountId": ACCOUNT,
    }


ALICE, MALLORY = user("alice"), user("mallory")


def event(
    method: str, path: str, body: Any = None, *, caller: Mapping[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """A request as API Gateway hands it on; alice calls unless it is said otherwise."""
    return {
        "version": "2.0",
        "rawPath": path,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1", "userAgent": "test"},
            "authorizer": {"iam": dict(ALICE if caller is None else caller)},
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
        **more,
    }


@dataclass
class Console:
    """The API, and what it works with."""

    store: IncidentStore
    clock: FakeClock = field(default_factory=FakeClock)
    states: dict[str, TrailState] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    answered: Answered = Answered.SENT
    busy: bool = False
    woken: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    started: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    fields: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    settings: Settings = SETTINGS
    provider: Provider | None = None

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Status and document of the answer."""
        answer = self.handle(event(method, path, body, **more))
        return answer["statusCode"], json.loads(answer["body"])

    def handle(self, request: Any) -> dict[str, Any]:
        """The raw answer."""
        world: Any = self
        deps = ConsoleDeps(
            store=self.store,
            readers=world,
            executions=world,
            settings=self.settings,
            clock=self.clock,
            log_failure=self.failures.append,
            look=lambda action, _incident, session: self.look(action, session),
            provider=self.provider,
        )
        return handle(request, deps)

    def open_incident(self, *, raw: Any = None, event_id: str = "e-1", arn: str = AUDIT) -> StoredIncident:
        """An incident that mallory's record opened, unless another record is given."""
        incident = StoredIncident(
            id=incident_id(arn, event_id, START),
            trail_arn=arn,
            account=ACCOUNT,
            region=REGION,
            status=IncidentStatus.OPEN,
            owner=EXECUTION,
            path="eventbridge",
            opened_at=self.clock.now(),
            severity="high",
        )
        shown = record(event_id, arn) if raw is None else raw
        arrival = Arrival(event_id, event_id, EXECUTION, "eventbridge", self.clock.now(), shown)
        self.store.claims.open(arrival, incident)
        return incident

    def join(self, incident: StoredIncident, event_id: str, **fields: Any) -> None:
        """A further record of the same trail."""
        raw = record(event_id, **fields)
        arrival = Arrival(event_id, event_id, EXECUTION, "eventbridge", self.clock.now(), raw)
        self.store.claims.join(arrival, incident.id)

    def ask(
        self,
        incident: StoredIncident,
        *,
        round_: int = 1,
        minutes: int = 60,
        quorum: int = 1,
        digest: str = DIGEST,
    ) -> StoredApproval:
        """An approval that is awaited."""
        approval = StoredApproval(
            incident_id=incident.id,
            round=round_,
            status=ApprovalStatus.PENDING,
            digest=digest,
            action_ids=ACTIONS,
            token=TOKEN,
            asked_at=self.clock.now(),
            expires_at=self.clock.now() + timedelta(minutes=minutes),
            quorum=quorum,
            on_timeout="escalate",
        )
        assert self.store.approvals.ask(approval)
        return approval

    # Executions
    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Wake, or be late, or be busy."""
        if self.busy:
            raise RetryableError("states:SendTaskSuccess", "ThrottlingException", "slow down")
        self.woken.append((approval.token, output))
        return self.answered

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start once per name, or be busy."""
        if self.busy:
            raise RetryableError("states:StartExecution", "ThrottlingException", "slow down")
        if name in {known for known, _ in self.started}:
            return Started.ALREADY
        self.started.append((name, payload))
        return Started.STARTED

    def look(self, action: Action, session_name: str) -> Mapping[str, Any]:
        """What the fields of an action read: as the test says, else as the action left them."""
        assert session_name == "tg-undo"
        return self.fields.get(action.id, action.aims)

    # Members and Trails
    def trails(self, account: str, session_name: str) -> Console:
        """The reader."""
        assert account == ACCOUNT
        assert session_name in {"tg-baseline", "tg-undo", "tg-verdict"}
        return self

    def list_trails(self, region: str) -> tuple[str, ...]:
        """Trails at home there."""
        return tuple(sorted(arn for arn in self.states if f":{region}:" in arn))

    def read(self, arn: str) -> FoundTrail | None:
        """The trail as it is now."""
        if arn in self.denied:
            raise AccessDeniedError("cloudtrail:GetTrail", "AccessDeniedException", "not authorized: secret")
        found = self.states.get(arn)
        return None if found is None else FoundTrail(found, Surroundings(BucketOwner.SAME_ACCOUNT))
