"""The state that a metric alarm should be in, computed from the data points of its metric.

CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data". The periods slide with the
clock instead of being aligned with it: an alarm answers at once and recovers when its data is too old.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

Point = Mapping[str, Any]
# Aggregates the points of one period; None if they do not have the statistic.
Statistic = Callable[[list[Point]], float | None]


@dataclass(frozen=True)
class Verdict:
    """The state that the data calls for, and why."""

    state: str
    reason: str
    reason_data: str


@dataclass(frozen=True)
class _Period:
    start: float
    value: float
    samples: int


def timestamp(moment: float) -> str:
    """Write a time as CloudWatch writes it in events and reason data."""
    at = datetime.fromtimestamp(moment, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def evaluate(
    alarm: Mapping[str, Any], points: Sequence[Point], statistic: Statistic, now: float, scale: float = 1.0
) -> Verdict | None:
    """Judge a metric alarm; None if its state is to stay what it is."""
    if alarm.get("ComparisonOperator") not in _COMPARISONS:
        return None
    count = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or count)
    treatment = alarm.get("TreatMissingData") or "missing"
    periods = _periods(points, statistic, now, float(alarm.get("Period") or 60) * scale, count)
    if not periods and treatment in {"missing", "ignore"}:
        state = "INSUFFICIENT_DATA" if treatment == "missing" else None
    else:
        breaches, _ = _COMPARISONS[alarm["ComparisonOperator"]]
        breaching = sum(breaches(period.value, float(alarm["Threshold"])) for period in periods)
        if treatment == "breaching":
            breaching += count - len(periods)
        state = "ALARM" if breaching >= needed else "OK"
    if state is None:
        return None
    return Verdict(state, _reason(alarm, periods, state, treatment), _reason_data(alarm, periods, now))


def _periods(
    points: Sequence[Point], statistic: Statistic, now: float, length: float, count: int
) -> list[_Period]:
    """Aggregate the points of each period, the latest first; periods without data are left out."""
    periods: list[_Period] = []
    for index in range(count):
        start, end = now - (index + 1) * length, now - index * length
        inside = [p for p in points if start < p["Timestamp"] and (p["Timestamp"] <= end or index == 0)]
        value = statistic(inside) if inside else None
        if value is not None:
            periods.append(_Period(start, value, len(inside)))
    return periods


def _reason(alarm: Mapping[str, Any], periods: Sequence[_Period], state: str, treatment: str) -> str:
    count = int(alarm.get("EvaluationPeriods") or 1)
    plural = "" if count == 1 else "s"
    if not periods and state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {count} datapoint{plural} {'was' if count == 1 else 'were'} unknown."
    if not periods:
        treated = f"[{treatment[:1].upper()}{treatment[1:]}]"
        return (
            f"Threshold Crossed: no datapoints were received for {count} period{plural} and {count} missing "
            f"datapoint{plural} {'was' if count == 1 else 'were'} treated as {treated}."
        )
    values = ", ".join(
        f"{period.value} ({datetime.fromtimestamp(period.start, tz=UTC):%d/%m/%y %H:%M:%S})"
        for period in periods
    )
    _, relation = _COMPARISONS[alarm["ComparisonOperator"]]
    crossing = "was" if state == "ALARM" else "was not"
    needed = int(alarm.get("DatapointsToAlarm") or count)
    transition = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(periods)} out of the last {count} datapoints [{values}] "
        f"{crossing} {relation} the threshold ({float(alarm['Threshold'])}) "
        f"(minimum {needed} datapoint{'s' if needed > 1 else ''} for {transition} transition)."
    )


def _reason_data(alarm: Mapping[str, Any], periods: Sequence[_Period], now: float) -> str:
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": timestamp(now),
        "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        "period": alarm.get("Period"),
        "recentDatapoints": [period.value for period in periods],
        "threshold": alarm.get("Threshold"),
        "evaluatedDatapoints": [
            {"timestamp": timestamp(period.start), "sampleCount": period.samples, "value": period.value}
            for period in periods
        ],
    }
    if periods:
        data["startDate"] = timestamp(periods[0].start)
    return json.dumps(data, separators=(",", ":"))
