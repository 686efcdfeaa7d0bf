"""Whether the change was approved: by an exception, within a change calendar, under a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from response.domain.assessment import Assessment
from response.domain.dossier.section import Section, listed, names, sentence
from response.domain.dossier.tickets import tickets
from response.domain.findings import CalendarState, Findings, Part
from response.domain.record import Record
from response.domain.text import plain

CLOSED = "CLOSED"


def was_it_approved(assessment: Assessment, records: Sequence[Record], findings: Findings) -> Section:
    """What speaks for an approval, and what against."""
    exception, claimed = assessment.exception, tickets(records, findings)
    finding = sentence(
        "an exception covers it" if exception.applies else "no exception covers it",
        plain(exception.reason, 600),
        *(_calendar(calendar) for calendar in findings.calendars[:5]),
        f"tickets named by the caller, not checked: {names(one['ticket'] for one in claimed)}"
        if claimed
        else "no ticket is named in source identity, session name or session tags",
    )
    evidence: dict[str, Any] = {
        "exception": exception.to_json(),
        "calendars": listed([_calendar_entry(calendar) for calendar in findings.calendars]),
        "tickets": listed(claimed),
    }
    return Section(finding, evidence, findings.why_missing(Part.CALENDAR))


def _calendar(calendar: CalendarState) -> str:
    allowed = "did not allow" if calendar.state == CLOSED else "allowed"
    state = plain(calendar.state, 20)
    return f"the change calendar {plain(calendar.name, 120)} {allowed} changes at that time ({state})"


def _calendar_entry(calendar: CalendarState) -> dict[str, str]:
    return {
        "name": plain(calendar.name),
        "state": plain(calendar.state),
        "at": calendar.at.isoformat(),
    }
