"""Contract of alarms in the lab: a log event raises one, it tells SNS and EventBridge, and it recovers."""

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import create_parser

from tests.toolkit.lab.emulator.helpers import make_queue, wait_for
from toolkit.lab.emulator import cloudwatch, logs, server
from toolkit.lab.emulator.internals import ministack

PERIOD = 300


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch, lab: server.Lab) -> None:
    """Let five minutes pass in a second and a half."""
    del lab
    logs.install()
    cloudwatch.install()
    monkeypatch.setattr(cloudwatch, "period_scale", 0.005)
    monkeypatch.setattr(cloudwatch, "tick_seconds", 0.05)


def _put_alarm(lab: server.Lab, name: str, **settings: Any) -> None:
    lab.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "Test",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **settings,
        }
    )


def _state(lab: server.Lab, name: str) -> str:
    (alarm,) = lab.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def _await_state(lab: server.Lab, name: str, state: str) -> None:
    wait_for(lambda: _state(lab, name) == state)


def _put_metric(lab: server.Lab, name: str, value: float, **more: Any) -> None:
    datum = {"MetricName": name, "Value": value, **more}
    lab.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])


class Queue:
    """An SQS queue that collects what a service sends."""

    def __init__(self, lab: server.Lab, name: str, sender: str) -> None:
        self._sqs = lab.client("sqs")
        self._url, self.arn = make_queue(lab, name, sender)

    def receive(self) -> list[dict[str, Any]]:
        """Take the messages that are there, parsed."""
        messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


def _topic(lab: server.Lab, name: str) -> tuple[str, Queue]:
    """Create a topic, and a queue that subscribes to it."""
    sns, queue = lab.client("sns"), Queue(lab, f"{name}-mail", "sns.amazonaws.com")
    topic = str(sns.create_topic(Name=name)["TopicArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    return topic, queue


def _state_change_queue(lab: server.Lab, name: str) -> Queue:
    """Route the state changes of one alarm to a queue."""
    queue = Queue(lab, f"{name}-events", "events.amazonaws.com")
    events = lab.client("events")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "resources": [f"arn:aws:cloudwatch:{lab.region}:{lab.account}:alarm:{name}"],
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
    return queue


def _collect(queue: Queue, count: int) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = []

    def enough() -> bool:
        received.extend(queue.receive())
        return len(received) >= count

    wait_for(enough)
    return received


def _states(events: list[dict[str, Any]]) -> list[str]:
    return [event["detail"]["state"]["value"] for event in events]


def _watch_updates(lab: server.Lab, name: str) -> None:
    """Create a log group whose UpdateTrail records count into the metric of that name."""
    client = lab.client("logs")
    client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName=name, logStreamName="stream")
    client.put_metric_filter(
        logGroupName=name,
        filterName="updates",
        filterPattern='{ $.eventName = "UpdateTrail" }',
        metricTransformations=[
            {"metricNamespace": "Test", "metricName": name, "metricValue": "1", "defaultValue": 0.0}
        ],
    )


def _log(lab: server.Lab, group: str, event_name: str) -> None:
    message = json.dumps({"eventName": event_name})
    lab.client("logs").put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
    )


def test_from_a_log_event_to_everybody_and_back(lab: server.Lab, unused: str) -> None:
    """A matching record raises the alarm, which tells SNS and EventBridge, and recovers by itself."""
    _watch_updates(lab, unused)
    (topic, mail), events = _topic(lab, unused), _state_change_queue(lab, unused)
    _put_alarm(lab, unused, AlarmActions=[topic], OKActions=[topic], AlarmDescription="a trail changed")
    _await_state(lab, unused, "OK")
    _log(lab, unused, "DescribeTrails")
    _log(lab, unused, "UpdateTrail")

    received = _collect(events, 3)
    assert _states(received) == ["OK", "ALARM", "OK"]
    alarm_event = received[1]
    detail = alarm_event["detail"]
    assert alarm_event["source"] == "aws.cloudwatch"
    assert alarm_event["account"] == lab.account
    assert detail["alarmName"] == unused
    assert detail["previousState"]["value"] == "OK"
    assert "treated as [NotBreaching]" in detail["previousState"]["reason"]
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [1.0]
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"]["metric"] == {"namespace": "Test", "name": unused, "dimensions": {}}
    assert metric["metricStat"]["period"] == PERIOD
    assert detail["configuration"]["description"] == "a trail changed"

    assert _state(lab, unused) == "OK"

    notices = [json.loads(envelope["Message"]) for envelope in _collect(mail, 3)]
    assert [notice["NewStateValue"] for notice in notices] == ["OK", "ALARM", "OK"]


