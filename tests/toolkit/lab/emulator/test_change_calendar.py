"""A change calendar is open or closed by its events and its default."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.lab.emulator import change_calendar
from toolkit.lab.emulator.change_calendar import CalendarError

_NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def _calendar(*events: str, kind: str = "DEFAULT_OPEN") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"X-CALENDAR-TYPE:{kind}"]
    for event in events:
        lines += ["BEGIN:VEVENT", "SUMMARY:freeze", *event.split(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR"])


@pytest.mark.parametrize(
    ("event", "within"),
    [
        ("DTSTART:20260304T110000Z DTEND:20260304T130000Z", True),
        ("DTSTART:20260304T120000Z DTEND:20260304T130000Z", True),
        ("DTSTART:20260304T110000Z DTEND:20260304T120000Z", False),
        ("DTSTART;TZID=Europe/Zurich:20260304T123000 DTEND;TZID=Europe/Zurich:20260304T133000", True),
        ("DTSTART;TZID=Europe/Zurich:20260304T113000 DTEND;TZID=Europe/Zurich:20260304T123000", False),
        ("DTSTART;VALUE=DATE:20260304", True),
        ("DTSTART;VALUE=DATE:20260303", False),
    ],
)
def test_an_event_turns_the_default_round(event: str, *, within: bool) -> None:
    """Within an event a calendar that is open by default is closed, and the other way round."""
    assert change_calendar.parse(_calendar(event)).is_open(_NOON) is not within
    assert change_calendar.parse(_calendar(event, kind="DEFAULT_CLOSED")).is_open(_NOON) is within


@given(st.integers(min_value=-100, max_value=100), st.integers(min_value=1, max_value=50))
def test_nothing_changes_before_the_next_transition(start: int, length: int) -> None:
    """The state stays until the next transition, and is the other one at it."""
    begins, ends = _NOON + timedelta(hours=start), _NOON + timedelta(hours=start + length)
    calendar = change_calendar.parse(
        _calendar(f"DTSTART:{begins:%Y%m%dT%H%M%SZ} DTEND:{ends:%Y%m%dT%H%M%SZ}")
    )
    following = calendar.next_transition(_NOON)
    if following is None:
        assert calendar.is_open(_NOON + timedelta(days=365)) is calendar.is_open(_NOON)
        return
    assert calendar.is_open(following - timedelta(seconds=1)) is calendar.is_open(_NOON)
    assert calendar.is_open(following) is not calendar.is_open(_NOON)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "BEGIN:VCALENDAR"),
        (_calendar(kind="SOMETIMES"), "SOMETIMES"),
        (_calendar("DTSTART:20260304T110000Z RRULE:FREQ=DAILY"), "RRULE"),
        (_calendar("DTSTART:tomorrow"), "tomorrow"),
        (_calendar("DTSTART:20261304T110000Z"), "20261304T110000Z"),
        (_calendar("DTEND:20260304T110000Z"), "without DTSTART"),
        (_calendar("DTSTART:20260304T110000Z DTEND:20260304T100000Z"), "not after its start"),
        (_calendar("DTSTART;TZID=Nowhere/City:20260304T110000"), "Nowhere/City"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    """A text that is no calendar, or an event that cannot be placed, is refused and named."""
    with pytest.raises(CalendarError, match=message):
        change_calendar.parse(text)
