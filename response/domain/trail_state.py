"""Everything that decides what a trail logs, in one canonical form: states that log the same are equal.

Attribute names are Python's; `to_json` and every field name elsewhere (changes, `expects`, `aims`) are
spelled as CloudTrail spells them when read. A deleted trail is None, not a state.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from response.domain.arns import Arn, parse_arn, parse_trail_arn
from response.domain.plan import sha256_hex
from response.domain.selectors import (
    DEFAULT_EVENT_SELECTORS,
    Selector,
    advanced_event_selectors,
    event_selectors,
    insight_selectors,
    malformed,
)
from response.domain.text import plain

# JSON name -> attribute. Texts may be absent (None), flags are always there.
TEXTS: Mapping[str, str] = {
    "S3BucketName": "s3_bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "SnsTopicARN": "sns_topic_arn",
    "CloudWatchLogsLogGroupArn": "cloud_watch_logs_log_group_arn",
    "CloudWatchLogsRoleArn": "cloud_watch_logs_role_arn",
    "KmsKeyId": "kms_key_id",
}
FLAGS: Mapping[str, str] = {
    "IncludeGlobalServiceEvents": "include_global_service_events",
    "IsMultiRegionTrail": "is_multi_region_trail",
    "LogFileValidationEnabled": "log_file_validation_enabled",
    "IsOrganizationTrail": "is_organization_trail",
    "IsLogging": "is_logging",
}
SELECTORS: Mapping[str, str] = {
    "EventSelectors": "event_selectors",
    "AdvancedEventSelectors": "advanced_event_selectors",
    "InsightSelectors": "insight_selectors",
}
ATTRIBUTES: Mapping[str, str] = {**TEXTS, **FLAGS, **SELECTORS, "Tags": "tags"}
"""Every field that can change, by its JSON name."""
_IDENTITY = ("TrailARN", "Name", "HomeRegion")


class BucketOwner(StrEnum):
    """Whose the log bucket is, seen from the trail's account."""

    SAME_ACCOUNT = "same_account"
    OTHER_ACCOUNT = "other_account"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Surroundings:
    """What is known of a state's destinations and cannot be read from the state itself."""

    bucket_owner: BucketOwner = BucketOwner.UNKNOWN


