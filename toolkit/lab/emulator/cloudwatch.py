"""Gap: ministack 1.5.33 judges an alarm only when a metric is written, so that it never recovers by itself.

It also ignores dimensions, single periods and missing data, emits no EventBridge event, and publishes to any
topic without asking the topic's policy.
"""

import functools
import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator import cloudwatch_query, policies
from toolkit.lab.emulator.alarm_evaluation import Point, evaluate
from toolkit.lab.emulator.alarm_events import state_change
from toolkit.lab.emulator.internals import ministack

# How often alarms are judged without anything being written. A test may set both of these.
tick_seconds = 0.25
# The length of a second of an alarm's period: with 0.01, a period of 300 s is over in 3 s.
period_scale = 1.0

_PRINCIPAL = "cloudwatch.amazonaws.com"
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

_something_written = threading.Event()
_starting = threading.Lock()
_watcher: list[threading.Thread] = []


@functools.cache
def install() -> None:
    """Judge alarms in a thread of their own, as often as `tick_seconds` says, and tell whom AWS tells."""
    cloudwatch = ministack("services.cloudwatch")
    cloudwatch._evaluate_all_alarms = _judge_soon
    cloudwatch._evaluate_alarm = lambda _alarm: _judge_soon()
    _tell(cloudwatch)
    cloudwatch_query.complete(cloudwatch)
    _judge_soon()


def _judge_soon() -> None:
    """Wake the watcher, which is started again should it have failed."""
    with _starting:
        if not any(thread.is_alive() for thread in _watcher):
            _watcher[:] = [threading.Thread(target=_watch, name="trailguard-lab-alarms", daemon=True)]
            _watcher[0].start()
    _something_written.set()


def _watch() -> None:
    cloudwatch = ministack("services.cloudwatch")
    request_scope = ministack("core.responses").request_scope
    while True:
        _something_written.wait(tick_seconds)
        _something_written.clear()
        for (account, region, _), alarm in cloudwatch._alarms.all_items():
            with request_scope(account, region):
                _judge(cloudwatch, alarm)


def _judge(cloudwatch: Any, alarm: dict[str, Any]) -> None:
    """Move an alarm to the state that its data calls for, if that is another."""
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"

    def statistic(points: list[Point]) -> float | None:
        value: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)
        return value

    now = time.time()
    verdict = evaluate(alarm, _points(cloudwatch, alarm), statistic, now, period_scale)
    if verdict is None or verdict.state == alarm["StateValue"]:
        return
    old_state = alarm["StateValue"]
    alarm.update(
        StateValue=verdict.state,
        StateReason=verdict.reason,
        StateReasonData=verdict.reason_data,
        StateUpdatedTimestamp=int(now),
        StateTransitionedTimestamp=int(now),
    )
    cloudwatch._record_history(alarm["AlarmName"], old_state, verdict.state, verdict.reason)
    cloudwatch._dispatch_alarm_actions(alarm, old_state, verdict.state, verdict.reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _points(cloudwatch: Any, alarm: dict[str, Any]) -> list[Point]:
    """Return the points of the very metric of the alarm: its dimensions are part of its name."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    series = (alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions))
    unit = alarm.get("Unit")
    return [point for point in list(cloudwatch._metrics.get(series) or []) if unit in {None, point["Unit"]}]


def _tell(cloudwatch: Any) -> None:
    """Check the actions and emit the event wherever ministack runs actions: also of composite alarms."""
    dispatch = cloudwatch._dispatch_alarm_actions

    @functools.wraps(dispatch)
    def dispatch_and_emit(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        history = list(cloudwatch._history_entries())
        dispatch(_with_permitted_actions(cloudwatch, alarm, new_state), old_state, new_state, reason)
        entry = state_change(alarm, old_state, history, time.time())
        ministack("services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudwatch._dispatch_alarm_actions = dispatch_and_emit


def _with_permitted_actions(cloudwatch: Any, alarm: dict[str, Any], state: str) -> dict[str, Any]:
    """Leave out the topics that CloudWatch may not publish to, and note each in the alarm's history."""
    field = _ACTIONS.get(state)
    if field is None or not alarm.get("ActionsEnabled", True):
        return alarm
    permitted = []
    for action in alarm.get(field) or []:
        refusal = _refusal(alarm, action) if cloudwatch._is_sns_action_arn(action) else ""
        if refusal:
            cloudwatch._history_entries().append(_failed_action(alarm, action, refusal))
        else:
            permitted.append(action)
    return {**alarm, field: permitted}


def _refusal(alarm: dict[str, Any], topic: str) -> str:
    account = ministack("core.responses").get_account_id()
    keys = {
        "aws:SourceArn": alarm["AlarmArn"],
        "aws:SourceAccount": account,
        "aws:SourceOwner": account,
    }
    return policies.resource_refusal(_PRINCIPAL, "sns:Publish", topic, keys)


def _failed_action(alarm: dict[str, Any], action: str, refusal: str) -> dict[str, Any]:
    data = {"actionState": "Failed", "notificationResource": action, "error": refusal}
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
        "Timestamp": f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ}",
        "HistoryItemType": "Action",
        "HistorySummary": f'Failed to execute action {action}. Received error: "{refusal}"',
        "HistoryData": json.dumps(data),
    }
