"""What differs between two states of one trail, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from response.domain.trail_state import ATTRIBUTES, TrailState

TRAIL = "TrailARN"
"""The field that changes when the trail itself comes, goes, or is another one."""


@dataclass(frozen=True)
class Change:
    """One field, in the JSON spelling of the trail state, with its JSON values before and after."""

    field: str
    before: Any
    after: Any


def diff(before: TrailState | None, after: TrailState | None) -> tuple[Change, ...]:
    """Every field that differs, in the order of the state; empty exactly when the states are equal.

    None is a trail that is not there: its coming or going is one change of `TrailARN`.
    """
    if before is None or after is None or before.trail_arn != after.trail_arn:
        arns = (before and before.trail_arn, after and after.trail_arn)
        return () if arns[0] == arns[1] else (Change(TRAIL, *arns),)
    values = ((name, before.value(name), after.value(name)) for name in ATTRIBUTES)
    return tuple(Change(name, was, now) for name, was, now in values if was != now)
