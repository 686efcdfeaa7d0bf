"""What the trail did not record, from when to when, and where its records went instead, read from the state.

"Until now" is the moment of the assessment; the report says when the trail was put back. Other trails may
have recorded the same, and CloudTrail's event history keeps management events for 90 days in any case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from response.domain.baseline import Baseline
from response.domain.coverage import Box, event_coverage
from response.domain.diff import TRAIL
from response.domain.dossier.ages import age, moment
from response.domain.dossier.at_hand import made_by
from response.domain.dossier.section import Section, listed, sentence
from response.domain.grades import Effect, GradedChange
from response.domain.record import Record
from response.domain.text import plain
from response.domain.trail_state import TrailState

UNRECORDED, DIVERTED, UNPROVEN, UNWATCHED = "unrecorded", "diverted", "unproven", "unwatched"
_WORDS: Mapping[str, str] = {
    UNRECORDED: "not recorded by this trail",
    DIVERTED: "written elsewhere or not delivered",
    UNPROVEN: "not provable or not protected",
    UNWATCHED: "not watched",
}
_STILL = "CloudTrail's event history keeps management events of the account for 90 days all the same"
_NOTHING_NOW = "the trail records what was approved: nothing is missing now"
_SELECTORS = frozenset({"EventSelectors", "AdvancedEventSelectors"})
_MOVED = frozenset({"S3BucketName", "S3KeyPrefix"})
_ALL = "all events that it was set to record"


@dataclass(frozen=True)
class Loss:
    """One thing that was lost: of what kind, in words, and where it went instead (`""`: nowhere)."""

    field: str
    kind: str
    words: str
    instead: str = ""


def blind_window(
    changes: Sequence[GradedChange],
    records: Sequence[Record],
    *,
    found: TrailState | None,
    baseline: Baseline | None,
    now: dt.datetime,
    earlier: Sequence[GradedChange] = (),
) -> Section:
    """From when to when which records were not written, went elsewhere, or cannot be proven.

    `earlier` are changes that earlier rounds found; those that are not there any more are told as over.
    """
    still = {change.field for change in changes}
    over = {change.field: change for change in earlier if change.field not in still}.values()
    losses, past = _all_losses(changes, found), _all_losses(over, found)
    causes = {loss.field: made_by(loss.field, records) for loss in (*losses, *past)}
    entries = [
        *(_entry(loss, causes[loss.field], moment(now), _boxes(loss, found, baseline)) for loss in losses),
        *(_entry(loss, causes[loss.field], "put back since", []) for loss in past),
    ]
    known = [record.event_time for record in causes.values() if record is not None]
    finding = sentence(
        *([_window(known, baseline, now), *_told(losses)] if losses else [_NOTHING_NOW]),
        *(f"earlier in this incident and over by now: {told}" for told in _told(past)),
        _STILL if entries else "",
    )
    missing = "" if known or not entries else "when it began: no record of the change is known"
    return Section(finding, listed(entries), missing)


def _all_losses(changes: Iterable[GradedChange], found: TrailState | None) -> list[Loss]:
    return [loss for change in changes if _takes_away(change) for loss in _losses(change, found)]


def _window(starts: Sequence[dt.datetime], baseline: Baseline | None, now: dt.datetime) -> str:
    if starts:
        start = min(starts)
        return f"from {moment(start)} until now, {moment(now)} ({age(start, now)})"
    if baseline is not None:
        return f"from an unknown moment after {moment(baseline.captured_at)} until now, {moment(now)}"
    return f"from an unknown moment until now, {moment(now)}"


def _told(losses: Sequence[Loss]) -> Iterator[str]:
    for kind, words in _WORDS.items():
        of_kind = sorted(
            (loss for loss in losses if loss.kind == kind), key=lambda loss: _ALL not in loss.words
        )
        if of_kind:
            yield f"{words}: {', '.join(_with_place(loss) for loss in of_kind)}"


def _with_place(loss: Loss) -> str:
    return f"{loss.words} (instead: {plain(loss.instead, 200)})" if loss.instead else loss.words


def _entry(loss: Loss, cause: Record | None, until: str, boxes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "field": loss.field,
        "kind": loss.kind,
        "what": loss.words,
        "instead": plain(loss.instead),
        "from": None if cause is None else moment(cause.event_time),
        "until": until,
        "event_id": "" if cause is None else cause.event_id,
        **({"events": listed(boxes)} if boxes else {}),
    }


def _boxes(loss: Loss, found: TrailState | None, baseline: Baseline | None) -> list[dict[str, Any]]:
    """The events that the selectors chose before and do not choose now."""
    before = None if baseline is None or found is None else baseline.against(found)
    if loss.field not in _SELECTORS or before is None or found is None:
        return []
    return [_box(box) for box in event_coverage(before).beyond(event_coverage(found))]


def _box(box: Box) -> dict[str, Any]:
    return {
        "category": plain(box.category) or "any",
        "direction": "read" if box.read_only else "write",
        "resource_type": plain(box.resource_type),
        "where": [
            f"{plain(field)} {operator} {plain(value, 120)}"
            for field, operators in box.conditions.items()
            for operator, values in operators.items()
            for value in sorted(values)[:10]
        ],
    }


def _takes_away(change: GradedChange) -> bool:
    """Whether something is lost; where log files go matters even if the place is no worse."""
    moved = change.field in _MOVED and change.effect is Effect.NEUTRAL
    return moved or change.effect is Effect.WEAKENS


def _losses(change: GradedChange, found: TrailState | None) -> Iterator[Loss]:
    """What one weakening change takes away."""
    name = change.field
    if name == TRAIL:
        yield Loss(name, UNRECORDED, f"{_ALL}: the trail is gone or another one")
    elif name in _SELECTORS:
        yield Loss(name, UNRECORDED, _lost_events(change))
    elif name in _FLAGS:
        kind, words = _FLAGS[name]
        yield Loss(name, kind, words.format(home=found.home_region if found else "its home Region"))
    elif name in _PLACES:
        kind, words = _PLACES[name]
        yield Loss(name, kind, words, "" if change.after is None else str(change.after))
    else:
        yield Loss(name, UNWATCHED, f"{name}: {plain(change.reason, 200)}")


def _lost_events(change: GradedChange) -> str:
    """The grade of the selectors says in words what is no longer chosen."""
    return plain(change.reason, 400).removeprefix("No longer recorded: ").removesuffix(".")


_FLAGS: Mapping[str, tuple[str, str]] = {
    "IsLogging": (UNRECORDED, _ALL),
    "IsMultiRegionTrail": (UNRECORDED, "events of all Regions but {home}"),
    "IncludeGlobalServiceEvents": (UNRECORDED, "events of global services (IAM, STS, CloudFront)"),
    "IsOrganizationTrail": (UNRECORDED, "events of the organization's other accounts"),
    "LogFileValidationEnabled": (UNPROVEN, "no digest files: log files of this time can be altered unseen"),
}
# Destinations: what no longer goes where it should. The value found is where it goes instead.
_PLACES: Mapping[str, tuple[str, str]] = {
    "S3BucketName": (DIVERTED, "log files not written to the approved bucket"),
    "S3KeyPrefix": (DIVERTED, "log files not under the approved prefix"),
    "CloudWatchLogsLogGroupArn": (DIVERTED, "records not delivered to the approved log group"),
    "CloudWatchLogsRoleArn": (DIVERTED, "records not delivered with the approved role"),
    "SnsTopicARN": (DIVERTED, "deliveries not announced on the approved topic"),
    "KmsKeyId": (UNPROVEN, "log files not encrypted with the approved key"),
}
