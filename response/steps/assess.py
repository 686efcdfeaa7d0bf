"""Step `assess`: compare the state as found with the baseline, grade, score, and write the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from response.aws.actions import ActionStatus
from response.aws.errors import AwsCallError, NotFoundError
from response.aws.history import Attribute
from response.aws.incidents import ASSESSMENT, DOSSIER, FINDINGS
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.assessment import Assessment, AssessmentInput, assess, changes_from_json
from response.domain.baseline import Baseline, BaselineSource, rebuild_from_history
from response.domain.dossier import assessed_sections
from response.domain.errors import MalformedRecordError
from response.domain.findings import NOTHING, Findings
from response.domain.grades import GradedChange, Severity
from response.domain.incident import TimelineEntry
from response.domain.plan import Action, ActionKind, Gate, Plan
from response.domain.policy import Policy
from response.domain.record import Record, parse_record
from response.settings import Settings
from response.steps.passing import AUTOMATIC, Passing
from response.steps.ports import Clock, History, Members
from response.steps.preserve import found_in
from response.steps.records import changes_in
from response.workflow.contract import StepEvent, StepResult

_HISTORY = timedelta(days=90)  # what LookupEvents keeps
_LIMIT = 500
_TRAIL_WRITES = ("UpdateTrail", "CreateTrail", "DeleteTrail")


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    members: Members,
    policy: Policy,
    settings: Settings,
    clock: Clock,
) -> StepResult:
    """Assess the round and say what comes next: act, ask, or close."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    found = found_in(store, incident.id, passing.round)
    if found is None:
        raise NotFoundError("assess", "NothingPreserved", f"{incident.id}: no state of round {passing.round}")
    records = changes_in(store, incident.id)
    now = clock.now()
    findings = findings_of(store, incident.id, passing.round)
    missing: list[str] = []
    baseline = store.baselines.get(incident.trail_arn)
    if baseline is None:
        history = members.history(incident.account, passing.session("assess"))
        baseline, missing = _rebuilt(incident, records, history, now)
    given = AssessmentInput(
        incident_id=incident.id,
        trail_arn=incident.trail_arn,
        record=records[0] if records else None,
        found=found.state,
        surroundings=found.surroundings,
        baseline=baseline,
        policy=policy,
        now=now,
        responder_arns=tuple(sorted(settings.responder_arns(incident.account))),
        joined=records[1:],
        earlier=_earlier(store, incident.id, passing.round),
        contained=_contained(store, incident.id),
        planned=store.planned.of_trail(incident.trail_arn),
        findings=findings,
    )
    assessment = assess(given)
    document = {**assessment.to_json(), "baseline": None if baseline is None else baseline.to_json()}
    store.incidents.put_document(incident.id, ASSESSMENT, passing.round, document)
    _complete_dossier(store, passing, assessment, given)
    severity = _worse(incident.severity, assessment.severity)
    store.incidents.update(incident.id, at=now, severity=str(severity))
    store.incidents.note(incident.id, _entry(assessment, missing, passing.round, now))
    return _next(passing, assessment.plan, policy)


def findings_of(store: IncidentStore, incident_id: str, round_: int) -> Findings:
    """What the investigation of a round found; nothing where it did not come to its end."""
    document = store.incidents.document(incident_id, FINDINGS, round_)
    return NOTHING if document is None else Findings.from_json(document)


def _complete_dossier(
    store: IncidentStore, passing: Passing, assessment: Assessment, given: AssessmentInput
) -> None:
    """Add what only the assessment can tell to what the investigation told, if it came to its end."""
    sections = assessed_sections(
        assessment,
        given.records,
        given.findings,
        found=given.found,
        baseline=given.baseline,
        now=given.now,
        contained=given.contained,
        earlier=given.earlier,
    )
    dossier = store.incidents.document(passing.incident_id, DOSSIER, passing.round) or {}
    told = {name: section.to_json() for name, section in sections.items()}
    store.incidents.put_document(passing.incident_id, DOSSIER, passing.round, {**dossier, **told})


