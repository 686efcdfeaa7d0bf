"""What an investigation reads in the imitated account: history, interfaces, calendars, ranges, places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from response.aws.errors import RefusedCallError
from response.aws.found import Found
from response.aws.geography import Place
from response.aws.history import Attribute
from response.domain.findings import CalendarState, Contact, InterfaceFacts

REGION = "eu-west-1"


@dataclass
class Readable:
    """What a test fills. `history_records` without a region are of the trail's."""

    history_records: list[Any] = field(default_factory=list)
    lookups: list[tuple[str, str, str]] = field(default_factory=list)
    interfaces: dict[str, InterfaceFacts] = field(default_factory=dict)
    change_calendars: dict[str, str] = field(default_factory=dict)
    contact: Contact = field(default_factory=Contact)
    aws_ranges: dict[str, Mapping[str, str]] = field(default_factory=dict)
    places: dict[str, Place] | None = None


class _World(Protocol):
    """The part of the world that is needed here."""

    readable: Readable

    @property
    def history_records(self) -> list[Any]: ...

    def check(self, operation: str) -> None: ...


@dataclass
class FakeHistory:
    """The event history, which a test fills."""

    world: _World

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
        """Records of that region and time whose attribute has that value, newest first."""
        self.world.check("lookup")
        self.world.check(f"lookup {region}")
        assert start < end
        assert pages is None or pages > 0
        self.world.readable.lookups.append((str(attribute), value, region))
        found = [
            raw
            for raw in self.world.history_records
            if raw.get("awsRegion", REGION) == region
            and value in _VALUES[attribute](raw)
            and _is_within(raw, start, end)
        ]
        found.sort(key=lambda raw: str(raw.get("eventTime")), reverse=True)
        cut = f"the limit of {limit} records" if len(found) > limit else ""
        return Found(tuple(found[:limit]), more=bool(cut), cut_by=cut, pages=1)


def _is_within(raw: Mapping[str, Any], start: datetime, end: datetime) -> bool:
    """By whole seconds, as LookupEvents; a record without a time is always there."""
    text = raw.get("eventTime")
    if text is None:
        return True
    at = datetime.fromisoformat(text).astimezone(UTC)
    return start - timedelta(seconds=1) < at <= end


def _resources(raw: Mapping[str, Any]) -> Iterator[str]:
    answered, asked = raw.get("responseElements") or {}, raw.get("requestParameters") or {}
    yield (answered.get("credentials") or {}).get("accessKeyId", "")
    yield asked.get("roleArn", "")
    yield asked.get("name", "")


def _username(raw: Mapping[str, Any]) -> str:
    """As LookupEvents names a caller: a user by its name, a session by its own, the root user as root."""
    identity = raw.get("userIdentity", {})
    if identity.get("type") == "Root":
        return "root"
    session = str(identity.get("principalId", "")).partition(":")[2]
    return str(identity.get("userName") or session)


_VALUES: Mapping[Attribute, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {
    Attribute.EVENT_NAME: lambda raw: (raw.get("eventName"),),
    Attribute.ACCESS_KEY_ID: lambda raw: (raw.get("userIdentity", {}).get("accessKeyId"),),
    Attribute.USERNAME: lambda raw: (_username(raw),),
    Attribute.RESOURCE_NAME: lambda raw: tuple(_resources(raw)),
}


@dataclass
class FakeNetwork:
    """Interfaces by address, all in one region."""

    world: _World

    def interfaces(self, address: str, region: str) -> tuple[InterfaceFacts, ...]:
        """The one that the test put there."""
        self.world.check("interfaces")
        found = self.world.readable.interfaces.get(address)
        return () if found is None or found.region != region else (found,)

    def with_instance(self, interface: InterfaceFacts) -> InterfaceFacts:
        """Nothing more is known of it."""
        self.world.check("instance")
        return interface


@dataclass
class FakeCalendars:
    """Calendars by name."""

    world: _World

    def state(self, name: str, *, region: str, at: datetime) -> CalendarState:
        """As the test says; any other is none."""
        assert region == REGION
        state = self.world.readable.change_calendars.get(name)
        if state is None:
            raise RefusedCallError("ssm:GetCalendarState", "InvalidDocument", "there is none")
        return CalendarState(name, state, at)


@dataclass
class FakeContacts:
    """The account's contact."""

    world: _World

    def security(self) -> Contact:
        """As the test says."""
        self.world.check("contact")
        return self.world.readable.contact


@dataclass
class FakeAddressRanges:
    """Ranges by address."""

    world: _World

    def of(self, addresses: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """As the test says."""
        self.world.check("ranges")
        return {address: self.world.readable.aws_ranges.get(address, {}) for address in addresses}


@dataclass
class FakeGeography:
    """Places by address, if the test has any."""

    world: _World

    @property
    def is_configured(self) -> bool:
        """Whether it has."""
        return self.world.readable.places is not None

    def place_of(self, address: str) -> Place:
        """As the test says."""
        return (self.world.readable.places or {}).get(address, Place())
