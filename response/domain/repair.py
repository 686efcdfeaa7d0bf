"""Telling who put a trail back from who changed it: by what their calls left behind, as CloudTrail says."""

from __future__ import annotations

from collections.abc import Sequence

from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.grades import Effect
from response.domain.grading import grade
from response.domain.record import Record
from response.domain.response_elements import NOT_ANSWERED, from_response_elements
from response.domain.trail_state import Surroundings, TrailState


def only_repaired(records: Sequence[Record], approved: TrailState) -> bool:
    """Whether each of these calls left the trail with nothing weaker than approved; False where untold."""
    return all(_left_nothing_weaker(record, approved) for record in records)


def _left_nothing_weaker(record: Record, approved: TrailState) -> bool:
    try:
        left = from_response_elements(record, fallback=approved)
    except MalformedStateError:
        return False
    if left is None or not set(left.assumed) <= set(NOT_ANSWERED):
        return False
    changes = grade(diff(approved, left), approved, left, Surroundings())
    return all(change.effect is not Effect.WEAKENS for change in changes)
