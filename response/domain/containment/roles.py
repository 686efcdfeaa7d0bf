"""Roles: this one session denied where others use the role too, else all sessions that were issued so far.

The choice is the assessor's, and each action says why it was made. What cannot be told apart is never widened
unseen: then a person is asked, whatever the gate says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from response.domain import instructions, patterns
from response.domain.actor import Actor
from response.domain.containment import guard, standing
from response.domain.containment.actions import ORDER, Wording, deny
from response.domain.containment.cutoff import CUTOFF
from response.domain.containment.subject import NOTHING_PLANNED, Planned, Subject
from response.domain.containment.target import Target, facts_of, role_target
from response.domain.denials import deny_issued_before, deny_session, is_role_id, is_session_name
from response.domain.findings import Findings, Part, RoleSessions, SessionSeen
from response.domain.text import plain

_SHOWN = 5
# A deny by name has to fit a role's inline policies, and to be read by a person.
_MOST_NAMED = 40
_TOO_MANY = (
    "Whoever made this session made {} others: too many to be denied by name, so all sessions are, if a "
    "person says so."
)
_OWN = (
    "The role did what no executed action planned. Its open sessions are denied, those of this response "
    "included; sessions that are made later work, also those of whoever may assume the role."
)
_NOT_TOLD_APART = (
    "But the record does not hold the session as AWS writes it, so it cannot be told from the others: all of "
    "them are denied, if a person says so."
)
_ONLY = "this one is denied"
UNNAMED = "The record does not name the role that was assumed."


@dataclass(frozen=True)
class Ids:
    """What the action is called when it denies one session, and when it denies all."""

    narrow: str
    wide: str


SUSPECT = Ids("deny-role-session", "deny-role-sessions")
ORIGIN = Ids("deny-origin-role", "deny-origin-role")


@dataclass(frozen=True)
class Choice:
    """How far the deny reaches, and why."""

    document: str
    is_narrow: bool
    reason: str
    by_person: bool = False
    also: int = 0  # sessions of the same caller that a narrow deny reaches as well


def deny_sessions(
    subject: Subject, *, ids: Ids = SUSPECT, workload: str = "", order: int = ORDER + 1
) -> Planned:
    """The deny against the session of the subject. `workload` names what gets new credentials by itself."""
    target = role_target(subject.actor, subject.findings)
    if target is None:
        return subject.left_to_a_person(UNNAMED, instructions.for_unknown())
    refused = guard.refusal(subject, target)
    if refused is not None:
        return (), (refused,)
    choice = choose(subject, target, workload)
    issued = _issued_before(subject)
    if standing.is_session_denied(subject.standing, target, choice.document, issued):
        return NOTHING_PLANNED
    wording = Wording(
        id=ids.narrow if choice.is_narrow else ids.wide,
        title=_title(subject.actor, target, choice),
        gate=subject.asked if choice.by_person else subject.gate,
        order=order,
        notes=(choice.reason, *_again(choice, workload)),
    )
    return deny(subject, target, choice.document, wording)


def deny_own(subject: Subject, *, order: int) -> Planned:
    """The deny of a role of Trailguard's own: all its sessions so far, under the gate that is for it."""
    target = role_target(subject.actor, subject.findings)
    if target is None:
        return NOTHING_PLANNED
    document = deny_issued_before(CUTOFF)
    if standing.is_session_denied(subject.standing, target, document, _issued_before(subject)):
        return NOTHING_PLANNED
    title = f"Deny every session of Trailguard's own {target.words} that was issued before"
    wording = Wording("deny-responder-sessions", title, subject.policy.gates.responder, order, (_OWN,))
    return deny(subject, target, document, wording)


