"""Contract of the Logs API in the lab: filter patterns are tested, refused, searched with and counted."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import make_function, make_user, wait_for
from toolkit.lab.emulator import logs, server
from toolkit.lab.emulator.internals import ministack

UPDATE = json.dumps({"eventName": "UpdateTrail"})


@pytest.fixture(scope="module")
def client(lab: server.Lab) -> Any:
    """Return a client of CloudWatch Logs."""
    logs.install()
    return lab.client("logs")


@pytest.fixture
def group(client: Any, unused: str) -> str:
    """Return a log group with a stream named `stream`."""
    client.create_log_group(logGroupName=unused)
    client.create_log_stream(logGroupName=unused, logStreamName="stream")
    return unused


def _put_filter(client: Any, group: str, pattern: str, name: str = "f", **transformation: Any) -> None:
    transformation = {
        "metricName": group,
        "metricNamespace": "Test",
        "metricValue": "1",
        **transformation,
    }
    client.put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
    )


def _log(client: Any, group: str, messages: Sequence[str]) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    client.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)


def _statistics(lab: server.Lab, name: str) -> dict[str, float]:
    response = lab.client("cloudwatch").get_metric_statistics(
        Namespace="Test",
        MetricName=name,
        StartTime=datetime.fromtimestamp(time.time() - 3600, tz=UTC),
        EndTime=datetime.fromtimestamp(time.time() + 60, tz=UTC),
        Period=86400,
        Statistics=["Sum", "SampleCount"],
    )
    points = response["Datapoints"]
    assert len(points) <= 1
    return {key: points[0][key] for key in ("Sum", "SampleCount")} if points else {}


def _error(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_test_metric_filter_counts_from_one(client: Any) -> None:
    """Matches carry the number of the message, counted from one, and no values for JSON patterns."""
    response = client.test_metric_filter(
        filterPattern='{ $.eventName = "UpdateTrail" }', logEventMessages=["{}", UPDATE]
    )
    assert response["matches"] == [{"eventNumber": 2, "eventMessage": UPDATE, "extractedValues": {}}]


def test_test_metric_filter_extracts_fields(client: Any) -> None:
    """Space-delimited patterns extract their fields."""
    (match,) = client.test_metric_filter(
        filterPattern="[level=ERROR, ..., last]", logEventMessages=["ERROR one two", "INFO one"]
    )["matches"]
    assert match["extractedValues"] == {"$level": "ERROR", "$2": "one", "$last": "two"}


@pytest.mark.parametrize("count", [0, 51])
def test_test_metric_filter_takes_1_to_50_messages(lab: server.Lab, count: int) -> None:
    """No message, or more than fifty, are refused."""
    unchecked = lab.client("logs", config=Config(parameter_validation=False))
    code, _ = _error(unchecked.test_metric_filter, filterPattern="x", logEventMessages=["x"] * count)
    assert code == "InvalidParameterException"


def test_fifty_messages_are_tested(client: Any) -> None:
    """Fifty messages are the most that one call takes."""
    response = client.test_metric_filter(filterPattern="", logEventMessages=["x"] * 50)
    assert [match["eventNumber"] for match in response["matches"]] == list(range(1, 51))


def test_refused_pattern(client: Any, group: str) -> None:
    """Every operation with a filter pattern refuses a bad one with the code and text of AWS."""
    expected = ("InvalidParameterException", "Invalid character(s) in term 'NOT'")
    pattern = "{ $.a IS NOT NULL }"
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    operations: list[tuple[Any, dict[str, Any]]] = [
        (client.test_metric_filter, {"logEventMessages": ["x"]}),
        (client.filter_log_events, {"logGroupName": group}),
        (
            client.put_metric_filter,
            {"logGroupName": group, "filterName": "f", "metricTransformations": [transformation]},
        ),
        (
            client.put_subscription_filter,
            {"logGroupName": group, "filterName": "f", "destinationArn": "arn:aws:lambda:::function:f"},
        ),
    ]
    assert [_error(call, filterPattern=pattern, **more) for call, more in operations] == [expected] * 4
    assert client.describe_metric_filters(logGroupName=group)["metricFilters"] == []


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ({"metricValue": "$.values[*]"}, "metric value $.values[*] must be a valid number"),
        ({"metricValue": "one"}, "metric value one must be a valid number"),
        ({"defaultValue": 0.0, "dimensions": {"A": "$.a"}}, "dimensions and default value are mutually"),
    ],
)
def test_refused_transformation(
    client: Any, group: str, transformation: dict[str, Any], message: str
) -> None:
    """A value that is no number and no single field, or a default with dimensions, is refused."""
    with pytest.raises(ClientError, match="InvalidParameterException") as refusal:
        _put_filter(client, group, "{ $.a = 1 }", **transformation)
    assert message in refusal.value.response["Error"]["Message"]


def test_one_transformation(client: Any, group: str) -> None:
    """A metric filter has one metric transformation."""
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    code, _ = _error(
        client.put_metric_filter,
        logGroupName=group,
        filterName="f",
        filterPattern="x",
        metricTransformations=[transformation, transformation],
    )
    assert code == "InvalidParameterException"


def test_limits_of_a_log_group(client: Any, group: str) -> None:
    """A log group has at most 100 metric filters, five of them with regular expressions."""
    for number in range(5):
        _put_filter(client, group, "%x%", name=f"regex-{number}")
    with pytest.raises(ClientError, match="LimitExceededException"):
        _put_filter(client, group, "%x%", name="regex-5")
    _put_filter(client, group, "%y%", name="regex-4")
    for number in range(95):
        _put_filter(client, group, "x", name=f"plain-{number}")
    with pytest.raises(ClientError, match="LimitExceededException"):
        _put_filter(client, group, "x", name="one-more")


def test_filter_log_events(client: Any, group: str) -> None:
    """FilterLogEvents searches with the same evaluator."""
    _log(client, group, [UPDATE, "not JSON", '{"eventName":"StopLogging"}'])
    found = client.filter_log_events(logGroupName=group, filterPattern="{ $.eventName = Update* }")["events"]
    assert [event["message"] for event in found] == [UPDATE]
    assert len(client.filter_log_events(logGroupName=group)["events"]) == 3


@pytest.mark.parametrize(
    "batches", [[["ERROR", "INFO", "ERROR"]], [["ERROR"], ["INFO"], ["ERROR"]], [["INFO", "ERROR", "ERROR"]]]
)
def test_default_value_stands_for_each_other_event(
    lab: server.Lab, client: Any, group: str, batches: list[list[str]]
) -> None:
    """Each match publishes the metric value, each other event the default, however they are batched."""
    _put_filter(client, group, "ERROR", metricValue="3", defaultValue=7.0)
    for batch in batches:
        _log(client, group, batch)
    assert _statistics(lab, group) == {"Sum": 13.0, "SampleCount": 3.0}


def test_without_a_default_nothing_is_published(lab: server.Lab, client: Any, group: str) -> None:
    """Events that do not match leave no trace if there is no default value."""
    _put_filter(client, group, "ERROR")
    _log(client, group, ["INFO"])
    assert _statistics(lab, group) == {}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('{"probe":1,"value":3}', 3.0),
        ('{"probe":1,"value":"2.5"}', 2.5),
        ('{"probe":1}', 7.0),
        ('{"probe":1,"value":null}', 7.0),
        ('{"probe":1,"value":"not a number"}', None),
        ('{"probe":1,"value":true}', None),
        ('{"probe":1,"value":1e999}', None),
        ('{"probe":1,"value":"1e999"}', None),
        ("{}", 7.0),
    ],
)
def test_value_from_a_field(
    lab: server.Lab, client: Any, group: str, message: str, expected: float | None
) -> None:
    """The value is taken from the event; missing or null it is the default, not a number it is nothing."""
    _put_filter(client, group, "{ $.probe = 1 }", metricValue="$.value", defaultValue=7.0)
    _log(client, group, [message])
    published = _statistics(lab, group)
    assert published == ({} if expected is None else {"Sum": expected, "SampleCount": 1.0})


def test_value_from_a_space_delimited_field(lab: server.Lab, client: Any, group: str) -> None:
    """A named field of a space-delimited pattern can be the value."""
    _put_filter(client, group, "[level, bytes]", metricValue="$bytes")
    _log(client, group, ["INFO 12", "INFO 30", "INFO many"])
    assert _statistics(lab, group) == {"Sum": 42.0, "SampleCount": 2.0}


def test_dimensions_are_complete_or_absent(lab: server.Lab, client: Any, group: str) -> None:
    """An event that lacks one of the dimensions is counted without any."""
    dimensions = {"A": "$.a", "B": "$.b"}
    _put_filter(client, group, "{ $.probe = 1 }", dimensions=dimensions)
    rest = ['{"probe":1,"a":"alpha"}', '{"probe":1,"b":"beta"}', '{"probe":1}', '{"probe":1,"a":[],"b":1}']
    _log(client, group, ['{"probe":1,"a":"alpha","b":"beta"}', *rest])
    series = ministack("services.cloudwatch")._metrics
    scoped = {key: len(points) for key, points in series.items_scoped(lab.account, lab.region)}
    assert {key: count for key, count in scoped.items() if key[1] == group} == {
        ("Test", group, "A=alpha|B=beta"): 1,
        ("Test", group, ""): 4,
    }


def test_other_log_groups_do_not_count(lab: server.Lab, client: Any, group: str) -> None:
    """A metric filter is about its own log group."""
    _put_filter(client, group, "")
    client.create_log_group(logGroupName=f"{group}-other")
    client.create_log_stream(logGroupName=f"{group}-other", logStreamName="stream")
    _log(client, f"{group}-other", ["x"])
    assert _statistics(lab, group) == {}


def test_what_a_function_logs_is_counted(lab: server.Lab, client: Any, unused: str) -> None:
    """Lines that a Lambda function writes go through the metric filters of its log group."""
    group = f"/aws/lambda/{unused}"
    client.create_log_group(logGroupName=group)
    _put_filter(client, group, '"no trail to restore"', metricName=unused)
    source = """
        def handler(event, context):
            print("no trail to restore")
    """
    function = make_function(lab, unused, source, actions="logs:*")
    lab.client("lambda").invoke(FunctionName=function)
    assert wait_for(lambda: _statistics(lab, unused)) == {"Sum": 1.0, "SampleCount": 1.0}


def test_needs_permission(lab: server.Lab, client: Any, unused: str) -> None:
    """TestMetricFilter is an action of its own in IAM."""
    del client
    for actions, allowed in (("logs:TestMetricFilter", True), ("logs:PutMetricFilter", False)):
        user = lab.client("logs", **make_user(lab, f"{unused}-{allowed}", actions))
        if allowed:
            assert user.test_metric_filter(filterPattern="x", logEventMessages=["x"])["matches"]
        else:
            code, _ = _error(user.test_metric_filter, filterPattern="x", logEventMessages=["x"])
            assert code == "AccessDeniedException"


def test_installing_twice_changes_nothing(client: Any) -> None:
    """The gap is closed once, however often it is asked for."""
    del client
    handler = ministack("services.cloudwatch_logs").handle_request
    logs.install()
    assert ministack("services.cloudwatch_logs").handle_request is handler
