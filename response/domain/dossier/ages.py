"""Times, ages and counts in words that two readers understand alike."""

from __future__ import annotations

import datetime as dt

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def moment(at: dt.datetime) -> str:
    """A time in UTC, to the second."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(since: dt.datetime, now: dt.datetime) -> str:
    """How long ago that was, in the two largest units; 0 seconds for what lies ahead."""
    seconds = max(int((now - since).total_seconds()), 0)
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return many(days, "day") + (f" {many(hours, 'hour')}" if hours and days < 10 else "")  # noqa: PLR2004 - beyond ten days hours do not matter
    if hours:
        return many(hours, "hour") + (f" {many(minutes, 'minute')}" if minutes else "")
    return many(minutes, "minute") if minutes else many(seconds, "second")


def many(count: int, unit: str) -> str:
    """So many of a thing, in words."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
