"""Taking actions back for one request: on the world as the incident left it, in reverse order, read back.

An undo that changes the trail keeps the trail for itself meanwhile, and what then reads as intended becomes
the baseline: so neither the event of our own call nor the reconciler answers it as a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from response.aws.actions import ActionStatus, StoredAction
from response.aws.errors import RetryableError
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.undoing import carried_out, held_by, left_state
from response.aws.undos import UNDONE, StoredRequest, execution_id
from response.domain import undo
from response.domain.assessment import observed_digest
from response.domain.baseline import Baseline, BaselineSource
from response.domain.errors import TrailguardError
from response.domain.responder import session_name
from response.domain.trail_state import TrailState
from response.domain.undo import Carried, Selection, UndoRefusal, reversed_action
from response.domain.undo_world import moved, moved_trail, with_aims
from response.steps.carrying_out import CarryingOut, InterruptedActionError, Mandate
from response.steps.ports import Clock, Executions, Members
from response.steps.undo_ledger import UndoLedger
from response.steps.world import current

DONE, REFUSED, FAILED = "undone", "undo_refused", "undo_failed"
_ALIVE = ("RUNNING", "PENDING_REDRIVE")
# Reads may still be answered from before the last write for a few seconds.
_READS = 4
_PAUSE = 3.0


@dataclass(frozen=True)
class Undoing:
    """What came of a request: `outcome` is DONE, REFUSED or FAILED. `state` is the trail as it read last."""

    outcome: str
    text: str
    baseline_version: int | None = None


class TakingBack:
    """One request, carried out by one execution."""

    def __init__(
        self,
        incident: StoredIncident,
        request: StoredRequest,
        execution: str,
        *,
        store: IncidentStore,
        members: Members,
        executions: Executions,
        clock: Clock,
    ) -> None:
        self._incident = incident
        self._request = request
        self._execution = execution
        self._store = store
        self._members = members
        self._executions = executions
        self._clock = clock

    def run(self) -> Undoing:
        """Check, keep the trail if it is to be changed, take back, and let it go."""
        carried = carried_out(self._store, self._incident.id, besides=self._execution)
        selection = undo.select(carried, self._request.actions)
        if isinstance(selection, UndoRefusal):
            return Undoing(REFUSED, selection.text)
        if not selection.actions:
            return Undoing(DONE, "Everything that was asked for had been taken back before.")
        refusal = self._keep_trail(selection)
        if refusal is not None:
            return Undoing(REFUSED, refusal.text)
        try:
            result = self._take_back(selection)
        except RetryableError:
            raise  # the next attempt goes on; until then the trail stays kept
        except InterruptedActionError as error:
            result = Undoing(REFUSED, f"Another undo is at work on it: {error}.")
        except TrailguardError:
            self._release()
            raise
        self._release()
        return result

    def _keep_trail(self, selection: Selection) -> UndoRefusal | None:
        """Why the trail may not be changed now, if it is to be changed at all."""
        trail_arn = self._incident.trail_arn
        lock = self._store.claims.lock(trail_arn)
        if lock is not None and lock.undoing and self._executions.status(lock.owner) not in _ALIVE:
            self._store.claims.release(trail_arn, lock.owner)
        check = partial(undo.check_settled, selection, settled=self._incident.is_settled)
        refusal = check(held_by=held_by(self._store, trail_arn, besides=self._execution))
        if refusal is not None or not selection.restores:
            return refusal
        now = self._clock.now()
        if self._store.claims.hold(trail_arn, self._incident.id, execution=self._execution, at=now):
            return None
        return check(held_by=held_by(self._store, trail_arn, besides=self._execution) or "Somebody else")

    def _release(self) -> None:
        self._store.claims.release(self._incident.trail_arn, self._execution)

    def _take_back(self, selection: Selection) -> Undoing:
        """Nothing runs on a world that has moved; of what runs, one that fails does not keep the others."""
        left = left_state(self._store, self._incident, besides=self._execution)
        differences = [] if self._has_begun() else self._differences(selection, left)
        if differences:
            return Undoing(REFUSED, undo.world_moved(differences).text)
        entries = [self._undo(one) for one in selection.actions]
        if any(entry.status not in UNDONE for entry in entries):
            return Undoing(FAILED, _told(entries))
        if not selection.restores:
            return Undoing(DONE, self._thanks(selection))
        return self._approve(selection, left)

    def _differences(self, selection: Selection, left: TrailState | None) -> list[str]:
        """How the world is no longer as the incident left it."""
        found: list[str] = []
        if selection.restores:
            found += moved_trail(left, self._read())
        for one in undo.first_of_each(selection):
            session = session_name(self._incident.id, f"{undo.PREFIX}{one.action.id}")
            found += moved(one.action, current(one.action, self._incident, self._members, session))
        return list(dict.fromkeys(found))

    def _has_begun(self) -> bool:
        """Whether an earlier attempt of this execution has entered anything."""
        name = execution_id(self._execution)
        return any(
            execution_id(known.entry.owner) == name for known in self._store.undos.all(self._incident.id)
        )

    def _undo(self, carried: Carried) -> StoredAction:
        mandate = Mandate(self._incident, "", carried.round, self._execution, self._request.requested_by)
        ledger = UndoLedger(
            self._store.undos,
            carried,
            execution=self._execution,
            reason=self._request.reason,
            executions=self._executions,
        )
        carrying_out = CarryingOut(mandate, ledger=ledger, members=self._members, clock=self._clock)
        return carrying_out.carry_out(reversed_action(carried.action))

    def _approve(self, selection: Selection, left: TrailState | None) -> Undoing:
        """The trail as it reads now becomes the baseline, if it reads as intended."""
        aim = with_aims(left, [reversed_action(one.action) for one in selection.actions])
        state = self._read(aim)
        differences = moved_trail(aim, state)
        if differences or state is None:
            told = "; ".join(differences) or "the trail is gone"
            return Undoing(
                FAILED,
                f"The calls were made, but the trail reads otherwise, and is no baseline: {told}. The"
                " reconciler compares it with the baseline before.",
            )
        baseline = self._store.baselines.put(
            Baseline(
                trail_arn=self._incident.trail_arn,
                state=state,
                captured_at=self._clock.now(),
                approved_by=f"{self._request.requested_by} by undo of {self._incident.id}",
                source=BaselineSource.APPROVED,
            )
        )
        settled = self._store.incidents.settled_digest(self._incident.trail_arn)
        if settled is not None:
            self._store.incidents.clear_settled(self._incident.trail_arn, settled)
        text = f"{self._thanks(selection)} The trail as it reads now is its baseline."
        return Undoing(DONE, text, baseline.version)

    def _read(self, aim: TrailState | None = None) -> TrailState | None:
        """The trail as it is now; read again for a few seconds while it does not read as aimed at."""
        session = session_name(self._incident.id, "undo")
        trails = self._members.trails(self._incident.account, session)
        state = None
        for attempt in range(_READS if aim else 1):
            if attempt:
                self._clock.sleep(_PAUSE)
            found = trails.read(self._incident.trail_arn)
            state = None if found is None else found.state
            if observed_digest(state) == observed_digest(aim):
                break
        return state

    def _thanks(self, selection: Selection) -> str:
        return f"Taken back: {', '.join(selection.ids)}."


def _told(entries: list[StoredAction]) -> str:
    """What was taken back and what was not, and why."""
    done = [entry.action.id.removeprefix(undo.PREFIX) for entry in entries if entry.status in UNDONE]
    others = [
        f"{entry.action.id.removeprefix(undo.PREFIX)} {_WORDS.get(entry.status, str(entry.status))}"
        f" ({': '.join(part for part in (entry.outcome, entry.detail) if part)})"
        for entry in entries
        if entry.status not in UNDONE
    ]
    return f"Not taken back: {'; '.join(others)}. Taken back: {', '.join(done) or 'nothing'}."


_WORDS = {ActionStatus.MOVED: "has moved since", ActionStatus.FAILED: "failed"}
