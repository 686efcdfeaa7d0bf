"""Whoever stands behind a session: each caller in the chain of calls that issued credentials, to its origin.

A session that is denied can be had again by whoever had it; each link is planned like an actor of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from response.domain import instructions
from response.domain.actor import Actor, PrincipalKind, actor_of
from response.domain.containment import guard, roles, services, standing
from response.domain.containment.actions import ORDER, Wording, deny, switch_off
from response.domain.containment.subject import (
    NOTHING_PLANNED,
    ORIGIN_UNKNOWN,
    Planned,
    Subject,
    joined,
)
from response.domain.containment.target import Target, user_target
from response.domain.denials import DENY_ALL
from response.domain.findings import Part
from response.domain.plan import Outcome
from response.domain.text import plain

_WHY = "It made the session, or a session before it, by {}: whoever holds it can do so again."
_UNKNOWN = "Who assumed the role is not known{}: whoever did can do so again."


def plan_origins(subject: Subject) -> Planned:
    """Actions and outcomes against everybody in the chain behind the actor."""
    chain = subject.chain
    found = NOTHING_PLANNED
    standing_then = subject.standing
    for link in () if chain is None else chain.links:
        caller = actor_of(link.caller)
        if _is_same(caller, subject.actor):
            continue
        behind = replace(subject, actor=caller, standing=standing_then)
        planned = _plan(behind, plain(link.event_name, 60))
        standing_then = (*standing_then, *planned[0])
        found = joined(found, planned)
    if subject.actor.identity_provider or (chain is not None and chain.whole):
        return found
    return joined(found, ((), (_unknown(subject),)))


def callers(subject: Subject) -> Iterator[Actor]:
    """Who made the calls of the chain, newest first."""
    chain = subject.chain
    return (actor_of(link.caller) for link in (() if chain is None else chain.links))


def keys_of(subject: Subject, target: Target) -> tuple[str, ...]:
    """The long-term keys of this user with which the session, or one before it, was made."""
    found: list[str] = []
    for caller in callers(subject):
        owner = user_target(caller, subject.findings)
        key = instructions.access_key_id(caller.access_key_id)
        if owner is not None and owner.key == target.key and key is not None and not caller.is_session:
            found.append(key)
    return tuple(dict.fromkeys(found))


def _is_same(caller: Actor, actor: Actor) -> bool:
    return (caller.arn, caller.access_key_id) == (actor.arn, actor.access_key_id)


def _plan(behind: Subject, event_name: str) -> Planned:
    """What is done about one caller."""
    kind, why = behind.actor.kind, _WHY.format(event_name or "an unnamed call")
    if kind is PrincipalKind.IAM_USER:
        return _user(behind, why)
    if kind is PrincipalKind.ASSUMED_ROLE:
        return roles.deny_sessions(behind, ids=roles.ORIGIN, order=ORDER + 3)
    if kind is PrincipalKind.AWS_SERVICE:
        return NOTHING_PLANNED  # a service handed the credentials to its workload, which is named by itself
    return services.plan_without_calls(behind)


def _user(behind: Subject, why: str) -> Planned:
    target = user_target(behind.actor, behind.findings)
    if target is None:
        return services.plan_unknown(behind)
    refused = guard.refusal(behind, target)
    if refused is not None:
        return (), (refused,)
    key = instructions.access_key_id(behind.actor.access_key_id)
    off = NOTHING_PLANNED
    if key is not None and not behind.actor.is_session:
        title = f"Switch off access key {key} of {target.words}, where the session began"
        off = switch_off(
            behind, target, key, Wording("deactivate-origin-key", title, behind.gate, ORDER + 2, (why,))
        )
    if standing.is_denied_all(behind.standing, target):
        return off
    title = f"Deny everything to {target.words}, where the session began"
    wording = Wording("deny-origin-user", title, behind.gate, ORDER + 3, (why,))
    return joined(off, deny(behind, target, DENY_ALL, wording))


def _unknown(subject: Subject) -> Outcome:
    missing = plain(subject.findings.why_missing(Part.CHAIN), 200)
    reason = _UNKNOWN.format(f" ({missing})" if missing else "")
    last = next(reversed(list(callers(subject))), subject.actor)
    return Outcome(
        ORIGIN_UNKNOWN,
        subject.target,
        reason,
        instructions.for_unknown_origin(instructions.access_key_id(last.access_key_id) or ""),
    )
