"""The sections that need the assessment: what changed, what went unseen, whether it was approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from response.domain.assessment import Assessment
from response.domain.baseline import Baseline
from response.domain.dossier.approved import was_it_approved
from response.domain.dossier.at_hand import at_hand, made_by
from response.domain.dossier.blind_window import blind_window
from response.domain.dossier.made_to_stay import made_to_stay
from response.domain.dossier.section import Section, fitted, listed, sentence
from response.domain.findings import Findings
from response.domain.grades import GradedChange, Severity
from response.domain.plan import Action, canonical_json
from response.domain.record import Record
from response.domain.text import plain
from response.domain.trail_state import TrailState

_LONGEST_VALUE = 1_000


def assessed_sections(
    assessment: Assessment,
    records: Sequence[Record],
    findings: Findings,
    *,
    found: TrailState | None,
    baseline: Baseline | None,
    now: dt.datetime,
    contained: Sequence[Action] = (),
    earlier: Sequence[GradedChange] = (),
) -> dict[str, Section]:
    """What the comparison and the plan add to the dossier.

    Earlier rounds carried out `contained` and found the changes `earlier`.
    """
    known, _ = at_hand(records, findings)
    sections = {
        "what_changed": _what_changed(assessment, known),
        "blind_window": blind_window(
            assessment.changes, known, found=found, baseline=baseline, now=now, earlier=earlier
        ),
        "was_it_approved": was_it_approved(assessment, known, findings),
        "made_to_stay": made_to_stay(findings, assessment.plan, contained),
    }
    return fitted(sections)


def _what_changed(assessment: Assessment, records: Sequence[Record]) -> Section:
    told = [_told(change) for change in assessment.changes]
    entries = [_change(change, made_by(change.field, records)) for change in assessment.changes]
    return Section(sentence(*told) if told else "the trail is as it was approved", listed(entries))


def _told(change: GradedChange) -> str:
    field = plain(change.field, 60)
    if change.severity is Severity.NONE:
        return f"{field} goes along with it"
    return f"{field} {change.effect} ({change.severity})"


def _change(change: GradedChange, cause: Record | None) -> dict[str, str]:
    """One change; selectors can be long, and the whole of them is in the assessment."""
    return {
        "field": plain(change.field),
        "before": plain(canonical_json(change.before), _LONGEST_VALUE),
        "after": plain(canonical_json(change.after), _LONGEST_VALUE),
        "effect": str(change.effect),
        "severity": str(change.severity),
        "reason": plain(change.reason, _LONGEST_VALUE),
        "event_id": "" if cause is None else cause.event_id,
    }
