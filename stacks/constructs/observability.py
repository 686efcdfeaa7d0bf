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

from stacks.config import DeploymentConfig

_PERIOD = cdk.Duration.minutes(5)
# Three runs of the schedule: one may be late, three are an outage.
_SILENCE = cdk.Duration.minutes(30)
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
        change_rule_name: str,
        watch_rule_name: str,
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = config.name_prefix
        self._action = actions.SnsAction(topic)
        self._watch_executions(state_machine)
        self._watch_delivery(dead_letters, change_rule_name, watch_rule_name)
        self._watch_functions(functions)

    def _watch_executions(self, state_machine: sfn.StateMachine) -> None:
        outcomes = {
            "failed": (state_machine.metric_failed, "failed"),
            "timed-out": (state_machine.metric_timed_out, "ran out of time"),
            "aborted": (state_machine.metric_aborted, "was aborted"),
        }
        for outcome, (metric, words) in outcomes.items():
            self._alarm(
                f"response-{outcome}",
                metric(period=_PERIOD, statistic="Sum"),
                f"A response {words}: its incident waits for somebody to take over.",
            )

    def _watch_delivery(self, dead_letters: sqs.Queue, change_rule_name: str, watch_rule_name: str) -> None:
        self._alarm(
            "dead-letters",
            dead_letters.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum"),
            "An event was not delivered and waits in the dead-letter queue: start the workflow by hand.",
        )
        self._alarm(
            "events-lost",
            _lost(change_rule_name),
            "A change of a trail reached neither the workflow nor the dead-letter queue: run the reconciler.",
        )
        self._alarm(
            "watch-lost",
            _lost(watch_rule_name),
            "A call by a role of Trailguard reached neither the workflow nor the dead-letter queue: look for"
            " it in the event history.",
        )

    def _watch_functions(self, functions: Mapping[str, lambda_.Function]) -> None:
        for step, function in functions.items():
            self._alarm(
                f"{step.replace('_', '-')}-errors",
                function.metric_errors(period=_PERIOD, statistic="Sum"),
                f"The function of {step} failed; its log group says why.",
            )
        self._alarm(
            "reconcile-silent",
            functions["reconcile"].metric_invocations(period=_SILENCE, statistic="Sum"),
            "The reconciler has not run for 30 minutes: changes may go unnoticed if events are lost as well. "
            "(Expected once, between the first deployment and the first run.)",
            comparison=_FEWER,
            missing=cloudwatch.TreatMissingData.BREACHING,
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


def _lost(rule_name: str) -> cloudwatch.Metric:
    """Events of a rule that reached neither the target nor the dead-letter queue."""
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="InvocationsFailedToBeSentToDlq",
        dimensions_map={"RuleName": rule_name},
        period=_PERIOD,
        statistic="Sum",
    )
