"""Whether a user or role may be contained at all: asked of every target, of origins and created ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from response.domain import instructions, patterns
from response.domain.containment import by_hand
from response.domain.containment.subject import (
    GONE,
    NOT_CONTAINED,
    PROTECTED,
    PROTECTION_UNKNOWN,
    RESPONDER,
    Subject,
)
from response.domain.containment.target import Target, facts_of
from response.domain.findings import PrincipalFacts
from response.domain.instructions import Steps
from response.domain.plan import Outcome
from response.domain.text import plain

_RESPONDER = (
    "This is a role of Trailguard itself. Containing it would end this response: a person has to decide."
)
_ASK = "Ask the principal's owner whether the change was theirs. If it was not:"


def refusal(subject: Subject, target: Target) -> Outcome | None:
    """Why this target is not contained, or None where it may be."""
    if any(patterns.is_same_role(arn, target.arn) for arn in subject.responder_arns):
        steps = by_hand.about_target(target, policy_name(subject))
        return Outcome(RESPONDER, target.arn, _RESPONDER, (_TRUST, *steps))
    return _kept_by_aws(subject, target) or _protected(subject, target) or _gone(subject, target)


_TRUST = "Find out who can assume the role besides Trailguard's functions, and who changed its trust."


def responder(subject: Subject, reason: str = _RESPONDER) -> Outcome:
    """The outcome for an actor that is one of Trailguard's own roles."""
    steps = by_hand.about_actor(subject.actor, policy_name(subject))
    return Outcome(RESPONDER, subject.target, reason, (_TRUST, *steps))


def protected_actor(subject: Subject) -> Outcome | None:
    """The outcome for an actor of whatever kind whose ARN the policy protects."""
    actor = subject.actor
    pattern = patterns.first_match(_patterns(subject), (actor.arn, actor.issuer_arn, _own(actor.arn)))
    if pattern is None:
        return None
    steps = by_hand.about_actor(actor, policy_name(subject))
    return Outcome(PROTECTED, subject.target, _by_pattern(pattern), (_ASK, *steps))


def policy_name(subject: Subject) -> str:
    """The inline policy that carries the first deny of an incident on a principal."""
    return f"TrailguardDeny-{subject.incident_id}"


def _patterns(subject: Subject) -> tuple[str, ...]:
    return (*subject.policy.protected_principals, *subject.deploying_role_patterns)


def _own(session_arn: str) -> str:
    """A role's ARN made of its session's, which leaves the path out."""
    role = patterns.role_of(session_arn)
    return f"{session_arn.partition(':sts:')[0]}:iam::{role[0]}:role/{role[1]}" if role else ""


def _by_pattern(pattern: str) -> str:
    return f"The principal is protected by the pattern {pattern} and is never contained by the machine."


def _kept_by_aws(subject: Subject, target: Target) -> Outcome | None:
    """Another account's principals, and the roles that AWS keeps for itself."""
    if subject.account and target.account != subject.account:
        reason = f"The principal belongs to account {target.account}, the trail to {subject.account}."
        return Outcome(NOT_CONTAINED, target.arn, reason, instructions.for_foreign(target.account))
    if target.is_service_linked:
        reason = "A service-linked role can be neither edited nor revoked."
        steps = instructions.for_service_linked_role(subject.actor)
        return Outcome(NOT_CONTAINED, target.arn, reason, steps)
    if target.is_reserved:
        reason = "Roles of IAM Identity Center cannot be edited in IAM; deny the user from the organization."
        return Outcome(NOT_CONTAINED, target.arn, reason, instructions.for_identity_center(subject.actor))
    return None


def _protected(subject: Subject, target: Target) -> Outcome | None:
    """Protected by ARN or by tag, or possibly so."""
    steps = (_ASK, *by_hand.about_target(target, policy_name(subject)))
    found = patterns.first_match(_patterns(subject), (target.arn, target.session_arn))
    if found is not None:
        return Outcome(PROTECTED, target.arn, _by_pattern(found), steps)
    perhaps = None if target.path_known else _without_path(_patterns(subject), target)
    if perhaps is not None:
        reason = f"The principal's path is not known, and the pattern {perhaps} may protect it."
        return Outcome(PROTECTION_UNKNOWN, target.arn, reason, steps)
    return _protected_by_tag(subject, target, steps)


def _without_path(protecting: Iterable[str], target: Target) -> str | None:
    """A pattern that would fit if the target lay in the pattern's path."""
    for pattern in protecting:
        head, slash, rest = pattern.partition(f":{target.type}/")
        if slash and patterns.matches(f"{head}{slash}{rest.rpartition('/')[2]}", target.arn):
            return pattern
    return None


def _protected_by_tag(subject: Subject, target: Target, steps: Steps) -> Outcome | None:
    wanted = subject.policy.protected_tags
    if not wanted:
        return None
    facts = facts_of(subject.findings, target)
    if facts is None or (facts.exists and facts.tags is None):
        reason = "The policy protects principals by tag, and this one's tags are not known."
        return Outcome(PROTECTION_UNKNOWN, target.arn, reason, steps)
    key = _protecting_tag(wanted, facts)
    if key is None:
        return None
    value = plain((facts.tags or {}).get(key), 100)
    reason = f"The principal is protected by its tag {key}={value} and is never contained by the machine."
    return Outcome(PROTECTED, target.arn, reason, steps)


def _protecting_tag(wanted: Mapping[str, str], facts: PrincipalFacts) -> str | None:
    tags = facts.tags or {}
    fitting = (key for key, value in wanted.items() if key in tags and fnmatchcase(tags[key], value))
    return next(fitting, None)


def _gone(subject: Subject, target: Target) -> Outcome | None:
    """Deleted since, or deleted and made anew under the same name: there is nobody to deny."""
    facts = facts_of(subject.findings, target)
    if facts is None:
        return None
    steps = (
        "Find who deleted it; its sessions ended with it:",
        instructions.lookup("ResourceName", target.name),
    )
    if not facts.exists:
        return Outcome(GONE, target.arn, f"The {target.words} is no longer there.", steps)
    if target.unique_id and facts.unique_id and target.unique_id != facts.unique_id:
        reason = f"The {target.words} that acted is no longer there; another one has the name now."
        return Outcome(GONE, target.arn, reason, steps)
    return None
