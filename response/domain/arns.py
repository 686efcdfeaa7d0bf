"""Amazon Resource Names taken apart, as far as trails and the resources they deliver to need it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARN_PARTS = 6
# CloudTrail API, CreateTrail "Name": 3 to 128 of these characters, a letter or digit first and last.
_TRAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,12}(?:-[a-z0-9]{1,20}){2,4}")
_PARTITION = re.compile(r"aws(?:-[a-z]+)*")
_PARTITION_OF_REGION = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


@dataclass(frozen=True)
class Arn:
    """One ARN; `resource` is everything after the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(value: object) -> Arn | None:
    """The parts of an ARN, or None where it is none."""
    parts = value.split(":", _ARN_PARTS - 1) if isinstance(value, str) else []
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or not _PARTITION.fullmatch(parts[1]) or not parts[5]:
        return None
    return Arn(*parts[1:])


def parse_trail_arn(value: object) -> Arn | None:
    """The parts of a trail's ARN (`arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME`), or None."""
    arn = parse_arn(value)
    if arn is None or arn.service != "cloudtrail" or not arn.resource.startswith("trail/"):
        return None
    well_formed = (
        is_region(arn.region)
        and is_account(arn.account)
        and is_trail_name(arn.resource.removeprefix("trail/"))
    )
    return arn if well_formed else None


def is_account(value: object) -> bool:
    """Whether the value is an account id: twelve digits."""
    return isinstance(value, str) and _ACCOUNT.fullmatch(value) is not None


def is_region(value: object) -> bool:
    """Whether the value has the form of a region's name."""
    return isinstance(value, str) and _REGION.fullmatch(value) is not None


def is_trail_name(value: object) -> bool:
    """Whether the value is a name that a trail can have."""
    return isinstance(value, str) and _TRAIL_NAME.fullmatch(value) is not None


def partition_of(region: str) -> str:
    """The partition that a region belongs to; `aws` unless its name says otherwise."""
    return next((name for prefix, name in _PARTITION_OF_REGION if region.startswith(prefix)), "aws")


def trail_arn(region: str, account: str, name: str) -> str:
    """The ARN of a trail. It is fixed by region, account and name, so it can be told without asking AWS."""
    return f"arn:{partition_of(region)}:cloudtrail:{region}:{account}:trail/{name}"
