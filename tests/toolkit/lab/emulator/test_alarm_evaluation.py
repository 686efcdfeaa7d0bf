"""Which state a metric alarm should be in."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from toolkit.lab.emulator.alarm_evaluation import Point, Verdict, evaluate, timestamp

NOW = 1_800_000_000.0


def _alarm(**settings: Any) -> dict[str, Any]:
    return {
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **settings,
    }


def _sum(points: list[Point]) -> float | None:
    return float(sum(point["Value"] for point in points))


def _judge(alarm: dict[str, Any], values: Mapping[int, float], scale: float = 1.0) -> Verdict | None:
    """Judge an alarm on values by their age in seconds."""
    points = [{"Timestamp": NOW - age, "Value": value} for age, value in values.items()]
    return evaluate(alarm, points, _sum, NOW, scale)


def _state(alarm: dict[str, Any], values: Mapping[int, float], scale: float = 1.0) -> str | None:
    verdict = _judge(alarm, values, scale)
    return verdict.state if verdict else None


@pytest.mark.parametrize(
    ("operator", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", {1.0, 2.0}),
        ("GreaterThanThreshold", {2.0}),
        ("LessThanThreshold", {0.0}),
        ("LessThanOrEqualToThreshold", {0.0, 1.0}),
    ],
)
def test_comparison(operator: str, breaching: set[float]) -> None:
    """The statistic of the period is compared with the threshold."""
    alarm = _alarm(ComparisonOperator=operator)
    assert {value for value in (0.0, 1.0, 2.0) if _state(alarm, {5: value}) == "ALARM"} == breaching


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", None),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_no_data(treatment: str, state: str | None) -> None:
    """Without any data in the periods the treatment of missing data decides."""
    assert _state(_alarm(TreatMissingData=treatment), {61: 5.0}) == state


def test_data_leaves_the_period() -> None:
    """A value counts for as long as the period, and the period can be scaled."""
    alarm = _alarm(TreatMissingData="notBreaching")
    assert _state(alarm, {59: 1.0}) == "ALARM"
    assert _state(alarm, {60: 1.0}) == "OK"
    assert _state(alarm, {5: 1.0}, scale=0.1) == "ALARM"
    assert _state(alarm, {7: 1.0}, scale=0.1) == "OK"


def test_clocks_may_differ() -> None:
    """A value from a clock that is ahead counts in the latest period."""
    assert _state(_alarm(), {-1: 1.0}) == "ALARM"


def test_values_of_one_period_are_aggregated() -> None:
    """The statistic is that of all values in the period, and of none outside it."""
    assert _state(_alarm(Threshold=3.0), {1: 1.0, 30: 1.0, 59: 1.0}) == "ALARM"
    assert _state(_alarm(Threshold=3.0), {1: 1.0, 30: 1.0, 61: 1.0}) == "OK"


def test_m_out_of_n() -> None:
    """As many periods as DatapointsToAlarm says must breach, all of them if it says nothing."""
    values = {5: 1.0, 65: 0.0, 125: 1.0}
    assert _state(_alarm(EvaluationPeriods=3), values) == "OK"
    assert _state(_alarm(EvaluationPeriods=3, DatapointsToAlarm=2), values) == "ALARM"
    gaps = {125: 1.0}
    settings = {"EvaluationPeriods": 3, "DatapointsToAlarm": 3}
    assert _state(_alarm(**settings, TreatMissingData="breaching"), gaps) == "ALARM"
    assert _state(_alarm(**settings, TreatMissingData="notBreaching"), gaps) == "OK"


def test_anomaly_detection_is_left_alone() -> None:
    """An alarm on an anomaly detection band keeps its state."""
    assert _judge(_alarm(ComparisonOperator="GreaterThanUpperThreshold"), {5: 9.0}) is None


def test_reason() -> None:
    """Reason and reason data name the values and the threshold."""
    verdict = _judge(_alarm(), {5: 2.0})
    assert verdict is not None
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (15/01/27 07:59:00)] was greater than or "
        "equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(verdict.reason_data)
    assert data["recentDatapoints"] == [2.0]
    assert data["queryDate"] == timestamp(NOW) == "2027-01-15T08:00:00.000+0000"


@pytest.mark.parametrize(
    ("treatment", "reason"),
    [
        ("notBreaching", "1 missing datapoint was treated as [NotBreaching]"),
        ("missing", "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_reason_without_data(treatment: str, reason: str) -> None:
    """Without data the reason says how that was treated."""
    verdict = _judge(_alarm(TreatMissingData=treatment), {})
    assert verdict is not None
    assert reason in verdict.reason
