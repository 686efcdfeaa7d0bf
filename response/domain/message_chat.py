"""The message for a chat channel: a custom notification of Amazon Q Developer in chat applications.

The form is that of its administrator guide, "Custom notifications" (docs.aws.amazon.com/chatbot/latest/
adminguide/custom-notifs.html). Slack and Microsoft Teams read different Markdown and neither has an escape
that the other knows, so a value of a record stands in a code span only; title and keywords hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from response.domain.grades import Effect, Severity
from response.domain.message_asks import quorum_needed, unanswered
from response.domain.message_facts import in_short, telling_changes, utc, value_in_words
from response.domain.notice import HEADLINES, TAKE_OVER, Notice
from response.domain.plan import Gate
from response.domain.quoting import quoted

VERSION, SOURCE = "1.0", "custom"
# Administrator guide, "Custom notifications", "Parameter details".
TITLE_LIMIT, DESCRIPTION_LIMIT, NEXT_STEP_LIMIT, KEYWORD_LIMIT = 250, 8_000, 350, 75
_MOST_CHANGES = 8
_MOST_ACTIONS = 10
_WORD = re.compile(r"[A-Za-z0-9-]{1,75}")


def notification(notice: Notice) -> dict[str, Any]:
    """The notification about an incident; those of one incident make one thread."""
    incident = notice.incident
    context = {
        "incident": incident.id,
        "kind": str(notice.kind),
        "severity": _word(incident.severity),
        "status": str(incident.status),
        "account": _word(incident.account),
        "region": _word(incident.region),
    }
    if notice.ask is not None:
        context["expires_at"] = notice.ask.expires_at.isoformat()
    headline = f"{_severity(incident.severity)}: {HEADLINES[notice.kind]}"
    return _document(
        title=f"{headline} [{incident.id}]",
        lines=_description(notice),
        steps=_next_steps(notice),
        keywords=(_word(incident.severity), str(notice.kind), _word(incident.region)),
        metadata={
            "threadId": incident.id,
            "summary": headline,
            "eventType": str(notice.kind),
            "additionalContext": {name: value for name, value in context.items() if value},
        },
    )


def plain_notification(subject: str, text: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    """The notification about what has no incident; its text may hold strings of a record."""
    kind, severity = _word(attributes.get("kind", "")), attributes.get("severity", "")
    headline = f"{_severity(severity)}: a person has to act"
    return _document(
        title=headline,
        lines=(code(line, 1_000) for line in (subject, *text.splitlines()) if line.strip()),
        steps=(),
        keywords=(_word(severity), kind),
        metadata={"summary": headline, "eventType": kind},
    )


def code(value: object, limit: int = 120) -> str:
    """A value in a code span: no character in it ends the span, mentions anybody or makes a link."""
    return f"`{quoted(value, limit) or '(none)'}`"


def _document(
    *,
    title: str,
    lines: Iterable[str],
    steps: Iterable[str],
    keywords: Iterable[str],
    metadata: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole notification. A line that does not fit is left out, never cut: it could end within a span."""
    return {
        "version": VERSION,
        "source": SOURCE,
        "content": {
            "textType": "client-markdown",
            "title": title[:TITLE_LIMIT],
            "description": _fitting(lines),
            "nextSteps": [step for step in steps if len(step) <= NEXT_STEP_LIMIT],
            "keywords": [word for word in keywords if word],
        },
        # Nobody may act on an incident from a channel: buttons there would run with the channel's role.
        "metadata": {**metadata, "enableCustomActions": False},
    }


def _fitting(lines: Iterable[str]) -> str:
    """As many whole lines as a description holds, and a word where there are more."""
    more = "More in the incident."
    kept, size = [], len(more)
    for line in lines:
        size += len(line) + 1
        if size > DESCRIPTION_LIMIT:
            kept.append(more)
            break
        kept.append(line)
    return "\n".join(kept)


def _description(notice: Notice) -> Iterator[str]:
    incident = notice.incident
    place = f"in account {code(incident.account)}, Region {code(incident.region)}"
    yield f"Trail {code(incident.trail_name)} {place}"
    if notice.owner:
        yield f"Owner: {code(notice.owner)}"
    if notice.note:
        yield code(notice.note, 1_500)
    yield from (code(line, 500) for line in in_short(notice))
    changes = telling_changes(notice)
    yield from (_change(change) for change in changes[:_MOST_CHANGES])
    if len(changes) > _MOST_CHANGES:
        yield f"and {len(changes) - _MOST_CHANGES} more changes"
    if notice.record is not None:
        who, source = code(notice.record.actor.describe(), 300), code(notice.record.source_ip)
        yield f"By {who} from {source} at {utc(notice.record.event_time)}"
    yield from _asked(notice)


def _change(change: Mapping[str, Any]) -> str:
    was, now = code(value_in_words(change["before"])), code(value_in_words(change["after"]))
    grade = f"{Effect(change['effect'])}, {Severity(change['severity'])}"
    return f"- {code(change['field'])}: {was} to {now} ({grade})"


def _asked(notice: Notice) -> Iterator[str]:
    ask = notice.ask
    if ask is None:
        if notice.kind in TAKE_OVER:
            yield "Take over this incident: nothing more happens by itself."
        return
    yield "Approve or reject:"
    asked = [
        action
        for action in notice.assessment.get("plan", {}).get("actions", ())
        if action["gate"] == Gate.APPROVE
    ]
    yield from (f"- {code(action['id'])} {code(action['title'], 300)}" for action in asked[:_MOST_ACTIONS])
    if len(asked) > _MOST_ACTIONS:
        yield f"and {len(asked) - _MOST_ACTIONS} more"
    if ask.quorum > 1:
        yield quorum_needed(ask)
    yield f"Until {utc(ask.expires_at)}. {unanswered(ask)}"


def _next_steps(notice: Notice) -> Iterator[str]:
    incident = notice.incident.id
    if notice.link:
        yield f"Open the incident: {notice.link}"
    yield f"Read it: {code(f'trailguard incidents {incident}')}"
    if notice.ask is not None:
        yield f"Decide: {code(f'trailguard approve {incident}')} or {code(f'trailguard reject {incident}')}"


def _severity(severity: str) -> str:
    return _word(severity).upper() or "UNKNOWN"


def _word(value: str) -> str:
    """A value that is one harmless word, else nothing."""
    return value if _WORD.fullmatch(value) else ""
