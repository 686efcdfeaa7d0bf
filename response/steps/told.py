"""What the owners are told of an incident: the notice that message and channels are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from response.aws.actions import ActionStatus, StoredAction
from response.aws.approvals import ApprovalStatus
from response.aws.incidents import ASSESSMENT, DOSSIER, OUTCOMES
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.message import Ask, Notice, NoticeKind
from response.domain.plan import Gate, Plan
from response.domain.policy import Policy
from response.settings import Settings
from response.steps.execute import actions_to_ask
from response.steps.ports import Clock
from response.steps.records import changes_in

_DONE: Mapping[ActionStatus, str] = {
    ActionStatus.RUNNING: "begun, not known to be finished",
    ActionStatus.DONE: "done",
    ActionStatus.ALREADY_DONE: "was so already",
    ActionStatus.MOVED: "not done: the state had moved since the plan was made",
    ActionStatus.FAILED: "FAILED",
}


def notice_of(
    kind: NoticeKind,
    incident: StoredIncident,
    round_: int,
    *,
    store: IncidentStore,
    policy: Policy,
    settings: Settings,
    note: str,
    ask: Ask | None = None,
) -> Notice:
    """Everything that is known of the incident, for a message of that kind."""
    records = changes_in(store, incident.id)
    latest = records[-1] if kind is NoticeKind.JOINED and records else records[0] if records else None
    return Notice(
        kind=kind,
        incident=incident.as_incident(),
        record=latest,
        assessment=_assessment(store, incident.id, round_),
        owner=policy.owners.of(incident.trail_arn),
        done=[
            *(_done(action) for action in store.actions.all(incident.id)),
            *(_done(undo.entry) for undo in store.undos.all(incident.id)),
        ],
        ask=ask,
        note=note,
        left=incident.outcome == "left_as_found",
        evidence=f"s3://{settings.evidence_bucket}/incidents/{incident.id}/",
        dossier=store.incidents.document(incident.id, DOSSIER, round_) or {},
    )


def ask_of(
    store: IncidentStore, incident_id: str, round_: int, seconds: int, *, policy: Policy, clock: Clock
) -> Ask:
    """The decision that is asked for; until when is as the store says, if it was asked for before."""
    document = store.incidents.document(incident_id, ASSESSMENT, round_)
    approval = store.approvals.get(incident_id, round_)
    expires_at = clock.now() + timedelta(seconds=seconds)
    if approval is not None and approval.status is ApprovalStatus.PENDING:
        expires_at = approval.expires_at
    digest = "" if document is None else str(document["plan"]["digest"])
    severity = store.incidents.get(incident_id).severity
    on_timeout = policy.approval.on_timeout_of(severity)
    return Ask(digest, expires_at, on_timeout, policy.approval.quorum_of(severity))


def undo_note(store: IncidentStore, incident_id: str, execution: str) -> str:
    """Who had the execution take what back, how it went and why it was asked; `""` where it is no undo."""
    request = store.undos.request(incident_id, execution)
    if request is None or not request.outcome:
        return ""
    return f"Undo, asked for by {request.requested_by}. {request.text} Reason given: {request.reason}"


def _assessment(store: IncidentStore, incident_id: str, round_: int) -> Mapping[str, Any]:
    """The round's assessment, or the last there is.

    What the limit of containments held back asks for approval now, and is shown so; what could not be done is
    shown beside what could not be planned.
    """
    document: Mapping[str, Any] | None = store.incidents.document(incident_id, ASSESSMENT, round_)
    if document is None:
        earlier: tuple[Mapping[str, Any], ...] = store.incidents.documents(incident_id, ASSESSMENT)
        return earlier[-1] if earlier else {}
    more = store.incidents.document(incident_id, OUTCOMES, round_) or []
    if not more:
        return document
    plan = Plan.from_json(document["plan"])
    asked = {action.id for action in actions_to_ask(store, plan, incident_id, round_)}
    actions = [
        {**action, "gate": str(Gate.APPROVE)} if action["id"] in asked else action
        for action in document["plan"]["actions"]
    ]
    # A message shows so many; what was tried and failed comes before what was known from the start.
    outcomes = [*more, *document["plan"]["outcomes"]]
    return {**document, "plan": {**document["plan"], "actions": actions, "outcomes": outcomes}}


def _done(stored: StoredAction) -> str:
    """One action in a line."""
    what = f"{stored.action.title}: {_DONE[stored.status]}"
    return f"{what} ({stored.outcome}: {stored.detail})" if stored.outcome else what
