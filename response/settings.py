"""The environment contract between the stacks, which write it, and the functions, which read it.

Every function gets the same variables. What is missing or ill-formed is named at the first invocation,
not found out in the middle of an incident.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from response.access_settings import AccessSettings
from response.domain.errors import PolicyError, SettingsError
from response.domain.policy import Policy, parse_policy

__all__ = [
    "IP_RANGES_URL",
    "MOST_LOOKUPS_PER_SECOND",
    "OF_THE_CONSOLE",
    "OPTIONAL",
    "POLICY_FILE_NAME",
    "Environment",
    "PolicyError",
    "Settings",
    "SettingsError",
    "parse_policy_document",
]

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:.+")


class Environment(StrEnum):
    """Names of the environment variables; stacks/ sets them on every function, but for OF_THE_CONSOLE."""

    INCIDENT_TABLE = "TG_INCIDENT_TABLE"
    EVIDENCE_BUCKET = "TG_EVIDENCE_BUCKET"
    TOPIC_ARN = "TG_TOPIC_ARN"
    STATE_MACHINE_ARN = "TG_STATE_MACHINE_ARN"
    TOKEN_KEY_ARN = "TG_TOKEN_KEY_ARN"  # noqa: S105  # the name of a variable, not a secret
    READER_ROLE_NAME = "TG_READER_ROLE_NAME"
    RESTORER_ROLE_NAME = "TG_RESTORER_ROLE_NAME"
    CONTAINER_ROLE_NAME = "TG_CONTAINER_ROLE_NAME"
    ACCOUNT = "TG_ACCOUNT"
    PARTITION = "TG_PARTITION"
    HUB_REGION = "TG_HUB_REGION"
    RETENTION_DAYS = "TG_RETENTION_DAYS"
    STACK_NAME = "TG_STACK_NAME"
    # These may be empty: no log group is watched, no alarms, and the console cannot know its own address.
    LOG_GROUP_NAME = "TG_LOG_GROUP_NAME"
    ALARM_NAMES = "TG_ALARM_NAMES"
    CONSOLE_URL = "TG_CONSOLE_URL"
    POLICY_FILE = "TG_POLICY_FILE"
    # What an investigation may use; without them no database is read, and AWS's own figures and file hold.
    GEOIP_FILES = "TG_GEOIP_FILES"
    LOOKUPS_PER_SECOND = "TG_LOOKUPS_PER_SECOND"
    IP_RANGES_URL = "TG_IP_RANGES_URL"
    # Who may come in by the console, and where people sign in; only the console's function has these.
    APPROVER_GROUP = "TG_APPROVER_GROUP"
    READER_GROUP = "TG_READER_GROUP"
    APPROVER_PRINCIPALS = "TG_APPROVER_PRINCIPALS"
    READER_PRINCIPALS = "TG_READER_PRINCIPALS"
    OIDC_ISSUER = "TG_OIDC_ISSUER"
    OIDC_CLIENT_ID = "TG_OIDC_CLIENT_ID"
    OIDC_SCOPE = "TG_OIDC_SCOPE"
    SIGN_IN_URL = "TG_SIGN_IN_URL"


# Set on the console's function alone: a pool's trigger cannot name the pool that names it.
OF_THE_CONSOLE = frozenset(
    {
        Environment.APPROVER_GROUP,
        Environment.READER_GROUP,
        Environment.APPROVER_PRINCIPALS,
        Environment.READER_PRINCIPALS,
        Environment.OIDC_ISSUER,
        Environment.OIDC_CLIENT_ID,
        Environment.OIDC_SCOPE,
        Environment.SIGN_IN_URL,
    }
)
OPTIONAL = frozenset(
    {
        Environment.LOG_GROUP_NAME,
        Environment.ALARM_NAMES,
        Environment.CONSOLE_URL,
        Environment.POLICY_FILE,
        Environment.GEOIP_FILES,
        Environment.LOOKUPS_PER_SECOND,
        Environment.IP_RANGES_URL,
        *OF_THE_CONSOLE,
    }
)
# Amazon VPC user guide, "AWS IP address ranges".
IP_RANGES_URL = "https://ip-ranges.amazonaws.com/ip-ranges.json"
MOST_LOOKUPS_PER_SECOND = 2.0  # CloudTrail API reference, LookupEvents: per account and region
POLICY_FILE_NAME = "policy.json"  # lies beside the package in the deployed asset


@dataclass(frozen=True)
class Settings:
    """What a function knows of its deployment."""

    incident_table: str
    evidence_bucket: str
    topic_arn: str
    state_machine_arn: str
    reader_role_name: str
    restorer_role_name: str
    container_role_name: str
    account: str
    partition: str
    hub_region: str
    retention_days: int
    stack_name: str
    log_group_name: str
    alarm_names: tuple[str, ...]
    console_url: str
    policy_file: Path
    geoip_files: tuple[Path, ...] = ()
    lookups_per_second: float = MOST_LOOKUPS_PER_SECOND
    ip_ranges_url: str = IP_RANGES_URL
    access: AccessSettings = field(default_factory=AccessSettings)
    token_key_arn: str = ""

    @classmethod
    def from_environ(cls, env: Mapping[str, str]) -> Self:
        """Read the variables; SettingsError names the first that is missing or ill-formed."""
        text = {name: _variable(env, name) for name in Environment}
        return cls(
            incident_table=text[Environment.INCIDENT_TABLE],
            evidence_bucket=text[Environment.EVIDENCE_BUCKET],
            topic_arn=_matching(text, Environment.TOPIC_ARN, _ARN, "an ARN"),
            state_machine_arn=_matching(text, Environment.STATE_MACHINE_ARN, _ARN, "an ARN"),
            reader_role_name=text[Environment.READER_ROLE_NAME],
            restorer_role_name=text[Environment.RESTORER_ROLE_NAME],
            container_role_name=text[Environment.CONTAINER_ROLE_NAME],
            account=_matching(text, Environment.ACCOUNT, _ACCOUNT, "an account id of 12 digits"),
            partition=text[Environment.PARTITION],
            hub_region=text[Environment.HUB_REGION],
            retention_days=_days(text[Environment.RETENTION_DAYS]),
            stack_name=text[Environment.STACK_NAME],
            log_group_name=text[Environment.LOG_GROUP_NAME],
            alarm_names=tuple(name for name in text[Environment.ALARM_NAMES].split(",") if name),
            console_url=text[Environment.CONSOLE_URL],
            policy_file=Path(text[Environment.POLICY_FILE] or _default_policy_file()),
            geoip_files=tuple(Path(name) for name in text[Environment.GEOIP_FILES].split(",") if name),
            lookups_per_second=_rate(text[Environment.LOOKUPS_PER_SECOND]),
            ip_ranges_url=_url(text, Environment.IP_RANGES_URL) or IP_RANGES_URL,
            access=AccessSettings.read(
                {name.value: text[name] for name in OF_THE_CONSOLE},
                sign_in_url=_url(text, Environment.SIGN_IN_URL),
                issuer=_url(text, Environment.OIDC_ISSUER),
            ),
            token_key_arn=_matching(text, Environment.TOKEN_KEY_ARN, _ARN, "an ARN"),
        )

    def role_arn(self, role_name: str, account: str) -> str:
        """ARN of a member role; the roles have the same names in every account and no path."""
        return f"arn:{self.partition}:iam::{account}:role/{role_name}"

    def protects(self, account: str) -> bool:
        """Whether Trailguard has its member roles in that account."""
        return account == self.account

    def restorer_arn(self, account: str) -> str:
        """ARN of the role that puts trails of that account back."""
        return self.role_arn(self.restorer_role_name, account)

    def container_arn(self, account: str) -> str:
        """ARN of the role that shuts principals of that account out."""
        return self.role_arn(self.container_role_name, account)

    def responder_arns(self, account: str) -> frozenset[str]:
        """ARNs of all roles that Trailguard uses in that account."""
        names = (self.reader_role_name, self.restorer_role_name, self.container_role_name)
        return frozenset(self.role_arn(name, account) for name in names)

    def policy(self) -> Policy:
        """The response policy that was deployed with the code."""
        try:
            document = json.loads(self.policy_file.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(
                f"policy file {self.policy_file}: cannot be read ({error.strerror})"
            ) from error
        except ValueError as error:
            raise SettingsError(f"policy file {self.policy_file}: is not JSON ({error})") from error
        return parse_policy_document(document)


def parse_policy_document(document: Any) -> Policy:
    """The policy in a document; stacks/ validates with it before packing. PolicyError if not valid."""
    return parse_policy(document)


def _default_policy_file() -> str:
    return str(Path(__file__).parent.parent / POLICY_FILE_NAME)


def _variable(env: Mapping[str, str], name: Environment) -> str:
    value = env.get(name, "").strip()
    if not value and name not in OPTIONAL:
        raise SettingsError(f"environment variable {name} is not set; the stack sets it on every function")
    return value


def _matching(
    text: Mapping[Environment, str], name: Environment, form: re.Pattern[str], expected: str
) -> str:
    if not form.fullmatch(text[name]):
        raise SettingsError(f"environment variable {name} is {text[name]!r}, expected {expected}")
    return text[name]


def _rate(value: str) -> float:
    """So many a second; the stacks admit no more than AWS does, an imitated AWS may admit more."""
    if not value:
        return MOST_LOOKUPS_PER_SECOND
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", value, re.ASCII) or not float(value):
        raise SettingsError(
            f"environment variable {Environment.LOOKUPS_PER_SECOND} is {value!r}, "
            "expected a number above 0 like 0.5"
        )
    return float(value)


def _url(text: Mapping[Environment, str], name: Environment) -> str:
    """An address for which nobody on the way can answer: https, or this machine; "" where none is given."""
    value = text[name]
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
        if good and parts.hostname:
            return value
    except ValueError:
        pass
    raise SettingsError(
        f"environment variable {name} is {value!r}, "
        "expected an https address, or an http address of this machine"
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _days(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise SettingsError(
            f"environment variable {Environment.RETENTION_DAYS} is {value!r}, expected a whole number of days"
        )
    return int(value)
