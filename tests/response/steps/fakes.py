"""An imitated account for the steps: one trail, one user, an event history, a bucket, a topic, a clock.

Everything is plain data that a test reads and changes; calls of the responder are applied as CloudTrail and
IAM would, and `fail` makes a named operation raise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from response.aws.approvals import StoredApproval
from response.aws.errors import NotFoundError, RefusedCallError
from response.aws.evidence import Sealed
from response.aws.executions import Answered, Started
from response.aws.trails import FoundTrail
from response.domain.findings import KeyFacts, PrincipalFacts, PrincipalType
from response.domain.plan import Call
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from response.settings import Settings
from tests.response.aws.fakes import START, FakeClock
from tests.response.domain import trail_model
from tests.response.steps.reader_fakes import (
    FakeCalendars,
    FakeContacts,
    FakeHistory,
    FakeNetwork,
    Readable,
)

ACCOUNT = "111111111111"
REGION = "eu-west-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
KEY = "AKIAEXAMPLEMALLORY00"

SETTINGS = Settings(
    incident_table="incidents",
    evidence_bucket="evidence",
    topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:owners",
    state_machine_arn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:trailguard-response",
    reader_role_name="trailguard-reader",
    restorer_role_name="trailguard-restorer",
    container_role_name="trailguard-container",
    account=ACCOUNT,
    partition="aws",
    hub_region=REGION,
    retention_days=365,
    stack_name="Trailguard",
    log_group_name="",
    alarm_names=(),
    console_url="",
    policy_file=Path("policy.json"),
)

APPROVED = TrailState(
    trail_arn=TRAIL,
    s3_bucket_name="audit-log",
    include_global_service_events=True,
    is_multi_region_trail=True,
    log_file_validation_enabled=True,
    is_organization_trail=False,
    is_logging=True,
    sns_topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:audit",
    kms_key_id=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
)


@dataclass
class World:
    """The account, and everything the responder did to it, in order."""

    clock: FakeClock = field(default_factory=FakeClock)
    trail: dict[str, Any] | None = field(default_factory=APPROVED.to_json)
    bucket_owner: BucketOwner = BucketOwner.SAME_ACCOUNT
    key_status: dict[str, str] = field(default_factory=lambda: {KEY: "Active"})
    # Inline policies: mallory's by name; those of other users and of roles by kind, principal and name.
    policies: dict[str, str] = field(default_factory=dict)
    inline: dict[tuple[str, str, str], str] = field(default_factory=dict)
    principals_there: set[tuple[str, str]] = field(
        default_factory=lambda: {("user", "mallory"), ("role", "deployer")}
    )
    facts: dict[tuple[str, str], PrincipalFacts] = field(default_factory=dict)
    unread: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    readable: Readable = field(default_factory=Readable)
    calls: list[tuple[str, Call]] = field(default_factory=list)
    sealed: dict[str, bytes] = field(default_factory=dict)
    messages: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    executions: dict[str, str] = field(default_factory=dict)
    woken: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    fail: dict[str, Exception | list[Exception | None]] = field(default_factory=dict)
    before_call: Callable[[Call], None] = lambda _: None

    @property
    def history_records(self) -> list[Any]:
        """The event history."""
        return self.readable.history_records

    @history_records.setter
    def history_records(self, records: list[Any]) -> None:
        self.readable.history_records = records

    def attack(self, **changes: Any) -> None:
        """Change the trail behind the responder's back."""
        assert self.trail is not None
        self.trail = {**self.trail, **changes}

    def state(self) -> TrailState | None:
        """The trail as it is."""
        return None if self.trail is None else TrailState.from_json(self.trail)

    def operations(self) -> list[str]:
        """What the responder called."""
        return [call.operation for _, call in self.calls]

    def kinds(self) -> list[str]:
        """What the owners were told."""
        return [attributes["kind"] for _, _, attributes in self.messages]

    def document(self, kind: str, name: str, policy: str) -> str | None:
        """An inline policy's text."""
        return self.policies.get(policy) if name == "mallory" else self.inline.get((kind, name, policy))

    def set_document(self, kind: str, name: str, policy: str, text: str | None) -> None:
        """Put an inline policy, or take it away, as IAM would: not from nobody, and not what is not there."""
        there = (kind, name) in self.principals_there
        if not there or (text is None and self.document(kind, name, policy) is None):
            operation = f"{'Delete' if text is None else 'Put'}{kind.capitalize()}Policy"
            raise NotFoundError(f"iam:{operation}", "NoSuchEntity", f"{kind} {name}: {policy}")
        kept: dict[Any, str] = self.policies if name == "mallory" else self.inline
        key = policy if name == "mallory" else (kind, name, policy)
        if text is None:
            del kept[key]
        else:
            kept[key] = text

    def check(self, operation: str) -> None:
        """Raise what the test wants this operation to raise; of a list, one item each time."""
        failure = self.fail.get(operation)
        if isinstance(failure, list):
            failure = failure.pop(0) if failure else None
        if failure is not None:
            raise failure

    # Members
    def trails(self, account: str, session_name: str) -> FakeTrails:
        """Reader: trails."""
        self._admit(account, session_name)
        return FakeTrails(self)

    def history(self, account: str, session_name: str) -> FakeHistory:
        """Reader: event history."""
        self._admit(account, session_name)
        return FakeHistory(self)

    def credentials(self, account: str, session_name: str) -> FakeCredentials:
        """Reader: credentials."""
        self._admit(account, session_name)
        return FakeCredentials(self)

    def principals(self, account: str, session_name: str) -> FakePrincipals:
        """Reader: users and roles."""
        self._admit(account, session_name)
        return FakePrincipals(self)

    def network(self, account: str, session_name: str) -> FakeNetwork:
        """Reader: network interfaces."""
        self._admit(account, session_name)
        return FakeNetwork(self)

    def calendars(self, account: str, session_name: str) -> FakeCalendars:
        """Reader: change calendars."""
        self._admit(account, session_name)
        return FakeCalendars(self)

    def contacts(self, account: str, session_name: str) -> FakeContacts:
        """Reader: the security contact."""
        self._admit(account, session_name)
        self.check("contacts")
        return FakeContacts(self)

    def restorer(self, account: str, session_name: str) -> FakeRunner:
        """Restorer."""
        self._admit(account, session_name)
        return FakeRunner(self, session_name)

    def container(self, account: str, session_name: str) -> FakeRunner:
        """Container."""
        self._admit(account, session_name)
        return FakeRunner(self, session_name)

    @staticmethod
    def _admit(account: str, session_name: str) -> None:
        assert account == ACCOUNT
        assert 2 <= len(session_name) <= 64


