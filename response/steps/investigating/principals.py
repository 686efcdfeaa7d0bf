"""What IAM says of everybody involved: the actors, where their credentials began, and whom they made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from response.domain.actor import Actor, PrincipalKind, actor_of
from response.domain.arns import parse_arn, partition_of
from response.domain.errors import TrailguardError
from response.domain.findings import Chain, Created, CreatedKind, Part, PrincipalFacts, PrincipalType
from response.domain.text import plain
from response.steps.investigating.case import Case
from response.steps.ports import Clock, Principals

_MOST = 12
_WORKERS = 4
_ROLES = frozenset(
    {PrincipalKind.ASSUMED_ROLE, PrincipalKind.SERVICE_LINKED_ROLE, PrincipalKind.IDENTITY_CENTER}
)


def principals(
    case: Case,
    chains: Iterable[Chain],
    created: Iterable[Created],
    *,
    iam: Principals,
    clock: Clock,
    deadline: datetime,
) -> dict[str, PrincipalFacts]:
    """Users and roles of the account by ARN; those of other accounts cannot be asked for."""
    wanted = list(dict.fromkeys(arn for arn in _arns(case, chains, created) if case.is_own(arn)))
    if len(wanted) > _MOST:
        case.gaps.add(Part.PRINCIPAL, f"only {_MOST} of {len(wanted)} users and roles were looked at")

    def read(arn: str) -> PrincipalFacts | None:
        if clock.now() >= deadline:
            case.gaps.add(Part.PRINCIPAL, f"{plain(arn, 200)}: not asked, the time was used up")
            return None
        return _read(case, arn, iam)

    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        found = pool.map(read, wanted[:_MOST])
    return {arn: facts for arn, facts in zip(wanted, found, strict=False) if facts is not None}


def _read(case: Case, arn: str, iam: Principals) -> PrincipalFacts | None:
    kind, name = _named(arn)
    if kind is None:
        return None
    ask = iam.user if kind is PrincipalType.USER else iam.role
    try:
        facts, reasons = ask(name, arn=arn, trail_arn=case.incident.trail_arn)
    except TrailguardError as error:
        case.gaps.add(Part.PRINCIPAL, f"{kind} {plain(name, 80)}: {error}")
        return None
    case.gaps.add(Part.PRINCIPAL, *(f"{kind} {plain(name, 80)}: {reason}" for reason in reasons))
    if facts.exists and facts.permissions is None:
        case.gaps.add(Part.PERMISSIONS, f"{kind} {plain(name, 80)}: permissions could not be simulated")
    return replace(facts, arn=facts.arn or arn)


def _named(arn: str) -> tuple[PrincipalType | None, str]:
    parsed = parse_arn(arn)
    kind, _, path = parsed.resource.partition("/") if parsed else ("", "", "")
    name = path.rpartition("/")[2]
    known = {"user": PrincipalType.USER, "role": PrincipalType.ROLE}.get(kind)
    return (known if name else None), name


def _arns(case: Case, chains: Iterable[Chain], created: Iterable[Created]) -> Iterator[str]:
    """Who acted, who stands behind it, who was made: many that were made must not hide an actor."""
    for record in case.records:
        yield _arn(case, record.actor)
    for chain in chains:
        for link in reversed(chain.links):
            yield _arn(case, actor_of(link.caller))
    for made in created:
        kind = "role" if made.kind is CreatedKind.ROLE else "user"
        yield made.arn or _made_of(case, kind, made.name)


def _arn(case: Case, actor: Actor) -> str:
    """The user or role behind an actor; `""` for one that IAM cannot describe."""
    if actor.kind in _ROLES or actor.kind is PrincipalKind.FEDERATED_USER:
        return actor.issuer_arn
    if actor.kind is not PrincipalKind.IAM_USER:
        return ""
    return actor.arn or (_made_of(case, "user", actor.user_name) if actor.user_name else "")


def _made_of(case: Case, kind: str, name: str) -> str:
    return f"arn:{partition_of(case.incident.region)}:iam::{case.incident.account}:{kind}/{name}"
