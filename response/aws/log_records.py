"""CloudTrail records out of a CloudWatch Logs log group, found by a filter pattern."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from response.aws.clock import Clock
from response.aws.errors import translated
from response.aws.found import Collector, Found

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# A page scans about a megabyte: the last hour of a busy account may have thousands of them.
_BUDGET = timedelta(minutes=2)


class LogRecords:
    """The records of one log group."""

    def __init__(self, client: CloudWatchLogsClient, *, log_group: str, clock: Clock) -> None:
        self._client = client
        self._log_group = log_group
        self._clock = clock

    def search(self, pattern: str, *, start: datetime, end: datetime, limit: int) -> Found:
        """The records from `start` to `end` that the pattern matches, at most `limit`, as the group has them.

        FilterLogEvents pages may be empty before the last one, so pages are read until none is left. A search
        that takes more than two minutes is cut off, and says so.
        """
        collector, deadline = Collector(limit), self._clock.now() + _BUDGET
        request: dict[str, Any] = {
            "logGroupName": self._log_group,
            "filterPattern": pattern,
            "startTime": _milliseconds(start),
            "endTime": _milliseconds(end),
        }
        while True:
            with translated("logs:FilterLogEvents"):
                answer = self._client.filter_log_events(**request)
            collector.turn()
            for event in answer.get("events", ()):
                if not collector.add(event.get("message", "")):
                    return collector.full()
            token = answer.get("nextToken")
            if not token:
                return collector.all()
            if self._clock.now() >= deadline:
                return collector.cut(f"the limit of {_BUDGET.seconds} seconds for a search")
            request["nextToken"] = token


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
