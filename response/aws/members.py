"""Adapters in the protected accounts, each made for one capability and one role session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from response.aws import calendars, contacts, credentials, history, network, principals, trails
from response.aws.bucket_owner import BucketOwners
from response.aws.calls import CallRunner
from response.aws.clock import Clock
from response.aws.pacing import Pacer
from response.aws.roles import Capability, Roles

# Shorter than a function may run, so that a trail in conflict is handed back to the state machine's retries.
CALL_BUDGET = timedelta(minutes=3)


class Members:
    """The protected accounts, as seen from the hub. What is paced is paced for all sessions together."""

    def __init__(
        self,
        roles: Roles,
        *,
        hub_region: str,
        clock: Clock,
        lookups_per_second: float = history.PER_SECOND,
    ) -> None:
        self._roles = roles
        self._hub_region = hub_region
        self._clock = clock
        self._lookups_per_second = lookups_per_second
        self._pacers: dict[tuple[str, str], Pacer] = {}

    def trails(self, account: str, session_name: str) -> trails.Trails:
        """Trails, by the reader."""
        owners = BucketOwners(self._reader("s3", account, session_name), account=account)
        return trails.Trails(self._reader("cloudtrail", account, session_name), owners, account=account)

    def history(self, account: str, session_name: str) -> history.EventHistory:
        """The event history, by the reader."""
        return history.EventHistory(
            self._clients("cloudtrail", Capability.READER, account, session_name, single_attempt=True),
            clock=self._clock,
            pacer_for=lambda region: self._pacer(
                f"{account}/{region}", "LookupEvents", self._lookups_per_second
            ),
        )

    def credentials(self, account: str, session_name: str) -> credentials.Credentials:
        """Credentials, by the reader."""
        return credentials.Credentials(self._reader("iam", account, session_name)(self._hub_region))

    def network(self, account: str, session_name: str) -> network.Network:
        """Network interfaces and their instances, by the reader."""
        return network.Network(self._reader("ec2", account, session_name))

    def calendars(self, account: str, session_name: str) -> calendars.Calendars:
        """Change calendars, by the reader."""
        return calendars.Calendars(self._reader("ssm", account, session_name))

    def contacts(self, account: str, session_name: str) -> contacts.Contacts:
        """Alternate contacts, by the reader."""
        return contacts.Contacts(self._reader("account", account, session_name)(self._hub_region))

    def principals(self, account: str, session_name: str) -> principals.Principals:
        """Users and roles, by the reader."""
        return principals.Principals(self._reader("iam", account, session_name)(self._hub_region))

    def restorer(self, account: str, session_name: str) -> CallRunner:
        """CloudTrail's write calls, by the restorer."""
        return self._runner(
            "cloudtrail",
            Capability.RESTORER,
            account,
            session_name,
            allowed=trails.RESTORER_OPERATIONS,
            per_second=trails.WRITES_PER_SECOND,
        )

    def container(self, account: str, session_name: str) -> CallRunner:
        """IAM's write calls, by the container."""
        return self._runner(
            "iam",
            Capability.CONTAINER,
            account,
            session_name,
            allowed=credentials.CONTAINER_OPERATIONS,
            per_second=credentials.WRITES_PER_SECOND,
        )

    def _runner(
        self,
        service: str,
        capability: Capability,
        account: str,
        session_name: str,
        *,
        allowed: frozenset[str],
        per_second: float,
    ) -> CallRunner:
        return CallRunner(
            self._clients(service, capability, account, session_name, single_attempt=True),
            service=service,
            allowed=allowed,
            clock=self._clock,
            pacer=self._pacer(account, service, per_second),
            budget=CALL_BUDGET,
        )

    def _reader(self, service: str, account: str, session_name: str) -> Callable[[str], Any]:
        return self._clients(service, Capability.READER, account, session_name)

    def _clients(
        self,
        service: str,
        capability: Capability,
        account: str,
        session_name: str,
        *,
        single_attempt: bool = False,
    ) -> Callable[[str], Any]:
        """Clients by region; a global service is called from the hub's region."""

        def client_for(region: str) -> Any:
            return self._roles.client(
                service,
                capability=capability,
                account=account,
                region=region or self._hub_region,
                session_name=session_name,
                single_attempt=single_attempt,
            )

        return client_for

    def _pacer(self, place: str, what: str, per_second: float) -> Pacer:
        return self._pacers.setdefault((place, what), Pacer(self._clock, per_second))
