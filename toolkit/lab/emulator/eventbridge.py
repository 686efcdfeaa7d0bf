"""Gap: ministack 1.5.33 delivers to any target without asking, and what it cannot deliver is gone.

Here a rule needs its role or the target's own policy, and what is refused goes to the target's dead-letter
queue with the attributes that the EventBridge user guide lists ("Using dead-letter queues to process
undelivered events"). Schedules of EventBridge Scheduler go the same way.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator import policies
from toolkit.lab.emulator.internals import ministack

# What a rule or a schedule does to a target, by the service in the target's ARN.
_ACTIONS = {
    "states": "states:StartExecution",
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
}
# Rules reach these with a role; the others by the target's own policy. Schedules always use a role.
_BY_ROLE = ("states", "events")


@dataclass(frozen=True)
class _Failure:
    """Why an event cannot be delivered, as ERROR_CODE and ERROR_MESSAGE say it."""

    code: str
    message: str


@functools.cache
def install() -> None:
    """Check each delivery before it is made."""
    service = ministack("services.eventbridge")
    invoke = service._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        failure = _failure(target, str(rule.get("Arn", "")))
        if failure is None:
            invoke(target, event, rule, view)
            return
        seen = view or service._pattern_event_view(event)
        _give_up(target, rule, service.json.dumps(seen.event_with_detail()), failure)

    service._invoke_target = invoke_target


def _failure(target: Mapping[str, Any], source_arn: str) -> _Failure | None:
    """Find what stands in the way of a delivery, if anything does."""
    arn = str(target.get("Arn", ""))
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] not in _ACTIONS or not _exists(parts[2], arn):  # noqa: PLR2004  # parts of an ARN
        return _Failure("NO_RESOURCE", f"The target {arn} does not exist")
    refusal = _refusal(target, parts[2], arn, source_arn)
    return _Failure("NO_PERMISSIONS", refusal) if refusal else None


def _refusal(target: Mapping[str, Any], kind: str, arn: str, source_arn: str) -> str:
    principal = "scheduler.amazonaws.com" if ":scheduler:" in source_arn else "events.amazonaws.com"
    role = str(target.get("RoleArn", ""))
    if role:
        return policies.role_refusal(role, principal, _ACTIONS[kind], arn)
    if kind in _BY_ROLE or principal.startswith("scheduler"):
        return f"The target {arn} needs a role and has none"
    keys = {"aws:SourceArn": source_arn, "aws:SourceAccount": ministack("core.responses").get_account_id()}
    return policies.resource_refusal(principal, _ACTIONS[kind], arn, keys)


def _exists(kind: str, arn: str) -> bool:
    if kind == "states":
        return ministack("services.stepfunctions")._resolve_state_machine_arn(arn) is not None
    if kind == "lambda":
        return ministack("services.lambda_svc")._get_func_record_for_ref(arn)[0] is not None
    if kind == "sqs":
        return ministack("services.sqs")._queue_by_arn(arn) is not None
    if kind == "sns":
        return arn in ministack("services.sns")._topics
    return True


def _give_up(target: Mapping[str, Any], rule: Mapping[str, Any], body: str, failure: _Failure) -> None:
    """Send an event to the dead-letter queue, if the target has one that may be sent to."""
    name, rule_arn = str(rule.get("Name", "")), str(rule.get("Arn", ""))
    _count("AWS/Events", "FailedInvocations", {"RuleName": name})
    queue_arn = str((target.get("DeadLetterConfig") or {}).get("Arn", ""))
    queue = ministack("services.sqs")._queue_by_arn(queue_arn) if queue_arn else None
    if queue is None:
        return
    account = ministack("core.responses").get_account_id()
    keys = {"aws:SourceArn": rule_arn, "aws:SourceAccount": account}
    if policies.resource_refusal("events.amazonaws.com", "sqs:SendMessage", queue_arn, keys):
        _count("AWS/Events", "InvocationsFailedToBeSentToDlq", {"RuleName": name})
        return
    attributes = {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": str(target["Arn"]),
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.message,
    }
    ministack("services.eventbridge")._dispatch_to_sqs(ministack("core.arn").parse_arn(queue_arn), body)
    queue["messages"][-1]["message_attributes"] = {
        key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
    }
    _count("AWS/Events", "InvocationsSentToDlq", {"RuleName": name})
    visible = len(queue["messages"])
    _count(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue_arn.rsplit(":", 1)[-1]}, visible
    )


def _count(namespace: str, metric: str, dimensions: dict[str, str], value: float = 1.0) -> None:
    """Write a metric as AWS does, so that alarms on it can fire."""
    cloudwatch = ministack("services.cloudwatch")
    cloudwatch.record_metric(namespace, metric, value, "Count", dimensions)
    cloudwatch._evaluate_all_alarms()
