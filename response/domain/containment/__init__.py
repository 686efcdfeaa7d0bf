"""How to shut out whoever made a change: API calls sure to hit the right credential, or a named outcome.

What `expects` and `aims` of a containment action say, for whoever executes it (UserName, AccessKeyId and
PolicyName are in the parameters of the action's call):

- `AccessKeyStatus`: `Active`, `Inactive`, or `Missing` where the user has no such key;
- `UserPolicyDocument`: the text of the user's inline policy of that name, or null where there is none. IAM
  answers it parsed: compare it as JSON.

Outcomes: `not_contained_automatically`, `protected_principal`, `responder`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from response.domain import instructions, patterns
from response.domain.actor import Actor, PrincipalKind
from response.domain.arns import Arn, parse_arn
from response.domain.denials import DENY_ALL
from response.domain.instructions import Steps
from response.domain.plan import Action, ActionKind, Call, Gate, Outcome
from response.domain.policy import Policy
from response.domain.text import plain

NOT_CONTAINED = "not_contained_automatically"
PROTECTED = "protected_principal"
RESPONDER = "responder"

# Whatever deployed this stack has to be able to deploy it again.
DEPLOYING_ROLES = (
    "arn:*:iam::*:role/cdk-*-cfn-exec-role-*",
    "arn:*:iam::*:role/cdk-*-deploy-role-*",
    "arn:*:iam::*:role/stacksets-exec-*",
    "arn:*:iam::*:role/AWSCloudFormationStackSetExecutionRole",
)
# After the first of the restore actions (logging back on), before the rest of them.
_ORDER = 20

Planned = tuple[tuple[Action, ...], tuple[Outcome, ...]]


@dataclass(frozen=True)
class _Subject:
    """The principal to contain, and what its plan is made with."""

    actor: Actor
    incident_id: str
    gate: Gate

    @property
    def target(self) -> str:
        """The principal as outcomes name it."""
        return named(self.actor)

    @property
    def policy_name(self) -> str:
        """The inline policy that carries the deny."""
        return f"TrailguardDeny-{self.incident_id}"

    def left_to_a_person(self, reason: str, steps: Steps) -> Planned:
        """No action, and why."""
        return (), (Outcome(NOT_CONTAINED, self.target, reason, steps),)


def plan_containment(
    actor: Actor,
    *,
    incident_id: str,
    policy: Policy,
    responder_arns: Iterable[str],
    gate: Gate,
    deploying_role_patterns: Sequence[str] = DEPLOYING_ROLES,
    account: str = "",
) -> Planned:
    """The actions and outcomes that shut this principal out. Never raises, whatever the record held.

    `account` owns the trail, where that is known: nothing is done to a principal of another account.
    """
    subject = _Subject(actor, incident_id, gate)
    if patterns.is_one_of(actor, responder_arns):
        return (), (_responder(subject),)
    pattern = patterns.first_match((*policy.protected_principals, *deploying_role_patterns), _arns(actor))
    if pattern is not None:
        return (), (_protected(subject, pattern),)
    if account and actor.account and actor.account != account:
        reason = f"The principal belongs to account {plain(actor.account, 20)}, the trail to {account}."
        return subject.left_to_a_person(reason, instructions.for_foreign(actor.account))
    return _PLANNERS[actor.kind](subject)


def named(actor: Actor) -> str:
    """The principal as outcomes name it."""
    return plain(actor.arn or actor.invoked_by or actor.principal_id, 300) or "unknown"


def _arns(actor: Actor) -> tuple[str, ...]:
    """Every ARN the principal goes by; a role's own is made up where the record leaves the issuer out."""
    role, session = patterns.role_of(actor.arn), parse_arn(actor.arn)
    own = f"arn:{session.partition}:iam::{role[0]}:role/{role[1]}" if role and session else ""
    return actor.arn, actor.issuer_arn, own


def _responder(subject: _Subject) -> Outcome:
    return Outcome(
        RESPONDER,
        subject.target,
        "This is a role of Trailguard itself. Containing it would end this response: a person has to decide.",
        (
            "Find out who can assume the role besides Trailguard's functions, and who changed its trust.",
            *_by_hand(subject),
        ),
    )


def _protected(subject: _Subject, pattern: str) -> Outcome:
    return Outcome(
        PROTECTED,
        subject.target,
        f"The principal is protected by the pattern {pattern} and is never contained by the machine.",
        ("Ask the principal's owner whether the change was theirs. If it was not:", *_by_hand(subject)),
    )


def _by_hand(subject: _Subject) -> Steps:
    """What a person can do about the same principal."""
    if subject.actor.kind is PrincipalKind.IAM_USER:
        return _user_by_hand(subject)
    _, outcomes = _PLANNERS[subject.actor.kind](subject)
    return tuple(step for outcome in outcomes for step in outcome.instructions)


def _user_by_hand(subject: _Subject) -> Steps:
    name = _user_name(subject.actor)
    if name is None:
        return instructions.for_unknown()
    return instructions.for_user(name, subject.policy_name, subject.actor.account)


