"""What metric filters make of log events: the data points that CloudWatch Logs publishes for them.

PutMetricFilter in the API reference; where that is silent, what the service was seen to publish: the default
value once for each event that does not match, and once for a matching event without the value to publish.
"""

import functools
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolkit.lab.emulator.filter_pattern import InvalidPatternError, Pattern, compile_pattern
from toolkit.lab.emulator.filter_pattern.selector import Selector, compile_selector, parse_event
from toolkit.lab.emulator.filter_pattern.values import Number, parse_decimal

_FIELD_REFERENCE = re.compile(r"\$\w+")


@dataclass(frozen=True)
class Datapoint:
    """One value for one metric, at the time of the event that it stands for."""

    namespace: str
    name: str
    value: float
    unit: str
    timestamp: float
    dimensions: Mapping[str, str] = field(default_factory=dict)


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """Compile a filter pattern, once."""
    return compile_pattern(pattern)


def refusal_of(transformation: Mapping[str, Any]) -> str | None:
    """Say why PutMetricFilter refuses a metric transformation, in the words of the service."""
    value = str(transformation.get("metricValue", ""))
    if parse_decimal(value) is None and not _is_reference(value):
        return f"Invalid metric transformation: metric value {value} must be a valid number"
    if transformation.get("defaultValue") is not None and transformation.get("dimensions"):
        return (
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    return None


def _is_reference(text: str) -> bool:
    if _FIELD_REFERENCE.fullmatch(text):
        return True
    try:
        return not compile_selector(text).has_wildcard
    except InvalidPatternError:
        return False


def datapoints(metric_filter: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Iterator[Datapoint]:
    """Evaluate a metric filter on a batch of log events."""
    pattern = compiled(metric_filter["filterPattern"])
    for event in events:
        message = str(event.get("message", ""))
        extracted = pattern.extract(message)
        for transformation in metric_filter["metricTransformations"]:
            value, dimensions = _measure(transformation, message, extracted)
            if value is None or not math.isfinite(value):
                continue
            yield Datapoint(
                namespace=transformation["metricNamespace"],
                name=transformation["metricName"],
                value=value,
                unit=transformation.get("unit") or "None",
                timestamp=_seconds(event.get("timestamp")),
                dimensions=dimensions,
            )


def _measure(
    transformation: Mapping[str, Any], message: str, extracted: Mapping[str, str] | None
) -> tuple[float | None, dict[str, str]]:
    default = transformation.get("defaultValue")
    default = None if default is None else float(default)
    if extracted is None:
        return default, {}
    found = _look_up(str(transformation["metricValue"]), message, extracted)
    if found is None:
        return default, {}
    return _as_float(found), _dimensions(transformation.get("dimensions") or {}, message, extracted)


def _look_up(reference: str, message: str, extracted: Mapping[str, str]) -> Any:
    """Return the literal or the field that is referred to; None if the event has no such field."""
    if not reference.startswith("$"):
        return reference
    if _FIELD_REFERENCE.fullmatch(reference):
        return extracted.get(reference)
    nodes = _selector(reference).select(parse_event(message))
    return nodes[0] if nodes else None


@functools.lru_cache(maxsize=256)
def _selector(text: str) -> Selector:
    return compile_selector(text)


def _as_float(found: Any) -> float | None:
    """Take a number, or a text that is one; anything else publishes nothing."""
    decimal = parse_decimal(found) if isinstance(found, str) else None
    if isinstance(found, Number):
        decimal = found.value
    return None if decimal is None else float(decimal)


def _dimensions(references: Mapping[str, str], message: str, extracted: Mapping[str, str]) -> dict[str, str]:
    """Resolve all dimensions; if the event lacks one of them, the data point has none at all."""
    resolved: dict[str, str] = {}
    for name, reference in references.items():
        found = _look_up(reference, message, extracted)
        if isinstance(found, Number):
            found = found.text
        if not isinstance(found, str) or not found:
            return {}
        resolved[name] = found
    return resolved


def _seconds(milliseconds: Any) -> float:
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else time.time()
