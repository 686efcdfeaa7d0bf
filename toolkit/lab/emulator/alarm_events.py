"""The EventBridge event of an alarm that changed its state, as the CloudWatch user guide shows it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.lab.emulator.alarm_evaluation import timestamp


def state_change(
    alarm: Mapping[str, Any], old_state: str, history: Sequence[Mapping[str, Any]], now: float
) -> dict[str, Any]:
    """Build the PutEvents entry; the alarm is in its new state and the history ends with the transition."""
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(
            {
                "alarmName": alarm["AlarmName"],
                "state": _without_none(
                    value=alarm["StateValue"],
                    reason=alarm.get("StateReason"),
                    reasonData=alarm.get("StateReasonData"),
                    timestamp=timestamp(now),
                ),
                "previousState": _previous(alarm["AlarmName"], old_state, history),
                "configuration": _configuration(alarm),
            }
        ),
    }


def _previous(name: str, old_state: str, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Describe the state before, from the transition that led into it."""
    earlier = [
        each for each in history if each["AlarmName"] == name and each["HistoryItemType"] == "StateUpdate"
    ][:-1]
    if not earlier:
        return {"value": old_state}
    entered = json.loads(earlier[-1]["HistoryData"])["newState"]
    if entered["stateValue"] != old_state:
        return {"value": old_state}
    data = entered.get("stateReasonData")
    return _without_none(
        value=old_state,
        reason=entered.get("stateReason"),
        reasonData=json.dumps(data, separators=(",", ":")) if data else None,
        timestamp=str(earlier[-1]["Timestamp"]).replace("Z", ".000+0000"),
    )


def _configuration(alarm: Mapping[str, Any]) -> dict[str, Any]:
    description = alarm.get("AlarmDescription") or None
    if "AlarmRule" in alarm:
        return _without_none(description=description, alarmRule=alarm["AlarmRule"])
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []},
    }
    stat = _without_none(
        metric=metric,
        period=alarm.get("Period"),
        stat=alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        unit=alarm.get("Unit"),
    )
    query = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])),
        "metricStat": stat,
        "returnData": True,
    }
    return _without_none(description=description, metrics=[query])


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
