"""An assessment in a few sentences: what changed and what it means, by whom, and how bad it is."""

from __future__ import annotations

from collections.abc import Sequence

from response.domain.exceptions import ExceptionVerdict
from response.domain.grades import Effect, GradedChange
from response.domain.planned_match import PlannedKind, PlannedVerdict
from response.domain.record import Record
from response.domain.risk import Risk
from response.domain.text import plain


def summarize(
    changes: Sequence[GradedChange],
    risk: Risk,
    verdict: ExceptionVerdict,
    record: Record | None,
    *,
    misuse: bool,
    put_back: int = 0,
    planned: PlannedVerdict | None = None,
) -> str:
    """What happened and what it means, in a few sentences that are safe to show."""
    said = [_what_changed(changes)]
    if put_back:
        said.append(f"{put_back} of {len(changes)} changes are no longer there.")
    if misuse:
        said.insert(0, "A role of Trailguard itself was used for something that no plan asked of it.")
    if record is not None:
        source = f" from {plain(record.source_ip, 60)}" if record.source_ip else ""
        said.append(f"{plain(record.event_name, 60)} was called by {record.actor.describe()}{source}.")
    else:
        said.append("No record shows who made the change.")
    if verdict.applies:
        said.append(f"It is left in place: {plain(verdict.reason, 1000)}")
    if planned is not None and planned.kind is not PlannedKind.NONE:
        place = "It is left in place: " if planned.applies and not verdict.applies else ""
        said.append(place + plain(planned.reason, 1000))
    said.append(f"Risk {risk.score} of 100, {risk.severity}.")
    return " ".join(said)


def _what_changed(changes: Sequence[GradedChange]) -> str:
    if not changes:
        return "The trail is as it was approved."
    weakening = [change for change in changes if change.effect is Effect.WEAKENS]
    if not weakening:
        names = ", ".join(change.field for change in changes)
        return f"Nothing that weakens the trail has changed ({names})."
    worst = max(weakening, key=lambda change: change.severity.rank)
    count = "One change weakens" if len(weakening) == 1 else f"{len(weakening)} changes weaken"
    return f"{count} the trail, {worst.field} the worst: {plain(worst.reason, 400)}"