def _iam_user(subject: _Subject) -> Planned:
    """A user with a long-term key: the key switched off, and everything denied to the user's sessions."""
    actor = subject.actor
    name, arn = _user_name(actor), parse_arn(actor.arn)
    if name is None or arn is None:
        reason = "The record does not name the IAM user in one way that IAM could have written."
        return subject.left_to_a_person(reason, instructions.for_unknown())
    if actor.is_session or not actor.access_key_id:
        reason = "The user acted in a session (console or GetSessionToken), not with a long-term access key."
        return subject.left_to_a_person(reason, _user_by_hand(subject))
    key = instructions.access_key_id(actor.access_key_id)
    if key is None:
        reason = f"{plain(actor.access_key_id, 40)!r} is not the id of an access key."
        return subject.left_to_a_person(reason, _user_by_hand(subject))
    return (_deactivate_key(subject, arn, name, key), _deny_user(subject, arn, name)), ()


def _user_name(actor: Actor) -> str | None:
    """The user's name, if userName and ARN agree on it."""
    name = instructions.user_name_in(actor.arn)
    return name if name is not None and actor.user_name in {"", name} else None


def _deactivate_key(subject: _Subject, arn: Arn, name: str, key: str) -> Action:
    who = {"UserName": name, "AccessKeyId": key}
    return Action(
        id="deactivate-access-key",
        kind=ActionKind.CONTAIN,
        title=f"Switch off access key {key} of IAM user {name}",
        target=str(arn),
        gate=subject.gate,
        calls=(Call("iam", "UpdateAccessKey", {**who, "Status": "Inactive"}),),
        inverse=(Call("iam", "UpdateAccessKey", {**who, "Status": "Active"}),),
        expects={"AccessKeyStatus": "Active"},
        aims={"AccessKeyStatus": "Inactive"},
        order=_ORDER,
    )


def _deny_user(subject: _Subject, arn: Arn, name: str) -> Action:
    """Sessions that were made with the key outlive it; a deny on the user reaches them."""
    policy = {"UserName": name, "PolicyName": subject.policy_name}
    return Action(
        id="deny-user-sessions",
        kind=ActionKind.CONTAIN,
        title=f"Deny everything to IAM user {name} and its sessions",
        target=str(arn),
        gate=subject.gate,
        calls=(Call("iam", "PutUserPolicy", {**policy, "PolicyDocument": DENY_ALL}),),
        inverse=(Call("iam", "DeleteUserPolicy", policy),),
        expects={"UserPolicyDocument": None},
        aims={"UserPolicyDocument": DENY_ALL},
        order=_ORDER + 1,
    )


def _role(subject: _Subject) -> Planned:
    actor = subject.actor
    role = patterns.role_of(actor.issuer_arn) or patterns.role_of(actor.arn)
    name = instructions.iam_name(role[1]) if role else None
    if role is None or name is None:
        reason = "The record does not name the role that was assumed."
        return subject.left_to_a_person(reason, instructions.for_unknown())
    if name.startswith("AWSReservedSSO_"):
        return _identity_center(subject)
    reason = "A role's sessions are shared by everybody who assumed it; revoking them is left to a person."
    return subject.left_to_a_person(reason, instructions.for_role(name, role[0]))


def _identity_center(subject: _Subject) -> Planned:
    reason = "Roles of IAM Identity Center cannot be edited in IAM; the user is denied from the organization."
    return subject.left_to_a_person(reason, instructions.for_identity_center(subject.actor))


def _federated_user(subject: _Subject) -> Planned:
    """A GetFederationToken session has at most the rights of the user who asked for it: deny that user."""
    actor = subject.actor
    name = instructions.user_name_in(actor.issuer_arn)
    if name is None:
        reason = "The record does not name the IAM user who issued the federated session."
        return subject.left_to_a_person(reason, instructions.for_unknown())
    reason = f"A federated user's session is ended through IAM user {name}, who issued it."
    return subject.left_to_a_person(reason, instructions.for_user(name, subject.policy_name, actor.account))


def _root(subject: _Subject) -> Planned:
    reason = "No policy in an account binds its root user."
    return subject.left_to_a_person(reason, instructions.for_root(subject.actor.account))


def _service_linked_role(subject: _Subject) -> Planned:
    reason = "A service-linked role can be neither edited nor revoked."
    return subject.left_to_a_person(reason, instructions.for_service_linked_role(subject.actor))


def _service(subject: _Subject) -> Planned:
    reason = "An AWS service made the call; it has no credential to switch off."
    return subject.left_to_a_person(reason, instructions.for_service(subject.actor))


def _foreign(subject: _Subject) -> Planned:
    reason = "The principal belongs to another account."
    return subject.left_to_a_person(reason, instructions.for_foreign(subject.actor.account))


def _provider_user(subject: _Subject) -> Planned:
    reason = "The principal is known to an identity provider, not to IAM."
    return subject.left_to_a_person(reason, instructions.for_provider_user(subject.actor))


def _unknown(subject: _Subject) -> Planned:
    reason = "The record does not say what kind of principal this is."
    return subject.left_to_a_person(reason, instructions.for_unknown())


_PLANNERS: Mapping[PrincipalKind, Callable[[_Subject], Planned]] = {
    PrincipalKind.IAM_USER: _iam_user,
    PrincipalKind.ASSUMED_ROLE: _role,
    PrincipalKind.IDENTITY_CENTER: _identity_center,
    PrincipalKind.FEDERATED_USER: _federated_user,
    PrincipalKind.ROOT: _root,
    PrincipalKind.SERVICE_LINKED_ROLE: _service_linked_role,
    PrincipalKind.AWS_SERVICE: _service,
    PrincipalKind.AWS_ACCOUNT: _foreign,
    PrincipalKind.SAML_USER: _provider_user,
    PrincipalKind.WEB_IDENTITY_USER: _provider_user,
    PrincipalKind.UNKNOWN: _unknown,
}
