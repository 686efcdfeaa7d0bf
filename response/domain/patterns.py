"""How the policy names a principal, and whether an ARN or an actor is the one named.

Exceptions, protected principals, containment and approval all ask these questions; here is the one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from response.domain.actor import Actor
from response.domain.arns import parse_arn


def matches(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern, in which only `*` and `?` are special and case counts."""
    return bool(arn) and fnmatchcase(arn, pattern.replace("[", "[[]"))


def first_match(patterns: Iterable[str], arns: Iterable[str]) -> str | None:
    """The first pattern that fits any of the ARNs."""
    known = tuple(arns)
    return next((pattern for pattern in patterns if any(matches(pattern, arn) for arn in known)), None)


def role_of(arn: str) -> tuple[str, str] | None:
    """Account and name of the role behind a role's or a role session's ARN; None for any other principal.

    IAM role names are unique in an account whatever their path, and the session's ARN leaves the path out.
    """
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in {"iam", "sts"}:
        return None
    kind, _, rest = parsed.resource.partition("/")
    if kind == "role" and rest:
        return parsed.account, rest.rpartition("/")[2]
    if kind == "assumed-role" and rest:
        return parsed.account, rest.partition("/")[0]
    return None


def role_arns_of(arn: str) -> tuple[str, ...]:
    """The ARN that the role behind a session has where it has no path; nothing for who is no session."""
    parsed = parse_arn(arn)
    role = role_of(arn)
    if parsed is None or role is None or parsed.service != "sts":
        return ()
    return (f"arn:{parsed.partition}:iam::{role[0]}:role/{role[1]}",)


def names_principal(pattern: str, actor: Actor, account: str) -> bool:
    """Whether the pattern names the actor or who issued its session, as a principal of that account.

    A pattern may leave the account open, but then it means that role in each account, not anybody's.
    """
    return any(
        matches(pattern, arn) and (parsed := parse_arn(arn)) is not None and parsed.account == account
        for arn in (actor.arn, actor.issuer_arn)
    )


def is_same_role(arn: str, other: str) -> bool:
    """Whether two ARNs lead to the same role, be they the role's own or those of its sessions."""
    role = role_of(arn)
    return role is not None and role == role_of(other)


def is_one_of(actor: Actor, role_arns: Iterable[str]) -> bool:
    """Whether the actor is one of these roles, or a session of one."""
    return any(
        arn == role_arn or is_same_role(arn, role_arn)
        for role_arn in role_arns
        for arn in (actor.arn, actor.issuer_arn)
        if arn
    )
