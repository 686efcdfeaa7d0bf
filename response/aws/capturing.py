"""Putting a trail's present state in force as its baseline: at deployment, and when somebody approves it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from response.aws.baselines import Baselines
from response.aws.trails import FoundTrail, account_of
from response.domain.baseline import Baseline, BaselineSource


class TrailReader(Protocol):
    """Trails of one account."""

    def read(self, trail_arn: str) -> FoundTrail | None:
        """The trail as it is now; None if it is gone."""
        ...

    def list_trails(self, region: str) -> tuple[str, ...]:
        """ARNs of the trails whose home is that Region."""
        ...


class TrailReaders(Protocol):
    """Makes the reader of an account."""

    def trails(self, account: str, session_name: str) -> TrailReader:
        """Trails, by the reader, in the role session of that name."""
        ...


def capture(
    trail_arn: str,
    *,
    readers: TrailReaders,
    baselines: Baselines,
    session_name: str,
    approved_by: str,
    now: datetime,
) -> Baseline | None:
    """Read the trail and put its state in force; None if it is gone, RefusedCallError for no trail's ARN."""
    found = readers.trails(account_of(trail_arn), session_name).read(trail_arn)
    if found is None:
        return None
    return baselines.put(
        Baseline(
            trail_arn=trail_arn,
            state=found.state,
            captured_at=now,
            approved_by=approved_by,
            source=BaselineSource.APPROVED,
        )
    )
