"""IAM users: the key switched off, and everything denied to the user and with it to every session it has."""

from __future__ import annotations

from response.domain import instructions
from response.domain.containment import by_hand, guard, origin, standing
from response.domain.containment.actions import ORDER, Wording, deny, switch_off
from response.domain.containment.subject import GONE, NOTHING_PLANNED, Planned, Subject, joined
from response.domain.containment.target import Target, facts_of, issuer_target, user_target
from response.domain.denials import DENY_ALL
from response.domain.findings import PrincipalFacts
from response.domain.plan import Gate, Outcome
from response.domain.text import plain

_UNNAMED = "The record does not name the IAM user in one way that IAM could have written."


def plan_user(subject: Subject) -> Planned:
    """A user with a long-term key, or in a session of the console or of GetSessionToken."""
    actor = subject.actor
    target = user_target(actor, subject.findings)
    if target is None:
        return subject.left_to_a_person(_UNNAMED, instructions.for_unknown())
    refused = guard.refusal(subject, target)
    if refused is not None:
        return (), (refused,)
    key = instructions.access_key_id(actor.access_key_id)
    if actor.access_key_id and key is None:
        reason = f"{plain(actor.access_key_id, 40)!r} is not the id of an access key."
        steps = by_hand.about_target(target, guard.policy_name(subject))
        return subject.left_to_a_person(reason, steps)
    if key is None or actor.is_session:
        return joined(
            _deny(subject, target, "deny-user-sessions", _SESSION_NOTE),
            owners_keys(subject, target),
        )
    return joined(_key(subject, target, key), _deny(subject, target, "deny-user-sessions", _KEY_NOTE))


def plan_federated(subject: Subject) -> Planned:
    """A GetFederationToken session: it has at most the rights of the user who issued it; deny that user."""
    target = issuer_target(subject.actor, subject.findings)
    if target is None:
        reason = "The record does not name the IAM user who issued the federated session."
        return subject.left_to_a_person(reason, instructions.for_unknown())
    refused = guard.refusal(subject, target)
    if refused is not None:
        return (), (refused,)
    denied = _deny(subject, target, "deny-issuer-sessions", _ISSUER_NOTE)
    return joined(denied, owners_keys(subject, target))


_KEY_NOTE = (
    "The user is denied as well as the key: other keys, console sessions and GetSessionToken sessions of the "
    "user would live on."
)
_SESSION_NOTE = (
    "The user acted in a session (console or GetSessionToken), which has no key of its own to switch off; "
    "the deny reaches it, and whatever else the user signs with."
)
_ISSUER_NOTE = (
    "A federated session has at most the rights of the user who issued it. The deny reaches every session "
    "that the user issued, and the user."
)


def _key(subject: Subject, target: Target, key: str) -> Planned:
    facts = facts_of(subject.findings, target)
    if facts is not None and facts.keys is not None and key not in {known.id for known in facts.keys}:
        reason = f"Access key {key} of {target.words} is no longer there."
        steps = (f"aws iam list-access-keys {instructions.option('--user-name', target.name)}",)
        return (), (Outcome(GONE, target.arn, reason, steps),)
    wording = Wording("deactivate-access-key", f"Switch off access key {key} of {target.words}", subject.gate)
    return switch_off(subject, target, key, wording)


def _deny(subject: Subject, target: Target, id_: str, why: str) -> Planned:
    if standing.is_denied_all(subject.standing, target):
        return NOTHING_PLANNED
    title = f"Deny everything to {target.words} and its sessions"
    notes = (why, *credentials_noted(facts_of(subject.findings, target), subject.actor.access_key_id))
    return deny(subject, target, DENY_ALL, Wording(id_, title, subject.gate, ORDER + 1, notes))


def credentials_noted(facts: PrincipalFacts | None, used: str = "") -> tuple[str, ...]:
    """What else the user can sign in or sign with."""
    notes: list[str] = []
    if facts is None:
        return ()
    if facts.has_login_profile:
        notes.append(
            "The user has a console password (login profile). It is left: a deleted one cannot be put back. "
            "Whoever signs in with it is denied everything."
        )
    others = [known.id for known in facts.keys or () if known.id != used and known.status == "Active"]
    if others:
        notes.append(f"Other active access keys of the user: {', '.join(plain(id_, 130) for id_ in others)}.")
    return tuple(notes)


def owners_keys(subject: Subject, target: Target) -> Planned:
    """The key that the session was made with; else each of the owner's, which only a person may choose."""
    traced = origin.keys_of(subject, target)
    facts = facts_of(subject.findings, target)
    listed = [] if facts is None else [known.id for known in facts.keys or () if known.status == "Active"]
    by_origin = (_owner_key(subject, target, key, subject.gate, _TRACED) for key in traced)
    offered = (
        _owner_key(subject, target, key, subject.asked, _OFFERED)
        for key in listed
        if key not in traced and instructions.access_key_id(key) and not traced
    )
    return joined(*by_origin, *offered)


_TRACED = "The session was made with this key, as the record of the call that issued it shows."
_OFFERED = "Whether the session was made with this key is not known; it is offered, and never done unasked."


def _owner_key(subject: Subject, target: Target, key: str, gate: Gate, why: str) -> Planned:
    title = f"Switch off access key {key} of {target.words}, who owns the session"
    return switch_off(subject, target, key, Wording("deactivate-owner-key", title, gate, ORDER, (why,)))
