"""LookupEvents takes one attribute, pages, and answers newest first."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import make_trail, make_user
from toolkit.lab.emulator.server import Lab


@pytest.fixture(scope="module", autouse=True)
def events(lab: Lab) -> list[dict[str, Any]]:
    """Make some history: seven updates by one user."""
    make_trail(lab, "history")
    client = lab.client("cloudtrail", **make_user(lab, "historian", ["cloudtrail:*"]))
    for number in range(7):
        client.update_trail(Name="history", S3KeyPrefix=str(number))
    found: list[dict[str, Any]] = lab.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"}]
    )["Events"]
    return found


def _prefixes(events: list[dict[str, Any]]) -> list[str]:
    return [json.loads(event["CloudTrailEvent"])["requestParameters"]["s3KeyPrefix"] for event in events]


def test_newest_first(events: list[dict[str, Any]]) -> None:
    """The last call comes first."""
    assert _prefixes(events) == ["6", "5", "4", "3", "2", "1", "0"]


def test_every_attribute_finds_the_event(lab: Lab, events: list[dict[str, Any]]) -> None:
    """Each of the eight lookup attributes selects by its value, and only by it."""
    event = events[0]
    values = {
        "EventId": event["EventId"],
        "EventName": "UpdateTrail",
        "ReadOnly": "false",
        "Username": "historian",
        "ResourceType": "AWS::CloudTrail::Trail",
        "ResourceName": "history",
        "EventSource": "cloudtrail.amazonaws.com",
        "AccessKeyId": event["AccessKeyId"],
    }
    cloudtrail = lab.client("cloudtrail")
    for key, value in values.items():
        found = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])[
            "Events"
        ]
        assert event["EventId"] in [each["EventId"] for each in found], key
        other = [{"AttributeKey": key, "AttributeValue": "something else"}]
        assert cloudtrail.lookup_events(LookupAttributes=other)["Events"] == [], key


def test_pages_follow_each_other_while_events_arrive(lab: Lab, events: list[dict[str, Any]]) -> None:
    """Paging gives every event once, although a newer one comes in between."""
    cloudtrail = lab.client("cloudtrail")
    query = {
        "LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "historian"}],
        "MaxResults": 3,
    }
    page = cloudtrail.lookup_events(**query)
    seen = page["Events"]
    cloudtrail.update_trail(Name="history", S3KeyPrefix="meanwhile")
    while token := page.get("NextToken"):
        page = cloudtrail.lookup_events(**query, NextToken=token)
        seen += page["Events"]
    assert [event["EventId"] for event in seen] == [event["EventId"] for event in events]


def test_the_time_range_counts_whole_seconds(lab: Lab, events: list[dict[str, Any]]) -> None:
    """An event is within a range that begins and ends in its second, and outside one that ends before."""
    cloudtrail, when = lab.client("cloudtrail"), events[0]["EventTime"]
    within = cloudtrail.lookup_events(StartTime=when, EndTime=when)["Events"]
    assert events[0]["EventId"] in [event["EventId"] for event in within]
    assert cloudtrail.lookup_events(EndTime=datetime.now(tz=UTC) - timedelta(days=1))["Events"] == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (
            {
                "LookupAttributes": [
                    {"AttributeKey": "Username", "AttributeValue": "historian"},
                    {"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"},
                ]
            },
            "InvalidLookupAttributesException",
        ),
        ({"NextToken": "made up"}, "InvalidNextTokenException"),
        ({"StartTime": 2_000_000_000, "EndTime": 1_000_000_000}, "InvalidTimeRangeException"),
    ],
)
def test_refusals(lab: Lab, request_: dict[str, Any], code: str) -> None:
    """What LookupEvents refuses has its documented code."""
    with pytest.raises(ClientError) as refusal:
        lab.client("cloudtrail").lookup_events(**request_)
    assert refusal.value.response["Error"]["Code"] == code
