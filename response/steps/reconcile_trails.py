"""What the reconciler finds by looking at the trails: unapproved states, and incidents left alone."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from response.aws.claims import Lock
from response.aws.executions import Started, execution_name
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.arns import Arn, parse_trail_arn
from response.domain.assessment import observed_digest
from response.domain.baseline import Baseline
from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.notice import Notice, NoticeKind
from response.domain.trail_state import TrailState
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Executions, Members
from response.steps.telling import Teller

EXECUTION_LOST = "execution_lost"
_ALIVE = ("RUNNING", "PENDING_REDRIVE")
# DescribeExecution is eventually consistent: an execution that was just started may not show yet.
_GRACE = timedelta(minutes=5)
# One drift execution for the same state in each slot; the clock's runs are this far apart.
_SLOT = timedelta(minutes=10)
_SESSION = "tg-reconcile"
_INCIDENTS = 200


class Standing(StrEnum):
    """What a look at a trail comes to."""

    AS_APPROVED = "as_approved"
    BACK = "back_at_baseline"  # an incident had left it otherwise
    DRIFTED = "drifted"  # an execution was started
    KNOWN_DRIFT = "known_drift"  # answered before: started in this slot, or left so by an incident
    HANDLED = "handled"  # an incident is open, or its record was handed on just now
    WITHOUT_BASELINE = "without_baseline"


@dataclass(frozen=True)
class TrailReport:
    """How each trail stands, and the incidents whose executions were gone."""

    standings: tuple[tuple[str, Standing], ...]
    lost: tuple[str, ...]

    def having(self, standing: Standing) -> list[str]:
        """The trails that stand so."""
        return [trail_arn for trail_arn, one in self.standings if one is standing]

    def to_json(self) -> dict[str, Any]:
        """For the log: what is worth a line, by trail."""
        told = (Standing.DRIFTED, Standing.BACK, Standing.WITHOUT_BASELINE, Standing.HANDLED)
        return {**{str(one): self.having(one) for one in told}, "lost": list(self.lost)}


class TrailWatch:
    """One run's look at the trails; one that fails is noted, and the others are looked at all the same."""

    def __init__(
        self,
        *,
        store: IncidentStore,
        members: Members,
        executions: Executions,
        teller: Teller,
        settings: Settings,
        now: datetime,
        failures: Failures,
    ) -> None:
        self._store = store
        self._members = members
        self._executions = executions
        self._teller = teller
        self._settings = settings
        self._now = now
        self._failures = failures
        self._baselines: dict[str, Baseline] = {}
        self._lost: dict[str, str] = {}  # the trail, and the incident on it

    def known(self) -> tuple[str, ...]:
        """Trails with a baseline, trails at home in the hub's Region, and trails of unsettled incidents."""
        account, region = self._settings.account, self._settings.hub_region
        arns: set[str] = set()
        with self._failures.noted("baselines"):
            self._baselines = {baseline.trail_arn: baseline for baseline in self._store.baselines.all()}
            arns.update(self._baselines)
        with self._failures.noted(f"trails of {account} in {region}"):
            arns.update(self._members.trails(account, _SESSION).list_trails(region))
        with self._failures.noted("unsettled incidents"):
            newest = self._store.incidents.newest(limit=_INCIDENTS)
            arns.update(incident.trail_arn for incident in newest if not incident.is_settled)
        return tuple(sorted(arns))

    def look(self, trail_arns: tuple[str, ...], *, answered: AbstractSet[str]) -> TrailReport:
        """Look at each trail; `answered` are those for whose records an execution was just started."""
        standings: list[tuple[str, Standing]] = []
        for trail_arn in trail_arns:
            with self._failures.noted(f"trail {trail_arn}"):
                handled = self._is_handled(trail_arn) or trail_arn in answered
                standings.append((trail_arn, Standing.HANDLED if handled else self._compared(trail_arn)))
        return TrailReport(tuple(standings), tuple(self._lost.values()))

    def _is_handled(self, trail_arn: str) -> bool:
        """Whether an execution is at work on the trail; one that is gone loses its incident."""
        lock = self._store.claims.lock(trail_arn)
        if lock is None:
            return False
        incident = self._store.incidents.get(lock.incident_id)
        status = self._executions.status(lock.owner)
        if lock.undoing and status not in _ALIVE:
            # Whoever asked for it was told how it ended, or by the alarm on failed executions that it did.
            self._store.claims.release(trail_arn, lock.owner)
            return False
        if status in _ALIVE or (status is None and self._now - incident.opened_at < _GRACE):
            return True
        self._give_up(incident, lock, status)
        self._lost[trail_arn] = incident.id
        return False

    def _give_up(self, incident: StoredIncident, lock: Lock, status: str | None) -> None:
        """Tell people first: if it then cannot be written down, the next run tells them again."""
        ended = f"is {status}" if status else "does not exist"
        text = f"The execution {lock.owner} {ended} and left the incident unfinished."
        failed = replace(incident, status=IncidentStatus.FAILED, outcome=EXECUTION_LOST)
        notice = Notice(
            kind=NoticeKind.FAILED,
            incident=failed.as_incident(),
            note=f"{text} If the trail is still not as approved, it is answered anew.",
        )
        self._teller.tell(notice, step="reconcile")
        if self._store.incidents.fail(incident, outcome=EXECUTION_LOST, settled=None, at=self._now):
            entry = TimelineEntry(
                at=self._now, step="reconcile", text=text, data={"execution": lock.owner, "status": status}
            )
            self._store.incidents.note(incident.id, entry)

    def _compared(self, trail_arn: str) -> Standing:
        """Compare with the baseline; a state that nobody approved and no incident left so is answered."""
        baseline = self._baselines.get(trail_arn)
        if baseline is None:
            return Standing.WITHOUT_BASELINE
        arn = _parsed(trail_arn)
        found = self._members.trails(arn.account, _SESSION).read(trail_arn)
        state = None if found is None else found.state
        expected = _expected(baseline, state)
        if diff(expected, state):
            # The list is as old as the run; an undo approves what it leaves before it lets go of the trail.
            if self._is_held(trail_arn):
                return Standing.HANDLED
            expected = _expected(self._store.baselines.get(trail_arn) or baseline, state)
        settled = self._store.incidents.settled_digest(trail_arn)
        if not diff(expected, state):
            cleared = settled is not None and self._store.incidents.clear_settled(trail_arn, settled)
            return Standing.BACK if cleared else Standing.AS_APPROVED
        digest = observed_digest(state)
        if digest == settled:
            return Standing.KNOWN_DRIFT
        return self._start(trail_arn, arn.region, digest)

    def _is_held(self, trail_arn: str) -> bool:
        """Whether an execution began to work on the trail while it was looked at."""
        lock = self._store.claims.lock(trail_arn)
        return lock is not None and self._executions.status(lock.owner) in _ALIVE

    def _start(self, trail_arn: str, region: str, digest: str) -> Standing:
        """An execution for the drift; intake looks again whether somebody is at work on the trail.

        What was started in this slot before an incident was lost has not answered what that one left.
        """
        slot = int(self._now.timestamp() // _SLOT.total_seconds())
        after = [lost] if (lost := self._lost.get(trail_arn)) else []
        name = execution_name("reconcile-drift", trail_arn, digest, str(slot), *after)
        drift = {"trail_arn": trail_arn, "region": region, "observed_digest": digest}
        started = self._executions.start(name, {"path": "reconcile", "drift": drift})
        return Standing.DRIFTED if started is Started.STARTED else Standing.KNOWN_DRIFT


def _expected(baseline: Baseline, state: TrailState | None) -> TrailState | None:
    return baseline.state if state is None else baseline.against(state)


def _parsed(trail_arn: str) -> Arn:
    arn = parse_trail_arn(trail_arn)
    if arn is None:
        raise MalformedStateError(f"baseline: TrailARN is {trail_arn!r:.200}, expected the ARN of a trail")
    return arn
