"""What the steps need from the world, as protocols; response/aws implements them, tests hand in fakes.

Adapters speak in response.aws.errors. A member adapter is bound to one protected account and role session;
`Members` makes them, so that a step asks for a capability and never for credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from response.aws.approvals import StoredApproval
from response.aws.clock import Clock
from response.aws.evidence import Sealed
from response.aws.executions import Answered, Started
from response.aws.found import Found
from response.aws.geography import Place
from response.aws.history import Attribute
from response.aws.trails import FoundTrail
from response.domain.findings import CalendarState, Contact, InterfaceFacts, PrincipalFacts
from response.domain.plan import Call

__all__ = [
    "AddressRanges",
    "Calendars",
    "Clock",
    "Contacts",
    "Credentials",
    "Evidence",
    "Executions",
    "Geography",
    "History",
    "LogSearch",
    "Members",
    "Metrics",
    "Network",
    "Principals",
    "Runner",
    "Topic",
    "Trails",
]


class Trails(Protocol):
    """Trails of one account, read by the reader role."""

    def read(self, trail_arn: str) -> FoundTrail | None:
        """The trail as it is now, read in its home region; None if it is gone."""
        ...

    def list_trails(self, region: str) -> tuple[str, ...]:
        """ARNs of the trails whose home is that region."""
        ...


class History(Protocol):
    """The event history of one account, read by the reader role."""

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
        """Records of that region whose attribute has that value, newest first, from so many pages."""
        ...


class Credentials(Protocol):
    """What a credential of one account is now, read by the reader role."""

    def access_key_status(self, user_name: str, access_key_id: str) -> str | None:
        """Active, Inactive or Expired; None if there is no such key."""
        ...

    def user_policy(self, user_name: str, policy_name: str) -> dict[str, Any] | None:
        """Document of a user's inline policy; None if there is none."""
        ...

    def role_policy(self, role_name: str, policy_name: str) -> dict[str, Any] | None:
        """Document of a role's inline policy; None if there is none."""
        ...


class Principals(Protocol):
    """The IAM users and roles of one account, read by the reader role.

    Each answers with what is known and, for each part that could not be read, why. `arn` stands in where IAM
    does not tell it; permissions are those on the trail, or on anything where that is empty.
    """

    def user(
        self, name: str, *, arn: str = "", trail_arn: str = ""
    ) -> tuple[PrincipalFacts, tuple[str, ...]]:
        """A user with its keys, policies, groups and permissions; `exists` False if there is none."""
        ...

    def role(
        self, name: str, *, arn: str = "", trail_arn: str = ""
    ) -> tuple[PrincipalFacts, tuple[str, ...]]:
        """A role with its policies and permissions; `exists` False if there is none."""
        ...


class Network(Protocol):
    """Network interfaces of one account, read by the reader role."""

    def interfaces(self, address: str, region: str) -> tuple[InterfaceFacts, ...]:
        """Those of that region that have the address."""
        ...

    def with_instance(self, interface: InterfaceFacts) -> InterfaceFacts:
        """The same with profile and tags of its instance."""
        ...


class Calendars(Protocol):
    """SSM change calendars, read by the reader role."""

    def state(self, name: str, *, region: str, at: datetime) -> CalendarState:
        """Whether a calendar was open at that moment."""
        ...


class Contacts(Protocol):
    """Alternate contacts of one account, read by the reader role."""

    def security(self) -> Contact:
        """The one for security; an empty one where there is none."""
        ...


class AddressRanges(Protocol):
    """AWS's published address ranges."""

    def of(self, addresses: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """The narrowest range of each address; {} where none holds it."""
        ...


class Geography(Protocol):
    """The operator's address databases."""

    @property
    def is_configured(self) -> bool:
        """Whether there are any."""
        ...

    def place_of(self, address: str) -> Place:
        """Country and network of an address."""
        ...


class Runner(Protocol):
    """Makes planned calls by the restorer or the container role; waits and retries within its budget."""

    def apply(self, call: Call) -> str:
        """Make the call; AWS's request id."""
        ...


class Members(Protocol):
    """Adapters in a protected account, each in the role session of that name."""

    def trails(self, account: str, session_name: str) -> Trails:
        """Reader: trails."""
        ...

    def history(self, account: str, session_name: str) -> History:
        """Reader: event history."""
        ...

    def credentials(self, account: str, session_name: str) -> Credentials:
        """Reader: credentials."""
        ...

    def network(self, account: str, session_name: str) -> Network:
        """Reader: network interfaces."""
        ...

    def calendars(self, account: str, session_name: str) -> Calendars:
        """Reader: change calendars."""
        ...

    def contacts(self, account: str, session_name: str) -> Contacts:
        """Reader: alternate contacts."""
        ...

    def principals(self, account: str, session_name: str) -> Principals:
        """Reader: users and roles."""
        ...

    def restorer(self, account: str, session_name: str) -> Runner:
        """Restorer: CloudTrail writes, one a second."""
        ...

    def container(self, account: str, session_name: str) -> Runner:
        """Container: IAM writes."""
        ...


class Evidence(Protocol):
    """The write-once bucket."""

    def seal(self, key: str, body: bytes, content_type: str = ...) -> Sealed:
        """Write the document unless the key is taken; then what is there is answered."""
        ...

    def read(self, key: str, version_id: str = "") -> bytes:
        """A sealed document."""
        ...


class Topic(Protocol):
    """The owners' notification topic."""

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Send a message; its id."""
        ...


class Executions(Protocol):
    """Executions of the response state machine."""

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start an execution, once per name."""
        ...

    def seal(self, token: str, *, incident_id: str, round_: int) -> str:
        """A task token as it may be stored."""
        ...

    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Wake the task that waits for an approval; late if it waits no longer."""
        ...

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Wake a waiting task by its token; late if it waits no longer."""
        ...

    def status(self, execution_arn: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE; None if there is no such one."""
        ...


class LogSearch(Protocol):
    """The log group that a trail writes to."""

    def search(self, pattern: str, *, start: datetime, end: datetime, limit: int) -> Found:
        """Records of that time which the filter pattern selects."""
        ...


class Metrics(Protocol):
    """Where figures go; in Lambda they become CloudWatch metrics by way of the log."""

    def seconds(self, name: str, value: float) -> None:
        """A duration."""
        ...

    def count(self, name: str, value: int = 1) -> None:
        """So many of something."""
        ...
