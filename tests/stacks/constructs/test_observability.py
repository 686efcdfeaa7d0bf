"""Whatever of Trailguard itself fails ends in a message to people."""

from __future__ import annotations

from typing import Any

from response.permissions import FUNCTIONS
from tests.stacks.template import Template, text


def _alarms(template: Template) -> dict[str, dict[str, Any]]:
    return {
        item["Properties"]["AlarmName"]: item["Properties"]
        for item in template.resources("AWS::CloudWatch::Alarm").values()
    }


def test_every_alarm_tells_the_topic(template: Template) -> None:
    """No alarm is silent."""
    topic = f"<{template.one('AWS::SNS::Topic', 'NotificationsTopic')[0]}>"
    for alarm in _alarms(template).values():
        assert [text(action) for action in alarm["AlarmActions"]] == [topic]


def test_responses_that_end_badly_alarm(own: Template) -> None:
    """Failed, timed out and aborted executions of the state machine."""
    machine = own.one("AWS::StepFunctions::StateMachine")[0]
    wanted = {"failed": "ExecutionsFailed", "timed-out": "ExecutionsTimedOut", "aborted": "ExecutionsAborted"}
    for outcome, metric in wanted.items():
        alarm = _alarms(own)[f"trailguard-response-{outcome}"]
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/States", metric, "Sum")
        assert [text(item["Value"]) for item in alarm["Dimensions"]] == [f"<{machine}>"]
        assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1, "notBreaching")


def test_undelivered_events_alarm(own: Template) -> None:
    """One message in the dead-letter queue is enough, and so is one that did not even get there."""
    letters = _alarms(own)["trailguard-dead-letters"]
    assert letters["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (letters["Threshold"], letters["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    for name, rule in (("events-lost", "TrailChanged"), ("watch-lost", "ResponderActed")):
        lost = _alarms(own)[f"trailguard-{name}"]
        assert (lost["Namespace"], lost["MetricName"]) == ("AWS/Events", "InvocationsFailedToBeSentToDlq")
        named = own.properties("AWS::Events::Rule", f"EventDetection{rule}")["Name"]
        assert lost["Dimensions"] == [{"Name": "RuleName", "Value": named}]


def test_errors_of_every_function_alarm(own: Template) -> None:
    """One alarm for each function, on one error."""
    for step in FUNCTIONS:
        alarm = _alarms(own)[f"trailguard-{step.replace('_', '-')}-errors"]
        assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("Errors", "Sum", 1)
        (dimension,) = alarm["Dimensions"]
        function = own.document["Resources"][dimension["Value"]["Ref"]]["Properties"]
        assert function["Handler"] == f"response.entrypoints.{step}"


def test_a_silent_reconciler_alarms(own: Template) -> None:
    """No run in 30 minutes, and no data counts as no run."""
    alarm = _alarms(own)["trailguard-reconcile-silent"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Invocations", "Sum", 1800)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
