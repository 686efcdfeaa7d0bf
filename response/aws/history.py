"""The account's event history (LookupEvents): management events of 90 days, one attribute a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from response.aws.clock import Clock
from response.aws.errors import translated
from response.aws.found import Collector, Found
from response.aws.pacing import Pacer, with_retries

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

PER_SECOND = 2.0  # CloudTrail API reference, LookupEvents: per account and region
_PAGE = 50
_BUDGET = timedelta(seconds=60)


class Attribute(StrEnum):
    """What LookupEvents can be asked by, one at a time."""

    EVENT_NAME = "EventName"
    ACCESS_KEY_ID = "AccessKeyId"
    USERNAME = "Username"
    RESOURCE_NAME = "ResourceName"


class EventHistory:
    """The event history of one account, region by region."""

    def __init__(
        self,
        client_for: Callable[[str], CloudTrailClient],
        *,
        clock: Clock,
        pacer_for: Callable[[str], Pacer],
    ) -> None:
        self._client_for = client_for
        self._clock = clock
        self._pacer_for = pacer_for

    def lookup(
        self, attribute: Attribute, value: str, *, region: str, start: datetime, end: datetime, limit: int
    ) -> Found:
        """The records of that region whose attribute has that value, newest first, at most `limit`."""
        client, pacer = self._client_for(region), self._pacer_for(region)
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": str(attribute), "AttributeValue": value}],
            "StartTime": start,
            "EndTime": end,
            "MaxResults": _PAGE,
        }
        collector = Collector(limit)
        while True:
            answer = self._page(client, request, pacer)
            for event in answer.get("Events", ()):
                if not collector.add(event.get("CloudTrailEvent", "")):
                    return collector.found(more=True)
            token = answer.get("NextToken")
            if not token:
                return collector.found(more=False)
            request["NextToken"] = token

    def _page(self, client: CloudTrailClient, request: dict[str, Any], pacer: Pacer) -> Any:
        """One page, in its turn: the model lists no throttling error, the service throttles all the same."""

        def attempt() -> Any:
            pacer.wait()
            with translated("cloudtrail:LookupEvents"):
                return client.lookup_events(**request)

        return with_retries(attempt, clock=self._clock, budget=_BUDGET)
