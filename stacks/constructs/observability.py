"""Alarms on Trailguard itself: whatever fails, stops or is not delivered ends in a person being told."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from response.workflow import STEPS
from stacks.config import DeploymentConfig

_PERIOD = cdk.Duration.minutes(5)
# Three runs of the schedule: one may be late, three are an outage.
_SILENCE = cdk.Duration.minutes(30)
# An alarm on a metric expression takes at most ten metrics (CloudWatch user guide, "Using math expressions").
_METRICS_PER_ALARM = 8
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_FEWER = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Observability(Construct):
    """Alarms on the state machine, the dead letters, every function's errors, and a silent reconciler."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        topic: sns.ITopic,
        state_machine: sfn.StateMachine,
        dead_letters: sqs.Queue,
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = config.name_prefix
        self._action = actions.SnsAction(topic)
        for outcome, metric in {
            "failed": state_machine.metric_failed(period=_PERIOD),
            "timed-out": state_machine.metric_timed_out(period=_PERIOD),
            "aborted": state_machine.metric_aborted(period=_PERIOD),
        }.items():
            self._alarm(
                f"response-{outcome}",
                metric.with_(statistic="Sum"),
                f"A response has {outcome.replace('-', ' ')}: an incident waits for somebody to take over.",
            )
        self._alarm(
            "dead-letters",
            dead_letters.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum"),
            "An event was not delivered and waits in the dead-letter queue: start the workflow by hand.",
        )
        self._function_errors(functions)
        self._alarm(
            "reconcile-silent",
            functions["reconcile"].metric_invocations(period=_SILENCE, statistic="Sum"),
            "The reconciler has not run for 30 minutes: changes may go unnoticed if events are lost as well.",
            comparison=_FEWER,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def _function_errors(self, functions: Mapping[str, lambda_.Function]) -> None:
        outside = [name for name in functions if name not in STEPS]
        half = -(-len(STEPS) // 2)
        groups = {"first-steps": STEPS[:half], "last-steps": STEPS[half:], "outside-steps": outside}
        for group, names in groups.items():
            self._alarm(
                f"errors-{group}",
                _sum_of_errors({name: functions[name] for name in names}),
                f"One of these functions failed: {', '.join(names)}. Their logs say why.",
            )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            "".join(part.capitalize() for part in name.split("-")),
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=1,
            comparison_operator=comparison,
            evaluation_periods=1,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)


def _sum_of_errors(functions: Mapping[str, lambda_.Function]) -> cloudwatch.MathExpression:
    if len(functions) > _METRICS_PER_ALARM:
        raise ValueError(f"{len(functions)} functions in one alarm, at most {_METRICS_PER_ALARM} fit")
    metrics: dict[str, cloudwatch.IMetric] = {
        name: function.metric_errors(period=_PERIOD, statistic="Sum") for name, function in functions.items()
    }
    return cloudwatch.MathExpression(
        expression="SUM(METRICS())", using_metrics=metrics, label="Errors", period=_PERIOD
    )
