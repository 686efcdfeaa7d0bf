"""Event history and log group: every page is read, unreadable records are counted, the limit is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from response.aws.clock import SystemClock
from response.aws.errors import AccessDeniedError, NotFoundError, RetryableError
from response.aws.found import Collector, Found
from response.aws.history import Attribute, EventHistory
from response.aws.log_records import LogRecords
from response.aws.pacing import Pacer
from tests.response.aws.fakes import START, FakeClock, stubbed

HOUR_AGO = START - timedelta(hours=1)


def history(client: Any, clock: FakeClock) -> EventHistory:
    """The history behind one client."""
    pacer = Pacer(clock, 2)
    return EventHistory(lambda _region: client, clock=clock, pacer_for=lambda _region: pacer)


def lookup(client: Any, clock: FakeClock, limit: int = 100, pages: int | None = None) -> Found:
    """UpdateTrail of the last hour."""
    return history(client, clock).lookup(
        Attribute.EVENT_NAME,
        "UpdateTrail",
        region="eu-west-1",
        start=HOUR_AGO,
        end=START,
        limit=limit,
        pages=pages,
    )


def page(*texts: str, token: str | None = None) -> dict[str, Any]:
    """One answer of LookupEvents."""
    answer: dict[str, Any] = {"Events": [{"EventId": "e", "CloudTrailEvent": text} for text in texts]}
    return {**answer, "NextToken": token} if token else answer


def request(token: str | None = None) -> dict[str, Any]:
    """The request that `lookup` makes."""
    made: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"}],
        "StartTime": HOUR_AGO,
        "EndTime": START,
        "MaxResults": 50,
    }
    return {**made, "NextToken": token} if token else made


def test_history_reads_all_pages_at_two_a_second(clock: FakeClock) -> None:
    """The token goes back with identical parameters, and the calls keep the service's rate."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_response("lookup_events", page('{"n": 1}', token="t1"), request())
        stub.add_response("lookup_events", page('{"n": 2}', token="t2"), request("t1"))
        stub.add_response("lookup_events", page('{"n": 3}'), request("t2"))
        assert lookup(client, clock) == Found(({"n": 1}, {"n": 2}, {"n": 3}), pages=3)
    assert clock.slept == [0.5, 0.5]


def test_unreadable_records_are_counted(clock: FakeClock) -> None:
    """A record that is no JSON does not hide the others, nor does it vanish."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_response("lookup_events", page("{", '{"n": 1}', "[" * 200_000))
        assert lookup(client, clock) == Found(({"n": 1},), unreadable=2, pages=1)


@pytest.mark.parametrize(("limit", "more"), [(2, True), (3, False), (4, False)])
def test_limit_is_told(limit: int, more: bool, clock: FakeClock) -> None:
    """What lies beyond the limit is announced; exactly the limit is not beyond it."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_response("lookup_events", page("1", "2", "3"))
        found = lookup(client, clock, limit)
    assert found.more is more
    assert found.cut_by == (f"the limit of {limit} records" if more else "")
    assert found.records == (1, 2, 3)[:limit]


def test_page_bound_is_told(clock: FakeClock) -> None:
    """Pages may hold next to nothing: the bound on them cuts a search off and is named."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_response("lookup_events", page("1", token="t1"), request())
        stub.add_response("lookup_events", page(token="t2"), request("t1"))
        found = lookup(client, clock, pages=2)
    assert found == Found((1,), more=True, cut_by="the limit of 2 pages", pages=2)


def test_last_page_within_the_bound_is_the_end(clock: FakeClock) -> None:
    """A search that ends with its last admitted page was not cut off."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_response("lookup_events", page("1"), request())
        assert lookup(client, clock, pages=1) == Found((1,), pages=1)


def test_throttled_history_is_asked_again(clock: FakeClock) -> None:
    """LookupEvents throttles though its model does not say so."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_client_error("lookup_events", "ThrottlingException")
        stub.add_response("lookup_events", page("1"))
        assert lookup(client, clock).records == (1,)


def test_history_that_stays_throttled_is_retryable(clock: FakeClock) -> None:
    """After a minute the caller decides."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        for _ in range(7):  # waits of 1, 2, 4, 8, 16 and 20 seconds lie between
            stub.add_client_error("lookup_events", "ThrottlingException")
        with pytest.raises(RetryableError):
            lookup(client, clock)
    assert sum(clock.slept) <= 60


