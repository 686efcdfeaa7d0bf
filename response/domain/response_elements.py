"""The state of a trail after a call, told from the record: CloudTrail answers with the trail as it then is.

What an answer does not hold (UpdateTrail says nothing of logging, selectors and tags) comes from the state
before, else from CloudTrail's defaults, and is named in the state's `assumed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from response.domain.errors import MalformedStateError
from response.domain.record import Record
from response.domain.selectors import pascal_case
from response.domain.text import plain
from response.domain.trail_state import FLAGS, TEXTS, TrailState

# Where the answer of CreateTrail and UpdateTrail is not simply the read name with a small first letter.
_ANSWER_NAMES: Mapping[str, tuple[str, ...]] = {"SnsTopicARN": ("snsTopicARN", "snsTopicName")}
# CloudTrail API, CreateTrail: what holds where the caller says nothing. Whether an updated trail is logging
# cannot be told; on is what a trail is for.
_DEFAULTS: Mapping[str, bool] = {
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "LogFileValidationEnabled": False,
    "IsOrganizationTrail": False,
    "IsLogging": True,
}
NOT_ANSWERED = ("IsLogging", "EventSelectors", "AdvancedEventSelectors", "InsightSelectors", "Tags")
"""What UpdateTrail neither sets nor answers."""


def from_response_elements(record: Record, *, fallback: TrailState | None) -> TrailState | None:
    """The trail after the recorded call; None after DeleteTrail. `fallback` is the state before, where known.

    MalformedStateError where the record does not tell: a failed call, an answer left out as too large, a call
    that answers with part of the state only and no state before to put it into, or a call on no trail.
    """
    if record.failed:
        raise _untold(record, "a call that failed", "one that succeeded")
    arn = record.trail_arn()
    if arn is None:
        raise _untold(record, "no trail named", "a trail's name or ARN")
    before = fallback if fallback is not None and fallback.trail_arn == arn else None
    if record.event_name == "DeleteTrail":
        return None
    if record.event_name in {"CreateTrail", "UpdateTrail"}:
        return _whole(record, arn, None if record.event_name == "CreateTrail" else before)
    if before is None:
        raise _untold(record, f"{plain(record.event_name)} alone", "the state of the trail before it as well")
    return _part(record, before)


def _whole(record: Record, arn: str, before: TrailState | None) -> TrailState:
    """The answer of CreateTrail or UpdateTrail, which holds the trail's whole configuration."""
    answer = record.response_elements
    if answer is None:
        raise _untold(record, "no responseElements", "the trail as CloudTrail answered it")
    created = record.event_name == "CreateTrail"
    beside = {"IsLogging": False, "Tags": _tags(record)} if created else _beside(before)
    document: dict[str, Any] = {"TrailARN": arn, **beside}
    assumed = [] if created else list(NOT_ANSWERED)
    for name in TEXTS:
        document[name] = next((answer[key] for key in _answer_names(name) if answer.get(key)), None)
    for name in FLAGS.keys() - {"IsLogging"}:
        told = answer.get(_answer_names(name)[0])
        document[name] = told if told is not None else _assumed_flag(name, before)
        assumed += [name] if told is None else []
    if not document["S3BucketName"] and before is not None:
        document["S3BucketName"] = before.s3_bucket_name
        assumed.append("S3BucketName")
    return replace(TrailState.from_json(document), assumed=tuple(sorted(assumed)))


def _part(record: Record, before: TrailState) -> TrailState:
    """A call that sets one part of the trail and leaves the rest."""
    answer = pascal_case(record.response_elements or {})
    match record.event_name:
        case "StartLogging" | "StopLogging":
            return replace(before, is_logging=record.event_name == "StartLogging")
        case "PutEventSelectors":
            kinds = {name: answer.get(name) for name in ("EventSelectors", "AdvancedEventSelectors")}
            if not any(kinds.values()):
                raise _untold(record, "no event selectors in responseElements", "the selectors that were set")
            return TrailState.from_json({**before.to_json(), **kinds})
        case "PutInsightSelectors":
            return TrailState.from_json(
                {**before.to_json(), "InsightSelectors": answer.get("InsightSelectors")}
            )
        case "AddTags":
            return replace(before, tags={**before.tags, **_tags(record)})
        case "RemoveTags":
            gone = _tags(record)
            return replace(before, tags={key: value for key, value in before.tags.items() if key not in gone})
    raise _untold(record, plain(record.event_name), "a call that changes a trail")


def _beside(before: TrailState | None) -> dict[str, Any]:
    """What UpdateTrail leaves alone: as before, else the defaults."""
    if before is None:
        return {"IsLogging": _DEFAULTS["IsLogging"]}
    return {name: before.value(name) for name in NOT_ANSWERED}


def _assumed_flag(name: str, before: TrailState | None) -> Any:
    return _DEFAULTS[name] if before is None else before.value(name)


def _answer_names(name: str) -> tuple[str, ...]:
    return _ANSWER_NAMES.get(name, (name[:1].lower() + name[1:],))


def _tags(record: Record) -> dict[str, str]:
    """The tags in a request: `tagsList` of `{key, value}`; what is none is left out."""
    listed = (record.request_parameters or {}).get("tagsList")
    pairs = [tag for tag in listed if isinstance(tag, Mapping)] if isinstance(listed, list) else []
    return {
        tag["key"]: tag["value"] if isinstance(tag.get("value"), str) else ""
        for tag in pairs
        if isinstance(tag.get("key"), str)
    }


def _untold(record: Record, found: str, expected: str) -> MalformedStateError:
    return MalformedStateError(f"record {plain(record.event_id)}: found {found}, expected {expected}")