@dataclass(frozen=True)
class TrailState:
    """The state of one trail. `assumed` names the fields nobody observed; it is no part of equality."""

    trail_arn: str
    s3_bucket_name: str | None
    include_global_service_events: bool
    is_multi_region_trail: bool
    log_file_validation_enabled: bool
    is_organization_trail: bool
    is_logging: bool
    s3_key_prefix: str | None = None
    sns_topic_arn: str | None = None
    cloud_watch_logs_log_group_arn: str | None = None
    cloud_watch_logs_role_arn: str | None = None
    kms_key_id: str | None = None
    event_selectors: tuple[Selector, ...] = ()
    advanced_event_selectors: tuple[Selector, ...] = ()
    insight_selectors: tuple[Selector, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        arn = parse_trail_arn(self.trail_arn)
        if arn is None:
            expected = "an ARN like arn:aws:cloudtrail:eu-west-1:111122223333:trail/NAME"
            raise malformed("TrailARN", self.trail_arn, expected)
        basic = event_selectors(self.event_selectors)
        advanced = advanced_event_selectors(self.advanced_event_selectors)
        if basic and advanced:
            raise malformed(
                "AdvancedEventSelectors", advanced, "none beside EventSelectors: a trail has one kind"
            )
        canonical: dict[str, Any] = {
            **{attribute: getattr(self, attribute) or None for attribute in TEXTS.values()},
            "sns_topic_arn": _topic_arn(self.sns_topic_arn, arn),
            "cloud_watch_logs_log_group_arn": _log_group_arn(self.cloud_watch_logs_log_group_arn),
            "kms_key_id": _key_arn(self.kms_key_id, arn),
            "event_selectors": basic if basic or advanced else DEFAULT_EVENT_SELECTORS,
            "advanced_event_selectors": advanced,
            "insight_selectors": insight_selectors(self.insight_selectors),
            "tags": dict(self.tags),
        }
        for attribute, value in canonical.items():
            object.__setattr__(self, attribute, value)

    @property
    def arn(self) -> Arn:
        """The trail's ARN taken apart."""
        arn = parse_trail_arn(self.trail_arn)
        assert arn is not None  # noqa: S101 - __post_init__ has refused everything else
        return arn

    @property
    def name(self) -> str:
        """The trail's name, which is the end of its ARN."""
        return self.arn.resource.removeprefix("trail/")

    @property
    def home_region(self) -> str:
        """The region in which the trail can be changed."""
        return self.arn.region

    @property
    def account(self) -> str:
        """The account that owns the trail."""
        return self.arn.account

    def value(self, name: str) -> Any:
        """One field by its JSON name, as `to_json` has it."""
        value = getattr(self, ATTRIBUTES[name])
        return copy.deepcopy(list(value) if isinstance(value, tuple) else value)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal exactly for equal states."""
        return sha256_hex(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, every key there, absent texts null."""
        identity = {"TrailARN": self.trail_arn, "Name": self.name, "HomeRegion": self.home_region}
        return {**identity, **{name: self.value(name) for name in ATTRIBUTES}}

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read a state; MalformedStateError names the key that is unknown, missing or ill-typed.

        TrailARN, S3BucketName and the flags must be there; other texts, selectors and tags may be left out.
        """
        if not isinstance(document, Mapping):
            raise malformed("document", document, "an object")
        for key in document:
            if key not in ATTRIBUTES and key not in _IDENTITY:
                raise malformed(plain(key), document[key], "no such key; known are " + ", ".join(ATTRIBUTES))
        if not document.get("S3BucketName"):
            raise malformed("S3BucketName", document.get("S3BucketName"), "the name of the log bucket")
        members: dict[str, Any] = {
            **{attribute: _text(document, name) for name, attribute in TEXTS.items()},
            **{attribute: _flag(document, name) for name, attribute in FLAGS.items()},
            **{attribute: document.get(name) for name, attribute in SELECTORS.items()},
        }
        state = cls(
            trail_arn=document.get("TrailARN", ""),
            tags=_tags(document.get("Tags")),
            **members,
        )
        for name, told in (("Name", state.name), ("HomeRegion", state.home_region)):
            if document.get(name, told) != told:
                raise malformed(name, document[name], f"{told!r}, as the TrailARN says")
        return state


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None or isinstance(value, str):
        return value
    raise malformed(name, value, "text or null")


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name)
    if isinstance(value, bool):
        return value
    raise malformed(name, value, "true or false")


def _tags(value: object) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise malformed("Tags", value, "an object of texts")
    for key, tag in value.items():
        if not isinstance(key, str) or not isinstance(tag, str):
            raise malformed(f"Tags.{plain(key)}", tag, "text")
    return value


def _topic_arn(value: str | None, trail: Arn) -> str | None:
    """A topic given by its name is one of the trail's own account and region."""
    if not value or parse_arn(value):
        return value or None
    return f"arn:{trail.partition}:sns:{trail.region}:{trail.account}:{value}"


def _log_group_arn(value: str | None) -> str | None:
    """A log group's ARN is written with and without a trailing `:*`; CloudTrail wants it with."""
    arn = parse_arn(value)
    if arn is None or arn.service != "logs":
        return value or None
    return f"{str(arn).removesuffix(':*')}:*"


def _key_arn(value: str | None, trail: Arn) -> str | None:
    """A key or alias given without an ARN is one of the trail's own account and region."""
    if not value or parse_arn(value):
        return value or None
    resource = value if value.startswith("alias/") else f"key/{value}"
    return f"arn:{trail.partition}:kms:{trail.region}:{trail.account}:{resource}"
