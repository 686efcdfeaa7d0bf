"""The account's event history (LookupEvents): management events of 90 days, one attribute a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from response.aws.clock import Clock
from response.aws.errors import RetryableError, translated
from response.aws.found import Collector, Found
from response.aws.pacing import Pacer, with_retries

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

PER_SECOND = 2.0  # CloudTrail API reference, LookupEvents: the most per account and region
_PAGE = 50
# For a whole search: whoever floods LookupEvents must not keep its caller from the rest of its work.
_BUDGET = timedelta(seconds=60)


class Attribute(StrEnum):
    """What LookupEvents can be asked by, one at a time."""

    EVENT_NAME = "EventName"
    ACCESS_KEY_ID = "AccessKeyId"
    USERNAME = "Username"
    RESOURCE_NAME = "ResourceName"
    EVENT_ID = "EventId"
    EVENT_SOURCE = "EventSource"


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
        self,
        attribute: Attribute,
        value: str,
        *,
        region: str,
        start: datetime,
        end: datetime,
        limit: int,
        pages: int | None = None,
    ) -> Found:
        """The records of that region whose attribute has that value, newest first, at most `limit`.

        A search is cut off, and says so, after `pages` pages, which may hold few records each, or after a
        minute; RetryableError if nothing came.
        """
        client, pacer = self._client_for(region), self._pacer_for(region)
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": str(attribute), "AttributeValue": value}],
            "StartTime": start,
            "EndTime": end,
            "MaxResults": _PAGE,
        }
        collector, deadline = Collector(limit), self._clock.now() + _BUDGET
        while True:
            try:
                answer = self._page(client, request, pacer, deadline)
            except RetryableError:
                if "NextToken" not in request:
                    raise
                return collector.cut("throttling")
            read = collector.turn()
            for event in answer.get("Events", ()):
                if not collector.add(event.get("CloudTrailEvent", "")):
                    return collector.full()
            token = answer.get("NextToken")
            if not token:
                return collector.all()
            if read == pages:
                return collector.cut(f"the limit of {pages} pages")
            if self._clock.now() >= deadline:
                return collector.cut(f"the limit of {_BUDGET.seconds} seconds for a search")
            request["NextToken"] = token

    def _page(
        self, client: CloudTrailClient, request: dict[str, Any], pacer: Pacer, deadline: datetime
    ) -> Any:
        """One page, in its turn: the model lists no throttling error, the service throttles all the same."""

        def attempt() -> Any:
            pacer.wait()
            with translated("cloudtrail:LookupEvents"):
                return client.lookup_events(**request)

        return with_retries(attempt, clock=self._clock, budget=deadline - self._clock.now())