def plan_of(store: IncidentStore, incident_id: str, round_: int) -> Plan:
    """The plan of a round, as it was stored, its digest checked."""
    document = store.incidents.document(incident_id, ASSESSMENT, round_)
    if document is None:
        raise NotFoundError("plan", "NoAssessment", f"{incident_id}: no assessment of round {round_}")
    return Plan.from_json(document["plan"])


def _earlier(store: IncidentStore, incident_id: str, round_: int) -> tuple[GradedChange, ...]:
    """What earlier rounds found changed; a trail that is back as it was still has somebody who changed it."""
    documents = (store.incidents.document(incident_id, ASSESSMENT, number) for number in range(1, round_))
    return tuple(change for known in documents if known is not None for change in changes_from_json(known))


def _contained(store: IncidentStore, incident_id: str) -> tuple[Action, ...]:
    """Containment actions that were carried out; nobody is asked for them again."""
    return tuple(
        stored.action
        for stored in store.actions.all(incident_id)
        if stored.action.kind is ActionKind.CONTAIN
        and stored.status in (ActionStatus.DONE, ActionStatus.ALREADY_DONE)
    )


def approval_seconds(policy: Policy) -> int:
    """How long an approval may be waited for."""
    return policy.approval.expires_after_minutes * 60


def _worse(earlier: str, severity: Severity) -> Severity:
    """An incident stays as severe as its worst round: that the trail is back does not undo what was done."""
    return max(Severity(earlier), severity, key=lambda one: one.rank) if earlier else severity


def _next(passing: Passing, plan: Plan, policy: Policy) -> StepResult:
    """Act on what may be done by itself, else ask for what may be approved, else close."""
    common = {"plan_digest": plan.digest, "notice": "opened", "approval_seconds": approval_seconds(policy)}
    if plan.with_gate(Gate.AUTO):
        return passing.to("execute", phase=AUTOMATIC, **common)
    if plan.with_gate(Gate.APPROVE):
        return passing.to("await_approval", **common)
    return passing.to("close", **common)


def _entry(assessment: Assessment, missing: list[str], round_: int, now: datetime) -> TimelineEntry:
    data = {
        "round": round_,
        "severity": str(assessment.severity),
        "risk": assessment.risk.score,
        "baseline_source": str(assessment.baseline_source),
        "exception": assessment.exception.exception_id,
        "planned_change": assessment.planned.id,
        "plan_digest": assessment.plan.digest,
        "actions": [f"{action.id} ({action.gate})" for action in assessment.plan.actions],
        "outcomes": [outcome.name for outcome in assessment.plan.outcomes],
        "missing": missing,
    }
    return TimelineEntry(at=now, step="assess", text=assessment.summary, data=data)


def _rebuilt(
    incident: StoredIncident, records: tuple[Record, ...], history: History, now: datetime
) -> tuple[Baseline | None, list[str]]:
    """The last state that the event history shows from before the change, if it shows any."""
    before = min((record.event_time for record in records), default=incident.opened_at)
    earlier: list[Record] = []
    missing: list[str] = []
    for name in _TRAIL_WRITES:
        try:
            earlier += _records_of(incident, history, name, (before, now))
        except AwsCallError as error:
            # Without all three, a deletion could be overlooked: then the floor is the honest aim.
            missing.append(f"{name}: {error}")
    state = None if missing else rebuild_from_history(earlier, before)
    if state is None:
        return None, missing
    return Baseline(incident.trail_arn, state, now, "", BaselineSource.EVENT_HISTORY), missing


def _records_of(
    incident: StoredIncident, history: History, event_name: str, times: tuple[datetime, datetime]
) -> Iterator[Record]:
    """Records of that call on this trail before the change. They are logged in the trail's home region."""
    before, now = times
    found = history.lookup(
        Attribute.EVENT_NAME,
        event_name,
        region=incident.region,
        start=now - _HISTORY,
        end=before,
        limit=_LIMIT,
    )
    for raw in found.records:
        try:
            record = parse_record(raw)
        except MalformedRecordError:
            continue  # the records before it still tell how the trail was
        if record.trail_arn() == incident.trail_arn:
            yield record
