"""The adapters of a function, each made when it is first needed and kept while the function is warm."""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from response.aws.address_ranges import AddressRanges
from response.aws.clock import SystemClock
from response.aws.evidence import EvidenceStore
from response.aws.executions import Executions
from response.aws.geography import Geography
from response.aws.identity_provider import IdentityProvider
from response.aws.log_records import LogRecords
from response.aws.members import Members
from response.aws.roles import CLIENT_CONFIG, Capability, Roles, regional_sts
from response.aws.sessions import new_session
from response.aws.store import IncidentStore
from response.aws.tokens import Tokens
from response.aws.topic import Topic
from response.domain.policy import Policy
from response.settings import Settings

if TYPE_CHECKING:
    from botocore.session import Session


class Wiring:
    """Everything a handler may hand to its step. A step that needs no S3 never makes an S3 client."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()

    @cached_property
    def policy(self) -> Policy:
        """The deployed response policy."""
        return self.settings.policy()

    @cached_property
    def store(self) -> IncidentStore:
        """The incident table."""
        return IncidentStore.on(self._client("dynamodb"), table=self.settings.incident_table)

    @cached_property
    def evidence(self) -> EvidenceStore:
        """The evidence bucket."""
        client = self._client("s3")
        return EvidenceStore(client, bucket=self.settings.evidence_bucket, owner=self.settings.account)

    @cached_property
    def topic(self) -> Topic:
        """The owners' topic."""
        return Topic(self._client("sns"), arn=self.settings.topic_arn)

    @cached_property
    def executions(self) -> Executions:
        """The response state machine."""
        client = self._client("stepfunctions")
        tokens = Tokens(lambda: self._client("kms"), key_arn=self.settings.token_key_arn)
        return Executions(client, state_machine_arn=self.settings.state_machine_arn, tokens=tokens)

    @cached_property
    def logs(self) -> LogRecords | None:
        """The watched log group; None where none is watched."""
        name = self.settings.log_group_name
        return LogRecords(self._client("logs"), log_group=name, clock=self.clock) if name else None

    @cached_property
    def members(self) -> Members:
        """The protected accounts."""
        roles = Roles(
            regional_sts(self.settings.hub_region),
            partition=self.settings.partition,
            role_names={
                Capability.READER: self.settings.reader_role_name,
                Capability.RESTORER: self.settings.restorer_role_name,
                Capability.CONTAINER: self.settings.container_role_name,
            },
            clock=self.clock,
        )
        return Members(
            roles,
            hub_region=self.settings.hub_region,
            clock=self.clock,
            lookups_per_second=self.settings.lookups_per_second,
        )

    @cached_property
    def address_ranges(self) -> AddressRanges:
        """AWS's published address ranges."""
        return AddressRanges(self.settings.ip_ranges_url, clock=self.clock)

    @cached_property
    def identity_provider(self) -> IdentityProvider | None:
        """Where people sign in, if it is not the stack's own user pool, of which the settings tell."""
        access = self.settings.access
        if not access.issuer or access.is_own_pool:
            return None
        return IdentityProvider(access.issuer, clock=self.clock)

    @cached_property
    def geography(self) -> Geography:
        """The operator's address databases."""
        return Geography(self.settings.geoip_files)

    @cached_property
    def _session(self) -> Session:
        """On the credentials of the function itself."""
        return new_session()

    def _client(self, service: str) -> Any:
        region = self.settings.hub_region
        return self._session.create_client(service, region_name=region, config=CLIENT_CONFIG)


@cache
def wiring() -> Wiring:
    """The wiring of this function; SettingsError at the first invocation if the environment is incomplete."""
    return Wiring(Settings.from_environ(os.environ))
