"""The event for machines that open tickets and page people: ids and numbers, no text of a record.

Whoever routes it needs no parser for prose; what it leaves out is read from the API under the incident's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from response.domain.grades import Effect
from response.domain.notice import Ask, Notice
from response.domain.plan import Gate
from response.domain.text import ascii_only

SOURCE: Final = "trailguard"
DETAIL_TYPE: Final = "Trailguard Incident"
# A field may be added under the same version; one that changes its meaning or goes makes a new one.
VERSION: Final = "1"
_MOST_ACTIONS = 100
_ID_LIMIT = 300
# CloudTrail API reference, CreateTrail: letters, digits, periods, underscores, hyphens.
_TRAIL_ARN = re.compile(
    r"arn:[a-z0-9-]{1,20}:cloudtrail:[a-z0-9-]{1,30}:[0-9]{12}:trail/[A-Za-z0-9._-]{3,128}", re.ASCII
)


def detail(notice: Notice) -> dict[str, Any]:
    """The detail of the event about a notice; every key is always there."""
    incident, assessment = notice.incident, notice.assessment
    changes = assessment.get("changes", ())
    return {
        "version": VERSION,
        "kind": str(notice.kind),
        "incident_id": incident.id,
        "severity": ascii_only(incident.severity, 10) or None,
        "status": str(incident.status),
        "account": _id(incident.account),
        "region": _id(incident.region),
        "trail_arn": trail_arn(notice),
        "owner": _id(notice.owner),
        "round": incident.round,
        "opened_at": incident.opened_at.isoformat(),
        "closed_at": None if incident.closed_at is None else incident.closed_at.isoformat(),
        "risk": assessment.get("risk"),
        "changes": len(changes),
        "weakening_changes": sum(change["effect"] == Effect.WEAKENS for change in changes),
        "actions_done": len(notice.done),
        "approval": None if notice.ask is None else _approval(notice.ask, _asked(assessment)),
        "answer": _answer(notice),
        "url": notice.link or None,
    }


def plain_detail(attributes: Mapping[str, str]) -> dict[str, Any]:
    """The detail of the event about what has no incident: the same keys, most of them empty."""
    given = dict.fromkeys(DETAIL_KEYS)
    known = {name: _id(attributes[name]) for name in _OF_ATTRIBUTES if name in attributes}
    return {**given, "version": VERSION, **known}


def trail_arn(notice: Notice) -> str | None:
    """The trail's ARN, if it has the form of one: an attacker may have named the trail."""
    arn = notice.incident.trail_arn
    return arn if _TRAIL_ARN.fullmatch(arn) else None


def _approval(ask: Ask, actions: Sequence[str]) -> dict[str, Any]:
    return {
        "digest": _id(ask.digest),
        "actions": [_id(action) for action in actions[:_MOST_ACTIONS]],
        "expires_at": ask.expires_at.isoformat(),
        "on_timeout": str(ask.on_timeout),
        "quorum": ask.quorum,
    }


def _answer(notice: Notice) -> dict[str, Any] | None:
    if notice.answer is None:
        return None
    answer = notice.answer
    return {"by": _id(answer.by), "verb": _id(answer.verb), "code": _id(answer.code)}


def _asked(assessment: Mapping[str, Any]) -> list[str]:
    actions = assessment.get("plan", {}).get("actions", ())
    return [str(action["id"]) for action in actions if action["gate"] == Gate.APPROVE]


def _id(value: str) -> str | None:
    """An id as it may stand in the event: printable ASCII of bounded length; nothing where there is none."""
    return ascii_only(value, _ID_LIMIT) or None


_OF_ATTRIBUTES = ("kind", "severity", "account", "region")
DETAIL_KEYS: Final = (
    "version",
    "kind",
    "incident_id",
    "severity",
    "status",
    "account",
    "region",
    "trail_arn",
    "owner",
    "round",
    "opened_at",
    "closed_at",
    "risk",
    "changes",
    "weakening_changes",
    "actions_done",
    "approval",
    "answer",
    "url",
)