def test_other_records_raise_nothing(lab: server.Lab, unused: str) -> None:
    """The default value of zero keeps the alarm at OK."""
    _watch_updates(lab, unused)
    events = _state_change_queue(lab, unused)
    _put_alarm(lab, unused)
    _log(lab, unused, "DescribeTrails")
    _await_state(lab, unused, "OK")
    assert _states(_collect(events, 1)) == ["OK"]
    assert events.receive() == []


def test_a_log_event_is_judged_at_once(lab: server.Lab, unused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric that a log event writes does not wait for the next tick."""
    _watch_updates(lab, unused)
    with monkeypatch.context() as slow:
        slow.setattr(cloudwatch, "tick_seconds", 600)
        _put_alarm(lab, unused)
        _await_state(lab, unused, "OK")
        _log(lab, unused, "UpdateTrail")
        _await_state(lab, unused, "ALARM")
        assert cloudwatch.tick_seconds == 600
    cloudwatch._judge_soon()  # it sleeps for the time that the tick was slow


def test_missing_data_is_insufficient_data(lab: server.Lab, unused: str) -> None:
    """Unless told otherwise, an alarm without data has insufficient data."""
    events = _state_change_queue(lab, unused)
    _put_alarm(lab, unused, TreatMissingData="missing")
    _put_metric(lab, unused, 1.0)
    assert _states(_collect(events, 2)) == ["ALARM", "INSUFFICIENT_DATA"]


def test_dimensions_belong_to_the_metric(lab: server.Lab, unused: str) -> None:
    """Values with other dimensions, or another unit than the alarm asks for, do not count."""
    dimensions = [{"Name": "Trail", "Value": "a"}]
    events = _state_change_queue(lab, unused)
    _put_metric(lab, unused, 1.0)
    _put_metric(lab, unused, 1.0, Dimensions=[{"Name": "Trail", "Value": "b"}])
    _put_metric(lab, unused, 1.0, Dimensions=dimensions, Unit="Bytes")
    _put_alarm(lab, unused, Dimensions=dimensions, Unit="Count")
    assert _states(_collect(events, 1)) == ["OK"]
    time.sleep(0.5)
    assert events.receive() == []
    _put_metric(lab, unused, 1.0, Dimensions=dimensions, Unit="Count")
    assert _states(_collect(events, 1))[0] == "ALARM"


def test_event_without_actions(lab: server.Lab, unused: str) -> None:
    """With its actions disabled an alarm tells EventBridge and nobody else."""
    (topic, mail), events = _topic(lab, unused), _state_change_queue(lab, unused)
    missing = f"{topic}-missing"
    _put_alarm(lab, unused, AlarmActions=[topic, missing], ActionsEnabled=False)
    _await_state(lab, unused, "OK")
    _put_metric(lab, unused, 1.0)
    assert _states(_collect(events, 2)) == ["OK", "ALARM"]
    assert mail.receive() == []
    history = lab.client("cloudwatch").describe_alarm_history(AlarmName=unused, HistoryItemType="Action")
    assert history["AlarmHistoryItems"] == []


def test_topic_must_admit_cloudwatch(lab: server.Lab, unused: str) -> None:
    """A topic whose policy leaves CloudWatch out gets nothing, and the alarm's history says so."""
    (topic, mail), events = _topic(lab, unused), _state_change_queue(lab, unused)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    lab.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    _put_alarm(lab, unused, OKActions=[topic])
    _collect(events, 1)
    assert mail.receive() == []
    history = lab.client("cloudwatch").describe_alarm_history(AlarmName=unused, HistoryItemType="Action")
    (item,) = history["AlarmHistoryItems"]
    assert item["HistorySummary"].startswith(f"Failed to execute action {topic}. Received error")


def test_state_that_was_set_by_hand(lab: server.Lab, unused: str) -> None:
    """SetAlarmState emits the event too, and the alarm soon returns to what its data says."""
    events = _state_change_queue(lab, unused)
    _put_alarm(lab, unused)
    _await_state(lab, unused, "OK")
    lab.client("cloudwatch").set_alarm_state(AlarmName=unused, StateValue="ALARM", StateReason="a test")
    received = _collect(events, 3)
    assert _states(received) == ["OK", "ALARM", "OK"]
    assert received[1]["detail"]["state"]["reason"] == "a test"
    assert received[2]["detail"]["previousState"]["reason"] == "a test"


def test_composite_alarm_follows(lab: server.Lab, unused: str) -> None:
    """A composite alarm changes with its child and emits an event of its own."""
    composite = f"{unused}-composite"
    events = _state_change_queue(lab, composite)
    _put_alarm(lab, unused)
    _await_state(lab, unused, "OK")
    lab.client("cloudwatch").put_composite_alarm(AlarmName=composite, AlarmRule=f'ALARM("{unused}")')
    _put_metric(lab, unused, 1.0)
    seen: list[str] = []

    def in_alarm() -> bool:
        seen.extend(_states(events.receive()))
        return "ALARM" in seen

    wait_for(in_alarm)
    assert seen[-1] == "ALARM"


def test_account_and_region_are_apart(lab: server.Lab, unused: str) -> None:
    """An alarm looks at the metrics of its own Region."""
    _put_alarm(lab, unused)
    _await_state(lab, unused, "OK")
    other = lab.client("cloudwatch", region_name="eu-west-1")
    other.put_metric_data(Namespace="Test", MetricData=[{"MetricName": unused, "Value": 1.0}])
    other.put_metric_alarm(
        AlarmName=unused,
        Namespace="Test",
        MetricName=unused,
        Statistic="Sum",
        Period=86400,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    wait_for(lambda: other.describe_alarms(StateValue="ALARM")["MetricAlarms"])
    assert _state(lab, unused) == "OK"


def _query(lab: server.Lab, action: str, **parameters: str) -> Any:
    """Call CloudWatch as clients did before they had CBOR, and parse the answer as they did."""
    body = urllib.parse.urlencode({"Action": action, "Version": "2010-08-01", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", lab.endpoint + "/", data=body, headers=headers)
    SigV4Auth(Credentials(lab.account, "test"), "monitoring", lab.region).add_auth(request)
    prepared = urllib.request.Request(  # noqa: S310 -- the lab's own endpoint
        lab.endpoint + "/", data=body.encode(), headers=dict(request.headers.items())
    )
    with urllib.request.urlopen(prepared, timeout=10) as answer:  # noqa: S310 -- as above
        response = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.read()}
    shape = lab.client("cloudwatch").meta.service_model.operation_model(action).output_shape
    return create_parser("query").parse(response, shape)


def test_describe_over_the_query_protocol(lab: server.Lab, unused: str) -> None:
    """An alarm that is put and described by query has every member that it has over CBOR."""
    topic = f"arn:aws:sns:{lab.region}:{lab.account}:{unused}"
    _query(
        lab,
        "PutMetricAlarm",
        **{
            "AlarmName": unused,
            "AlarmDescription": "<b>&",
            "Namespace": "Test",
            "MetricName": unused,
            "Statistic": "Sum",
            "Period": "60",
            "EvaluationPeriods": "1",
            "Threshold": "1",
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions.member.1": topic,
            "InsufficientDataActions.member.1": topic,
            "Dimensions.member.1.Name": "Trail",
            "Dimensions.member.1.Value": "a",
        },
    )
    _await_state(lab, unused, "OK")
    (by_query,) = _query(lab, "DescribeAlarms", **{"AlarmNames.member.1": unused})["MetricAlarms"]
    (by_cbor,) = lab.client("cloudwatch").describe_alarms(AlarmNames=[unused])["MetricAlarms"]
    assert by_query == by_cbor
    assert by_query["ActionsEnabled"] is True
    assert by_query["AlarmActions"] == by_query["InsufficientDataActions"] == [topic]
    (for_metric,) = _query(lab, "DescribeAlarmsForMetric", Namespace="Test", MetricName=unused)[
        "MetricAlarms"
    ]
    assert for_metric == by_cbor
    assert _query(lab, "DescribeAlarms", AlarmNamePrefix="nothing like it")["MetricAlarms"] == []


def test_describe_with_the_aws_cli(lab: server.Lab, unused: str) -> None:
    """The stock command line sees the actions of an alarm."""
    topic = f"arn:aws:sns:{lab.region}:{lab.account}:{unused}"
    _put_alarm(lab, unused, AlarmActions=[topic])
    command = [
        *(sys.executable, str(Path(sys.executable).with_name("aws")), "cloudwatch", "describe-alarms"),
        *(
            "--alarm-names",
            unused,
            "--endpoint-url",
            lab.endpoint,
            "--region",
            lab.region,
            "--output",
            "json",
        ),
    ]
    key = {"AWS_ACCESS_KEY_ID": lab.account, "AWS_SECRET_ACCESS_KEY": "test"}
    answer = subprocess.run(command, env={**os.environ, **key}, capture_output=True, text=True, check=True)
    (alarm,) = json.loads(answer.stdout)["MetricAlarms"]
    assert alarm["AlarmActions"] == [topic]
    assert alarm["ActionsEnabled"] is True


def test_watcher_is_one_and_comes_back(lab: server.Lab) -> None:
    """Installing again starts no second watcher."""
    del lab
    before = list(cloudwatch._watcher)
    cloudwatch.install()
    ministack("services.cloudwatch")._evaluate_all_alarms()
    assert cloudwatch._watcher == before
    assert before[0].is_alive()
