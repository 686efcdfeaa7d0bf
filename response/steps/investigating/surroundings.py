"""What was arranged around the change: the change calendars of the policy, and whom to tell."""

from __future__ import annotations

from response.domain.findings import CalendarState, Contact, Part
from response.domain.policy import Policy
from response.domain.text import plain
from response.steps.investigating.case import Case
from response.steps.ports import Calendars, Contacts

_MOST = 10


def calendars(case: Case, policy: Policy, source: Calendars) -> tuple[CalendarState, ...]:
    """Whether each calendar was open when the trail was changed, or found changed."""
    at = min((record.event_time for record in case.records), default=case.incident.opened_at)
    names = policy.change_calendars
    if len(names) > _MOST:
        case.gaps.add(Part.CALENDAR, f"only {_MOST} of {len(names)} calendars were asked")
    found: list[CalendarState] = []
    for name in names[:_MOST]:
        with case.gaps.noted(Part.CALENDAR, plain(name, 200)):
            found.append(source.state(name, region=case.incident.region, at=at))
    return tuple(found)


def contact(case: Case, source: Contacts) -> Contact | None:
    """The account's contact for security; None where it is not known whether there is one."""
    with case.gaps.noted(Part.CONTACT, "security contact"):
        return source.security()
    return None
