"""Step `close`: seal the report, settle the state, release the trail, and count what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from response.aws.actions import ActionStatus, StoredAction
from response.aws.claims import Disposition
from response.aws.errors import NotFoundError
from response.aws.evidence import JSON, MARKDOWN
from response.aws.incidents import ASSESSMENT, DOSSIER, EVIDENCE, STATE, VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain import incident as incidents
from response.domain import report
from response.domain.assessment import observed_digest
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.plan import ActionKind
from response.domain.policy import Policy
from response.steps.excuses import Excuse, excuse_of, take_as_baseline
from response.steps.passing import Passing
from response.steps.ports import Clock, Evidence, Metrics
from response.steps.preserve import FoundState, found_in
from response.steps.rounds import rounds_allowed
from response.workflow.contract import StepEvent, StepResult

_REACHED = (ActionStatus.DONE, ActionStatus.ALREADY_DONE)


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    evidence: Evidence,
    metrics: Metrics,
    policy: Policy,
    clock: Clock,
) -> StepResult:
    """Close, unless a record joined while we looked: then the trail is looked at again."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    found = found_in(store, incident.id, passing.round)
    assessment = store.incidents.document(incident.id, ASSESSMENT, passing.round)
    if found is None or assessment is None:
        raise NotFoundError("close", "NothingAssessed", f"{incident.id}: round {passing.round} is incomplete")
    if incident.records_seen > found.records:
        return passing.again(rounds_allowed(store, passing.incident_id, policy))
    closing = _Closing(incident, passing.round, found, store, clock.now())
    settled = closing.left_state()
    excuse = closing.excuse(assessment)
    if excuse is not None and not take_as_baseline(excuse, incident, settled["state"], store, clock.now()):
        return passing.again(rounds_allowed(store, passing.incident_id, policy))
    outcome = closing.outcome(assessment) if excuse is None else "authorised"
    figures = closing.figures()
    pointers = _seal(closing, closing.bundle(outcome, figures), evidence)
    _list_evidence(incident, passing.round, pointers, store)
    entry = TimelineEntry(
        at=clock.now(),
        step="close",
        text="The incident was closed.",
        data={"outcome": outcome, "report": pointers, **figures.to_json()},
    )
    store.incidents.note(incident.id, entry)
    closed = store.incidents.close(
        incident, records=found.records, outcome=outcome, settled=settled["digest"], at=clock.now()
    )
    if not closed:
        return passing.again(rounds_allowed(store, passing.incident_id, policy))
    _measure(figures, metrics)
    return passing.to("closed", notice="closed")


