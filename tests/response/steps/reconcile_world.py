"""A world for the reconciler: a real store on an imitated table, and readable fakes for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from response.aws.approvals import StoredApproval
from response.aws.claims import Arrival
from response.aws.errors import AccessDeniedError, RetryableError
from response.aws.executions import Answered, Started
from response.aws.found import Found
from response.aws.history import Attribute
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.trails import FoundTrail
from response.domain.baseline import Baseline, BaselineSource
from response.domain.incident import IncidentStatus, incident_id
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from response.settings import Settings
from response.steps import reconcile
from tests.response.aws.fakes import START, FakeClock
from tests.response.rules.records import ACCOUNT, update_trail

REGION = "eu-west-1"
AUDIT = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
OTHER = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/other"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:trailguard-response"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:trailguard-response:one"
ALARM = "trailguard-trail-updated"

SETTINGS = Settings(
    incident_table="incidents",
    evidence_bucket="evidence",
    topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:owners",
    state_machine_arn=MACHINE,
    reader_role_name="trailguard-reader",
    restorer_role_name="trailguard-restorer",
    container_role_name="trailguard-container",
    account=ACCOUNT,
    partition="aws",
    hub_region=REGION,
    retention_days=365,
    stack_name="Trailguard",
    log_group_name="trail-log",
    alarm_names=(ALARM,),
    console_url="",
    policy_file=Path("policy.json"),
)


def state(arn: str = AUDIT, **changes: Any) -> TrailState:
    """A trail as it ought to be, but for the changes."""
    values: dict[str, Any] = {
        "trail_arn": arn,
        "s3_bucket_name": "log",
        "include_global_service_events": True,
        "is_multi_region_trail": True,
        "log_file_validation_enabled": True,
        "is_organization_trail": False,
        "is_logging": True,
        **changes,
    }
    return TrailState(**values)


def record(event_id: str = "e-1", arn: str = AUDIT, **fields: Any) -> dict[str, Any]:
    """A matching record of five minutes ago."""
    moment = (START - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    values: dict[str, Any] = {
        "eventID": event_id,
        "eventTime": moment,
        "requestParameters": {"name": arn},
        "responseElements": {"trailARN": arn},
        **fields,
    }
    return update_trail(**values)


@dataclass
class World:
    """Trails, history, log group, executions and messages of one run."""

    store: IncidentStore
    clock: FakeClock
    trails_now: dict[str, TrailState | None] = field(default_factory=dict)
    history_records: dict[str, list[Any]] = field(default_factory=dict)
    log_records: list[Any] = field(default_factory=list)
    history_answer: Found | None = None
    broken: set[str] = field(default_factory=set)
    statuses: dict[str, str | None] = field(default_factory=dict)
    started: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    published: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)

    def run(self, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One run by the clock, or by the event."""
        world: Any = self
        return reconcile.run(
            {"source": "aws.events"} if event is None else event,
            store=self.store,
            members=world,
            executions=world,
            topic=world,
            logs=world,
            settings=SETTINGS,
            clock=self.clock,
            metrics=world,
        )

    def approve(self, *states: TrailState) -> None:
        """Put baselines in force; the trails are as approved."""
        for approved in states:
            arn = approved.trail_arn
            self.store.baselines.put(
                Baseline(
                    arn, approved, START, "arn:aws:iam::111111111111:user/alice", BaselineSource.APPROVED
                )
            )
            self.trails_now[arn] = approved

    def open_incident(
        self, arn: str = AUDIT, *, execution: str = EXECUTION, event_id: str = "opened", minutes_ago: int = 20
    ) -> StoredIncident:
        """An incident as intake opens it."""
        at = START - timedelta(minutes=minutes_ago)
        incident = StoredIncident(
            id=incident_id(arn, event_id, at),
            trail_arn=arn,
            account=ACCOUNT,
            region=REGION,
            status=IncidentStatus.OPEN,
            owner=execution,
            path="eventbridge",
            opened_at=at,
            severity="high",
        )
        arrival = Arrival(event_id, event_id, execution, "eventbridge", at, record(event_id, arn))
        self.store.claims.open(arrival, incident)
        self.statuses[execution] = "RUNNING"
        return incident

    # Members, Trails and History in one; the reader's session name is always the same.
    def trails(self, account: str, session_name: str) -> World:
        """The reader of that account."""
        assert (account, session_name) == (ACCOUNT, "tg-reconcile")
        return self

    history = trails

    def list_trails(self, region: str) -> tuple[str, ...]:
        """Trails at home there."""
        self._may("list")
        return tuple(arn for arn, now in self.trails_now.items() if now and f":{region}:" in arn)

    def read(self, arn: str) -> FoundTrail | None:
        """The trail as it is now."""
        self._may(arn)
        found = self.trails_now.get(arn)
        return None if found is None else FoundTrail(found, Surroundings(BucketOwner.SAME_ACCOUNT))

    def lookup(
        self,
        attribute: Attribute,
        value: str,
        *,
        region: str,
        start: datetime,
        end: datetime,
        limit: int,
        pages: int | None = None,
    ) -> Found:
        """The history of that region."""
        assert pages is None
        assert (attribute, value) == (Attribute.EVENT_NAME, "UpdateTrail")
        self._may(region)
        self.asked.append(("history", region, start, end))
        return self.history_answer or Found(tuple(self.history_records.get(region, ())[:limit]))

    # LogSearch
    def search(self, pattern: str, *, start: datetime, end: datetime, limit: int) -> Found:
        """The log group."""
        self._may("log")
        self.patterns.append(pattern)
        self.asked.append(("log", "", start, end))
        return Found(tuple(self.log_records[:limit]))

    # Executions
    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start once per name."""
        self._may("start")
        if name in {known for known, _ in self.started}:
            return Started.ALREADY
        self.started.append((name, payload))
        return Started.STARTED

    def seal(self, token: str, *, incident_id: str, round_: int) -> str:
        """Not the reconciler's to do."""
        raise AssertionError((token, incident_id, round_))

    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Not the reconciler's to do."""
        raise AssertionError((approval, output))

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Not the reconciler's to do."""
        raise AssertionError((token, output))

    def status(self, execution_arn: str) -> str | None:
        """As set."""
        return self.statuses.get(execution_arn)

    # Topic
    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Keep the message."""
        self._may("publish")
        self.published.append((subject, body, attributes))
        return "m-1"

    # Metrics
    def count(self, name: str, value: int = 1) -> None:
        """Add up."""
        self.counts[name] = self.counts.get(name, 0) + value

    def seconds(self, name: str, value: float) -> None:
        """Not the reconciler's to do."""
        raise AssertionError((name, value))

    def _may(self, what: str) -> None:
        if what in self.broken:
            kind = RetryableError if what == "start" else AccessDeniedError
            raise kind(what, "Broken", f"{what} is broken")


def alarm_event(name: str = ALARM, value: str = "ALARM") -> dict[str, Any]:
    """What EventBridge brings when an alarm changes its state."""
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": name, "state": {"value": value}},
    }