def test_flooded_history_is_cut_off_and_keeps_what_it_has(clock: FakeClock) -> None:
    """Somebody else's calls to LookupEvents delay each page; the whole search ends after a minute."""
    client: Any = boto3.client("cloudtrail")
    pages = 5
    with stubbed(client) as stub:
        for number in range(pages):  # seven seconds each, then throttled for good
            stub.add_client_error("lookup_events", "ThrottlingException")
            stub.add_client_error("lookup_events", "ThrottlingException")
            stub.add_client_error("lookup_events", "ThrottlingException")
            stub.add_response("lookup_events", page(str(number), token="more"))
        for _ in range(5):
            stub.add_client_error("lookup_events", "ThrottlingException")
        assert lookup(client, clock) == Found(
            tuple(range(pages)), more=True, cut_by="throttling", pages=pages
        )
    assert sum(clock.slept) <= 60


def test_denied_history_is_told(clock: FakeClock) -> None:
    """Quarantine policies deny LookupEvents: that is an answer, not an empty history."""
    client: Any = boto3.client("cloudtrail")
    with stubbed(client) as stub:
        stub.add_client_error("lookup_events", "AccessDeniedException")
        with pytest.raises(AccessDeniedError):
            lookup(client, clock)


@pytest.mark.usefixtures("aws")
def test_log_group_is_searched_in_the_time_asked_for() -> None:
    """Records within the time range come back parsed; others do not; text that is no JSON is counted."""
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="trail")
    logs.create_log_stream(logGroupName="trail", logStreamName="s")
    now = SystemClock().now()  # events that are too old are not taken
    moment = int(now.timestamp() * 1000)
    logs.put_log_events(
        logGroupName="trail",
        logStreamName="s",
        logEvents=[
            {"timestamp": moment - 7_200_000, "message": json.dumps({"n": 0})},
            {"timestamp": moment - 1000, "message": json.dumps({"n": 1})},
            {"timestamp": moment - 900, "message": "not json"},
            {"timestamp": moment - 800, "message": json.dumps({"n": 2})},
        ],
    )
    searched = LogRecords(logs, log_group="trail", clock=SystemClock())
    hour_ago = now - timedelta(hours=1)
    assert searched.search("", start=hour_ago, end=now, limit=100) == Found(
        ({"n": 1}, {"n": 2}), unreadable=1, pages=1
    )
    assert searched.search("", start=hour_ago, end=now, limit=1) == Found(
        ({"n": 1},), 1, more=True, cut_by="the limit of 1 records", pages=1
    )


@pytest.mark.usefixtures("aws")
def test_missing_log_group_is_our_error() -> None:
    """A log group that was deleted is told."""
    gone = LogRecords(boto3.client("logs"), log_group="gone", clock=SystemClock())
    with pytest.raises(NotFoundError, match="logs:FilterLogEvents"):
        gone.search("", start=HOUR_AGO, end=START, limit=1)


def test_log_group_pattern_and_empty_pages() -> None:
    """The pattern goes out as given, and an empty page is not the end while there is a token."""
    client: Any = boto3.client("logs")
    asked: dict[str, Any] = {
        "logGroupName": "trail",
        "filterPattern": '{ $.eventName = "UpdateTrail" }',
        "startTime": int(HOUR_AGO.timestamp() * 1000),
        "endTime": int(START.timestamp() * 1000),
    }
    with stubbed(client) as stub:
        stub.add_response("filter_log_events", {"events": [], "nextToken": "t"}, asked)
        stub.add_response("filter_log_events", {"events": [{"message": "1"}]}, {**asked, "nextToken": "t"})
        found = LogRecords(client, log_group="trail", clock=FakeClock()).search(
            asked["filterPattern"], start=HOUR_AGO, end=START, limit=100
        )
    assert found == Found((1,), pages=2)


def test_search_of_a_huge_log_group_is_cut_off() -> None:
    """Pages that hold nothing are read for two minutes, not until the function is stopped."""
    clock = FakeClock()

    class Endless:
        """Never comes to an end; each page takes half a minute."""

        def filter_log_events(self, **_request: Any) -> dict[str, Any]:
            clock.sleep(30)
            return {"events": [], "nextToken": "t"}

    endless: Any = Endless()
    searched = LogRecords(endless, log_group="trail", clock=clock)
    assert searched.search("", start=HOUR_AGO, end=START, limit=1) == Found(
        (), more=True, cut_by="the limit of 120 seconds for a search", pages=4
    )
    assert sum(clock.slept) == 120


def test_collector_counts_what_it_cannot_read_even_when_full() -> None:
    """Unreadable text takes no place."""
    collector = Collector(0)
    assert collector.add("nonsense")
    assert not collector.add("1")
    assert collector.full() == Found((), 1, more=True, cut_by="the limit of 0 records")
