"""Step `intake`: whether a change has to be answered, and whether somebody answers it already.

Events only trigger. Whichever of the three paths a record comes by, it is claimed once, and each trail has
at most one open incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from response.aws import heard
from response.aws.claims import Arrival, Claim, Disposition, Lock
from response.aws.errors import ConflictingStateError, RetryableError
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.waking import void_plan
from response.domain.arns import parse_trail_arn
from response.domain.errors import MalformedRecordError
from response.domain.incident import IncidentStatus, TimelineEntry, incident_id
from response.domain.record import parse_record
from response.domain.responder import is_responder
from response.rules.matcher import matching_rules
from response.settings import Settings
from response.steps import intake_watched
from response.steps.intake_undo import take_undo
from response.steps.passing import FOREIGN_TRAIL, Passing, without_incident
from response.steps.ports import Clock, Executions
from response.steps.recognising import own_incident
from response.workflow.contract import StepEvent, StepResult

_ATTEMPTS = 5
_EVENTS = (heard.EVENT, heard.RESPONDER)  # the other paths are noted where they begin, by the reconciler
_ALIVE = ("RUNNING", "PENDING_REDRIVE")
# DescribeExecution is eventually consistent: an execution that was just started may not show yet.
_GRACE = timedelta(minutes=5)
_UNANSWERED = (Disposition.OWN_CHANGE, Disposition.MISUSE)


@dataclass(frozen=True)
class _Change:
    """What arrived, and the trail that it is about."""

    arrival: Arrival
    trail_arn: str
    event_at: datetime | None
    responder_misuse: bool


def run(
    event: StepEvent, *, store: IncidentStore, executions: Executions, settings: Settings, clock: Clock
) -> StepResult:
    """Claim what arrived; open an incident, join the trail's open one, or say why there is nothing to do."""
    given, execution = event["input"], event["execution"]
    intake = _Intake(store, executions, execution, clock, settings)
    path = str(given.get("path", "unknown"))
    if path in _EVENTS:
        store.heard.note(path, clock.now())
    if given.get("drift") is not None:
        return intake.take_drift(given["drift"], path)
    if given.get("undo") is not None:
        return take_undo(given["undo"], execution, store=store, clock=clock)
    record = parse_record(given.get("record"))
    is_matched = bool(matching_rules(record.raw))
    is_watched = path == intake_watched.WATCHED and intake_watched.concerns_us(record, settings)
    if not is_matched and not is_watched:
        return without_incident("unmatched")
    arrival = Arrival(record.dedup_id, record.event_id, execution, path, clock.now(), record.raw)
    own = own_incident(record, store, settings)
    if own is not None:
        return intake.take_own_change(arrival, own)
    trail_arn = record.trail_arn() if is_matched else intake_watched.changed_trail(record)
    trail = parse_trail_arn(trail_arn)
    if trail_arn is None or trail is None:
        if is_matched:
            raise MalformedRecordError(
                f"record {record.event_id}: names no trail; expected a name or an ARN in requestParameters"
            )
        return intake_watched.take_misuse(record, arrival, store)
    misuse = is_responder(record, settings.responder_arns(trail.account))
    return intake.take_change(_Change(arrival, trail_arn, record.event_time, misuse))


