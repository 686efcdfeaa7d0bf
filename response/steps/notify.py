"""Step `notify`: tell the owners of the trail, and pass on where the step before wanted to go."""

from __future__ import annotations

from collections.abc import Mapping

from response.aws.store import IncidentStore
from response.domain.incident import TimelineEntry
from response.domain.notice import NoticeKind
from response.domain.policy import Policy
from response.settings import Settings
from response.steps.passing import Passing, PassingError
from response.steps.ports import Clock
from response.steps.telling import Teller
from response.steps.told import ask_of, notice_of, undo_note
from response.workflow.contract import StepEvent, StepResult

_LAST = (NoticeKind.JOINED, NoticeKind.CLOSED, NoticeKind.UNDONE)
_KINDS = (NoticeKind.OPENED, NoticeKind.APPROVAL, *_LAST)

# How an incident ended, by its outcome.
_ENDINGS: Mapping[str, str] = {
    "authorised": "It was announced, excepted, or judged to be authorised; it is the new baseline.",
    "restored": "The trail is back as it was approved.",
    "rejected": "The plan was rejected; what it would have put back is as it was found.",
    "left_as_found": "Nothing was put back: the policy or the plan left it to people.",
    "no_change": "The trail is as it was approved; nothing had to be put back.",
    "partly_restored": "Part of the plan was carried out; the rest was not approved.",
}


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    teller: Teller,
    policy: Policy,
    settings: Settings,
    clock: Clock,
) -> StepResult:
    """Publish the notice that was asked for."""
    passing = Passing.of(event)
    kind = _kind(passing)
    incident = store.incidents.get(passing.incident_id)
    asks = passing.route == "await_approval"
    seconds = passing.approval_seconds or 0
    notice = notice_of(
        kind,
        incident,
        passing.round if passing.route != "joined" else incident.round,
        store=store,
        policy=policy,
        settings=settings,
        note=undo_note(store, passing.incident_id, passing.execution)
        or _note(kind, passing, incident.outcome),
        ask=ask_of(store, incident.id, passing.round, seconds, policy=policy, clock=clock) if asks else None,
    )
    message_id = teller.tell(notice, step="notify")
    entry = TimelineEntry(
        at=clock.now(),
        step="notify",
        text=f"The owners were told ({kind}).",
        data={"kind": str(kind), "round": passing.round, "message_id": message_id},
    )
    store.incidents.note(incident.id, entry)
    return passing.to("end" if kind in _LAST else passing.route, notice=None)


def _kind(passing: Passing) -> NoticeKind:
    if passing.notice not in tuple(_KINDS):
        expected = ", ".join(_KINDS)
        raise PassingError(f"notify: notice is {passing.notice!r}, expected one of {expected}")
    return NoticeKind(passing.notice)


def _note(kind: NoticeKind, passing: Passing, outcome: str) -> str:
    if kind is NoticeKind.CLOSED:
        return _ENDINGS.get(outcome, f"Outcome: {outcome}.")
    if kind is NoticeKind.JOINED:
        return "The trail was changed again while the incident is open; it is looked at anew."
    told = []
    if kind is NoticeKind.OPENED and passing.round > 1:
        told.append(f"The trail was looked at anew (round {passing.round}); an earlier plan is void.")
    if kind is NoticeKind.OPENED and passing.route == "execute":
        told.append("What the policy allows without asking is being carried out now.")
    return " ".join(told)
