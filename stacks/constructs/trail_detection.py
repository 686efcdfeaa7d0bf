"""The three independent ways by which a change is noticed: event bus, metric filters, schedule."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from response.permissions import MEMBER_ROLES
from response.rules.catalogue import rule
from response.rules.render import cloudwatch as cloudwatch_filter
from response.rules.render import eventbridge
from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge

_UPDATED = rule("aws-cloudtrail-log-updated")
_COMPLIANCE = rule("cloudwatch-5")
# CloudTrail reaches CloudWatch Logs after about five minutes; a shorter period would end before its data.
_ALARM_PERIOD = cdk.Duration.minutes(5)
# What EventBridge itself does at most.
_RETRY_ATTEMPTS = 185
_MAX_EVENT_AGE = cdk.Duration.hours(24)
# The next run covers the last 60 minutes as well, so an old one is not worth catching up on.
_SCHEDULE = cdk.Duration.minutes(10)


def alarm_names(prefix: str) -> tuple[str, str]:
    """The detection alarms: of the rule, and of the compliance control."""
    return f"{prefix}-trail-updated", f"{prefix}-cloudtrail-configuration-changes"


class LogDetection(Construct):
    """Metric filters and alarms on the trail's log group: the rule's own, and that of CloudWatch.5."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        log_group_name: str,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._log_group = logs.LogGroup.from_log_group_name(self, "LogGroup", log_group_name)
        self._topic = topic
        updated, compliance = alarm_names(config.name_prefix)
        control = _COMPLIANCE.metric_filter
        if control is None:
            raise ValueError(f"rule {_COMPLIANCE.id} holds no metric filter")
        self.alarms = (
            self._alarm(
                "Updated",
                updated,
                pattern=cloudwatch_filter.render(_UPDATED).text,
                namespace="Trailguard",
                metric_name="TrailUpdated",
                metric_value="1",
                default_value=0,
                threshold=1,
                description=_UPDATED.description,
            ),
            self._alarm(
                "Compliance",
                compliance,
                pattern=control.pattern,
                namespace=control.namespace,
                metric_name="CloudTrailConfigurationChanges",
                metric_value=control.metric_value,
                default_value=control.default_value,
                threshold=control.alarm_threshold,
                description=_COMPLIANCE.description,
            ),
        )

    def _alarm(
        self,
        construct_id: str,
        name: str,
        *,
        pattern: str,
        namespace: str,
        metric_name: str,
        metric_value: str,
        default_value: int,
        threshold: int,
        description: str,
    ) -> cloudwatch.Alarm:
        metric_filter = logs.MetricFilter(
            self,
            f"{construct_id}Filter",
            log_group=self._log_group,
            filter_name=name,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=namespace,
            metric_name=metric_name,
            metric_value=metric_value,
            default_value=default_value,
        )
        alarm = cloudwatch.Alarm(
            self,
            f"{construct_id}Alarm",
            alarm_name=name,
            alarm_description=description,
            metric=metric_filter.metric(statistic="Sum", period=_ALARM_PERIOD),
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        return alarm


class EventDetection(Construct):
    """The rules on the default bus.

    Changes, and whatever Trailguard's own roles write, start the workflow; alarms and the clock start the
    reconciler.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        state_machine: sfn.IStateMachine,
        reconcile: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self.change_rule_name = f"{config.name_prefix}-trail-changed"
        self.watch_rule_name = f"{config.name_prefix}-responder-acted"
        self.dead_letters = self._queue(config)
        self._on_change(state_machine)
        self._on_responder(config, state_machine)
        self._on_alarm(config, reconcile)
        self._on_schedule(config, reconcile)

    def _queue(self, config: DeploymentConfig) -> sqs.Queue:
        """What EventBridge could not deliver; SSE-SQS, so that no disabled key closes the last safety net."""
        queue = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{config.name_prefix}-dead-letters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(queue, "AwsSolutions-SQS3", "It is the dead-letter queue of the event rules.")
        return queue

    def _on_change(self, state_machine: sfn.IStateMachine) -> None:
        pattern = eventbridge.render(_UPDATED).pattern
        events.Rule(
            self,
            "TrailChanged",
            rule_name=self.change_rule_name,
            description=_UPDATED.description,
            event_pattern=events.EventPattern(
                source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
            ),
            targets=[self._workflow(state_machine, "eventbridge")],
        )

    def _on_responder(self, config: DeploymentConfig, state_machine: sfn.IStateMachine) -> None:
        """Every successful write by one of Trailguard's own roles; intake tells planned calls from misuse."""
        roles = [
            cdk.Stack.of(self).format_arn(
                service="iam", region="", resource="role", resource_name=f"{config.name_prefix}-{name}"
            )
            for name in MEMBER_ROLES
        ]
        events.Rule(
            self,
            "ResponderActed",
            rule_name=self.watch_rule_name,
            description="A role of Trailguard made a call that changes something: was it planned?",
            event_pattern=events.EventPattern(
                # PutEvents takes such a source from nobody but AWS, and any detail from anybody (EventBridge
                # API reference, PutEvents): without it a record could be put on the bus by hand.
                source=events.Match.prefix("aws."),
                detail_type=list(eventbridge.ENVELOPE["detail-type"]),
                detail={
                    "readOnly": [False],
                    "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": roles}}},
                },
            ),
            targets=[self._workflow(state_machine, "responder")],
        )

    def _workflow(self, state_machine: sfn.IStateMachine, path: str) -> targets.SfnStateMachine:
        """The workflow, handed the record and the path by which it came."""
        return targets.SfnStateMachine(
            state_machine,
            input=events.RuleTargetInput.from_object(
                {"path": path, "record": events.EventField.from_path("$.detail")}
            ),
            dead_letter_queue=self.dead_letters,
            retry_attempts=_RETRY_ATTEMPTS,
            max_event_age=_MAX_EVENT_AGE,
        )

    def _on_alarm(self, config: DeploymentConfig, reconcile: lambda_.IFunction) -> None:
        events.Rule(
            self,
            "AlarmRaised",
            rule_name=f"{config.name_prefix}-alarm-raised",
            description="A detection alarm went off: look at the trails now",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={"alarmName": list(alarm_names(config.name_prefix)), "state": {"value": ["ALARM"]}},
            ),
            targets=[self._reconciler(reconcile, _MAX_EVENT_AGE)],
        )

    def _on_schedule(self, config: DeploymentConfig, reconcile: lambda_.IFunction) -> None:
        events.Rule(
            self,
            "Schedule",
            rule_name=f"{config.name_prefix}-reconcile",
            description="Compare every trail with its baseline, and read the event history",
            schedule=events.Schedule.rate(_SCHEDULE),
            targets=[self._reconciler(reconcile, _SCHEDULE)],
        )

    def _reconciler(self, reconcile: lambda_.IFunction, max_age: cdk.Duration) -> targets.LambdaFunction:
        return targets.LambdaFunction(
            reconcile,
            dead_letter_queue=self.dead_letters,
            retry_attempts=_RETRY_ATTEMPTS,
            max_event_age=max_age,
        )
