"""Carrying out one action: on the state its plan was made for, entered before it runs, once, read back.

Of several attempts of the same execution, a later one finds the entry of the earlier and looks at the world:
it finishes what was reached, runs again what has demonstrably not happened, and stops at anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from response.aws.actions import ActionStatus, StoredAction
from response.aws.errors import (
    AccessDeniedError,
    AwsCallError,
    LimitExceededError,
    NotFoundError,
    RetryableError,
    UnmodifiableError,
)
from response.aws.stored_incident import StoredIncident
from response.domain.containment import GONE, WOULD_NOT_FIT, settled
from response.domain.containment.failures import NOT_FOUND, NOT_MODIFIABLE
from response.domain.errors import TrailguardError
from response.domain.plan import Action, ActionKind
from response.domain.responder import session_name
from response.steps.ports import Clock, Members, Runner
from response.steps.world import current, difference, holds, is_gone

# CloudTrail and IAM answer reads with what was written a moment before; usually within seconds.
_READ_BACK = timedelta(seconds=45)
_PAUSE = 2.0
_PUTS = frozenset({"iam:PutUserPolicy", "iam:PutRolePolicy"})


class InterruptedActionError(TrailguardError):
    """Another execution has begun this action and not finished it."""


class Ledger(Protocol):
    """Where an action is entered before it runs: among the actions, or among what is taken back."""

    def get(self, incident_id: str, action_id: str, round_: int) -> StoredAction | None:
        """The entry that stands for the action; None if it may be begun."""
        ...

    def enter(self, action: StoredAction) -> bool:
        """Enter it; False if somebody else just did."""
        ...

    def finish(
        self,
        action: StoredAction,
        status: ActionStatus,
        *,
        at: datetime,
        request_ids: tuple[str, ...] = ...,
        outcome: str = ...,
        detail: str = ...,
    ) -> None:
        """Say what became of it."""
        ...


@dataclass(frozen=True)
class Mandate:
    """What an action is carried out under."""

    incident: StoredIncident
    plan_digest: str
    round: int
    execution: str
    approved_by: str


class CarryingOut:
    """The actions of one plan, or of one undo, under one mandate."""

    def __init__(self, mandate: Mandate, *, ledger: Ledger, members: Members, clock: Clock) -> None:
        self._mandate = mandate
        self._ledger = ledger
        self._members = members
        self._clock = clock

    def carry_out(self, action: Action) -> StoredAction:
        """Do it, unless it is done, was done, or the world has moved; what became of it."""
        entered = self._ledger.get(self._mandate.incident.id, action.id, self._mandate.round)
        if entered is None:
            return self._begin(action)
        if entered.status is ActionStatus.RUNNING:
            if entered.owner != self._mandate.execution:
                raise InterruptedActionError(
                    f"action {action.id} of {self._mandate.incident.id} was begun by {entered.owner}"
                )
            return self._resume(entered)
        return entered

    def _begin(self, action: Action) -> StoredAction:
        """Look, enter, act. What is entered is what will run: a moment left open in the plan is fixed now."""
        now = self._clock.now()
        action = settled(action, now)
        now_read = self._current(action)
        status, outcome, detail = ActionStatus.RUNNING, "", ""
        if holds(action.aims, now_read):
            status = ActionStatus.ALREADY_DONE
        elif not holds(action.expects, now_read):
            status, outcome, detail = _not_as_expected(action, now_read)
        entry = StoredAction(
            incident_id=self._mandate.incident.id,
            round=self._mandate.round,
            action=action,
            status=status,
            owner=self._mandate.execution,
            plan_digest=self._mandate.plan_digest,
            approved_by=self._mandate.approved_by,
            started_at=now,
            finished_at=None if status is ActionStatus.RUNNING else now,
            outcome=outcome,
            detail=detail,
        )
        if not self._ledger.enter(entry):
            return self.carry_out(action)
        return self._run(entry) if status is ActionStatus.RUNNING else entry

    def _resume(self, entry: StoredAction) -> StoredAction:
        """An earlier attempt broke off; only the world knows how far it came."""
        now_read = self._current(entry.action)
        if holds(entry.action.aims, now_read):
            return self._finish(entry, ActionStatus.DONE, detail="finished by an earlier attempt")
        if holds(entry.action.expects, now_read):
            return self._run(entry)
        status, outcome, detail = _not_as_expected(entry.action, now_read)
        return self._finish(entry, status, outcome=outcome, detail=detail)

    def _run(self, entry: StoredAction) -> StoredAction:
        """Make the calls and read back. A RetryableError leaves the entry running, for the next attempt."""
        request_ids: list[str] = []
        refusals = self._make(entry.action, request_ids)
        told = "; ".join(str(refusal) for refusal in refusals)
        if refusals and (not request_ids or not entry.action.if_refused or len(refusals) > 1):
            detail = f"done in part only: {told}" if request_ids else told
            outcome = _outcome(refusals[0])
            return self._finish(entry, ActionStatus.FAILED, request_ids, outcome=outcome, detail=detail)
        try:
            otherwise = self._read_back(entry.action)
        except RetryableError:
            raise
        except AwsCallError as error:
            return self._finish(
                entry, ActionStatus.FAILED, request_ids, outcome=_outcome(error), detail=str(error)
            )
        if otherwise is None:
            detail = f"part by part, after: {told}" if refusals else ""
            return self._finish(entry, ActionStatus.DONE, request_ids, detail=detail)
        return self._finish(
            entry, ActionStatus.FAILED, request_ids, outcome="aim_not_reached", detail=otherwise
        )

    def _make(self, action: Action, request_ids: list[str]) -> list[AwsCallError]:
        """Make the calls; where AWS refuses them, the narrower ones, each by itself. Whatever was refused."""
        refusals: list[AwsCallError] = []
        try:
            runner = self._runner(action)
            request_ids.extend(runner.apply(call) for call in action.calls)
        except RetryableError:
            raise
        except AwsCallError as error:
            refusals.append(error)
        for call in action.if_refused if refusals else ():
            try:
                request_ids.append(self._runner(action).apply(call))
            except RetryableError:
                raise
            except AwsCallError as error:
                refusals.append(error)
        return refusals

    def _read_back(self, action: Action) -> str | None:
        """None as soon as the aim is read; what is read instead when the time is over."""
        deadline = self._clock.now() + _READ_BACK
        while True:
            now_read = self._current(action)
            if holds(action.aims, now_read):
                return None
            if self._clock.now() >= deadline:
                return f"the calls were accepted, but {difference(action, now_read)}"
            self._clock.sleep(_PAUSE)

    def _finish(
        self,
        entry: StoredAction,
        status: ActionStatus,
        request_ids: list[str] | None = None,
        *,
        outcome: str = "",
        detail: str = "",
    ) -> StoredAction:
        self._ledger.finish(
            entry,
            status,
            at=self._clock.now(),
            request_ids=tuple(request_ids or ()),
            outcome=outcome,
            detail=detail,
        )
        stored = self._ledger.get(entry.incident_id, entry.action.id, entry.round)
        return entry if stored is None else stored

    def _session(self, action: Action) -> str:
        return session_name(self._mandate.incident.id, action.id)

    def _runner(self, action: Action) -> Runner:
        account, session = self._mandate.incident.account, self._session(action)
        if action.kind is ActionKind.RESTORE:
            return self._members.restorer(account, session)
        return self._members.container(account, session)

    def _current(self, action: Action) -> Mapping[str, Any]:
        return current(action, self._mandate.incident, self._members, self._session(action))


def _not_as_expected(action: Action, now_read: Mapping[str, Any]) -> tuple[ActionStatus, str, str]:
    """Status, outcome and detail of what cannot run: a new plan may help, unless its object is gone."""
    if is_gone(action, now_read):
        return ActionStatus.FAILED, NOT_FOUND, "the access key is not there any more"
    return ActionStatus.MOVED, "", difference(action, now_read)


def _outcome(error: AwsCallError) -> str:
    """The name under which a failed action is reported."""
    if isinstance(error, AccessDeniedError):
        return "access_denied"
    if isinstance(error, LimitExceededError) and error.operation in _PUTS:
        return WOULD_NOT_FIT
    if isinstance(error, UnmodifiableError):
        return NOT_MODIFIABLE
    if isinstance(error, NotFoundError):
        # A policy can be put wherever there is a user or role for it; the other calls name more than those.
        return GONE if error.operation in _PUTS else NOT_FOUND
    return "refused"
