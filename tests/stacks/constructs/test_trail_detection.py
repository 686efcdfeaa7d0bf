"""A change is noticed in three independent ways, and none of them loses it silently."""

from __future__ import annotations

import json
from typing import Any

import pytest

from response.permissions import MEMBER_ROLES
from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5
from response.rules.render import cloudwatch, eventbridge
from tests.stacks.template import Template, text

_FILTER, _ALARM, _RULE = "AWS::Logs::MetricFilter", "AWS::CloudWatch::Alarm", "AWS::Events::Rule"


def _filter_and_alarm(template: Template, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    start = f"LogDetection{kind}"
    return template.properties(_FILTER, start), template.properties(_ALARM, start)


def test_the_rules_own_filter_counts_successful_changes(own: Template) -> None:
    """Its pattern is the rendered rule; a period without a match counts as 0."""
    metric_filter, _ = _filter_and_alarm(own, "Updated")
    assert metric_filter["FilterPattern"] == cloudwatch.render(CLOUDTRAIL_LOG_UPDATED).text
    assert metric_filter["LogGroupName"] == "/trailguard/cloudtrail"
    assert metric_filter["MetricTransformations"] == [
        {
            "MetricNamespace": "Trailguard",
            "MetricName": "TrailUpdated",
            "MetricValue": "1",
            "DefaultValue": 0,
        }
    ]


def test_the_compliance_filter_is_exact(own: Template) -> None:
    """Security Hub compares pattern, namespace and values with its own text."""
    metric_filter, _ = _filter_and_alarm(own, "Compliance")
    assert CLOUDWATCH_5.metric_filter is not None
    assert metric_filter["FilterPattern"] == CLOUDWATCH_5.metric_filter.pattern
    (metric,) = metric_filter["MetricTransformations"]
    assert (metric["MetricNamespace"], metric["MetricValue"], metric["DefaultValue"]) == (
        "LogMetrics",
        "1",
        0,
    )


def test_an_existing_log_group_is_watched(existing: Template) -> None:
    """Both filters are put on the log group that the context names, and none is created for it."""
    for metric_filter in existing.resources(_FILTER).values():
        assert metric_filter["Properties"]["LogGroupName"] == "org/cloudtrail"
    names = {
        group["Properties"]["LogGroupName"] for group in existing.resources("AWS::Logs::LogGroup").values()
    }
    assert "org/cloudtrail" not in names


@pytest.mark.parametrize("kind", ["Updated", "Compliance"])
def test_each_filter_has_an_alarm_that_tells_people(template: Template, kind: str) -> None:
    """One match in five minutes is enough; silence is no alarm; the topic is told."""
    metric_filter, alarm = _filter_and_alarm(template, kind)
    (metric,) = metric_filter["MetricTransformations"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
    wanted = {
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    assert {key: alarm[key] for key in wanted} == wanted
    topic = f"<{template.one('AWS::SNS::Topic', 'NotificationsTopic')[0]}>"
    assert [text(action) for action in alarm["AlarmActions"]] == [topic]


def test_the_event_pattern_is_the_rendered_rule_without_null(template: Template) -> None:
    """CloudFormation refuses null in a pattern."""
    pattern = template.properties(_RULE, "EventDetectionTrailChanged")["EventPattern"]
    assert pattern == eventbridge.render(CLOUDTRAIL_LOG_UPDATED).pattern
    assert "null" not in json.dumps(pattern)


def test_a_change_starts_the_workflow_with_its_record(template: Template) -> None:
    """The input is what intake expects: the path, and the record as it came."""
    (target,) = template.properties(_RULE, "EventDetectionTrailChanged")["Targets"]
    assert text(target["Arn"]) == f"<{template.one('AWS::StepFunctions::StateMachine')[0]}>"
    transformer = target["InputTransformer"]
    ((name, path),) = transformer["InputPathsMap"].items()
    assert path == "$.detail"
    assert transformer["InputTemplate"] == f'{{"path":"eventbridge","record":<{name}>}}'
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}


def test_every_write_by_a_role_of_trailguard_starts_the_workflow(own: Template) -> None:
    """Of whatever service of AWS, by the exact ARNs of the member roles; intake tells what was planned.

    Whoever may put events on the bus can write any detail, but no source that begins with `aws.`.
    """
    watch = own.properties(_RULE, "EventDetectionResponderActed")
    pattern = watch["EventPattern"]
    assert pattern["detail-type"] == ["AWS API Call via CloudTrail"]
    assert pattern["source"] == [{"prefix": "aws."}]
    assert pattern["detail"]["readOnly"] == [False]
    roles = pattern["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    prefix = "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/trailguard-"
    assert {text(role) for role in roles} == {prefix + name for name in MEMBER_ROLES}
    (target,) = watch["Targets"]
    assert text(target["Arn"]) == f"<{own.one('AWS::StepFunctions::StateMachine')[0]}>"
    assert target["InputTransformer"]["InputTemplate"].startswith('{"path":"responder","record":<')
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}


def test_an_alarm_and_the_clock_start_the_reconciler(own: Template) -> None:
    """Both detection alarms by name, in state ALARM only, and every ten minutes in any case."""
    alarm = own.properties(_RULE, "EventDetectionAlarmRaised")
    assert alarm["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {
            "alarmName": ["trailguard-trail-updated", "trailguard-cloudtrail-configuration-changes"],
            "state": {"value": ["ALARM"]},
        },
    }
    schedule = own.properties(_RULE, "EventDetectionSchedule")
    assert schedule["ScheduleExpression"] == "rate(10 minutes)"
    (reconcile,) = [
        key
        for key, item in own.resources("AWS::Lambda::Function").items()
        if item["Properties"]["FunctionName"] == "trailguard-reconcile"
    ]
    for rule in (alarm, schedule):
        assert [text(target["Arn"]) for target in rule["Targets"]] == [f"<{reconcile}.Arn>"]
    allowed = {
        text(item["Properties"]["SourceArn"])
        for item in own.resources("AWS::Lambda::Permission").values()
        if item["Properties"]["Principal"] == "events.amazonaws.com"
    }
    assert allowed == {own.arn(_RULE, f"EventDetection{name}") for name in ("AlarmRaised", "Schedule")}


def test_what_cannot_be_delivered_is_kept(template: Template) -> None:
    """Every target of every rule has the dead-letter queue, to which exactly these rules may send."""
    queue = template.arn("AWS::SQS::Queue")
    rules = template.resources(_RULE)
    for rule in rules.values():
        for target in rule["Properties"]["Targets"]:
            assert text(target["DeadLetterConfig"]["Arn"]) == queue
    statements = template.properties("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    senders = {
        text(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
        for statement in statements
        if statement["Effect"] == "Allow"
    }
    assert senders == {f"<{key}.Arn>" for key in rules}


def test_the_dead_letters_are_encrypted_and_kept_for_two_weeks(template: Template) -> None:
    """SSE-SQS, TLS only, and as long as SQS keeps anything."""
    queue = template.properties("AWS::SQS::Queue")
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 1209600)
    statements = template.properties("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert [item["Condition"] for item in statements if item["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]