@dataclass
class FakeTrails:
    """The one trail."""

    world: World

    def read(self, trail_arn: str) -> FoundTrail | None:
        """The trail as it is now."""
        self.world.check("read")
        state = self.world.state()
        if state is None or trail_arn != TRAIL:
            return None
        return FoundTrail(state, Surroundings(self.world.bucket_owner), {"IsLogging": state.is_logging})

    def list_trails(self, region: str) -> tuple[str, ...]:
        """The one trail, in its region."""
        return (TRAIL,) if region == REGION else ()


@dataclass
class FakeCredentials:
    """Keys and inline policies of users and roles."""

    world: World

    def access_key_status(self, user_name: str, access_key_id: str) -> str | None:
        """Status of a key, whosever it is."""
        there = ("user", user_name) in self.world.principals_there
        return self.world.key_status.get(access_key_id) if there else None

    def user_policy(self, user_name: str, policy_name: str) -> dict[str, Any] | None:
        """A user's policy."""
        return self._parsed("user", user_name, policy_name)

    def role_policy(self, role_name: str, policy_name: str) -> dict[str, Any] | None:
        """A role's policy."""
        return self._parsed("role", role_name, policy_name)

    def _parsed(self, kind: str, name: str, policy: str) -> dict[str, Any] | None:
        """As IAM answers it."""
        self.world.check(f"{kind}_policy")
        text = (
            self.world.document(kind, name, policy) if (kind, name) in self.world.principals_there else None
        )
        return None if text is None else dict(json.loads(text))


