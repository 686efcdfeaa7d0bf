"""What an actor of the incident made in order to stay: users, roles, keys and passwords, each with an action.

The findings do not say which actor made what, and people make users too: nothing of this is done unasked.
"""

from __future__ import annotations

from dataclasses import replace

from response.domain import instructions
from response.domain.containment import guard, standing
from response.domain.containment.actions import ORDER, Wording, deny, switch_off
from response.domain.containment.subject import (
    MANY_CREATED,
    NOT_CONTAINED,
    NOTHING_PLANNED,
    Planned,
    Subject,
    joined,
)
from response.domain.containment.target import Target, created_target, facts_of
from response.domain.containment.users import credentials_noted
from response.domain.denials import DENY_ALL
from response.domain.findings import Created, CreatedKind
from response.domain.plan import Outcome
from response.domain.text import plain

# A plan has to be read by a person; whoever makes hundreds of users must not make it unreadable.
LIMIT = 20
_MADE = {
    CreatedKind.USER: "made at {} by an actor of this incident",
    CreatedKind.ROLE: "made at {} by an actor of this incident",
    CreatedKind.LOGIN_PROFILE: "given a console password at {} by an actor of this incident",
    CreatedKind.ACCESS_KEY: "given an access key at {} by an actor of this incident",
}


def plan_created(subject: Subject) -> Planned:
    """Actions and outcomes against what the findings say was made. `subject` is any actor of the incident."""
    made = subject.findings.created
    found = NOTHING_PLANNED
    for one in made[:LIMIT]:
        so_far = replace(subject, standing=(*subject.standing, *found[0]))
        found = joined(found, _plan(so_far, one))
    if len(made) > LIMIT:
        reason = f"{len(made)} users, roles, keys and passwords were made; the first {LIMIT} are planned for."
        steps = ("The dossier lists all of them (made_to_stay): contain the others by hand, user by user.",)
        found = joined(found, ((), (Outcome(MANY_CREATED, "created", reason, steps),)))
    return found


def _plan(subject: Subject, made: Created) -> Planned:
    target = created_target(made, subject.account, subject.findings)
    if target is None:
        name = plain(made.arn or made.name, 300) or "unknown"
        reason = "The record of what was made does not name it in a way that IAM could have written."
        return (), (Outcome(NOT_CONTAINED, name, reason, instructions.for_unknown()),)
    refused = guard.refusal(subject, target)
    if refused is not None:
        return (), (refused,)
    if made.kind is CreatedKind.ACCESS_KEY:
        return _key(subject, target, made.access_key_id, _note(made))
    denied = _deny(subject, target, made)
    return joined(denied, _keys(subject, target, made)) if made.kind is CreatedKind.USER else denied


def _deny(subject: Subject, target: Target, made: Created) -> Planned:
    if standing.is_denied_all(subject.standing, target):
        return NOTHING_PLANNED
    id_ = "deny-created-role" if made.kind is CreatedKind.ROLE else "deny-created-user"
    notes = (_note(made), *credentials_noted(facts_of(subject.findings, target)))
    what = _MADE[made.kind].partition(" at ")[0]
    title = f"Deny everything to {target.words}, which was {what} around the change"
    return deny(subject, target, DENY_ALL, Wording(id_, title, subject.asked, ORDER + 5, notes))


def _keys(subject: Subject, target: Target, made: Created) -> Planned:
    """The keys that a new user has by now."""
    facts = facts_of(subject.findings, target)
    active = [known.id for known in (facts.keys if facts else None) or () if known.status == "Active"]
    return joined(*(_key(subject, target, key, _note(made)) for key in active))


def _key(subject: Subject, target: Target, access_key_id: str, note: str) -> Planned:
    key = instructions.access_key_id(access_key_id)
    if key is None or key.startswith("ASIA"):
        reason = f"{plain(access_key_id, 40)!r} is not the id of a long-term access key."
        return (), (Outcome(NOT_CONTAINED, target.arn, reason, instructions.for_unknown()),)
    title = f"Switch off access key {key} of {target.words}, which was made around the change"
    wording = Wording("deactivate-created-key", title, subject.asked, ORDER + 4, (note,))
    return switch_off(subject, target, key, wording)


def _note(made: Created) -> str:
    when = made.at.strftime("%Y-%m-%d %H:%M UTC")
    return f"It was {_MADE[made.kind].format(when)} (event {plain(made.event_id, 128)})."
