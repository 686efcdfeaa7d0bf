"""How bad it is, from 0 to 100, with the arithmetic shown: the terms add up to the score.

One more weakening change never lowers the score, nor does anything that the investigation found; without a
weakening change the score stays at 20 or below. What circumstances weigh is in risk_weights. The bands that
turn a score into a severity are those of Elastic's risk scores, which the source rule uses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from response.domain.actor import PrincipalKind
from response.domain.baseline import BaselineSource
from response.domain.findings import NOTHING, Findings
from response.domain.grades import Effect, GradedChange, Severity
from response.domain.record import Record
from response.domain.risk_findings import Term, finding_terms, weigh

HIGHEST = 100
_HIGHEST_HARMLESS = 20
# The lowest score of each severity, gravest first.
_BANDS = ((74, Severity.CRITICAL), (48, Severity.HIGH), (22, Severity.MEDIUM), (1, Severity.LOW))
# The gravest weakening change alone. Each lies in the band of its own severity.
_WORST: Mapping[Severity, int] = {
    Severity.NONE: 21,
    Severity.LOW: 21,
    Severity.MEDIUM: 40,
    Severity.HIGH: 60,
    Severity.CRITICAL: 80,
}
# Each further weakening change, and all of them together at most.
_FURTHER: Mapping[Severity, int] = {
    Severity.NONE: 0,
    Severity.LOW: 1,
    Severity.MEDIUM: 2,
    Severity.HIGH: 4,
    Severity.CRITICAL: 6,
}
_FURTHER_AT_MOST = 15


@dataclass(frozen=True)
class Risk:
    """A score from 0 to 100, its severity, and the terms that add up to it."""

    score: int
    severity: Severity
    terms: tuple[Term, ...]


def score_risk(
    graded: Sequence[GradedChange],
    *,
    record: Record | None,
    baseline_source: BaselineSource,
    responder_misuse: bool = False,
    findings: Findings = NOTHING,
    own_events: Collection[str] = (),
) -> Risk:
    """The risk of these changes by that actor, measured against a baseline from that source.

    `own_events` are the ids of the events that the incident is about: they do not count as something else
    that the actor did.
    """
    if responder_misuse:
        label = "the responder's own role did something that no plan asked of it"
        return _sum(((label, HIGHEST),), HIGHEST)
    context = (*_who(record), *_known(baseline_source), *finding_terms(findings, record, own_events))
    weakening = [change for change in graded if change.effect is Effect.WEAKENS]
    if weakening:
        return _sum((*_what(weakening), *context), HIGHEST)
    neutral = sum(change.effect is Effect.NEUTRAL for change in graded)
    terms = ((f"{neutral} changes that neither weaken nor strengthen", min(neutral, 5)),) if neutral else ()
    return _sum((*terms, *context) if graded else (), _HIGHEST_HARMLESS)


def severity_of(score: int) -> Severity:
    """The severity whose band a score lies in."""
    return next((severity for lowest, severity in _BANDS if score >= lowest), Severity.NONE)


def _sum(terms: tuple[Term, ...], highest: int) -> Risk:
    """Add up, and show what a limit takes off."""
    total = sum(points for _, points in terms)
    if total > highest:
        terms = (*terms, (f"limited to {highest}", highest - total))
    score = min(total, highest)
    return Risk(score, severity_of(score), terms)


def _what(weakening: Sequence[GradedChange]) -> Iterator[Term]:
    ranked = sorted(weakening, key=lambda change: -change.severity.rank)
    worst, further = ranked[0], ranked[1:]
    yield f"{worst.field}: the gravest change, {worst.severity}", _WORST[worst.severity]
    points = min(sum(_FURTHER[change.severity] for change in further), _FURTHER_AT_MOST)
    if points:
        yield f"{len(further)} more weakening", points


def _who(record: Record | None) -> Iterator[Term]:
    if record is None:
        yield weigh("no_record")
        return
    actor = record.actor
    if actor.kind is PrincipalKind.ROOT:
        yield weigh("root")
    elif actor.kind is PrincipalKind.UNKNOWN:
        yield weigh("unnamed")
    elif actor.mfa is False and actor.kind is PrincipalKind.IAM_USER and actor.is_session:
        yield weigh("no_mfa")
    elif actor.kind is PrincipalKind.IAM_USER and not actor.is_session and actor.access_key_id:
        yield weigh("long_term_key")
    if actor.account and record.account and actor.account != record.account:
        yield weigh("foreign_account")
    if _is_public(record.source_ip):
        yield weigh("public_address")


def _known(source: BaselineSource) -> Iterator[Term]:
    if source is BaselineSource.EVENT_HISTORY:
        yield weigh("rebuilt_baseline")
    elif source is not BaselineSource.APPROVED:
        yield weigh("no_baseline")


def _is_public(source: str) -> bool:
    try:
        return ipaddress.ip_address(source).is_global
    except ValueError:
        return False
