"""What a message tells of the response: what was done, what is asked, how to answer, what is left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from response.domain.cli_command import cli_command
from response.domain.message_facts import utc
from response.domain.notice import TAKE_OVER, Ask, Notice, NoticeKind
from response.domain.plan import Call, Gate
from response.domain.policy import OnTimeout
from response.domain.quoting import quoted
from response.domain.text import plain

_MOST_OUTCOMES = 10
_COMMAND_LIMIT = 4_000
_NOTE_LIMIT = 500


def done(notice: Notice) -> Iterator[str]:
    """What was carried out so far."""
    yield from (f"- {quoted(line, 300)}" for line in notice.done)
    if not notice.done:
        yield "- The evidence is preserved. Nothing has been changed."


def asked(notice: Notice) -> Iterator[str]:
    """The decision that is asked for, or what else is wanted of the reader."""
    ask = notice.ask
    if ask is None:
        if notice.kind in TAKE_OVER:
            yield "Take over this incident: nothing more happens by itself."
        elif notice.left and any(by_hand(notice)):
            yield "Do what stands under BY HAND: the trail is as found, and nothing more happens by itself."
        elif notice.kind is NoticeKind.ATTEMPT:
            yield "Find out who acts with that identity, and why; what they sent was not carried out."
        else:
            yield "Nothing now. If you know of this change, say so to the security team."
        return
    yield f"Approve or reject the plan with digest {quoted(ask.digest)}:"
    for action in _actions(notice):
        if action["gate"] == Gate.APPROVE:
            yield f"- {quoted(action['id'])}: {quoted(action['title'], 300)}"
            yield from (f"  Note: {quoted(note, _NOTE_LIMIT)}" for note in action.get("notes", ()))
    if ask.quorum > 1:
        yield quorum_needed(ask)
    yield f"Until {utc(ask.expires_at)}."
    yield unanswered(ask)
    yield "Whoever made the change cannot approve."


def quorum_needed(ask: Ask) -> str:
    """How many have to approve, and what comes of it."""
    return f"{ask.quorum} different people have to approve; what all of them approve is carried out."


def unanswered(ask: Ask) -> str:
    """What happens if nobody answers."""
    if ask.on_timeout is OnTimeout.EXECUTE:
        return "If nobody answers until then, the plan is carried out without an answer."
    return "If nobody answers until then, nothing of it is done and the incident is escalated."


def commands(notice: Notice) -> Iterator[str]:
    """The page and the commands that show the incident and answer it."""
    incident = notice.incident.id
    if notice.link:
        yield notice.link
    yield f"trailguard incidents {incident}"
    if notice.ask is not None:
        yield f"trailguard approve {incident}"
        yield f'trailguard reject {incident} --reason "..."'


def by_hand(notice: Notice) -> Iterator[str]:
    """What the machine does not do, and how a person does it."""
    if notice.is_over or notice.kind in (NoticeKind.DECIDED, NoticeKind.ATTEMPT):
        return
    for outcome in notice.assessment.get("plan", {}).get("outcomes", ())[:_MOST_OUTCOMES]:
        what = f"{quoted(outcome['name'])} ({quoted(outcome['target'], 200)})"
        yield f"{what}: {quoted(outcome['reason'], 400)}"
        for step in outcome["instructions"]:
            is_command = step.startswith("aws ")
            yield f"  {plain(step, _COMMAND_LIMIT) if is_command else quoted(step, _COMMAND_LIMIT)}"
    undecided = (Gate.OFF, Gate.APPROVE) if notice.kind in TAKE_OVER else (Gate.OFF,)
    for action in _actions(notice):
        if action["gate"] in undecided:
            why = "Switched off in the policy" if action["gate"] == Gate.OFF else "If it is not done yet"
            yield f"{why}: {quoted(action['title'], 300)}"
            yield from (f"  {cli_command(Call.from_json(call))}" for call in action["calls"])


def evidence(notice: Notice) -> Iterator[str]:
    """Where the evidence lies."""
    if notice.evidence:
        yield plain(notice.evidence, 1_000)


def _actions(notice: Notice) -> Sequence[Mapping[str, Any]]:
    actions: Sequence[Mapping[str, Any]] = notice.assessment.get("plan", {}).get("actions", ())
    return actions
