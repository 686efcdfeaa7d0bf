"""The EventBridge event of an alarm's change of state."""

import json
from typing import Any

from toolkit.lab.emulator.alarm_events import state_change

ARN = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a"
ALARM = {"AlarmName": "a", "AlarmArn": ARN, "StateValue": "ALARM", "StateReason": "now", "Namespace": "n"}


def _entered(state: str, name: str = "a", kind: str = "StateUpdate") -> dict[str, str]:
    data = {"newState": {"stateValue": state, "stateReason": f"{name} became {state}"}}
    return {
        "AlarmName": name,
        "HistoryItemType": kind,
        "HistoryData": json.dumps(data),
        "Timestamp": "2026-01-02T03:04:05Z",
    }


def _detail(alarm: dict[str, Any], old_state: str, history: list[dict[str, str]]) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(state_change(alarm, old_state, history, 0.0)["Detail"])
    return detail


def test_previous_state_is_the_one_before_the_transition() -> None:
    """The previous state comes from the alarm's own history, without the transition that is reported."""
    history = [_entered("OK"), _entered("OK", name="b"), _entered("x", kind="Action"), _entered("ALARM")]
    assert _detail(ALARM, "OK", history)["previousState"] == {
        "value": "OK",
        "reason": "a became OK",
        "timestamp": "2026-01-02T03:04:05.000+0000",
    }


def test_history_that_does_not_fit_is_left_out() -> None:
    """Without a fitting history only the value of the previous state is known."""
    for history in ([], [_entered("ALARM")], [_entered("OK"), _entered("ALARM")]):
        assert _detail(ALARM, "INSUFFICIENT_DATA", history)["previousState"] == {"value": "INSUFFICIENT_DATA"}


def test_envelope() -> None:
    """The event names the service, the kind and the alarm."""
    entry = state_change(ALARM, "OK", [], 0.0)
    assert entry["Source"] == "aws.cloudwatch"
    assert entry["DetailType"] == "CloudWatch Alarm State Change"
    assert entry["Resources"] == [ARN]


def test_composite_alarm_has_a_rule_instead_of_metrics() -> None:
    """The configuration of a composite alarm is its rule."""
    composite = {**ALARM, "AlarmRule": 'ALARM("b")'}
    assert _detail(composite, "OK", [])["configuration"] == {"alarmRule": 'ALARM("b")'}
