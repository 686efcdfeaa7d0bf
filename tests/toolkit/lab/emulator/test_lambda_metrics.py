"""Metrics of functions: every invocation counts, and the embedded metric format is read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_function, wait_for
from toolkit.lab.emulator.server import Lab

_SOURCE = """
import json
def handler(event, context):
    if event.get("source") == "fail":
        raise ValueError("no")
    print("just a line", '"_aws"')
    print(json.dumps({
        "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
            "Namespace": "Kit", "Dimensions": [["service"]],
            "Metrics": [{"Name": "Delay", "Unit": "Seconds"}, {"Name": "Listed"}],
        }]},
        "service": "trailguard", "Delay": 2.5, "Listed": [1, 2],
    }))
"""


def _sum(lab: Lab, namespace: str, metric: str, dimensions: dict[str, str]) -> float:
    now = datetime.now(tz=UTC)
    points: list[dict[str, Any]] = lab.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def test_every_invocation_counts_once(lab: Lab) -> None:
    """An invocation by a rule counts like one by the Invoke API, and a failed one as an error too."""
    function = make_function(lab, "counted", _SOURCE)
    dimensions = {"FunctionName": "counted"}
    lab.client("lambda").invoke(FunctionName="counted", Payload=json.dumps({}))
    assert _sum(lab, "AWS/Lambda", "Invocations", dimensions) == 1
    events = lab.client("events")
    events.put_rule(Name="fails", EventPattern=json.dumps({"source": ["fail"]}))
    events.put_targets(Rule="fails", Targets=[{"Id": "it", "Arn": function}])
    lab.client("lambda").add_permission(
        FunctionName="counted",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/fails",
    )
    events.put_events(Entries=[{"Source": "fail", "DetailType": "t", "Detail": "{}"}])
    wait_for(lambda: _sum(lab, "AWS/Lambda", "Errors", dimensions) == 1)
    assert _sum(lab, "AWS/Lambda", "Invocations", dimensions) == 2


def test_the_embedded_metric_format(lab: Lab) -> None:
    """A line in the format becomes its metrics, with their dimensions; lists are several values."""
    make_function(lab, "embedding", _SOURCE)
    lab.client("lambda").invoke(FunctionName="embedding", Payload=json.dumps({}))
    before = _sum(lab, "Kit", "Delay", {"service": "trailguard"})
    lab.client("lambda").invoke(FunctionName="embedding", Payload=json.dumps({}))
    assert _sum(lab, "Kit", "Delay", {"service": "trailguard"}) == before + 2.5
    assert _sum(lab, "Kit", "Listed", {"service": "trailguard"}) >= 6
