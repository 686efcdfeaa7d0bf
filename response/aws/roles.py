"""Credentials by capability: a function has no rights in the accounts it protects, it assumes roles there."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError, translated
from response.aws.sessions import new_session

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_sts import STSClient

# Renewed early, so that no call starts with credentials that end under it.
_RENEW_BEFORE = timedelta(minutes=5)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)

CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=20,
    user_agent_extra="trailguard",
)
# Where our own pacing retries, botocore must not: it would make calls that the pacer does not see.
SINGLE_ATTEMPT_CONFIG = CLIENT_CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))


class Capability(StrEnum):
    """What a role in a protected account is for."""

    READER = "reader"
    RESTORER = "restorer"
    CONTAINER = "container"


@dataclass(frozen=True)
class _Assumed:
    """A session on assumed-role credentials, with their end and the clients made of it so far."""

    session: Session
    expires_at: datetime
    clients: dict[tuple[str, str, bool], Any] = field(default_factory=dict)

    def client(self, service: str, region: str, *, single_attempt: bool) -> Any:
        """The client of that service and region; making one costs more than most calls do."""
        key = (service, region, single_attempt)
        if key not in self.clients:
            config = SINGLE_ATTEMPT_CONFIG if single_attempt else CLIENT_CONFIG
            self.clients[key] = self.session.create_client(service, region_name=region, config=config)
        return self.clients[key]


class Roles:
    """Clients in the protected accounts, by capability; credentials are kept until they age."""

    def __init__(
        self, sts: STSClient, *, partition: str, role_names: Mapping[Capability, str], clock: Clock
    ) -> None:
        self._sts = sts
        self._partition = partition
        self._role_names = role_names
        self._clock = clock
        self._assumed: dict[tuple[str, str], _Assumed] = {}
        # Sessions are not safe to share between threads; the clients they make are.
        self._lock = threading.Lock()

    def role_arn(self, capability: Capability, account: str) -> str:
        """ARN of the role of that capability in that account."""
        return f"arn:{self._partition}:iam::{account}:role/{self._role_names[capability]}"

    def client(
        self,
        service: str,
        *,
        capability: Capability,
        account: str,
        region: str,
        session_name: str,
        single_attempt: bool = False,
    ) -> Any:
        """A client of that service and region, in that role session."""
        with self._lock:
            assumed = self._session(self.role_arn(capability, account), session_name)
            return assumed.client(service, region, single_attempt=single_attempt)

    def _session(self, role_arn: str, session_name: str) -> _Assumed:
        now = self._clock.now()
        known = self._assumed.get((role_arn, session_name))
        if known is not None and known.expires_at - _RENEW_BEFORE > now:
            return known
        # Session names come and go with incidents; a warm function keeps only what still lives.
        self._assumed = {key: kept for key, kept in self._assumed.items() if kept.expires_at > now}
        assumed = self._assume(role_arn, session_name)
        self._assumed[(role_arn, session_name)] = assumed
        return assumed

    def _assume(self, role_arn: str, session_name: str) -> _Assumed:
        if not _SESSION_NAME.fullmatch(session_name):
            raise RefusedCallError(
                "sts:AssumeRole",
                "InvalidSessionName",
                f"role session name {session_name!r}: expected 2 to 64 letters, digits or _+=,.@-",
            )
        with translated("sts:AssumeRole"):
            answer = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)
        credentials = answer["Credentials"]
        session = new_session()
        session.set_credentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        )
        return _Assumed(session, credentials["Expiration"])


def regional_sts(region: str) -> STSClient:
    """STS at the region's own endpoint, whatever botocore's version and the environment say.

    The global one, which older versions take by default in many regions, is a dependency on another region,
    and its tokens are not valid in regions that an account has to opt in to.
    """
    session = new_session()
    session.set_config_variable("sts_regional_endpoints", "regional")
    client: Any = session.create_client("sts", region_name=region, config=CLIENT_CONFIG)
    return cast("STSClient", client)
