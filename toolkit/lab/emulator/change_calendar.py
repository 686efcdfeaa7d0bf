"""Reads a change calendar in iCalendar form, as Systems Manager takes it, and says whether it is open.

Systems Manager user guide, "AWS Systems Manager Change Calendar": single events, no recurring ones.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TIME = re.compile(r"(\d{8})T(\d{6})(Z?)")
_DATE = re.compile(r"\d{8}")
_DEFAULTS = {"DEFAULT_OPEN": True, "DEFAULT_CLOSED": False}


class CalendarError(ValueError):
    """The text is no calendar that can be evaluated here."""


@dataclass(frozen=True)
class ChangeCalendar:
    """Events turn a calendar that is open by default into a closed one, and the other way round."""

    open_by_default: bool
    events: tuple[tuple[datetime, datetime], ...]

    def is_open(self, at: datetime) -> bool:
        """Whether changes are let through at that moment."""
        within = any(start <= at < end for start, end in self.events)
        return within != self.open_by_default

    def next_transition(self, at: datetime) -> datetime | None:
        """Return when it next opens or closes, if ever."""
        moments = sorted({moment for event in self.events for moment in event if moment > at})
        return next((moment for moment in moments if self.is_open(moment) != self.is_open(at)), None)


def parse(text: str) -> ChangeCalendar:
    """Read a calendar; CalendarError names what cannot be read."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    if not lines or lines[0].strip() != "BEGIN:VCALENDAR":
        raise CalendarError("expected a text that begins with BEGIN:VCALENDAR")
    default, events, event = True, [], dict[str, tuple[str, str]]()
    for line in lines:
        name, _colon, value = line.strip().partition(":")
        name, _semicolon, parameters = name.partition(";")
        if name == "X-CALENDAR-TYPE":
            if value not in _DEFAULTS:
                raise CalendarError(f"X-CALENDAR-TYPE is {value!r}; expected DEFAULT_OPEN or DEFAULT_CLOSED")
            default = _DEFAULTS[value]
        elif name == "RRULE":
            raise CalendarError("a recurring event (RRULE) cannot be evaluated here")
        elif (name, value) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value) == ("END", "VEVENT"):
            events.append(_event(event))
        elif name in ("DTSTART", "DTEND"):
            event[name] = (parameters, value)
    return ChangeCalendar(default, tuple(events))


def _event(properties: dict[str, tuple[str, str]]) -> tuple[datetime, datetime]:
    if "DTSTART" not in properties:
        raise CalendarError("an event without DTSTART")
    start = _moment(*properties["DTSTART"])
    end = _moment(*properties["DTEND"]) if "DTEND" in properties else start + timedelta(days=1)
    if end <= start:
        raise CalendarError(f"an event that ends at {end.isoformat()}, not after its start")
    return start, end


def _moment(parameters: str, value: str) -> datetime:
    named = re.search(r"TZID=([^;]+)", parameters, re.IGNORECASE)
    found = _TIME.fullmatch(value)
    if not (found or _DATE.fullmatch(value)):
        raise CalendarError(f"{value!r} is no date and time of iCalendar")
    zone = _zone(named[1]) if found and named and not found[3] else UTC
    try:
        digits = "".join(found.groups()[:2]) if found else f"{value}000000"
        at = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007  # the zone comes below
    except ValueError as error:
        raise CalendarError(f"{value!r} is no date and time") from error
    return at.replace(tzinfo=zone)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CalendarError(f"the time zone {name!r} is not known") from error
