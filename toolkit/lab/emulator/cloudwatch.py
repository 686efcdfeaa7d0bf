"""Gap: ministack 1.5.33 judges an alarm only when a metric is written, so that it never recovers by itself.

It also ignores dimensions, single periods and missing data, and emits no EventBridge event.
"""

import functools
import threading
import time
from typing import Any

from toolkit.lab.emulator import cloudwatch_query
from toolkit.lab.emulator.alarm_evaluation import Point, evaluate
from toolkit.lab.emulator.alarm_events import state_change
from toolkit.lab.emulator.internals import ministack

# How often alarms are judged without anything being written. A test may set both of these.
tick_seconds = 0.25
# The length of a second of an alarm's period: with 0.01, a period of 300 s is over in 3 s.
period_scale = 1.0

_something_written = threading.Event()
_starting = threading.Lock()
_watcher: list[threading.Thread] = []


@functools.cache
def install() -> None:
    """Judge alarms in a thread of their own, as often as `tick_seconds` says, and tell EventBridge."""
    cloudwatch = ministack("services.cloudwatch")
    cloudwatch._evaluate_all_alarms = _judge_soon
    cloudwatch._evaluate_alarm = lambda _alarm: _judge_soon()
    _emit_events(cloudwatch)
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


def _emit_events(cloudwatch: Any) -> None:
    """Emit the event wherever ministack runs the actions of an alarm: also of composite alarms."""
    dispatch = cloudwatch._dispatch_alarm_actions

    @functools.wraps(dispatch)
    def dispatch_and_emit(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        dispatch(alarm, old_state, new_state, reason)
        history = list(cloudwatch._history_entries())
        entry = state_change(alarm, old_state, history, time.time())
        ministack("services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudwatch._dispatch_alarm_actions = dispatch_and_emit
