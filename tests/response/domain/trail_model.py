"""CloudTrail's own behaviour for the calls of a plan, written from the API reference and not from our code.

A trail is a plain dict in CloudTrail's spelling. What CloudTrail refuses raises RefusedError.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from response.domain.plan import Call

_READ_NAME = {"SnsTopicName": "SnsTopicARN", "EnableLogFileValidation": "LogFileValidationEnabled"}
_CLEARABLE = {
    "S3KeyPrefix",
    "SnsTopicARN",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KmsKeyId",
}
_SETTABLE = _CLEARABLE | {
    "S3BucketName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "LogFileValidationEnabled",
    "IsOrganizationTrail",
}


class RefusedError(Exception):
    """CloudTrail does not do that."""


def apply(trail: Mapping[str, Any], calls: Iterable[Call]) -> dict[str, Any]:
    """The trail after the calls, one after the other."""
    state = copy.deepcopy(dict(trail))
    for call in calls:
        _admit(state, call)
        state = _OPERATIONS[call.operation](state, copy.deepcopy(dict(call.parameters)))
    return state


def _admit(trail: Mapping[str, Any], call: Call) -> None:
    if call.service != "cloudtrail" or call.region != trail["HomeRegion"]:
        raise RefusedError(f"{call.operation} in {call.region}: not the home Region")


def _named(trail: Mapping[str, Any], parameters: dict[str, Any], key: str) -> None:
    if parameters.pop(key) not in (trail["Name"], trail["TrailARN"]):
        raise RefusedError("no such trail")


def _update(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Sent fields are merged; multi-Region takes global service events along; combinations are checked."""
    _named(trail, parameters, "Name")
    sent = {_READ_NAME.get(name, name): value for name, value in parameters.items()}
    if not sent.keys() <= _SETTABLE:
        raise RefusedError(f"UpdateTrail does not set {sent.keys() - _SETTABLE}")
    for name, value in sent.items():
        if value == "" and name not in _CLEARABLE:
            raise RefusedError(f"{name} cannot be empty")
    after = {**trail, **{name: None if value == "" else value for name, value in sent.items()}}
    turned = after["IsMultiRegionTrail"] != trail["IsMultiRegionTrail"]
    if turned and "IncludeGlobalServiceEvents" not in sent:
        after["IncludeGlobalServiceEvents"] = after["IsMultiRegionTrail"]
    if after["IsMultiRegionTrail"] and not after["IncludeGlobalServiceEvents"]:
        raise RefusedError("multi-Region needs global service events")
    if ("CloudWatchLogsLogGroupArn" in sent) != ("CloudWatchLogsRoleArn" in sent):
        raise RefusedError("log group and role are set together")
    if (after["CloudWatchLogsLogGroupArn"] is None) != (after["CloudWatchLogsRoleArn"] is None):
        raise RefusedError("a log group needs a role")
    return after


def _start(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    _named(trail, parameters, "Name")
    return {**trail, "IsLogging": True}


def _stop(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    _named(trail, parameters, "Name")
    return {**trail, "IsLogging": False}


def _event_selectors(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """One kind replaces whatever was there, of both kinds."""
    _named(trail, parameters, "TrailName")
    if len(parameters) != 1:
        raise RefusedError("exactly one kind of event selectors")
    ((kind, selectors),) = parameters.items()
    if not selectors:
        raise RefusedError("no selectors")
    return {**trail, "EventSelectors": [], "AdvancedEventSelectors": [], kind: selectors}


def _insight_selectors(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    _named(trail, parameters, "TrailName")
    return {**trail, "InsightSelectors": parameters["InsightSelectors"]}


def _add_tags(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    _named(trail, parameters, "ResourceId")
    added = {tag["Key"]: tag["Value"] for tag in parameters["TagsList"]}
    if not added or any(key.startswith("aws:") for key in added):
        raise RefusedError("tags")
    return {**trail, "Tags": {**trail["Tags"], **added}}


def _remove_tags(trail: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    _named(trail, parameters, "ResourceId")
    gone = {tag["Key"] for tag in parameters["TagsList"]}
    if not gone or any(key.startswith("aws:") for key in gone):
        raise RefusedError("tags")
    return {**trail, "Tags": {key: value for key, value in trail["Tags"].items() if key not in gone}}


_OPERATIONS = {
    "UpdateTrail": _update,
    "StartLogging": _start,
    "StopLogging": _stop,
    "PutEventSelectors": _event_selectors,
    "PutInsightSelectors": _insight_selectors,
    "AddTags": _add_tags,
    "RemoveTags": _remove_tags,
}
