"""Taking back what was carried out: which actions can be, in which order, by whom, and what has moved since.

Only what Trailguard itself has done is undone: an aim that held before the action ran was not its doing.
Whoever changed the trail, or was shut out for it, does not take back the answer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from response.domain.actor import Actor, PrincipalKind
from response.domain.approval import Approver, RefusalCode, check_person
from response.domain.plan import Action, ActionKind, Call
from response.domain.text import plain
from response.domain.undo_world import is_same, subject

PREFIX = "undo-"
REASON_LIMIT = 1_000
_KEYS = ("actions", "reason")


class UndoCode(StrEnum):
    """Why nothing is taken back; part of the HTTP API."""

    UNKNOWN_ACTION = "unknown_action"
    NOTHING_TO_UNDO = "nothing_to_undo"
    INCIDENT_OPEN = "incident_open"
    WORLD_MOVED = "world_moved"
    REQUESTER_IS_ACTOR = "requester_is_actor"
    REQUESTER_IS_RESPONDER = "requester_is_responder"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class UndoRefusal:
    """An undo that is not carried out, and why."""

    code: UndoCode
    text: str


@dataclass(frozen=True)
class UndoRequest:
    """What somebody wants taken back; `actions` None means all that can be."""

    actions: tuple[str, ...] | None
    reason: str


@dataclass(frozen=True)
class Carried:
    """An action of a round, whether Trailguard itself did it, and whether it was taken back since."""

    action: Action
    round: int
    done: bool
    undone: bool = False


@dataclass(frozen=True)
class Selection:
    """What is to be taken back, in that order, and the ids of what was taken back before."""

    actions: tuple[Carried, ...]
    already: tuple[str, ...] = ()

    @property
    def restores(self) -> tuple[Carried, ...]:
        """Those that change the trail."""
        return tuple(one for one in self.actions if one.action.kind is ActionKind.RESTORE)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids, each once."""
        return tuple(dict.fromkeys(one.action.id for one in self.actions))


def reversed_action(action: Action) -> Action:
    """The action that takes another one back: calls and inverse, expectation and aim change places."""
    return replace(
        action,
        id=f"{PREFIX}{action.id}",
        title=f"Undo: {action.title}",
        calls=action.inverse,
        inverse=action.calls,
        expects=action.aims,
        aims=action.expects,
        order=-action.order,
        if_refused=(),
        notes=(),
    )


def parse_undo(body: object) -> UndoRequest | UndoRefusal:
    """Read the body of a request; a refusal with code `malformed` says what is wrong with it."""
    if not isinstance(body, Mapping):
        return _malformed(f"the body is {body!r:.80}, expected a JSON object with {', '.join(_KEYS)}")
    unknown = [key for key in body if key not in _KEYS]
    if unknown:
        return _malformed(f"{unknown[0]!r:.80} is unknown, expected {', '.join(_KEYS)}")
    reason, actions = body.get("reason"), body.get("actions")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > REASON_LIMIT:
        return _malformed(f"reason: expected text of 1 to {REASON_LIMIT} characters that says why")
    if actions is None:
        return UndoRequest(None, reason)
    is_list = isinstance(actions, list) and all(isinstance(one, str) for one in actions)
    if not is_list or not actions or len(set(actions)) != len(actions):
        return _malformed("actions: expected a list of action ids, each once, or no such key for all of them")
    return UndoRequest(tuple(actions), reason)


def select(carried: Sequence[Carried], wanted: Sequence[str] | None) -> Selection | UndoRefusal:
    """What of it can be taken back, what was done last first.

    `carried` is in the order in which it was begun. Taken back before is no refusal: asking twice does no
    harm. A name stands for the action of that name in every round.
    """
    known = {one.action.id: one for one in carried}
    unknown = [name for name in wanted or () if name not in known]
    if unknown:
        expected = ", ".join(known) or "none: no action was carried out"
        return UndoRefusal(
            UndoCode.UNKNOWN_ACTION,
            f"{plain(unknown[0], 80)!r} is no action of this incident; there are: {expected}.",
        )
    chosen = {name for name in known if wanted is None or name in wanted}
    undoable = [one for one in _not_superseded(carried) if one.action.id in chosen]
    already = tuple(dict.fromkeys(one.action.id for one in carried if one.undone and one.action.id in chosen))
    gone = chosen.difference({one.action.id for one in undoable}, already)
    if (wanted is not None and gone) or (not undoable and not already):
        named = f" ({', '.join(sorted(gone))})" if gone else ""
        return UndoRefusal(
            UndoCode.NOTHING_TO_UNDO,
            f"Nothing to take back{named}: only what Trailguard has done itself, and no later action has"
            " replaced, can be undone.",
        )
    return Selection(tuple(undoable), already)


