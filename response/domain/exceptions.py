"""Whether a reviewed exception covers a change: principal, address, fields, severity and date, all together.

The verdict says which exception applies and why, or what is missing from each that comes near.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from response.domain import patterns
from response.domain.actor import PrincipalKind
from response.domain.grades import GradedChange
from response.domain.policy import Policy
from response.domain.policy_exception import PolicyException
from response.domain.policy_node import IPNetwork
from response.domain.record import Record
from response.domain.text import plain


@dataclass(frozen=True)
class ExceptionVerdict:
    """Whether an exception applies, which, and why."""

    applies: bool
    exception_id: str | None
    reason: str

    def to_json(self) -> dict[str, object]:
        """As a JSON object with the keys of the dataclass."""
        return {"applies": self.applies, "exception_id": self.exception_id, "reason": self.reason}


def weigh(
    record: Record | None,
    graded: Sequence[GradedChange],
    policy: Policy,
    now: dt.datetime,
    *,
    trail_arn: str = "",
) -> ExceptionVerdict:
    """The first exception of the policy that covers all that changed, or why none does.

    `trail_arn` is the trail's; an exception that names trails is for no other.
    """
    if not policy.exceptions:
        return _none("The policy holds no exceptions.")
    if not graded:
        return _none("Nothing has changed, so no exception is needed.")
    if record is None:
        return _none("No record says who made the change, and an exception is for somebody.")
    if record.actor.kind is PrincipalKind.ROOT:
        return _none("The root user is never excepted.")
    near: list[str] = []
    for exception in policy.exceptions:
        if not concerns(exception, record):
            continue
        lacking = missing(exception, record, graded, now, trail_arn=trail_arn)
        if not lacking:
            return ExceptionVerdict(applies=True, exception_id=exception.id, reason=_why(exception, record))
        near.append(f"{exception.id} does not apply: {'; '.join(lacking)}.")
    return _none(" ".join(near) or f"None of {len(policy.exceptions)} in the policy is for this principal.")


def concerns(exception: PolicyException, record: Record) -> bool:
    """Whether the exception is for who made the call, whatever else may keep it from applying."""
    return record.actor.kind is not PrincipalKind.ROOT and patterns.names_principal(
        exception.principal, record.actor, record.account
    )


def missing(
    exception: PolicyException,
    record: Record,
    graded: Sequence[GradedChange],
    now: dt.datetime,
    *,
    trail_arn: str,
) -> tuple[str, ...]:
    """What keeps an exception that is for this principal from covering the change; nothing where it does."""
    return tuple(_missing(exception, record, graded, now, trail_arn))


def _none(reason: str) -> ExceptionVerdict:
    return ExceptionVerdict(applies=False, exception_id=None, reason=reason)


def _why(exception: PolicyException, record: Record) -> str:
    return (
        f"{exception.id} covers {exception.principal} from {plain(record.source_ip, 60)} until the end of "
        f"{exception.expires.isoformat()} UTC: {exception.reason} "
        f"({exception.ticket}, reviewed by {exception.reviewed_by})."
    )


def _missing(
    exception: PolicyException,
    record: Record,
    graded: Sequence[GradedChange],
    now: dt.datetime,
    trail_arn: str,
) -> Iterator[str]:
    if now.astimezone(dt.UTC).date() > exception.expires:
        yield f"it expired on {exception.expires.isoformat()}"
    if not _is_within(record.source_ip, exception.source):
        ranges = ", ".join(map(str, exception.source))
        yield f"the source {plain(record.source_ip, 60) or 'is not named and'} is not within {ranges}"
    if exception.trail is not None and not patterns.matches(exception.trail, trail_arn):
        yield f"it is for {exception.trail}"
    others = sorted({change.field for change in graded} - set(exception.fields))
    if exception.fields and others:
        yield f"it does not cover {', '.join(others)}"
    worst = max(graded, key=lambda change: change.severity.rank, default=None)
    if worst is not None and worst.severity.rank > exception.max_severity.rank:
        yield f"{worst.field} is {worst.severity}, it covers {exception.max_severity} at most"


def _is_within(source: str, networks: Sequence[IPNetwork]) -> bool:
    """Whether an address is in one of the ranges; the name of an AWS service is in none."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    return any(address in network for network in networks)
