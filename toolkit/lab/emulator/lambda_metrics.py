"""Gap: ministack 1.5.33 counts a function's invocations and errors only where the Invoke API was called.

Here every invocation counts, whoever made it, and what a function logs in the embedded metric format becomes
a metric (CloudWatch user guide, "Specification: Embedded metric format").
"""

import functools
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack


@functools.cache
def install() -> None:
    """Count where all invocations come through."""
    service = ministack("services.lambda_svc")
    dispatch, emit = service._execute_function_dispatch, service._emit_lambda_metrics

    def execute_function(function: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        result = dispatch(function, config, event, request_id, started)
        failed = isinstance(result, dict) and bool(result.get("error"))
        emit(config.get("FunctionName", ""), (time.time() - started) * 1000, error=failed, throttle=False)
        if isinstance(result, dict):
            for line in str(result.get("log") or "").splitlines():
                _record_embedded(line)
        ministack("services.cloudwatch")._evaluate_all_alarms()
        return result

    def emit_lambda_metrics(name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        # ministack calls this for the Invoke API, whose invocations are counted above, and for throttling.
        if throttle:
            emit(name, duration_ms, error=error, throttle=True)

    service._execute_function_dispatch = execute_function
    service._emit_lambda_metrics = emit_lambda_metrics


def _record_embedded(line: str) -> None:
    """Write the metrics of a line in the embedded metric format; any other line is just a line."""
    if '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
    except ValueError:
        return
    cloudwatch = ministack("services.cloudwatch")
    for namespace, name, unit, dimensions in _metrics(document):
        values = document.get(name)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int | float):
                cloudwatch.record_metric(namespace, name, float(value), unit, dimensions)


def _metrics(document: Any) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    metadata = document.get("_aws") if isinstance(document, Mapping) else None
    for directive in (metadata or {}).get("CloudWatchMetrics", []) if isinstance(metadata, Mapping) else []:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document.get(name, "")) for name in names}
            for metric in directive.get("Metrics", []):
                yield directive["Namespace"], metric["Name"], metric.get("Unit", "None"), dimensions
