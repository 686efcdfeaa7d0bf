"""What a message tells of an incident: what happened, how bad it is, who it was, what was found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from response.domain.grades import Effect, Severity
from response.domain.notice import TAKE_OVER, Notice, NoticeKind
from response.domain.quoting import quoted

_MOST_CHANGES = 20
_FINDING_LIMIT = 700
# What whoever decides wants to know of the dossier; the rest of it is in the report.
_FINDINGS: Mapping[str, str] = {
    "who": "Who",
    "from_where": "From where",
    "blind_window": "Blind window",
    "what_else": "What else",
    "made_to_stay": "Made to stay",
    "was_it_approved": "Approved",
}
_TOLD_IN = (NoticeKind.OPENED, NoticeKind.APPROVAL, NoticeKind.REMINDER, *TAKE_OVER)


def happened(notice: Notice) -> Iterator[str]:
    """What was called and what it changed, the gravest first."""
    if notice.note:
        yield quoted(notice.note, 1_500)
    yield from in_short(notice)
    if notice.record is not None:
        yield f"Call: {quoted(notice.record.event_name)} at {utc(notice.record.event_time)}"
        yield f"Event id: {quoted(notice.record.event_id)}"
    changes = sorted(notice.assessment.get("changes", ()), key=_gravity)
    telling = telling_changes(notice)
    for change in telling[:_MOST_CHANGES]:
        was, now = quoted(value_in_words(change["before"])), quoted(value_in_words(change["after"]))
        yield f"{quoted(change['field'])}: {was} -> {now} ({change['effect']}, {change['severity']})"
        yield f"  Meaning: {quoted(change['reason'], 400)}"
    if len(telling) > _MOST_CHANGES:
        yield f"and {len(telling) - _MOST_CHANGES} more changes"
    if along := [quoted(change["field"]) for change in changes if change not in telling]:
        yield f"Changed along with it: {', '.join(along[:_MOST_CHANGES])}"


def telling_changes(notice: Notice) -> list[Mapping[str, Any]]:
    """The changes that say something by themselves, the gravest first."""
    changes = sorted(notice.assessment.get("changes", ()), key=_gravity)
    return [change for change in changes if Severity(change["severity"]) is not Severity.NONE]


def in_short(notice: Notice) -> Iterator[str]:
    """What the changes amount to; at the end of an incident, what they amounted to."""
    assessment = notice.assessment
    if not assessment:
        return
    changes = assessment["changes"]
    weakening = sum(change["effect"] == Effect.WEAKENS for change in changes)
    does = "did" if notice.is_over else "does"
    if assessment["responder_misuse"]:
        yield "A role of Trailguard itself did what no plan asked of it."
    if not changes:
        yield "The trail is as it was approved."
    elif weakening:
        yield f"The trail {does} less than was approved: {weakening} of {len(changes)} changes weaken it."
    else:
        yield "The trail has changed, but nothing that weakens it."
    if assessment["exception"]["applies"]:
        yield f"It is left in place: {quoted(assessment['exception']['reason'], 500)}"
    planned = assessment.get("planned", {})
    if planned.get("id"):
        yield f"Planned change: {quoted(planned['reason'], 500)}"


def _gravity(change: Mapping[str, Any]) -> tuple[bool, int]:
    """Sorts the gravest change first."""
    return change["effect"] != Effect.WEAKENS, -Severity(change["severity"]).rank


def severity(notice: Notice) -> Iterator[str]:
    """How bad it is, and whose trail it is."""
    risk = notice.assessment.get("risk")
    yield quoted(notice.incident.severity) + ("" if risk is None else f", risk {risk} of 100")
    if notice.owner:
        yield f"Owner of the trail: {quoted(notice.owner, 200)}"


def who(notice: Notice) -> Iterator[str]:
    """The principal of the record."""
    if notice.record is None:
        yield "Not known: the change was found by comparing states, no record of it has been seen."
        return
    yield f"Principal: {quoted(notice.record.actor.describe(), 300)}"
    if notice.record.actor.arn:
        yield f"ARN: {quoted(notice.record.actor.arn, 300)}"


def where(notice: Notice) -> Iterator[str]:
    """Account, Region, address and client of the record."""
    if notice.record is None:
        return
    yield f"Account: {quoted(notice.incident.account)}, Region: {quoted(notice.incident.region)}"
    yield f"Address: {quoted(notice.record.source_ip) or 'not in the record'}"
    yield f"User agent: {quoted(notice.record.user_agent) or 'not in the record'}"


def investigated(notice: Notice) -> Iterator[str]:
    """The findings of the investigation that bear on a decision, and what of them is not known."""
    if notice.kind not in _TOLD_IN:
        return
    for name, label in _FINDINGS.items():
        section = notice.dossier.get(name)
        if not isinstance(section, Mapping):
            continue
        yield f"{label}: {quoted(section.get('finding'), _FINDING_LIMIT)}"
        if section.get("missing"):
            yield f"  Not known or not complete: {quoted(section['missing'], 300)}"


def value_in_words(value: Any) -> str:
    """A value of a trail state in words."""
    if value is None:
        return "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def utc(moment: dt.datetime) -> str:
    """A moment in words."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
