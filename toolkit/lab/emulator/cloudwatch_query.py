"""Alarms over CloudWatch's query protocol, of which ministack 1.5.33 renders a few members only.

Clients that still speak it would see alarms without actions, and take them for useless.
"""

import functools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Response]

_REQUEST_LISTS = ("AlarmNames", "AlarmTypes")


def complete(cloudwatch: Any) -> None:
    """Render every member of the alarms that are described, and take all actions that are put."""
    cloudwatch._describe_alarms = _rendered(cloudwatch, cloudwatch._describe_alarms, "DescribeAlarms")
    cloudwatch._describe_alarms_for_metric = _rendered(
        cloudwatch, cloudwatch._describe_alarms_for_metric, "DescribeAlarmsForMetric"
    )
    cloudwatch._put_metric_alarm = _with_insufficient_data_actions(cloudwatch, cloudwatch._put_metric_alarm)


def _rendered(cloudwatch: Any, describe: Handler, action: str) -> Handler:
    @functools.wraps(describe)
    def handle(
        params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
    ) -> Response:
        answer = describe(params, data, is_cbor, is_json)
        if is_cbor or is_json or answer[0] != 200:  # noqa: PLR2004 -- HTTP OK
            return answer
        alarms = json.loads(describe({}, _request(params), False, True)[2])
        result = f"<{action}Result>{_xml(alarms)}</{action}Result>"
        response: Response = cloudwatch._xml(200, f"{action}Response", result)
        return response

    return handle


def _request(params: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the parameters of a query into the members of a request."""
    members = {
        name: value[0] for name, value in params.items() if isinstance(value, list) and "." not in name
    }
    return members | {name: _member_list(params, name) for name in _REQUEST_LISTS}


def _member_list(params: Mapping[str, Any], name: str) -> list[str]:
    members: list[str] = []
    while value := params.get(f"{name}.member.{len(members) + 1}"):
        members.append(value[0] if isinstance(value, list) else value)
    return members


def _xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(
            f"<{key}>{_xml(member, key)}</{key}>" for key, member in value.items() if member is not None
        )
    if isinstance(value, list):
        return "".join(f"<member>{_xml(member)}</member>" for member in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp"):
        return f"{datetime.fromtimestamp(float(value), tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
    return escape(str(value))


def _with_insufficient_data_actions(cloudwatch: Any, put: Handler) -> Handler:
    @functools.wraps(put)
    def handle(
        params: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False
    ) -> Response:
        answer = put(params, data, is_cbor, is_json)
        name = params.get("AlarmName")
        alarm = cloudwatch._alarms.get(name[0] if isinstance(name, list) else name)
        if alarm and not is_cbor and not is_json and answer[0] == 200:  # noqa: PLR2004 -- HTTP OK
            alarm["InsufficientDataActions"] = _member_list(params, "InsufficientDataActions")
        return answer

    return handle
