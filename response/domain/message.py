"""The message that owners read at three in the morning: subject, body and attributes of an SNS notification.

Plain text, one fact a line, the most important first. Whatever a record holds stays behind a label on a line
that we began, without control characters, working addresses or mentions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from response.domain.cli_command import cli_command
from response.domain.grades import Effect, Severity
from response.domain.incident import Incident
from response.domain.plan import Call, Gate
from response.domain.policy import OnTimeout
from response.domain.quoting import quoted
from response.domain.record import Record
from response.domain.text import ascii_only, plain

SUBJECT_LIMIT = 99
_MOST_CHANGES = 20
_MOST_OUTCOMES = 10
_COMMAND_LIMIT = 4_000


class NoticeKind(StrEnum):
    """What a message is about."""

    OPENED = "opened"
    APPROVAL = "approval"
    JOINED = "joined"
    CLOSED = "closed"
    ESCALATED = "escalated"


_HEADLINE: Mapping[NoticeKind, str] = {
    NoticeKind.OPENED: "trail changed",
    NoticeKind.APPROVAL: "approval needed",
    NoticeKind.JOINED: "changed again",
    NoticeKind.CLOSED: "closed",
    NoticeKind.ESCALATED: "a person has to act",
}


@dataclass(frozen=True)
class Ask:
    """The decision that is asked for."""

    digest: str
    expires_at: dt.datetime
    on_timeout: OnTimeout


@dataclass(frozen=True)
class Notice:
    """What a message is made of.

    `assessment` is Assessment.to_json(); `done` and `note` are sentences of ours (what was carried out; why
    it is escalated, how it ended, whose decision was late). `evidence` is a place: s3://BUCKET/PREFIX.
    `left` tells of a closed incident that the trail was left as found: its steps are still to be done.
    """

    kind: NoticeKind
    incident: Incident
    record: Record | None = None
    assessment: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    done: Sequence[str] = ()
    ask: Ask | None = None
    note: str = ""
    evidence: str = ""
    left: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.kind is NoticeKind.CLOSED and not self.left


def subject(notice: Notice) -> str:
    """At most 99 printable ASCII characters: severity and trail first."""
    incident = notice.incident
    severity = ascii_only(incident.severity, 10).upper() or "UNKNOWN"
    trail = ascii_only(incident.trail_name, 40) or "trail"
    return ascii_only(f"{severity} {trail}: {_HEADLINE[notice.kind]} [{incident.id}]", SUBJECT_LIMIT)


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
    }
    return {name: plain(value) or "unknown" for name, value in values.items()}


def body(notice: Notice) -> str:
    """The text. Every line is ours; what a record says stands in it after a label."""
    sections = (
        ("WHAT HAPPENED", _happened(notice)),
        ("SEVERITY", _severity(notice)),
        ("WHO", _who(notice)),
        ("FROM WHERE", _where(notice)),
        ("DONE SO FAR", _done(notice)),
        ("ASKED OF YOU", _asked(notice)),
        ("COMMANDS", _commands(notice)),
        ("BY HAND", _by_hand(notice)),
        ("EVIDENCE", _evidence(notice)),
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
    return f"Trail {trail}: {_HEADLINE[notice.kind]}. Incident {incident.id}, {incident.status}."


def _happened(notice: Notice) -> Iterator[str]:
    if notice.note:
        yield quoted(notice.note, 500)
    yield from _in_short(notice)
    if notice.record is not None:
        yield f"Call: {quoted(notice.record.event_name)} at {_utc(notice.record.event_time)}"
        yield f"Event id: {quoted(notice.record.event_id)}"
    changes = sorted(notice.assessment.get("changes", ()), key=_gravity)
    telling = [change for change in changes if Severity(change["severity"]) is not Severity.NONE]
    for change in telling[:_MOST_CHANGES]:
        was, now = quoted(_value(change["before"])), quoted(_value(change["after"]))
        yield f"{quoted(change['field'])}: {was} -> {now} ({change['effect']}, {change['severity']})"
        yield f"  Meaning: {quoted(change['reason'], 400)}"
    if len(telling) > _MOST_CHANGES:
        yield f"and {len(telling) - _MOST_CHANGES} more changes"
    if along := [quoted(change["field"]) for change in changes if change not in telling]:
        yield f"Changed along with it: {', '.join(along[:_MOST_CHANGES])}"


def _in_short(notice: Notice) -> Iterator[str]:
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


def _gravity(change: Mapping[str, Any]) -> tuple[bool, int]:
    """Sorts the gravest change first."""
    return change["effect"] != Effect.WEAKENS, -Severity(change["severity"]).rank


def _severity(notice: Notice) -> Iterator[str]:
    risk = notice.assessment.get("risk")
    yield quoted(notice.incident.severity) + ("" if risk is None else f", risk {risk} of 100")
    if notice.owner:
        yield f"Owner of the trail: {quoted(notice.owner, 200)}"


def _who(notice: Notice) -> Iterator[str]:
    if notice.record is None:
        yield "Not known: the change was found by comparing states, no record of it has been seen."
        return
    yield f"Principal: {quoted(notice.record.actor.describe(), 300)}"
    if notice.record.actor.arn:
        yield f"ARN: {quoted(notice.record.actor.arn, 300)}"


def _where(notice: Notice) -> Iterator[str]:
    if notice.record is None:
        return
    yield f"Account: {quoted(notice.incident.account)}, Region: {quoted(notice.incident.region)}"
    yield f"Address: {quoted(notice.record.source_ip) or 'not in the record'}"
    yield f"User agent: {quoted(notice.record.user_agent) or 'not in the record'}"


def _done(notice: Notice) -> Iterator[str]:
    yield from (f"- {quoted(line, 300)}" for line in notice.done)
    if not notice.done:
        yield "- The evidence is preserved. Nothing has been changed."


def _asked(notice: Notice) -> Iterator[str]:
    ask = notice.ask
    if ask is None:
        if notice.kind is NoticeKind.ESCALATED:
            yield "Take over this incident: nothing more happens by itself."
        elif notice.left and any(_by_hand(notice)):
            yield "Do what stands under BY HAND: the trail is as found, and nothing more happens by itself."
        else:
            yield "Nothing now. If you know of this change, say so to the security team."
        return
    yield f"Approve or reject the plan with digest {quoted(ask.digest)}:"
    for action in _actions(notice):
        if action["gate"] == Gate.APPROVE:
            yield f"- {quoted(action['id'])}: {quoted(action['title'], 300)}"
    yield f"Until {_utc(ask.expires_at)}."
    if ask.on_timeout is OnTimeout.EXECUTE:
        yield "If nobody answers until then, the plan is carried out without an answer."
    else:
        yield "If nobody answers until then, nothing of it is done and the incident is escalated."
    yield "Whoever made the change cannot approve."


def _commands(notice: Notice) -> Iterator[str]:
    incident = notice.incident.id
    yield f"trailguard incidents {incident}"
    if notice.ask is not None:
        yield f"trailguard approve {incident}"
        yield f'trailguard reject {incident} --reason "..."'


def _by_hand(notice: Notice) -> Iterator[str]:
    """What the machine does not do, and how a person does it."""
    if notice.is_over:
        return
    for outcome in notice.assessment.get("plan", {}).get("outcomes", ())[:_MOST_OUTCOMES]:
        what = f"{quoted(outcome['name'])} ({quoted(outcome['target'], 200)})"
        yield f"{what}: {quoted(outcome['reason'], 400)}"
        for step in outcome["instructions"]:
            is_command = step.startswith("aws ")
            yield f"  {plain(step, _COMMAND_LIMIT) if is_command else quoted(step, _COMMAND_LIMIT)}"
    undecided = (Gate.OFF, Gate.APPROVE) if notice.kind is NoticeKind.ESCALATED else (Gate.OFF,)
    for action in _actions(notice):
        if action["gate"] in undecided:
            why = "Switched off in the policy" if action["gate"] == Gate.OFF else "If it is not done yet"
            yield f"{why}: {quoted(action['title'], 300)}"
            yield from (f"  {cli_command(Call.from_json(call))}" for call in action["calls"])


def _evidence(notice: Notice) -> Iterator[str]:
    if notice.evidence:
        yield plain(notice.evidence, 1_000)


def _actions(notice: Notice) -> Sequence[Mapping[str, Any]]:
    actions: Sequence[Mapping[str, Any]] = notice.assessment.get("plan", {}).get("actions", ())
    return actions


def _value(value: Any) -> str:
    """A value of a trail state in words."""
    if value is None:
        return "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
