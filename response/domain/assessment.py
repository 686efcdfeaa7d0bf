"""The pure heart of the response: what changed, how bad it is, whether it was allowed, what to do about it.

The step `assess` and the command `trailguard assess` both call it; it decides from the state that was found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from response.domain import instructions, responder
from response.domain.baseline import Baseline, BaselineSource, floor_state
from response.domain.containment import Planned
from response.domain.diff import TRAIL, diff
from response.domain.errors import MalformedStateError
from response.domain.exceptions import ExceptionVerdict, weigh
from response.domain.findings import NOTHING, Findings
from response.domain.grades import Effect, GradedChange, Severity
from response.domain.grading import grade
from response.domain.plan import Action, Outcome, Plan
from response.domain.planned_change import PlannedChange
from response.domain.planned_match import PlannedKind, PlannedVerdict, match, no_plan
from response.domain.policy import Policy
from response.domain.record import Record
from response.domain.restore import choose_aim, plan_restore
from response.domain.risk import Risk, score_risk
from response.domain.summary import summarize
from response.domain.suspects import contain_all
from response.domain.trail_state import Surroundings, TrailState

ABSENT = "absent"
"""Stands for the digest of a trail that is not there."""
_GONE = "The trail is gone, and nothing is known of how it was."
_DIFFERS = "planned_change_differs"
_NOTHING: Planned = ((), ())


@dataclass(frozen=True)
class AssessmentInput:
    """What an assessment rests on.

    `record` opened the incident (None for a drift), `joined` are the later ones on the same trail. `baseline`
    is None where nobody approved a state and none could be rebuilt; then the floor in the policy stands in.
    `earlier` are the changes that earlier rounds found: putting a trail back does not acquit who changed it.
    `contained` are containment actions that were carried out already; they are not proposed again.
    `findings` are what the investigation found of who it was. `planned` are changes that were announced.
    """

    incident_id: str
    trail_arn: str
    record: Record | None
    found: TrailState | None
    surroundings: Surroundings
    baseline: Baseline | None
    policy: Policy
    now: dt.datetime
    responder_arns: tuple[str, ...] = ()
    joined: tuple[Record, ...] = ()
    earlier: tuple[GradedChange, ...] = ()
    contained: tuple[Action, ...] = ()
    findings: Findings = NOTHING
    planned: tuple[PlannedChange, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records of the incident, the one that opened it first."""
        return self.joined if self.record is None else (self.record, *self.joined)


