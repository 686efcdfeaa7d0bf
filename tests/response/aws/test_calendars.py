"""Change calendars: each asked by itself, at the moment of the change, in its own region."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from response.aws.calendars import Calendars
from response.aws.errors import RefusedCallError
from response.domain.findings import CalendarState
from tests.response.aws.fakes import START, stubbed

ARN = "arn:aws:ssm:us-east-2:123456789012:document/freeze"


@pytest.mark.parametrize(("name", "region"), [("freeze", "eu-west-1"), (ARN, "us-east-2")])
def test_the_state_at_the_moment_of_the_change_is_asked(name: str, region: str) -> None:
    """A name is of the trail's region, an ARN of its own; fractions of a second are not asked."""
    client: Any = boto3.client("ssm")
    regions: list[str] = []

    def client_for(asked: str) -> Any:
        regions.append(asked)
        return client

    request = {"CalendarNames": [name], "AtTime": "2026-05-01T12:00:00Z"}
    with stubbed(client) as stub:
        stub.add_response("get_calendar_state", {"State": "CLOSED"}, request)
        moment = START + timedelta(milliseconds=5)
        state = Calendars(client_for).state(name, region="eu-west-1", at=moment)
    assert state == CalendarState(name, "CLOSED", START)
    assert regions == [region]


def test_what_is_no_calendar_is_our_error() -> None:
    """The policy may name a document that is none, or none that is there."""
    client: Any = boto3.client("ssm")
    with stubbed(client) as stub:
        stub.add_client_error("get_calendar_state", "InvalidDocument", "no such document")
        with pytest.raises(RefusedCallError, match="ssm:GetCalendarState: InvalidDocument"):
            Calendars(lambda _: client).state("freeze", region="eu-west-1", at=START)
