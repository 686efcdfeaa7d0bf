"""What an investigation found, as terms of the risk: each circumstance once, and only if it is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from response.domain import patterns
from response.domain.actor import actor_of
from response.domain.findings import CallSeen, Familiar, Findings, PrincipalFacts
from response.domain.record import Record
from response.domain.risk_weights import FINDINGS_AT_MOST, PROBING_AT_LEAST, WEIGHTS, YOUNG_DAYS

Term = tuple[str, int]

_YOUNG = dt.timedelta(days=YOUNG_DAYS)


def finding_terms(findings: Findings, record: Record | None, own: Collection[str] = ()) -> tuple[Term, ...]:
    """The terms, and what their limit takes off. `own` are the ids of the incident's own events."""
    terms = (*_conduct(findings, own), *_familiarity(findings), *_credentials(findings, record))
    points = sum(points for _, points in terms)
    if points <= FINDINGS_AT_MOST:
        return terms
    label = f"what the investigation found is limited to {FINDINGS_AT_MOST}"
    return (*terms, (label, FINDINGS_AT_MOST - points))


def weigh(name: str, count: int | None = None) -> Term:
    """One circumstance of the table as a term."""
    weight = WEIGHTS[name]
    return (weight.label if count is None else f"{weight.label} ({count})", weight.points)


def _conduct(findings: Findings, own: Collection[str]) -> Iterator[Term]:
    conduct = findings.conduct
    if conduct is not None:
        lists = {"evasion": conduct.evasion, "persistence": conduct.persistence, "data": conduct.data}
        for name, calls in lists.items():
            others = _others(calls, own)
            if others:
                yield weigh(name, others + conduct.left_out.get(name, 0))
        refused = len(conduct.denied) + conduct.left_out.get("denied", 0)
        if refused >= PROBING_AT_LEAST:
            yield weigh("probing", refused)
    if findings.created:
        yield weigh("created", len(findings.created))
    if any(calendar.state == "CLOSED" for calendar in findings.calendars):
        yield weigh("calendar_closed")


def _others(calls: Sequence[CallSeen], own: Collection[str]) -> int:
    """How many calls there are beside those that the incident is about."""
    return sum(call.event_id not in own for call in calls)


def _familiarity(findings: Findings) -> Iterator[Term]:
    if _is_new(findings.familiar_addresses):
        yield weigh("new_address")
    if _is_new(findings.familiar_agents):
        yield weigh("new_agent")
    if findings.earlier is not None and not findings.earlier:
        yield weigh("first_change")


def _is_new(known: Sequence[Familiar]) -> bool:
    """Whether something was used that was not seen before; nothing to compare with says nothing."""
    return any(one.of > 0 and one.seen == 0 for one in known)


def _credentials(findings: Findings, record: Record | None) -> Iterator[Term]:
    if record is None:
        return
    facts = [one for one in findings.principals.values() if _is_of(one, record)]
    if any(_is_young(one.created_at, record) for one in facts):
        yield weigh("new_principal")
    keys = [key for one in facts for key in one.keys or () if key.id == record.actor.access_key_id]
    if any(_is_young(key.created_at, record) for key in keys):
        yield weigh("new_key")
    if any(not one.exists for one in facts):
        yield weigh("gone")
    chain = findings.chain_of(record.event_id)
    if chain is not None and record.account:
        accounts = {actor_of(link.caller).account for link in chain.links} - {"", record.account}
        if accounts:
            yield weigh("foreign_origin")


def _is_of(facts: PrincipalFacts, record: Record) -> bool:
    """Whether these are the facts of the record's own user or role."""
    arns = [arn for arn in (record.actor.arn, record.actor.issuer_arn) if arn]
    return facts.arn in arns or any(patterns.is_same_role(facts.arn, arn) for arn in arns)


def _is_young(created_at: dt.datetime | None, record: Record) -> bool:
    return created_at is not None and dt.timedelta(0) <= record.event_time - created_at < _YOUNG