@dataclass(frozen=True)
class Assessment:
    """What changed, the risk, whether an exception or a planned change excuses it, and the plan."""

    changes: tuple[GradedChange, ...]
    risk: Risk
    exception: ExceptionVerdict
    baseline_source: BaselineSource
    plan: Plan
    summary: str
    responder_misuse: bool = False
    planned: PlannedVerdict = field(default_factory=lambda: no_plan("No change of this trail was planned."))

    @property
    def authorised(self) -> bool:
        """Whether it is left in place: an exception covers it, or it is the change that was planned."""
        return self.exception.applies or self.planned.applies

    @property
    def severity(self) -> Severity:
        """The severity that the risk amounts to."""
        return self.risk.severity

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; `plan` can be read back by `Plan.from_json`."""
        return {
            "changes": [change.to_json() for change in self.changes],
            "risk": self.risk.score,
            "severity": str(self.severity),
            "risk_terms": [{"label": label, "points": points} for label, points in self.risk.terms],
            "baseline_source": str(self.baseline_source),
            "exception": self.exception.to_json(),
            "planned": self.planned.to_json(),
            "responder_misuse": self.responder_misuse,
            "plan": self.plan.to_json(),
            "summary": self.summary,
        }


def assess(given: AssessmentInput) -> Assessment:
    """Compare, grade, weigh, score and plan."""
    before, source = _before(given)
    changes = _changes(before, given)
    judged = _with_earlier(changes, given.earlier)
    misuse = any(responder.is_responder(record, given.responder_arns) for record in given.records)
    verdict, planned = _exception(judged, given, misuse=misuse), _planned(changes, given, misuse=misuse)
    risks = [
        score_risk(
            judged,
            record=record,
            baseline_source=source,
            responder_misuse=misuse,
            findings=given.findings,
            own_events=[own.event_id for own in given.records],
        )
        for record in given.records or (None,)
    ]
    risk = max(risks, key=lambda scored: scored.score)
    actions, outcomes = _NOTHING
    if not (verdict.applies or planned.applies):
        actions, outcomes = _restore(before, changes, given)
        if misuse or any(change.effect is Effect.WEAKENS for change in judged):
            contain, left = _contain(given)
            actions, outcomes = (*actions, *contain), (*outcomes, *left)
    plan = Plan(
        incident_id=given.incident_id,
        trail_arn=given.trail_arn,
        observed_digest=observed_digest(given.found),
        baseline_source=str(source),
        created_at=given.now.astimezone(dt.UTC).isoformat(),
        actions=tuple(sorted(actions, key=lambda action: (action.order, action.id))),
        outcomes=(*outcomes, *_differing(planned, given)),
    )
    gone = len(judged) - len(changes)
    summary = summarize(judged, risk, verdict, given.record, misuse=misuse, put_back=gone, planned=planned)
    return Assessment(changes, risk, verdict, source, plan, summary, misuse, planned)


def observed_digest(found: TrailState | None) -> str:
    """The digest under which a plan remembers the state it was made for."""
    return ABSENT if found is None else found.digest()


def changes_from_json(document: object) -> tuple[GradedChange, ...]:
    """The changes of a stored assessment, for `earlier`; MalformedStateError where they cannot be read."""
    changes = document.get("changes") if isinstance(document, Mapping) else None
    if not isinstance(changes, list):
        raise MalformedStateError(f"assessment: changes is {changes!r:.80}, expected a list")
    return tuple(_change_from_json(change) for change in changes)


def _change_from_json(value: Any) -> GradedChange:
    try:
        return GradedChange(
            field=str(value["field"]),
            before=value["before"],
            after=value["after"],
            effect=Effect(value["effect"]),
            severity=Severity(value["severity"]),
            reason=str(value["reason"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        expected = "field, before, after, effect, severity, reason"
        raise MalformedStateError(f"assessment: found {value!r:.80}, expected {expected}") from error


def _before(given: AssessmentInput) -> tuple[TrailState | None, BaselineSource]:
    """The state to compare with, and where it comes from."""
    if given.baseline is not None:
        state = given.baseline.state if given.found is None else given.baseline.against(given.found)
        return state, given.baseline.source
    if given.found is not None:
        return floor_state(given.found, given.policy.require), BaselineSource.FLOOR
    return None, BaselineSource.UNKNOWN


def _changes(before: TrailState | None, given: AssessmentInput) -> tuple[GradedChange, ...]:
    if given.found is None and given.baseline is None:
        gone = GradedChange(TRAIL, given.trail_arn, None, Effect.WEAKENS, Severity.CRITICAL, _GONE)
        return (gone,)
    return grade(diff(before, given.found), before, given.found, given.surroundings)


def _with_earlier(
    changes: Sequence[GradedChange], earlier: Sequence[GradedChange]
) -> tuple[GradedChange, ...]:
    """What is there now, and the gravest of what earlier rounds found in each field that is right by now."""
    gravest: dict[str, GradedChange] = {}
    for change in earlier:
        known = gravest.get(change.field)
        if known is None or change.severity.rank > known.severity.rank:
            gravest[change.field] = change
    now = {change.field for change in changes}
    return (*changes, *(change for name, change in gravest.items() if name not in now))


def _exception(judged: Sequence[GradedChange], given: AssessmentInput, *, misuse: bool) -> ExceptionVerdict:
    """An exception that covers every record of the incident: who joins it is not covered by who opened it."""
    if misuse:
        reason = "The responder's own role is never excepted."
        return ExceptionVerdict(applies=False, exception_id=None, reason=reason)
    if given.record is None:
        return weigh(None, judged, given.policy, given.now)
    verdicts = [
        weigh(record, judged, given.policy, given.now, trail_arn=given.trail_arn) for record in given.records
    ]
    return next((verdict for verdict in verdicts if not verdict.applies), verdicts[0])


def _planned(changes: Sequence[GradedChange], given: AssessmentInput, *, misuse: bool) -> PlannedVerdict:
    """The planned change that this is, if it is one."""
    if misuse:
        return no_plan("What the responder's own role does outside a plan is never a planned change.")
    if not changes:
        return no_plan("The trail is as it was approved.")
    return match(
        given.records,
        given.found,
        given.baseline,
        given.planned,
        trail_arn=given.trail_arn,
        incident_id=given.incident_id,
    )


def _differing(planned: PlannedVerdict, given: AssessmentInput) -> tuple[Outcome, ...]:
    """A planned change that this is not quite: a slip, or somebody who hides behind it; a person can tell."""
    if planned.kind is not PlannedKind.PART or planned.id is None:
        return ()
    return (Outcome(_DIFFERS, planned.id, planned.reason, planned.instructions(given.incident_id)),)


def _restore(before: TrailState | None, changes: Sequence[GradedChange], given: AssessmentInput) -> Planned:
    """What puts the trail back."""
    if not changes:
        return _NOTHING
    if before is not None:
        aim = choose_aim(changes, given.found, before)
        return plan_restore(given.found, aim, given.policy.gates.restore)
    if given.found is not None:
        return _NOTHING  # a trail where none was approved takes nothing away: it is told, not deleted
    steps = instructions.for_unknown_trail(given.trail_arn)
    return (), (Outcome("trail_deleted", given.trail_arn, _GONE, steps),)


def _contain(given: AssessmentInput) -> Planned:
    """What shuts out who weakened the trail."""
    return contain_all(
        given.record,
        given.joined,
        trail_arn=given.trail_arn,
        incident_id=given.incident_id,
        policy=given.policy,
        responder_arns=given.responder_arns,
        approved=None if given.baseline is None else given.baseline.state,
        findings=given.findings,
        contained=given.contained,
    )
