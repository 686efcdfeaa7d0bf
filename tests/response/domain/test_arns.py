"""ARNs taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given

from response.domain.arns import Arn, is_region, is_trail_name, parse_arn, parse_trail_arn, trail_arn
from tests.response.domain.strategies import json_values


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-west-1", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"),
        ("cn-north-1", "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/audit"),
        ("us-gov-west-1", "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/audit"),
        ("us-isob-east-1", "arn:aws-iso-b:cloudtrail:us-isob-east-1:111122223333:trail/audit"),
    ],
)
def test_a_trail_arn_has_the_partition_of_its_region(region: str, arn: str) -> None:
    """Trails of China and GovCloud have other partitions, and their ARNs parse back."""
    assert trail_arn(region, "111122223333", "audit") == arn
    assert str(parse_trail_arn(arn)) == arn


@pytest.mark.parametrize(
    "value",
    [
        "audit",
        "arn:aws:s3:::bucket",
        "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/x",
        "arn:aws:cloudtrail:eu-west-1:1111:trail/audit",
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a",
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit\n",
        "arn:aws:cloudtrail::111122223333:trail/audit",
        "arn:evil:cloudtrail:eu-west-1:111122223333:trail/audit",
        None,
        7,
    ],
)
def test_what_is_no_trail_arn_is_none(value: object) -> None:
    """Other resources, short names and malformed parts are no trail's ARN."""
    assert parse_trail_arn(value) is None


@given(json_values)
def test_any_value_is_an_arn_or_none(value: object) -> None:
    """Parsing never fails, and what parses reads back as it was."""
    parsed = parse_arn(value)
    assert parsed is None or str(parsed) == value


def test_the_resource_keeps_its_colons() -> None:
    """A log group's ARN has colons in its resource."""
    parsed = parse_arn("arn:aws:logs:eu-west-1:111122223333:log-group:trail:*")
    assert parsed == Arn("aws", "logs", "eu-west-1", "111122223333", "log-group:trail:*")


def test_names_and_regions_have_their_form() -> None:
    """What CloudTrail would refuse as a name is none; any partition's region is one."""
    assert is_trail_name("my-trail_1.x")
    assert not is_trail_name("-trail")
    assert not is_trail_name("ab")
    assert is_region("ap-southeast-7")
    assert is_region("us-gov-east-1")
    assert not is_region("EU-WEST-1")
    assert not is_region("")
