"""How a trail was before: the approved state, or what can be told of it where nobody approved one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from response.domain.coverage import event_coverage
from response.domain.errors import MalformedStateError
from response.domain.record import Record
from response.domain.response_elements import NOT_ANSWERED, from_response_elements
from response.domain.selectors import DEFAULT_EVENT_SELECTORS, malformed
from response.domain.trail_state import FLAGS, TrailState

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


class BaselineSource(StrEnum):
    """Where the earlier state came from, best first."""

    APPROVED = "approved"
    EVENT_HISTORY = "event_history"
    FLOOR = "floor"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Baseline:
    """A state to compare with. `state` is None where the trail was approved as absent or nothing is known."""

    trail_arn: str
    state: TrailState | None
    captured_at: datetime
    approved_by: str
    source: BaselineSource
    version: int = 1

    def against(self, found: TrailState) -> TrailState | None:
        """The state to compare `found` with: what the baseline only assumes is not held against the trail."""
        return None if self.state is None else without_assumptions(self.state, found)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; what the state assumes is told beside it."""
        return {
            "trail_arn": self.trail_arn,
            "state": None if self.state is None else self.state.to_json(),
            "assumed": [] if self.state is None else list(self.state.assumed),
            "captured_at": self.captured_at.isoformat(),
            "approved_by": self.approved_by,
            "source": str(self.source),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read back what `to_json` wrote; MalformedStateError names what is wrong."""
        if not isinstance(document, Mapping):
            raise malformed("baseline", document, "an object")
        state = document.get("state")
        assumed, version = document.get("assumed") or [], document.get("version")
        if not isinstance(assumed, list) or not all(isinstance(name, str) for name in assumed):
            raise malformed("baseline.assumed", assumed, "a list of field names")
        if not isinstance(version, int) or isinstance(version, bool):
            raise malformed("baseline.version", version, "a whole number")
        return cls(
            trail_arn=_text(document, "trail_arn"),
            state=None if state is None else replace(TrailState.from_json(state), assumed=tuple(assumed)),
            captured_at=_time(document),
            approved_by=_text(document, "approved_by"),
            source=_source(document),
            version=version,
        )


def without_assumptions(baseline: TrailState, found: TrailState) -> TrailState:
    """The baseline with what nobody observed taken from `found`, unless `found` has less than was assumed.

    A state rebuilt from the event history knows nothing of tags and insights, so it must not undo them;
    but that the trail was logging all management events is assumed until somebody says otherwise.
    """
    state = baseline
    if "Tags" in baseline.assumed:
        state = replace(state, tags=found.tags)
    if "InsightSelectors" in baseline.assumed:
        state = replace(state, insight_selectors=found.insight_selectors)
    if "EventSelectors" in baseline.assumed and not event_coverage(state).beyond(event_coverage(found)):
        state = replace(
            state,
            event_selectors=found.event_selectors,
            advanced_event_selectors=found.advanced_event_selectors,
        )
    return state


def rebuild_from_history(records: Iterable[Record], before: datetime) -> TrailState | None:
    """The trail as the last successful CreateTrail or UpdateTrail before that moment answered it, or None.

    The records are those of one trail, in any order. A trail deleted since has no earlier state. Whether it
    was logging, and what it chose, such an answer does not say: all management events are assumed.
    """
    earlier = sorted(
        (record for record in records if record.event_time < before and _is_successful_change(record)),
        key=lambda record: record.event_time,
        reverse=True,
    )
    for record in earlier:
        if record.event_name == "DeleteTrail":
            return None
        try:
            state = from_response_elements(record, fallback=None)
        except MalformedStateError:
            continue  # an answer left out as too large tells nothing: the one before it may
        if state is not None:
            return _as_baseline(state)
    return None


def floor_state(found: TrailState, require: Mapping[str, bool]) -> TrailState:
    """The found state with the policy's floor (`trails.require`) applied to it."""
    unknown = sorted(require.keys() - FLAGS.keys())
    if unknown:
        raise malformed(f"trails.require.{unknown[0]}", require[unknown[0]], "only " + ", ".join(FLAGS))
    flags: dict[str, Any] = {FLAGS[name]: value for name, value in require.items()}
    # A multi-Region trail always has global service events; nothing else can be asked of CloudTrail.
    if flags.get("is_multi_region_trail", found.is_multi_region_trail):
        flags["include_global_service_events"] = True
    return replace(found, **flags)


def _is_successful_change(record: Record) -> bool:
    return (
        record.event_source == _CLOUDTRAIL
        and record.event_name in {"CreateTrail", "UpdateTrail", "DeleteTrail"}
        and not record.failed
    )


def _as_baseline(state: TrailState) -> TrailState:
    """An answer as something to go back to: logging, all management events, the rest unknown."""
    assumed = tuple(sorted({*state.assumed, *NOT_ANSWERED}))
    return replace(
        state,
        is_logging=True,
        event_selectors=DEFAULT_EVENT_SELECTORS,
        advanced_event_selectors=(),
        insight_selectors=(),
        assumed=assumed,
    )


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if isinstance(value, str):
        return value
    raise malformed(f"baseline.{key}", value, "text")


def _time(document: Mapping[str, Any]) -> datetime:
    value = _text(document, "captured_at")
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise malformed("baseline.captured_at", value, "a time with its offset, like 2026-01-31T09:30:00+00:00")


def _source(document: Mapping[str, Any]) -> BaselineSource:
    value = _text(document, "source")
    try:
        return BaselineSource(value)
    except ValueError:
        raise malformed("baseline.source", value, "one of " + ", ".join(BaselineSource)) from None
