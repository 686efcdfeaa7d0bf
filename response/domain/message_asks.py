"""What a message tells of the response: what was done, what is asked, how to answer, what is left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from response.domain.cli_command import cli_command
from response.domain.message_facts import utc
from response.domain.notice import Notice, NoticeKind
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
        if notice.kind is NoticeKind.ESCALATED:
            yield "Take over this incident: nothing more happens by itself."
        elif notice.left and any(by_hand(notice)):
            yield "Do what stands under BY HAND: the trail is as found, and nothing more happens by itself."
        else:
            yield "Nothing now. If you know of this change, say so to the security team."
        return
    yield f"Approve or reject the plan with digest {quoted(ask.digest)}:"
    for action in _actions(notice):
        if action["gate"] == Gate.APPROVE:
            yield f"- {quoted(action['id'])}: {quoted(action['title'], 300)}"
            yield from (f"  Note: {quoted(note, _NOTE_LIMIT)}" for note in action.get("notes", ()))
    if ask.quorum > 1:
        yield f"{ask.quorum} different people have to approve; what all of them approve is carried out."
    yield f"Until {utc(ask.expires_at)}."
    if ask.on_timeout is OnTimeout.EXECUTE:
        yield "If nobody answers until then, the plan is carried out without an answer."
    else:
        yield "If nobody answers until then, nothing of it is done and the incident is escalated."
    yield "Whoever made the change cannot approve."


def commands(notice: Notice) -> Iterator[str]:
    """The commands that show the incident and answer it."""
    incident = notice.incident.id
    yield f"trailguard incidents {incident}"
    if notice.ask is not None:
        yield f"trailguard approve {incident}"
        yield f'trailguard reject {incident} --reason "..."'


def by_hand(notice: Notice) -> Iterator[str]:
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


def evidence(notice: Notice) -> Iterator[str]:
    """Where the evidence lies."""
    if notice.evidence:
        yield plain(notice.evidence, 1_000)


def _actions(notice: Notice) -> Sequence[Mapping[str, Any]]:
    actions: Sequence[Mapping[str, Any]] = notice.assessment.get("plan", {}).get("actions", ())
    return actions
