"""The message that owners read at three in the morning: subject, body and attributes of an SNS notification.

Plain text, one fact a line, the most important first. Whatever a record holds stays behind a label on a line
that we began, without control characters, working addresses or mentions.
"""

from __future__ import annotations

from response.domain import message_asks, message_facts
from response.domain.notice import HEADLINES, Ask, Notice, NoticeKind
from response.domain.quoting import quoted
from response.domain.text import ascii_only, plain

__all__ = ["SUBJECT_LIMIT", "Ask", "Notice", "NoticeKind", "attributes", "body", "subject"]

SUBJECT_LIMIT = 99
# A value in a filter policy is matched whole; SNS itself has no limit but that of the message.
_VALUE_LIMIT = 256


def subject(notice: Notice) -> str:
    """At most 99 printable ASCII characters: severity and trail first."""
    incident = notice.incident
    severity = ascii_only(incident.severity, 10).upper() or "UNKNOWN"
    trail = ascii_only(incident.trail_name, 40) or "trail"
    return ascii_only(f"{severity} {trail}: {HEADLINES[notice.kind]} [{incident.id}]", SUBJECT_LIMIT)


def attributes(notice: Notice) -> dict[str, str]:
    """String attributes for subscription filter policies; none is empty, which SNS refuses."""
    incident = notice.incident
    values = {
        "incident_id": incident.id,
        "severity": incident.severity,
        "kind": str(notice.kind),
        "account": incident.account,
        "region": incident.region,
        "trail": incident.trail_name,
        "status": str(incident.status),
        "owner": notice.owner,
        "asks": "no" if notice.ask is None else "yes",
    }
    return {name: plain(value, _VALUE_LIMIT) or "unknown" for name, value in values.items()}


def body(notice: Notice) -> str:
    """The text. Every line is ours; what a record says stands in it after a label."""
    sections = (
        ("WHAT HAPPENED", message_facts.happened(notice)),
        ("SEVERITY", message_facts.severity(notice)),
        ("WHO", message_facts.who(notice)),
        ("FROM WHERE", message_facts.where(notice)),
        ("INVESTIGATION", message_facts.investigated(notice)),
        ("DONE SO FAR", message_asks.done(notice)),
        ("ASKED OF YOU", message_asks.asked(notice)),
        ("COMMANDS", message_asks.commands(notice)),
        ("BY HAND", message_asks.by_hand(notice)),
        ("EVIDENCE", message_asks.evidence(notice)),
    )
    lines = [_first_line(notice)]
    for title, content in sections:
        told = [f"  {line}" for line in content]
        if told:
            lines += ["", title, *told]
    return "\n".join(lines) + "\n"


def _first_line(notice: Notice) -> str:
    incident = notice.incident
    trail = quoted(incident.trail_name)
    return f"Trail {trail}: {HEADLINES[notice.kind]}. Incident {incident.id}, {incident.status}."
