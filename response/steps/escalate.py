"""Step `escalate`: whatever went wrong, a person is told first; then the incident is marked and released.

It works where there is no incident: the execution's input then holds the record, and the message its ARN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from response.aws.errors import NotFoundError
from response.aws.incidents import VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain import message
from response.domain.assessment import observed_digest
from response.domain.errors import MalformedRecordError, TrailguardError
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.message import NoticeKind
from response.domain.misuse import misuse_message
from response.domain.policy import Policy
from response.domain.record import parse_record
from response.domain.text import plain
from response.settings import Settings
from response.steps.passing import FOREIGN_TRAIL, RESPONDER_MISUSE, without_incident
from response.steps.ports import Clock, Topic
from response.steps.preserve import found_in
from response.steps.taking_back import FAILED, REFUSED
from response.steps.told import notice_of, undo_note
from response.workflow.contract import StepEvent, StepResult

_CAUSE_LIMIT = 1000
# Ends that were foreseen: people were told, so the state is settled and not found again every ten minutes.
_FORESEEN: Mapping[str, str] = {
    "approval_expired": (
        "Nobody, or too few people, decided in time. Nothing of the plan that asked for approval was done."
    ),
    "actions_failed": "An action failed; the others were carried out.",
    "rounds_exhausted": "The trail kept changing for as many rounds as the policy allows.",
    "containment_limit": "The hour's limit of containments is reached; whether to contain is left to you.",
    FOREIGN_TRAIL: (
        "The trail belongs to another account, in which Trailguard has no role: it was neither read nor "
        "changed. If it is the organization's trail, the management account or a delegated administrator has "
        "to put it back: there, compare `aws cloudtrail get-trail --name TRAIL_ARN` with what was approved, "
        "and look for the change in that account's event history."
    ),
    "containment_undone": "Somebody undid the containment while the response was running.",
    REFUSED: "Nothing was taken back, since the world is not as the incident left it, or may not be changed.",
    FAILED: "Not everything was taken back; what was stays taken back.",
    RESPONDER_MISUSE: "A role of Trailguard itself did something that no plan asked of it.",
}
# These are no failure of the workflow: it ends as it should, and the message has told a person.
_HANDED_OVER = ("approval_expired", FOREIGN_TRAIL, REFUSED)


@dataclass(frozen=True)
class _Reason:
    """Why a person has to act: an outcome of the incident's, and a sentence."""

    outcome: str
    text: str

    @property
    def is_foreseen(self) -> bool:
        """Whether the workflow itself decided to stop here."""
        return self.outcome in _FORESEEN


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    topic: Topic,
    policy: Policy,
    settings: Settings,
    clock: Clock,
) -> StepResult:
    """Tell, then mark. A second attempt may tell twice, which is better than never."""
    given, execution = event["input"], event["execution"]
    reason = _reason(given)
    incident = _incident(given, execution, store)
    if incident is None:
        raw = store.claims.misuse(execution) if reason.outcome == RESPONDER_MISUSE else None
        told = (
            _without_incident(reason, execution, settings)
            if raw is None
            else _misuse(raw, execution, settings)
        )
        topic.publish(*told)
        return without_incident("failed")
    round_ = _round(given, incident)
    # An execution that only told of a joined record must not end the incident of the one that handles it.
    ends = incident.owner == execution and not incident.is_settled
    shown = replace(incident, status=IncidentStatus.FAILED, outcome=reason.outcome) if ends else incident
    notice = notice_of(
        NoticeKind.ESCALATED,
        shown,
        round_,
        store=store,
        policy=policy,
        settings=settings,
        note=f"{undo_note(store, incident.id, execution) or reason.text} Execution: {execution}",
    )
    topic.publish(message.subject(notice), message.body(notice), message.attributes(notice))
    now = clock.now()
    data = {"outcome": reason.outcome, "execution": execution, "round": round_}
    store.incidents.note(incident.id, TimelineEntry(at=now, step="escalate", text=reason.text, data=data))
    _end_undo(store, incident, execution, reason, now)
    if ends:
        digest = _left(store, incident.id, round_) if reason.is_foreseen else None
        store.incidents.fail(incident, outcome=reason.outcome, settled=digest, at=now)
    route = "handed_over" if reason.outcome in _HANDED_OVER else "failed"
    return without_incident(route, incident_id=incident.id)


