"""Gap: ministack 1.5.33 stores metric filters and never evaluates them, and lacks TestMetricFilter.

It also accepts any filter pattern, and searches log events with a pattern language of its own.
"""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolkit.lab.emulator.filter_pattern import InvalidPatternError
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.metric_filters import compiled, datapoints, refusal_of

Request = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]

MAX_TESTED_MESSAGES = 50
MAX_FILTERS = 100
MAX_FILTERS_WITH_REGEX = 5


@functools.cache
def install() -> None:
    """Evaluate filter patterns as CloudWatch Logs does, wherever the Logs API takes one."""
    logs = ministack("services.cloudwatch_logs")
    logs._compile_filter_pattern = lambda pattern: compiled(pattern or "").matches
    logs._subscription_pattern_matches = lambda pattern, message: compiled(pattern or "").matches(message)
    logs._filter_log_events = _checking_pattern(logs._filter_log_events)
    logs._put_subscription_filter = _checking_pattern(logs._put_subscription_filter)
    logs._put_metric_filter = _checking_metric_filter(logs._put_metric_filter)
    _answer_test_metric_filter(logs)
    _publish_metrics(logs)


def _refuse(code: str, message: str) -> Response:
    response: Response = ministack("core.responses").error_response_json(code, message, 400)
    return response


def _pattern_refusal(request: Request) -> Response | None:
    pattern = request.get("filterPattern") or ""
    if not isinstance(pattern, str):
        return _refuse("SerializationException", "filterPattern is not a string")
    try:
        compiled(pattern)
    except InvalidPatternError as invalid:
        return _refuse(invalid.code, str(invalid))
    return None


def _checking_pattern(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    @functools.wraps(handler)
    def handle(request: Request) -> Response:
        return _pattern_refusal(request) or handler(request)

    return handle


def _checking_metric_filter(put: Callable[[Request], Response]) -> Callable[[Request], Response]:
    @functools.wraps(put)
    def handle(request: Request) -> Response:
        return (
            _pattern_refusal(request)
            or _transformation_refusal(request)
            or _limit_refusal(request)
            or put(request)
        )

    return handle


def _transformation_refusal(request: Request) -> Response | None:
    transformations = request.get("metricTransformations") or []
    if len(transformations) != 1:
        bound = "greater" if not transformations else "less"
        return _refuse(
            InvalidPatternError.code,
            "1 validation error detected: Value at 'metricTransformations' failed to satisfy constraint: "
            f"Member must have length {bound} than or equal to 1",
        )
    if isinstance(transformations[0].get("defaultValue"), str):
        return _refuse("SerializationException", "STRING_VALUE cannot be converted to Double")
    reason = refusal_of(transformations[0])
    return _refuse(InvalidPatternError.code, reason) if reason else None


def _limit_refusal(request: Request) -> Response | None:
    filters = ministack("services.cloudwatch_logs")._metric_filters.values()
    others = [
        each
        for each in filters
        if each["logGroupName"] == request.get("logGroupName")
        and each["filterName"] != request.get("filterName")
    ]
    with_regex = sum(compiled(each["filterPattern"]).regexes > 0 for each in others)
    too_many_with_regex = (
        with_regex >= MAX_FILTERS_WITH_REGEX and compiled(request.get("filterPattern") or "").regexes > 0
    )
    if len(others) >= MAX_FILTERS or too_many_with_regex:
        return _refuse("LimitExceededException", "Resource limit exceeded.")
    return None


def _answer_test_metric_filter(logs: Any) -> None:
    handle_request = logs.handle_request

    @functools.wraps(handle_request)
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if headers.get("x-amz-target", "").rsplit(".", 1)[-1] != "TestMetricFilter":
            return await handle_request(method, path, headers, body, query)
        try:
            request = json.loads(body)
        except ValueError:
            return _refuse("SerializationException", "the body of the request is not JSON")
        return _test_metric_filter(request)

    logs.handle_request = handle


def _test_metric_filter(request: Request) -> Response:
    messages = request.get("logEventMessages") or []
    if not 1 <= len(messages) <= MAX_TESTED_MESSAGES:
        bound = f"less than or equal to {MAX_TESTED_MESSAGES}" if messages else "greater than or equal to 1"
        return _refuse(
            InvalidPatternError.code,
            "1 validation error detected: Value at 'logEventMessages' failed to satisfy constraint: "
            f"Member must have length {bound}",
        )
    refused = _pattern_refusal(request)
    if refused:
        return refused
    pattern = compiled(request.get("filterPattern") or "")
    tested = [(number, message, pattern.extract(message)) for number, message in enumerate(messages, 1)]
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": values}
        for number, message, values in tested
        if values is not None
    ]
    response: Response = ministack("core.responses").json_response({"matches": matches})
    return response


def _publish_metrics(logs: Any) -> None:
    """Evaluate metric filters where ministack serves subscription filters: its functions log there too."""
    fan_out = logs._fanout_to_subscription_filters
    cloudwatch = ministack("services.cloudwatch")

    @functools.wraps(fan_out)
    def publish(group: str, stream: str, events: Sequence[Request]) -> None:
        fan_out(group, stream, events)
        published = False
        for metric_filter in logs._metric_filters.values():
            if metric_filter["logGroupName"] == group:
                for point in datapoints(metric_filter, events):
                    published = True
                    series = (point.namespace, point.name, cloudwatch._dims_key(point.dimensions))
                    cloudwatch._metric_bucket(series).append(
                        {
                            "Timestamp": point.timestamp,
                            "Value": point.value,
                            "Unit": point.unit,
                            "Dimensions": dict(point.dimensions),
                        }
                    )
        if published:
            cloudwatch._evaluate_all_alarms()

    logs._fanout_to_subscription_filters = publish
