"""The grades of everything that differs between two states, for tests that look at one field."""

from __future__ import annotations

from response.domain.diff import diff
from response.domain.grading import GradedChange, grade
from response.domain.trail_state import BucketOwner, Surroundings, TrailState


def graded(
    before: TrailState | None, after: TrailState | None, owner: BucketOwner = BucketOwner.UNKNOWN
) -> dict[str, GradedChange]:
    """The grades of everything that differs, by field."""
    grades = grade(diff(before, after), before, after, Surroundings(owner))
    return {change.field: change for change in grades}