class _Closing:
    """What is known of an incident when it closes."""

    def __init__(
        self, incident: StoredIncident, round_: int, found: FoundState, store: IncidentStore, now: datetime
    ) -> None:
        self.incident = incident
        self.round = round_
        self.now = now
        self._found = found
        self._store = store
        self._actions = store.actions.all(incident.id)

    def outcome(self, assessment: Mapping[str, Any]) -> str:
        """How the incident ended where nothing excuses it, in one word of a small vocabulary."""
        planned = {action["id"] for action in assessment["plan"]["actions"] if action["gate"] != "off"}
        of_round = [action for action in self._actions if action.round == self.round]
        reached = {action.action.id for action in of_round if action.status in _REACHED}
        if planned and planned <= reached:
            return "restored"
        if reached:
            return "partly_restored"
        if planned:
            return "rejected"
        if assessment["changes"]:
            return "left_as_found"
        return "restored" if any(action.status in _REACHED for action in self._actions) else "no_change"

    def excuse(self, assessment: Mapping[str, Any]) -> Excuse | None:
        """What makes the change an approved one, if anything does."""
        approval = self._store.approvals.get(self.incident.id, self.round)
        return excuse_of(assessment, approval, self.incident.id)

    def left_state(self) -> Mapping[str, Any]:
        """State and digest as last read: by verify if it ran in this round, else by preserve."""
        verified: Mapping[str, Any] | None = self._document(VERIFICATION)
        if verified is not None:
            return verified
        state = self._found.state
        return {"state": None if state is None else state.to_json(), "digest": observed_digest(state)}

    def figures(self) -> incidents.Metrics:
        """How long it took."""
        return incidents.metrics(
            event_time=self.incident.first_event_at,
            detected_at=self.incident.opened_at,
            restored_at=self._last(ActionKind.RESTORE),
            contained_at=self._last(ActionKind.CONTAIN),
        )

    def bundle(self, outcome: str, figures: incidents.Metrics) -> dict[str, Any]:
        """Everything, for the report."""
        closed = replace(self.incident, status=IncidentStatus.CLOSED, outcome=outcome, closed_at=self.now)
        assessments = self._store.incidents.documents(self.incident.id, ASSESSMENT)
        worst = max(assessments, key=lambda assessment: assessment["risk"])
        records = self._store.incidents.records(self.incident.id)
        own = str(Disposition.OWN_CHANGE)
        timeline = [entry.to_json() for entry in self._store.incidents.timeline(self.incident.id)]
        return {
            "incident": {**closed.as_incident().to_json(), "outcome": outcome, "verdict": self._verdict()},
            "records": [record.raw for record in records if record.disposition != own],
            "own_records": [record.raw for record in records if record.disposition == own],
            "observation": self._store.incidents.documents(self.incident.id, STATE)[0]["found"],
            "dossier": self._document(DOSSIER),
            "assessment": worst,
            "assessments": list(assessments),
            "actions": [_result(action) for action in self._actions],
            "undone": [undo.to_json() for undo in self._store.undos.all(self.incident.id)],
            "approval": self._approval(),
            "timeline": timeline,
            "evidence": self.pointers(),
            "metrics": figures.to_json(),
            "end_state": {"text": outcome.replace("_", " "), "state": self.left_state()["state"]},
        }

    def pointers(self) -> list[Any]:
        """Where the evidence of all rounds lies, each object once."""
        every = [p for round_ in self._store.incidents.documents(self.incident.id, EVIDENCE) for p in round_]
        return list({pointer["key"]: pointer for pointer in every}.values())

    def _verdict(self) -> dict[str, str] | None:
        """What a person has said it was, if anybody did before it closed."""
        if not self.incident.verdict:
            return None
        incident = self.incident
        return {"verdict": incident.verdict, "by": incident.verdict_by, "reason": incident.verdict_reason}

    def _approval(self) -> dict[str, Any] | None:
        approval = self._store.approvals.latest(self.incident.id)
        if approval is None:
            return None
        return {
            "digest": approval.digest,
            "status": str(approval.status),
            "expires_at": approval.expires_at.isoformat(),
            "decision": approval.decision,
            "quorum": approval.quorum,
            "approvals": list(approval.approvals),
        }

    def _last(self, kind: ActionKind) -> datetime | None:
        """When the last action of that kind was done."""
        times = [
            action.finished_at
            for action in self._actions
            if action.action.kind is kind and action.status is ActionStatus.DONE and action.finished_at
        ]
        return max(times, default=None)

    def _document(self, kind: str) -> Any | None:
        return self._store.incidents.document(self.incident.id, kind, self.round)


def _result(stored: StoredAction) -> dict[str, Any]:
    """An action as the report takes it."""
    return {
        "id": stored.action.id,
        "round": stored.round,
        "status": str(stored.status),
        "started_at": stored.started_at.isoformat(),
        "finished_at": None if stored.finished_at is None else stored.finished_at.isoformat(),
        "error": f"{stored.outcome}: {stored.detail}" if stored.outcome else "",
        "approved_by": stored.approved_by,
        "request_ids": list(stored.request_ids),
        "inverse": [call.to_json() for call in stored.action.inverse],
    }


def _seal(closing: _Closing, bundle: Mapping[str, Any], evidence: Evidence) -> Sequence[Mapping[str, str]]:
    """The report in both forms, under the round's name, since a round may yet fail to be the last."""
    prefix = f"incidents/{closing.incident.id}/round-{closing.round}"
    sealed = (
        evidence.seal(f"{prefix}/report.json", report.render_json(bundle).encode(), JSON),
        evidence.seal(f"{prefix}/report.md", report.render_markdown(bundle).encode(), MARKDOWN),
    )
    return [{"key": one.key, "version_id": one.version_id, "sha256": one.sha256} for one in sealed]


def _list_evidence(
    incident: StoredIncident, round_: int, reports: Sequence[Mapping[str, str]], store: IncidentStore
) -> None:
    """Name the reports beside what was sealed before; a retried step names them once."""
    listed = store.incidents.document(incident.id, EVIDENCE, round_) or []
    added = [report for report in reports if report not in listed]
    store.incidents.put_document(incident.id, EVIDENCE, round_, [*listed, *added])


def _measure(figures: incidents.Metrics, metrics: Metrics) -> None:
    metrics.count("IncidentsClosed")
    for name, value in (
        ("DetectionDelay", figures.detection_delay_seconds),
        ("TimeToRestore", figures.time_to_restore_seconds),
        ("TimeToContain", figures.time_to_contain_seconds),
    ):
        if value is not None:
            metrics.seconds(name, value)
