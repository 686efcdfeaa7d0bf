"""Step `verify`: read the trail again and compare it with what was aimed at, before anybody says done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from response.aws.actions import ActionStatus, StoredAction
from response.aws.documents import moment
from response.aws.errors import NotFoundError
from response.aws.incidents import VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.assessment import observed_digest
from response.domain.incident import TimelineEntry
from response.domain.plan import ActionKind
from response.domain.policy import Policy
from response.domain.trail_state import ATTRIBUTES, TrailState
from response.steps.passing import Passing
from response.steps.ports import Clock, Members
from response.steps.preserve import found_in
from response.steps.rounds import rounds_allowed
from response.steps.world import current, holds
from response.workflow.contract import StepEvent, StepResult

_REACHED = (ActionStatus.DONE, ActionStatus.ALREADY_DONE)
# Reads may still be answered from before the last write for a few seconds.
_READS = 4
_PAUSE = 3.0


def run(
    event: StepEvent, *, store: IncidentStore, members: Members, policy: Policy, clock: Clock
) -> StepResult:
    """Close, look again, or hand over to people."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    found = found_in(store, incident.id, passing.round)
    if found is None:
        raise NotFoundError("verify", "NothingPreserved", f"{incident.id}: nothing sealed in this round")
    all_rounds = store.actions.all(incident.id)
    actions = tuple(action for action in all_rounds if action.round == passing.round)
    expected = _expected(found.state, actions)
    seen = _read(incident, expected, members, passing.session("verify"), clock)
    as_aimed = observed_digest(seen) == observed_digest(expected)
    document: dict[str, Any] = {
        "observed_at": moment(clock.now()),
        "state": None if seen is None else seen.to_json(),
        "digest": observed_digest(seen),
        "as_aimed": as_aimed,
    }
    store.incidents.put_document(incident.id, VERIFICATION, passing.round, document)
    joined = store.incidents.get(incident.id).records_seen > found.records
    failed = [action.action.id for action in actions if action.status is ActionStatus.FAILED]
    kept = tuple(action for action in all_rounds if not _is_taken_back(action, store))
    undone = _undone(kept, incident, members, passing.session("verify"))
    sight = _Sight(joined=joined, as_aimed=as_aimed, failed=failed, undone=undone)
    text, answer = _conclusion(passing, rounds_allowed(store, incident.id, policy), sight)
    data = {"round": passing.round, "digest": document["digest"], "failed": failed, "undone": undone}
    store.incidents.note(incident.id, TimelineEntry(at=clock.now(), step="verify", text=text, data=data))
    return answer


@dataclass(frozen=True)
class _Sight:
    """What a look at the trail and the actions shows."""

    joined: bool
    as_aimed: bool
    failed: list[str]
    undone: list[str]


def _conclusion(passing: Passing, rounds: int, sight: _Sight) -> tuple[str, StepResult]:
    """What was seen, and where it leads. A new record comes first: a new round answers all of it."""
    if sight.joined:
        return "A further record joined; the trail is looked at again.", passing.again(rounds)
    if sight.failed:
        text = f"These actions failed: {', '.join(sight.failed)}."
        return text, passing.to("escalate", notice="actions_failed")
    if not sight.as_aimed:
        return "The trail has moved since; it is looked at again.", passing.again(rounds)
    if sight.undone:
        text = f"The containment was undone by somebody: {', '.join(sight.undone)}."
        return text, passing.to("escalate", notice="containment_undone")
    return "The trail reads as the actions left it.", passing.to("close")


def _expected(found: TrailState | None, actions: tuple[StoredAction, ...]) -> TrailState | None:
    """The state as found, with the aims of what was carried out."""
    if found is None:
        return None
    aims = {
        ATTRIBUTES[name]: value
        for action in actions
        if action.action.kind is ActionKind.RESTORE and action.status in _REACHED
        for name, value in action.action.aims.items()
    }
    return replace(found, **aims)


def _read(
    incident: StoredIncident, expected: TrailState | None, members: Members, session: str, clock: Clock
) -> TrailState | None:
    """The trail as it is now; read again for a few seconds while it is not as expected."""
    trails = members.trails(incident.account, session)
    seen = None
    for attempt in range(_READS):
        if attempt:
            clock.sleep(_PAUSE)
        found = trails.read(incident.trail_arn)
        seen = None if found is None else found.state
        if observed_digest(seen) == observed_digest(expected):
            break
    return seen


def _is_taken_back(stored: StoredAction, store: IncidentStore) -> bool:
    """Whether a person had the action taken back, or is having it taken back now."""
    latest = store.undos.latest(stored.incident_id, stored.action.id, stored.round)
    return latest is not None and (latest.is_undone or latest.entry.status is ActionStatus.RUNNING)


def _undone(
    actions: tuple[StoredAction, ...], incident: StoredIncident, members: Members, session: str
) -> list[str]:
    """Containment actions whose aim does not hold any more."""
    return [
        action.action.id
        for action in actions
        if action.action.kind is ActionKind.CONTAIN
        and action.status in _REACHED
        and not holds(action.action.aims, current(action.action, incident, members, session))
    ]
