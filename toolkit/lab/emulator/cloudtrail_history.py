"""Gap: ministack 1.5.33 answers LookupEvents without paging and combines lookup attributes.

CloudTrail takes one attribute, pages with a NextToken bound to the request's parameters, and answers newest
first (CloudTrail API reference, LookupEvents).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.internals import ministack

Event = Mapping[str, Any]

_MOST = 50
_LONGEST_VALUE = 2000
_MATCHES: Mapping[str, Callable[[Event, str], bool]] = {
    "EventId": lambda event, value: event["EventId"] == value,
    "EventName": lambda event, value: event["EventName"] == value,
    "ReadOnly": lambda event, value: event["ReadOnly"] == value,
    "Username": lambda event, value: event["Username"] == value,
    "EventSource": lambda event, value: event["EventSource"] == value,
    "AccessKeyId": lambda event, value: event["AccessKeyId"] == value,
    "ResourceType": lambda event, value: any(r["ResourceType"] == value for r in event["Resources"]),
    "ResourceName": lambda event, value: any(r["ResourceName"] == value for r in event["Resources"]),
}


def lookup(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Answer LookupEvents from the account's events of this Region."""
    service = ministack("services.cloudtrail")
    matches = _attribute(body.get("LookupAttributes") or [])
    since, until = _time_range(body)
    most = _most(body)
    # An Insights event would have to be asked for by its category; the lab makes none.
    events = [] if body.get("EventCategory") else list(reversed(service._get_event_queue()))
    found = [event for event in events if since <= event["EventTime"] <= until and matches(event)]
    rest = _after(found, body)
    answer: dict[str, Any] = {"Events": rest[:most]}
    if len(rest) > most:
        answer["NextToken"] = _token(rest[most - 1]["EventId"], body)
    result: tuple[int, dict[str, str], bytes] = service._ok(answer)
    return result


def _attribute(attributes: list[Mapping[str, str]]) -> Callable[[Event], bool]:
    if len(attributes) > 1:
        raise TrailError("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    if not attributes:
        return lambda _event: True
    key, value = attributes[0].get("AttributeKey", ""), str(attributes[0].get("AttributeValue", ""))
    if key not in _MATCHES or len(value) > _LONGEST_VALUE:
        raise TrailError("InvalidLookupAttributesException", f"The lookup attribute {key!r} is not valid.")
    return lambda event: _MATCHES[key](event, value)


def _time_range(body: Mapping[str, Any]) -> tuple[float, float]:
    since, until = float(body.get("StartTime", 0.0)), float(body.get("EndTime", float("inf")))
    if since > until:
        raise TrailError("InvalidTimeRangeException", "The start time is after the end time.")
    return since, until


def _most(body: Mapping[str, Any]) -> int:
    most = int(body.get("MaxResults", _MOST))
    if not 1 <= most <= _MOST:
        raise TrailError("InvalidMaxResultsException", f"MaxResults is {most}; it must be from 1 to {_MOST}.")
    return most


def _after(found: list[Event], body: Mapping[str, Any]) -> list[Event]:
    """Skip what earlier pages held: up to the event that the token names, whatever happened since."""
    if not (token := body.get("NextToken")):
        return found
    for index, event in enumerate(found):
        if token == _token(event["EventId"], body):
            return found[index + 1 :]
    raise TrailError("InvalidNextTokenException", "The token is not one that these parameters were given.")


def _token(last: str, body: Mapping[str, Any]) -> str:
    """Bind a position to the parameters of the request: a token goes with the same request only."""
    asked = {key: value for key, value in body.items() if key != "NextToken"}
    return hashlib.sha256(json.dumps([last, asked], sort_keys=True).encode()).hexdigest()