class _Intake:
    """Intake of one arrival by one execution."""

    def __init__(
        self,
        store: IncidentStore,
        executions: Executions,
        execution: str,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._store = store
        self._executions = executions
        self._execution = execution
        self._clock = clock
        self._settings = settings

    def take_change(self, change: _Change) -> StepResult:
        """Claim the record together with its incident; whoever is faster is found at the next look."""
        for _ in range(_ATTEMPTS):
            claim = self._store.claims.find(change.arrival.dedup_id)
            if claim is not None and not self._is_abandoned(claim):
                return self._claimed(claim, change.arrival)
            lock = self._store.claims.lock(change.trail_arn)
            is_held = lock is not None and self._is_held(lock)
            try:
                if lock is not None and lock.undoing and is_held:
                    raise RetryableError(
                        "intake", "UndoAtWork", f"{lock.owner} takes a change of the trail back"
                    )
                if claim is None and lock is not None and is_held:
                    self._store.claims.join(change.arrival, lock.incident_id)
                    return self._joined(lock.incident_id, misuse=change.responder_misuse)
                return self._opened(change, lock, claim)
            except ConflictingStateError:
                continue
        raise RetryableError(
            "dynamodb:TransactWriteItems",
            "Contention",
            f"record {change.arrival.event_id} is claimed by many",
        )

    def take_own_change(self, arrival: Arrival, incident_id: str) -> StepResult:
        """Keep the record with the incident whose action, or undo, it shows."""
        try:
            self._store.claims.take_own_change(arrival, incident_id)
        except ConflictingStateError:
            claim = self._store.claims.find(arrival.dedup_id)
            if claim is None or claim.owner != self._execution:
                return without_incident("duplicate", incident_id=incident_id)
        return without_incident("own_change", incident_id=incident_id)

    def take_drift(self, drift: Mapping[str, Any], path: str) -> StepResult:
        """Open an incident for a trail in an unapproved state, unless one is open or left it that way."""
        trail_arn, digest = str(drift.get("trail_arn")), str(drift.get("observed_digest"))
        if parse_trail_arn(trail_arn) is None:
            raise MalformedRecordError(f"drift: trail_arn is {trail_arn!r:.200}, expected the ARN of a trail")
        name = f"drift#{self._execution}"
        lock = self._store.claims.lock(trail_arn)
        if lock is not None and lock.owner != self._execution and self._is_held(lock):
            return without_incident("duplicate", incident_id=lock.incident_id)
        if lock is None and self._store.incidents.settled_digest(trail_arn) == digest:
            return without_incident("duplicate")
        arrival = Arrival(name, f"drift-{digest}", self._execution, path, self._clock.now(), None)
        return self.take_change(_Change(arrival, trail_arn, None, responder_misuse=False))

    def _claimed(self, claim: Claim, arrival: Arrival) -> StepResult:
        """The claim is ours from an earlier attempt, or another execution has the record."""
        if claim.owner == self._execution:
            if claim.disposition is Disposition.JOINED:
                return self._joined(claim.incident_id, misuse=False)
            if claim.disposition is Disposition.OWN_CHANGE:
                return without_incident("own_change", incident_id=claim.incident_id)
            return self._answered(claim.incident_id)
        self._store.incidents.note(
            claim.incident_id,
            TimelineEntry(
                at=arrival.at,
                step="intake",
                text="The same record arrived again; it is handled once.",
                data={"event_id": arrival.event_id, "path": arrival.path},
            ),
        )
        return without_incident("duplicate", incident_id=claim.incident_id)

    def _opened(self, change: _Change, lock: Lock | None, stale: Claim | None) -> StepResult:
        """A new incident; it takes the trail over from one whose execution is gone."""
        arrival = change.arrival
        taken_over = lock is not None or stale is not None
        seed = (
            f"{arrival.event_id}#{self._execution}" if taken_over or arrival.raw is None else arrival.event_id
        )
        trail = parse_trail_arn(change.trail_arn)
        incident = StoredIncident(
            id=incident_id(change.trail_arn, seed, arrival.at),
            trail_arn=change.trail_arn,
            account=trail.account if trail else "",
            region=trail.region if trail else "",
            status=IncidentStatus.OPEN,
            owner=self._execution,
            path=arrival.path,
            opened_at=arrival.at,
            first_event_id="" if arrival.raw is None else arrival.event_id,
            first_event_at=change.event_at,
            records_seen=0 if arrival.raw is None else 1,
            responder_misuse=change.responder_misuse,
        )
        self._store.claims.open(arrival, incident, lost=lock, stale=stale)
        return self._answered(incident.id)

    def _answered(self, incident_id: str) -> StepResult:
        """An incident goes on to be answered here, or to a person where Trailguard has no role."""
        passing = Passing(self._execution, incident_id)
        if self._settings.protects(self._store.incidents.get(incident_id).account):
            return passing.to("respond")
        return passing.to("escalate", notice=FOREIGN_TRAIL)

    def _joined(self, open_id: str, *, misuse: bool) -> StepResult:
        """What the plan rests on has changed: an approval that is awaited is void, and the wait ends."""
        now = self._clock.now()
        if misuse:
            self._store.incidents.update(open_id, at=now, responder_misuse=True)
        void_plan(open_id, approvals=self._store.approvals, waker=self._executions, now=now)
        return Passing(self._execution, open_id).to("joined", notice="joined")

    def _is_held(self, lock: Lock) -> bool:
        """Whether somebody is at work on the trail: the incident's execution, or that of an undo."""
        if lock.undoing:
            return self._executions.status(lock.owner) in _ALIVE
        return self._is_handled(lock.incident_id)

    def _is_handled(self, open_id: str) -> bool:
        """Whether the execution that has the incident is still at work on it."""
        incident = self._store.incidents.get(open_id)
        if incident.owner == self._execution:
            return True
        status = self._executions.status(incident.owner)
        return status in _ALIVE or (status is None and self._clock.now() - incident.opened_at < _GRACE)

    def _is_abandoned(self, claim: Claim) -> bool:
        """Whether the execution that handles the record's incident ended without settling it."""
        if claim.owner == self._execution or claim.disposition in _UNANSWERED:
            return False
        incident = self._store.incidents.get(claim.incident_id)
        return not incident.is_settled and not self._is_handled(incident.id)