@dataclass
class FakePrincipals:
    """Users and roles: what the test says of them, else what the world holds."""

    world: World

    def user(
        self, name: str, *, arn: str = "", trail_arn: str = ""
    ) -> tuple[PrincipalFacts, tuple[str, ...]]:
        """A user."""
        return self._facts(PrincipalType.USER, name, arn, trail_arn)

    def role(
        self, name: str, *, arn: str = "", trail_arn: str = ""
    ) -> tuple[PrincipalFacts, tuple[str, ...]]:
        """A role."""
        return self._facts(PrincipalType.ROLE, name, arn, trail_arn)

    def _facts(
        self, kind: PrincipalType, name: str, arn: str, trail_arn: str
    ) -> tuple[PrincipalFacts, tuple[str, ...]]:
        self.world.check("principals")
        assert trail_arn in {"", TRAIL}
        key = (str(kind), name)
        reasons = self.world.unread.get(key, ())
        if key in self.world.facts:
            return self.world.facts[key], reasons
        own = arn or f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"
        if key not in self.world.principals_there:
            return PrincipalFacts(arn=own, type=kind, name=name, exists=False), reasons
        inline = {policy: text for (of, who, policy), text in self.world.inline.items() if (of, who) == key}
        policies = self.world.policies if name == "mallory" else inline
        keys = self.world.key_status if name == "mallory" else {}
        return PrincipalFacts(
            arn=own,
            type=kind,
            name=name,
            tags={},
            inline_policies={policy: len(text) for policy, text in policies.items()},
            attached_policies=(),
            groups=(),
            keys=tuple(KeyFacts(id=key_id, status=status) for key_id, status in keys.items()),
            has_login_profile=False,
            permissions=(),
        ), reasons


@dataclass
class FakeRunner:
    """Applies calls to the world."""

    world: World
    session: str

    def apply(self, call: Call) -> str:
        """Make the call; its request id."""
        self.world.before_call(call)
        self.world.check(call.operation)
        self.world.calls.append((self.session, call))
        parameters = call.parameters
        if call.service == "cloudtrail":
            assert self.world.trail is not None
            self.world.trail = trail_model.apply(self.world.trail, [call])
        elif call.operation == "UpdateAccessKey":
            self._update_key(parameters["UserName"], parameters["AccessKeyId"], parameters["Status"])
        elif call.operation in _POLICY_CALLS:
            kind, parameter = _POLICY_CALLS[call.operation]
            text = parameters.get("PolicyDocument")
            self.world.set_document(kind, parameters[parameter], parameters["PolicyName"], text)
        else:
            raise RefusedCallError(call.operation, "NotOnTheList", "the fake does not know it")
        return f"request-{len(self.world.calls)}"

    def _update_key(self, user: str, key: str, status: str) -> None:
        if ("user", user) not in self.world.principals_there or key not in self.world.key_status:
            raise NotFoundError("iam:UpdateAccessKey", "NoSuchEntity", f"user {user}: {key}")
        self.world.key_status[key] = status


_POLICY_CALLS = {
    "PutUserPolicy": ("user", "UserName"),
    "DeleteUserPolicy": ("user", "UserName"),
    "PutRolePolicy": ("role", "RoleName"),
    "DeleteRolePolicy": ("role", "RoleName"),
}


@dataclass
class FakeEvidence:
    """A write-once bucket."""

    world: World

    def seal(self, key: str, body: bytes, content_type: str = "application/json") -> Sealed:
        """Write unless the key is taken."""
        assert content_type
        self.world.check("seal")
        existed = key in self.world.sealed
        kept = self.world.sealed.setdefault(key, body)
        return Sealed(key, f"version-of-{key}", hashlib.sha256(kept).hexdigest(), existed=existed)

    def read(self, key: str, version_id: str = "") -> bytes:
        """What was sealed."""
        assert version_id == f"version-of-{key}"
        return self.world.sealed[key]


@dataclass
class FakeTopic:
    """Keeps what was published."""

    world: World

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Keep it."""
        self.world.check("publish")
        self.world.messages.append((subject, body, attributes))
        return f"message-{len(self.world.messages)}"


@dataclass
class FakeExecutions:
    """Executions by their ARN and status; tokens that were woken."""

    world: World

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Not used by these steps."""
        raise AssertionError((name, payload))

    def seal(self, token: str, *, incident_id: str, round_: int) -> str:
        """What it is for is legible in it."""
        return f"{incident_id}/{round_}/{token}"

    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """By the token, which is for this approval."""
        incident_id, round_, token = approval.token.split("/")
        assert (incident_id, round_) == (approval.incident_id, str(approval.round))
        return self.succeed(token, output)

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Remember that the token was used."""
        assert isinstance(output, Mapping)
        late = token in self.world.woken
        self.world.woken.append(token)
        return Answered.LATE if late else Answered.SENT

    def status(self, execution_arn: str) -> str | None:
        """As the test says."""
        return self.world.executions.get(execution_arn)


@dataclass
class FakeMetrics:
    """Figures by name."""

    world: World

    def seconds(self, name: str, value: float) -> None:
        """A duration."""
        self.world.figures[name] = value

    def count(self, name: str, value: int = 1) -> None:
        """A count."""
        self.world.figures[name] = self.world.figures.get(name, 0) + value


def moment(at: datetime = START) -> str:
    """A time as records write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