def choose(subject: Subject, target: Target, workload: str) -> Choice:
    """Narrow for a workload and for a role that others use; wide otherwise."""
    sessions = sessions_of(subject.findings, target)
    further = [] if sessions is None else list(_further(sessions, subject.actor))
    others = [seen for seen in further if not seen.same_caller]
    alike = [seen for seen in further if seen.same_caller]
    if workload:
        reason = f"The session belongs to {plain(workload, 300)}; others may hold the same role."
    elif others:
        reason = f"The role is shared: {_listed(others)} used it lately and would be denied too."
    else:
        return Choice(deny_issued_before(CUTOFF), is_narrow=False, reason=_alone(subject.findings, sessions))
    narrow = None if len(alike) >= _MOST_NAMED else _narrow(subject, target, alike)
    if narrow is not None:
        which = f"this one is denied, and {_listed(alike)}, made by the same caller" if alike else _ONLY
        return Choice(narrow, is_narrow=True, reason=f"{reason} Only {which}.", also=len(alike))
    said = f"{reason} {_TOO_MANY.format(len(alike)) if len(alike) >= _MOST_NAMED else _NOT_TOLD_APART}"
    return Choice(deny_issued_before(CUTOFF), is_narrow=False, reason=said, by_person=True)


def sessions_of(findings: Findings, target: Target) -> RoleSessions | None:
    """The other sessions of the role; None where they were not looked for."""
    exact = findings.sessions_of(target.arn)
    alike = (seen for seen in findings.sessions if patterns.is_same_role(seen.role_arn, target.arn))
    return exact or next(alike, None)


def _narrow(subject: Subject, target: Target, alike: list[SessionSeen]) -> str | None:
    """The deny of this session and those that its caller made: by name, and by source identity if it has one.

    None where the record does not tell them from the others.
    """
    actor = subject.actor
    facts = facts_of(subject.findings, target)
    known = {actor.issuer_id, actor.principal_id.partition(":")[0], facts.unique_id if facts else ""} - {""}
    role_id = known.pop() if len(known) == 1 else ""
    names = [actor.session_name, *(seen.session_name for seen in alike)]
    are_told = is_role_id(role_id) and all(map(is_session_name, names))
    identity = actor.source_identity if is_session_name(actor.source_identity) else ""
    if not are_told and (alike or not identity):
        return None
    return deny_session(role_id if are_told else "", *names, source_identity=identity)


def _further(sessions: RoleSessions, actor: Actor) -> Iterator[SessionSeen]:
    """Those that a deny by the session's name would spare."""
    return (seen for seen in sessions.others if seen.session_name != actor.session_name)


def _listed(others: list[SessionSeen]) -> str:
    names = list(dict.fromkeys(plain(seen.session_name, 64) or "a session without a name" for seen in others))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _alone(findings: Findings, sessions: RoleSessions | None) -> str:
    if sessions is not None:
        since = sessions.since.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
        if sessions.others:
            return f"Whoever else used the role since {since} did so by the same caller: all are denied."
        return f"No session of the role under another name was seen since {since}: all are denied."
    why = plain(findings.why_missing(Part.SESSIONS), 200)
    known = f"Whether others use the role is not known{f' ({why})' if why else ''}"
    return f"{known}: all sessions that were issued so far are denied, also those of others."


def _again(choice: Choice, workload: str) -> Iterator[str]:
    """What the deny does not keep anybody from."""
    if workload and choice.is_narrow:
        yield (
            f"New credentials that {plain(workload, 300)} gets bear the same session name and are denied "
            "too. Whoever controls it has to be cut off there, by a person."
        )
    elif choice.is_narrow and "SourceIdentity" in choice.document:
        yield (
            "The source identity stays with a session through every further role. Whoever may choose one can "
            "assume the role again under another: contain the origin too."
        )
    elif choice.is_narrow:
        yield "Whoever may assume the role can do so again under another name: contain the origin too."
    else:
        yield "Sessions that are issued later are not denied: contain the origin too."


def _title(actor: Actor, target: Target, choice: Choice) -> str:
    if not choice.is_narrow:
        return f"Deny every session of {target.words} that was issued before"
    more = f", and {choice.also} more of the same caller" if choice.also else ""
    if "SourceIdentity" in choice.document:
        identity = plain(actor.source_identity, 64)
        return f"Deny the sessions of {target.words} with source identity {identity}{more}"
    return f"Deny session {plain(actor.session_name, 64)} of {target.words}{more}"


def _issued_before(subject: Subject) -> dt.datetime | None:
    """When the session was issued at the latest: as its record says, else when it was used."""
    used = None if subject.record is None else subject.record.event_time
    return subject.actor.session_created_at or used
