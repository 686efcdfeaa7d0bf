"""Whether the change was approved: as planned, by an exception, within a change calendar, under a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from response.domain.assessment import Assessment
from response.domain.dossier.section import MOST_ENTRIES, Section, listed, names, sentence
from response.domain.dossier.tickets import tickets
from response.domain.findings import CalendarState, Findings, Part
from response.domain.planned_match import PlannedKind
from response.domain.record import Record
from response.domain.text import plain

CLOSED = "CLOSED"
_PLANNED = {
    PlannedKind.FULL: "it is a planned change",
    PlannedKind.PART: "it is a planned change in part only",
    PlannedKind.NONE: "it is no planned change",
}


def was_it_approved(assessment: Assessment, records: Sequence[Record], findings: Findings) -> Section:
    """What speaks for an approval, and what against."""
    exception, planned = assessment.exception, assessment.planned
    claimed = tickets(records, findings)
    finding = sentence(
        f"{_PLANNED[planned.kind]}: {_clause(planned.reason)}",
        f"{'an' if exception.applies else 'no'} exception covers it: {_clause(exception.reason)}",
        *(_calendar(calendar) for calendar in findings.calendars[:5]),
        f"tickets named by the caller, not checked: {names(one['ticket'] for one in claimed)}"
        if claimed
        else "no ticket is named in source identity, session name or session tags",
    )
    evidence: dict[str, Any] = {
        "planned_change": _texts(planned.to_json()),
        "exception": _texts(exception.to_json()),
        "calendars": listed([_calendar_entry(calendar) for calendar in findings.calendars]),
        "tickets": listed(claimed),
    }
    return Section(finding, evidence, findings.why_missing(Part.CALENDAR))


def _clause(reason: str) -> str:
    """A sentence as part of another one."""
    return plain(reason, 600).rstrip(".")


def _texts(document: Mapping[str, Any]) -> dict[str, Any]:
    """A verdict as evidence, its strings safe to show."""
    return {
        key: [plain(item, 300) for item in value[:MOST_ENTRIES]]
        if isinstance(value, list)
        else plain(value, 600)
        if isinstance(value, str)
        else value
        for key, value in document.items()
    }


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
