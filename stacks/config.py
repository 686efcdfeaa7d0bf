"""The deployment configuration: what an operator may say in the CDK context, validated first.

Context values come from `cdk.json` (typed) and from `cdk -c` (always text), so `30` and `"30"` mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from response.settings import MOST_LOOKUPS_PER_SECOND
from stacks.config_values import ConfigurationError, read_choice, read_list, read_text, shown
from stacks.people_config import READERS as _PEOPLE
from stacks.people_config import PeopleConfig
from stacks.policy_file import PolicyFileError, load_policy

__all__ = [
    "LOG_RETENTION_DAYS",
    "PREFIX",
    "ConfigurationError",
    "DeploymentConfig",
    "ObjectLockMode",
    "Removal",
]

PREFIX = "trailguard:"

# CloudWatch Logs, PutRetentionPolicy: the only periods that the service takes.
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# S3, DefaultRetention: at most 100 years.
_MAX_OBJECT_LOCK_DAYS = 36_500
_LOG_GROUP_NAME = re.compile(r"[A-Za-z0-9_./#-]{1,512}")
# Starts the names of functions, roles and alarms: lower case, short enough for the longest of them. It is the
# name of the own trail as well, and CloudTrail takes none of less than three characters.
_NAME_PREFIX = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,23}")
# With its path, if it has one: the console puts roles for log delivery under `service-role/`.
_ROLE_NAME = re.compile(r"(?!role/)(?:[A-Za-z0-9_+=,.@*-]{1,64}/){0,8}[A-Za-z0-9_+=,.@*-]{1,64}")
# Goes into a path and into a list with commas.
_DATABASE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\.mmdb")
_LEAST_RATE = 0.1
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


class ObjectLockMode(StrEnum):
    """How firmly evidence is locked: GOVERNANCE can be bypassed with a permission, COMPLIANCE by nobody."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class Removal(StrEnum):
    """What becomes of evidence, incidents and keys when the stack is deleted."""

    RETAIN = "retain"
    DESTROY = "destroy"


@dataclass(frozen=True)
class DeploymentConfig:
    """Everything that may differ between two deployments.

    `log_group_name`: the log group of an existing trail; None, and the stack provisions a trail of its own.
    `log_delivery_roles`: names of the roles by which trails write to CloudWatch Logs, which a restore has to
    hand to CloudTrail again; none means the own trail's role, or any role where the trail is not our own.
    `geoip_files`: address databases in MaxMind's format on the deploying machine; none is brought along.
    `lookups_per_second`: how much of LookupEvents' quota, two a second per account and region, may be used.
    """

    log_group_name: str | None = None
    log_delivery_roles: tuple[str, ...] = ()
    owner_emails: tuple[str, ...] = ()
    retention_days: int = 365
    object_lock_mode: ObjectLockMode = ObjectLockMode.GOVERNANCE
    log_retention_days: int = 365
    name_prefix: str = "trailguard"
    removal: Removal = Removal.RETAIN
    geoip_files: tuple[Path, ...] = ()
    lookups_per_second: float = MOST_LOOKUPS_PER_SECOND
    people: PeopleConfig = field(default_factory=PeopleConfig)
    policy: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_context(cls, context: Mapping[str, Any], *, root: Path) -> DeploymentConfig:
        """Read the `trailguard:` keys of a CDK context; relative paths are taken from `root`."""
        given = {key: value for key, value in context.items() if key.startswith(PREFIX)}
        unknown = sorted(given.keys() - _KNOWN)
        if unknown:
            known = ", ".join(sorted(_KNOWN))
            raise ConfigurationError(f"{unknown[0]}: unknown context key; known are {known}")
        values = _read(given, _READERS)
        people = PeopleConfig(**_read(given, _PEOPLE_READERS))
        try:
            policy = load_policy(root / read_text(_POLICY_FILE, given.get(_POLICY_FILE) or "policy.yaml"))
        except PolicyFileError as error:
            raise ConfigurationError(f"{_POLICY_FILE}: {error}") from error
        values["geoip_files"] = _existing(root, values.get("geoip_files", ()))
        config = cls(policy=policy, people=people, **values)
        people.check(PREFIX, config.name_prefix)
        return config


_Readers: TypeAlias = Mapping[str, tuple[str, Callable[[str, object], Any]]]


def _read(given: Mapping[str, Any], readers: _Readers) -> dict[str, Any]:
    """The values that are given, by their attributes."""
    return {
        attribute: read(key, given[key])
        for key, (attribute, read) in readers.items()
        if given.get(key) not in (None, "")
    }


