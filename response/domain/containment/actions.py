"""The containment actions: exact calls, their inverses, what they rest on and what they aim at.

What `expects` and `aims` say, for whoever executes them (names are in the parameters of the call):

- `AccessKeyStatus`: `Active`, `Inactive`, or `Missing` where the user has no such key;
- `UserPolicyDocument`, `RolePolicyDocument`: the text of the inline policy of that name, or null where there
  is none. IAM answers it parsed: compare it as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from response.domain import instructions
from response.domain.containment import standing
from response.domain.containment.cutoff import CUTOFF
from response.domain.containment.guard import policy_name
from response.domain.containment.subject import NOTHING_PLANNED, WOULD_NOT_FIT, Planned, Subject
from response.domain.containment.target import Target, facts_of
from response.domain.denials import ROLE_LIMIT, USER_LIMIT, length
from response.domain.findings import PrincipalFacts, PrincipalType
from response.domain.plan import Action, ActionKind, Call, Gate, Outcome
from response.domain.text import plain

PROPAGATION = (
    "IAM takes seconds to bring a policy to every endpoint. The policy is read back after it is put; a call "
    "may still pass for a moment after that."
)
KEY_PROPAGATION = (
    "IAM takes seconds to tell every endpoint that a key is switched off. Its status is read back after it "
    "is set; a call may still pass for a moment after that."
)
_DENY_ALL_ATTACHED = "AWSDenyAll"
_QUARANTINE = "AWSCompromisedKeyQuarantine"
_A_TIME = "2026-01-31T09:30:00Z"
# After the first of the restore actions (logging back on), before the rest of them.
ORDER = 20


@dataclass(frozen=True)
class Wording:
    """How an action is called, and when it runs."""

    id: str
    title: str
    gate: Gate
    order: int = ORDER
    notes: tuple[str, ...] = ()


def switch_off(subject: Subject, target: Target, key: str, wording: Wording) -> Planned:
    """A user's access key set Inactive; nothing where that was done before."""
    who = {"UserName": target.name, "AccessKeyId": key}
    if standing.is_key_off(subject.standing, target.name, key):
        return NOTHING_PLANNED
    action = Action(
        id=wording.id,
        kind=ActionKind.CONTAIN,
        title=wording.title,
        target=target.arn,
        gate=wording.gate,
        calls=(Call("iam", "UpdateAccessKey", {**who, "Status": "Inactive"}),),
        inverse=(Call("iam", "UpdateAccessKey", {**who, "Status": "Active"}),),
        expects={"AccessKeyStatus": "Active"},
        aims={"AccessKeyStatus": "Inactive"},
        order=wording.order,
        notes=(*wording.notes, KEY_PROPAGATION),
    )
    return (action,), ()


def deny(subject: Subject, target: Target, document: str, wording: Wording) -> Planned:
    """An inline policy of our own on the principal, where it fits; each document under a name of its own."""
    facts = facts_of(subject.findings, target)
    if facts is not None and (refused := _would_not_fit(subject, target, document, facts)) is not None:
        return (), (refused,)
    kind = _KINDS[target.type]
    name = _free_name(subject, target, facts)
    policy = {kind.parameter: target.name, "PolicyName": name}
    action = Action(
        id=wording.id,
        kind=ActionKind.CONTAIN,
        title=wording.title,
        target=target.arn,
        gate=wording.gate,
        calls=(Call("iam", kind.put, {**policy, "PolicyDocument": document}),),
        inverse=(Call("iam", kind.delete, policy),),
        expects={kind.field: None},
        aims={kind.field: document},
        order=wording.order,
        notes=(*wording.notes, PROPAGATION, *_conflicts(target, facts)),
    )
    return (action,), ()


@dataclass(frozen=True)
class _Kind:
    """How IAM spells inline policies of a user and of a role."""

    parameter: str
    put: str
    delete: str
    field: str
    limit: int


_KINDS = {
    PrincipalType.USER: _Kind(
        "UserName", "PutUserPolicy", "DeleteUserPolicy", "UserPolicyDocument", USER_LIMIT
    ),
    PrincipalType.ROLE: _Kind(
        "RoleName", "PutRolePolicy", "DeleteRolePolicy", "RolePolicyDocument", ROLE_LIMIT
    ),
}


def _free_name(subject: Subject, target: Target, facts: PrincipalFacts | None) -> str:
    """The first of our names that no policy of the principal has: nothing is overwritten."""
    taken = {name for name, _ in standing.policies(subject.standing, target)}
    taken |= set((facts.inline_policies if facts else None) or {})
    first = policy_name(subject)
    numbered = (f"{first}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (first, *numbered) if name not in taken)


def _would_not_fit(subject: Subject, target: Target, document: str, facts: PrincipalFacts) -> Outcome | None:
    """The named outcome instead of a call that IAM would refuse."""
    used = facts.inline_characters
    if used is None:
        return None
    there = facts.inline_policies or {}
    planned = sum(
        _length(text) for name, text in standing.policies(subject.standing, target) if name not in there
    )
    limit = _KINDS[target.type].limit
    needed = _length(document)
    if used + planned + needed <= limit:
        return None
    reason = (
        f"The deny takes {needed} characters, the inline policies of the {target.words} have {used + planned}"
        f" of {limit}: it would not fit."
    )
    full = instructions.for_full_user if target.type is PrincipalType.USER else instructions.for_full_role
    return Outcome(WOULD_NOT_FIT, target.arn, reason, full(target.name, target.account))


def _length(document: str) -> int:
    """As it will be when it runs, with the time in place."""
    return length(document.replace(CUTOFF, _A_TIME))


def _conflicts(target: Target, facts: PrincipalFacts | None) -> Iterator[str]:
    """What else is on the principal that whoever decides should know."""
    if facts is None or facts.inline_policies is None:
        limit = _KINDS[target.type].limit
        yield f"Whether the deny fits beside the inline policies (at most {limit} characters) is not known."
    if facts is None:
        return
    if facts.boundary_arn:
        yield (
            f"The principal has the permissions boundary {plain(facts.boundary_arn, 200)}. It stays as it "
            "is; an explicit deny holds whatever a boundary or a resource's policy allows."
        )
    for arn in facts.attached_policies or ():
        name = arn.rpartition("/")[2]
        if name == _DENY_ALL_ATTACHED:
            yield "AWSDenyAll is attached already: somebody contains the principal by hand."
        elif name.startswith(_QUARANTINE):
            yield f"{plain(name, 60)} is attached; it denies no change to trails, so this is needed too."


def numbered(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The same with ids that are unique: the first of a kind is plain, the further ones carry a number."""
    seen: dict[str, int] = {}
    found: list[Action] = []
    for action in actions:
        seen[action.id] = number = seen.get(action.id, 0) + 1
        found.append(action if number == 1 else replace(action, id=f"{action.id}-{number}"))
    return tuple(found)
