"""Grades of event and insight selectors: which events are no longer recorded, whichever kind says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from response.domain.coverage import ARN, SOURCE, Box, Coverage, event_coverage
from response.domain.grades import Effect, Severity, Verdict
from response.domain.selectors import DATA, MANAGEMENT
from response.domain.text import plain
from response.domain.trail_state import TrailState

_NAMED = 4
_KMS = "kms.amazonaws.com"


@dataclass(frozen=True)
class _Loss:
    severity: Severity
    words: str


def grade_events(before: TrailState, after: TrailState) -> Verdict:
    """Both kinds of event selectors at once: what was chosen before and is not now decides."""
    was, now = event_coverage(before), event_coverage(after)
    losses = [*_management_losses(was, now), *_data_losses(was, now)]
    gains = _describe(now.beyond(was))
    if losses:
        worst = max((loss.severity for loss in losses), key=lambda severity: severity.rank)
        told = _joined("; ", [loss.words for loss in losses])
        beside = f". Recorded in addition: {gains}" if gains else ""
        return Verdict(Effect.WEAKENS, worst, f"No longer recorded: {told}{beside}.")
    if gains:
        return Verdict(Effect.STRENGTHENS, Severity.LOW, f"Recorded in addition: {gains}. Nothing is lost.")
    return Verdict(
        Effect.NEUTRAL, Severity.LOW, "The selectors are written differently but choose the same events."
    )


def _management_losses(was: Coverage, now: Coverage) -> Iterable[_Loss]:
    """Management events by direction: losing the writes blinds every detection built on the trail."""
    lost = was.beyond(now)
    for read_only, words, all_gone, some_gone in (
        (False, "write management events (who changed what)", Severity.CRITICAL, Severity.HIGH),
        (True, "read management events (who looked at what)", Severity.HIGH, Severity.MEDIUM),
    ):
        gone = [box for box in lost if (box.category, box.read_only) == (MANAGEMENT, read_only)]
        if not gone:
            continue
        left = now.management(read_only=read_only)
        if not left:
            yield _Loss(all_gone, f"all {words}")
            continue
        sources = _newly_excluded(gone, left)
        if not sources:
            yield _Loss(some_gone, f"part of the {words}")
        for source in sources:
            yield _excluded(source, words)


def _newly_excluded(gone: Sequence[Box], left: Sequence[Box]) -> list[str]:
    """The event sources that all remaining boxes leave out, where leaving out is all that changed."""
    was = frozenset.intersection(*(_excluded_sources(box) for box in gone))
    now = frozenset.intersection(*(_excluded_sources(box) for box in left))
    only_sources = all(box.conditions.keys() <= {SOURCE} for box in (*gone, *left))
    return sorted(now - was) if only_sources else []


def _excluded_sources(box: Box) -> frozenset[str]:
    return box.conditions.get(SOURCE, {}).get("NotEquals", frozenset())


def _excluded(source: str, words: str) -> _Loss:
    """One event source left out; without those of KMS, keys can be disabled unseen."""
    if source == _KMS:
        return _Loss(Severity.HIGH, f"{words} of {source}: keys can be tampered with unseen")
    return _Loss(Severity.MEDIUM, f"{words} of {plain(source)}")


def _data_losses(was: Coverage, now: Coverage) -> Iterable[_Loss]:
    """Data events and whatever else is not management; worst where nothing of it is left."""
    gone = [box for box in was.beyond(now) if box.category != MANAGEMENT]
    if gone:
        yield _Loss(Severity.MEDIUM if now.other_than_management() else Severity.HIGH, _describe(gone))


def _describe(boxes: Iterable[Box]) -> str:
    """Boxes in words, those that differ in direction or resource only told together."""
    groups: dict[tuple[str, str], list[Box]] = {}
    for box in boxes:
        groups.setdefault((box.category, box.resource_type), []).append(box)
    return _joined("; ", [_describe_group(*kind, group) for kind, group in groups.items()])


def _describe_group(category: str, resource_type: str, boxes: Sequence[Box]) -> str:
    directions = {box.read_only for box in boxes}
    direction = "" if len(directions) > 1 else "read " if True in directions else "write "
    kind = {MANAGEMENT: "management", DATA: "data"}.get(category, plain(category) or "other")
    of_type = f" of {plain(resource_type)}" if resource_type else ""
    narrowed = any(box.conditions.keys() - {ARN} for box in boxes)
    return (
        f"{direction}{kind} events{of_type}{_resources(boxes)}{' that meet conditions' if narrowed else ''}"
    )


def _resources(boxes: Sequence[Box]) -> str:
    """The resources that the boxes are narrowed to, if they are."""
    conditions = [box.conditions.get(ARN, {}) for box in boxes]
    names = sorted({name for condition in conditions for values in condition.values() for name in values})
    if not names:
        return ""
    return f" ({_joined(', ', [plain(name, 120) for name in names])})"


def _joined(separator: str, words: Sequence[str]) -> str:
    """The first few by name, the rest by number."""
    rest = len(words) - _NAMED
    return separator.join(words[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def grade_insights(before: TrailState, after: TrailState) -> Verdict:
    """Insight selectors: CloudTrail's own watch for unusual call and error rates."""
    was, now = _insights(before), _insights(after)
    if was - now:
        severity = Severity.LOW if now else Severity.MEDIUM
        lost = ", ".join(sorted(was - now))
        reason = f"CloudTrail Insights no longer watches {lost}: unusual rates go unnoticed."
        return Verdict(Effect.WEAKENS, severity, reason)
    if not now - was:
        return Verdict(
            Effect.NEUTRAL, Severity.LOW, "Written differently, but CloudTrail Insights watches the same."
        )
    gained = ", ".join(sorted(now - was))
    return Verdict(Effect.STRENGTHENS, Severity.LOW, f"CloudTrail Insights watches {gained} in addition.")


def _insights(state: TrailState) -> frozenset[str]:
    return frozenset(
        f"{plain(selector['InsightType'])} of {plain(category).lower()} events"
        for selector in state.insight_selectors
        for category in selector.get("EventCategories", [MANAGEMENT])
    )
