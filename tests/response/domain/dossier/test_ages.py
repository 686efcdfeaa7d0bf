"""Ages in words."""

from __future__ import annotations

import datetime as dt

import pytest

from response.domain.dossier.ages import age, moment
from tests.response.domain.strategies import at


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (dt.timedelta(seconds=20), "20 seconds"),
        (dt.timedelta(minutes=1), "1 minute"),
        (dt.timedelta(minutes=90), "1 hour 30 minutes"),
        (dt.timedelta(hours=2), "2 hours"),
        (dt.timedelta(days=1, hours=3), "1 day 3 hours"),
        (dt.timedelta(days=400, hours=3), "400 days"),
        (dt.timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_how_long_ago(ago: dt.timedelta, said: str) -> None:
    """In the two largest units; what lies ahead is not long ago."""
    assert age(at(0) - ago, at(0)) == said


def test_a_moment_is_told_in_utc() -> None:
    """Whatever its offset."""
    paris = dt.timezone(dt.timedelta(hours=1))
    assert moment(at(0).astimezone(paris)) == "2026-03-01T02:00:00Z"