def _reason(given: Mapping[str, Any]) -> _Reason:
    """From the caught error, else from what the step before said."""
    error = given.get("error") or (given if "Error" in given else None)
    if isinstance(error, Mapping):
        name = plain(error.get("Error", "unknown"), 100)
        return _Reason(f"error: {name}", f"{name}: {plain(error.get('Cause', ''), _CAUSE_LIMIT)}")
    notice = given.get("notice")
    if notice in _FORESEEN:
        return _Reason(str(notice), _FORESEEN[str(notice)])
    route = plain(given.get("route", "none"), 100)
    return _Reason("error: no way on", f"The workflow came to a route that it does not know: {route}.")


def _incident(given: Mapping[str, Any], execution: str, store: IncidentStore) -> StoredIncident | None:
    """The incident on the way, or the one that a failed intake had just opened."""
    known = given.get("incident_id") or _claimed(given, execution, store)
    if not known:
        return None
    try:
        return store.incidents.get(str(known))
    except NotFoundError:
        return None


def _claimed(given: Mapping[str, Any], execution: str, store: IncidentStore) -> str | None:
    try:
        record = parse_record(given.get("record"))
    except MalformedRecordError:
        return None
    claim = store.claims.find(record.dedup_id)
    return claim.incident_id if claim is not None and claim.owner == execution else None


def _round(given: Mapping[str, Any], incident: StoredIncident) -> int:
    round_ = given.get("round")
    return round_ if isinstance(round_, int) and round_ else incident.round


def _left(store: IncidentStore, incident_id: str, round_: int) -> str | None:
    """Digest of the state in which the trail is left to people, as far as it is known."""
    verified = store.incidents.document(incident_id, VERIFICATION, round_)
    if verified is not None:
        return str(verified["digest"])
    try:
        found = found_in(store, incident_id, round_)
    except TrailguardError:
        return None
    return None if found is None else observed_digest(found.state)


def _end_undo(
    store: IncidentStore, incident: StoredIncident, execution: str, reason: _Reason, now: datetime
) -> None:
    """An undo that broke off waits for nobody: its request is answered, and it keeps the trail no longer."""
    request = store.undos.request(incident.id, execution)
    if request is not None:
        store.undos.settle(request, outcome=FAILED, text=reason.text, at=now)
        store.claims.release(incident.trail_arn, execution)


def _misuse(raw: Any, execution: str, settings: Settings) -> tuple[str, str, dict[str, str]]:
    """A message about what a role of ours did, with the record's facts."""
    return misuse_message(
        parse_record(raw),
        stack=settings.stack_name,
        account=settings.account,
        region=settings.hub_region,
        execution=execution,
    )


def _without_incident(reason: _Reason, execution: str, settings: Settings) -> tuple[str, str, dict[str, str]]:
    """A message about a record that could not become an incident."""
    lines = (
        "A change of a CloudTrail trail could not be answered: no incident was opened for it.",
        "",
        f"Why: {reason.text}",
        f"Stack: {settings.stack_name}, account {settings.account}, region {settings.hub_region}",
        f"Execution, whose input holds the record: {execution}",
        "",
        "Look at the record and at the trail it names, now; then start the execution again or act by hand.",
    )
    attributes = {
        "kind": str(NoticeKind.ESCALATED),
        "severity": "critical",
        "account": settings.account,
        "region": settings.hub_region,
    }
    return "CRITICAL: a trail change could not be answered", "\n".join(lines) + "\n", attributes