def check_requester(
    requester: Approver, actors: Iterable[Actor], selection: Selection, responder_arns: Sequence[str]
) -> UndoRefusal | None:
    """None where this caller may ask: not the responder, nobody of the incident, nobody who was shut out."""
    shut_out = [_contained(one.action) for one in selection.actions if one.action.kind is ActionKind.CONTAIN]
    refusal = check_person(requester, (*actors, *shut_out), responder_arns)
    if refusal is None:
        return None
    if refusal.code is RefusalCode.APPROVER_IS_RESPONDER:
        return UndoRefusal(UndoCode.REQUESTER_IS_RESPONDER, refusal.text)
    if refusal.code is RefusalCode.APPROVER_IS_ACTOR:
        return UndoRefusal(
            UndoCode.REQUESTER_IS_ACTOR,
            "This identity (same user, key, role or session issuer) made the change, was shut out for it,"
            " or was found with whoever made it; somebody else has to take the answer back.",
        )
    return _malformed(refusal.text)


def check_settled(selection: Selection, *, settled: bool, held_by: str) -> UndoRefusal | None:
    """None where the trail may be changed: no incident on it is open, and no other undo is at work on it.

    `held_by` says who is at work on the trail, `""` for nobody. Containment may be taken back at any time.
    """
    if not selection.restores or (settled and not held_by):
        return None
    what = f"{held_by} is at work on the trail" if settled else "The incident is not settled"
    contained = [one.action.id for one in selection.actions if one.action.kind is ActionKind.CONTAIN]
    hint = f" Containment can be undone now, by name: {', '.join(contained)}." if contained else ""
    return UndoRefusal(
        UndoCode.INCIDENT_OPEN,
        f"{what}: decide or wait for its end first, then undo {', '.join(_ids(selection.restores))}.{hint}",
    )


def first_of_each(selection: Selection) -> tuple[Carried, ...]:
    """Those whose aims must hold now; the others' hold once these are taken back."""
    seen: set[tuple[Any, ...]] = set()
    first: list[Carried] = []
    for one in selection.actions:
        fields = {(*subject(one.action), name) for name in one.action.aims}
        if not fields & seen:
            first.append(one)
        seen |= fields
    return tuple(first)


def world_moved(differences: Sequence[str]) -> UndoRefusal:
    """The refusal that says how."""
    return UndoRefusal(
        UndoCode.WORLD_MOVED,
        "The world has moved since, and nothing was taken back: " + "; ".join(differences) + ".",
    )


def _not_superseded(carried: Sequence[Carried]) -> list[Carried]:
    """What was done and not taken back, last first, without what a later action no longer rests on.

    Where a field was changed by somebody between two actions of ours, only the later one can be taken back.
    """
    expected: dict[tuple[Any, ...], Any] = {}
    kept: list[Carried] = []
    for one in reversed(carried):
        if not one.done or one.undone:
            continue
        fields = {name: (*subject(one.action), name) for name in one.action.aims}
        if all(
            is_same(one.action.aims[name], expected.get(fields[name], one.action.aims[name]))
            for name in fields
        ):
            kept.append(one)
        expected.update({fields[name]: one.action.expects.get(name) for name in fields})
    return kept


def _contained(action: Action) -> Actor:
    """The principal that the action shut out, as far as its calls name it."""
    call = action.calls[0] if action.calls else Call("iam", "", {})
    key = call.parameters.get("AccessKeyId", "")
    return Actor(kind=PrincipalKind.UNKNOWN, arn=action.target, access_key_id=key or "")


def _ids(carried: Iterable[Carried]) -> list[str]:
    return list(dict.fromkeys(one.action.id for one in carried))


def _malformed(text: str) -> UndoRefusal:
    return UndoRefusal(UndoCode.MALFORMED, text)