def _log_group_name(key: str, value: object) -> str:
    name = read_text(key, value)
    if not _LOG_GROUP_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{key}: {name!r} is no log group name; expected 1 to 512 of letters, digits and _ - / . # "
            "(the name, not the ARN)"
        )
    return name


def _role_names(key: str, value: object) -> tuple[str, ...]:
    names = read_list(key, value, "role names")
    for name in names:
        if not _ROLE_NAME.fullmatch(name):
            raise ConfigurationError(
                f"{key}: {name!r} is no role name; expected one like CloudTrail-Delivery, with its path if "
                "it has one (service-role/CloudTrail-Delivery), `*` allowed"
            )
    return names


def _name_prefix(key: str, value: object) -> str:
    name = read_text(key, value)
    if not _NAME_PREFIX.fullmatch(name):
        raise ConfigurationError(
            f"{key}: {name!r} is no name prefix; expected 3 to 24 lower-case letters, digits and "
            "single hyphens, a letter first and no hyphen last"
        )
    return name


def _emails(key: str, value: object) -> tuple[str, ...]:
    addresses = read_list(key, value, "e-mail addresses")
    for address in addresses:
        if not _EMAIL.fullmatch(address):
            raise ConfigurationError(
                f"{key}: {address!r} is no e-mail address; expected one like soc@example.com"
            )
    if len({address.lower() for address in addresses}) != len(addresses):
        raise ConfigurationError(f"{key}: an address is listed twice in {', '.join(addresses)}")
    return addresses


def _database_files(key: str, value: object) -> tuple[str, ...]:
    """Names of files; they will lie beside each other, under their last part."""
    names = read_list(key, value, "paths of .mmdb files")
    for name in names:
        if not _DATABASE_NAME.fullmatch(Path(name).name):
            raise ConfigurationError(
                f"{key}: {name!r} is no database file; expected a path to one like GeoLite2-Country.mmdb, "
                "of letters, digits and _ - ."
            )
    if len({Path(name).name for name in names}) != len(names):
        raise ConfigurationError(f"{key}: two files have the same name in {', '.join(names)}")
    return names


def _existing(root: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    paths = tuple(root / name for name in names)
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"{_GEOIP_FILES}: there is no file {path}")
    return paths


def _rate(key: str, value: object) -> float:
    expected = f"expected a number from 0.1 to {MOST_LOOKUPS_PER_SECOND:g}"
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{key}: {expected}, found {shown(value)}")
    if not _LEAST_RATE <= value <= MOST_LOOKUPS_PER_SECOND:
        raise ConfigurationError(f"{key}: {expected}, found {value:g}")
    return float(value)


def _whole_number(key: str, value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"{key}: expected a whole number of days, found {shown(value)}")
    return value


def _object_lock_days(key: str, value: object) -> int:
    days = _whole_number(key, value)
    if not 1 <= days <= _MAX_OBJECT_LOCK_DAYS:
        raise ConfigurationError(f"{key}: expected 1 to {_MAX_OBJECT_LOCK_DAYS} days, found {days}")
    return days


def _log_days(key: str, value: object) -> int:
    days = _whole_number(key, value)
    if days not in LOG_RETENTION_DAYS:
        allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
        raise ConfigurationError(f"{key}: CloudWatch Logs keeps {allowed} days, found {days}")
    return days


_POLICY_FILE = f"{PREFIX}policy-file"
_GEOIP_FILES = f"{PREFIX}geoip-files"
_READERS: _Readers = {
    f"{PREFIX}log-group-name": ("log_group_name", _log_group_name),
    f"{PREFIX}log-delivery-roles": ("log_delivery_roles", _role_names),
    f"{PREFIX}owner-emails": ("owner_emails", _emails),
    f"{PREFIX}retention-days": ("retention_days", _object_lock_days),
    f"{PREFIX}object-lock-mode": ("object_lock_mode", read_choice(ObjectLockMode)),
    f"{PREFIX}log-retention-days": ("log_retention_days", _log_days),
    f"{PREFIX}name-prefix": ("name_prefix", _name_prefix),
    f"{PREFIX}removal": ("removal", read_choice(Removal)),
    _GEOIP_FILES: ("geoip_files", _database_files),
    f"{PREFIX}lookups-per-second": ("lookups_per_second", _rate),
}
_PEOPLE_READERS: _Readers = {f"{PREFIX}{name}": reader for name, reader in _PEOPLE.items()}
_KNOWN = {*_READERS, *_PEOPLE_READERS, _POLICY_FILE}
