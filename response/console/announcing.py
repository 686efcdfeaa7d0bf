"""Telling the owners what was decided, and who was kept from deciding.

An answer counts whether or not anybody could be told of it, so a failure is logged and changes nothing.
"""

from __future__ import annotations

from response.aws.approvals import StoredApproval
from response.aws.stored_incident import StoredIncident
from response.console.deps import ConsoleDeps
from response.domain import patterns
from response.domain.approval import Decision, RefusalCode, Verdict
from response.domain.approver import Approver
from response.domain.deciding import DecisionStatus, Taken
from response.domain.errors import TrailguardError
from response.domain.notice import Answer, NoticeKind
from response.domain.undo import UndoCode

_SUSPICIOUS = frozenset(
    map(
        str,
        (
            RefusalCode.APPROVER_IS_ACTOR,
            RefusalCode.APPROVER_IS_RESPONDER,
            UndoCode.REQUESTER_IS_ACTOR,
            UndoCode.REQUESTER_IS_RESPONDER,
        ),
    )
)


def decided(
    incident: StoredIncident, decision: Decision, approval: StoredApproval, taken: Taken, deps: ConsoleDeps
) -> None:
    """Tell of a decision: who, what, of which actions, with what comment, and what that comes to."""
    by, verb = _named(decision.approver), str(decision.verdict)
    if decision.verdict is Verdict.REJECT:
        said = f"{by} rejected the plan: nothing of it is carried out."
    else:
        said = f"{by} approved {', '.join(decision.actions or approval.action_ids)}."
    if taken.status is DecisionStatus.WAITING:
        said = f"{said} Nothing is done yet: {taken.missing} more have to approve."
    elif approval.quorum > 1 and taken.actions:
        said = f"{said} All have approved, and what all approved is carried out: {', '.join(taken.actions)}."
    if decision.comment:
        said = f"{said} Comment: {decision.comment}"
    _announce(NoticeKind.DECIDED, incident, Answer(decision.approver.id, verb), said, deps)


def judged(incident: StoredIncident, caller: Approver, verdict: str, reason: str, deps: ConsoleDeps) -> None:
    """Tell of a verdict that ended the wait for a decision."""
    said = f"{_named(caller)} judged the change: {verdict}. The plan is rejected. Reason: {reason}"
    _announce(NoticeKind.DECIDED, incident, Answer(caller.id, verdict), said, deps)


def refused(incident: StoredIncident, caller: Approver, verb: str, code: str, deps: ConsoleDeps) -> None:
    """Tell of an attempt by somebody involved: of each person once an incident, of a few people at most."""
    if code not in _SUSPICIOUS:
        return
    try:
        if not deps.store.attempts.is_news(incident.id, _person(caller), at=deps.clock.now()):
            return
    except TrailguardError as error:
        deps.log_failure(f"attempt on {incident.id}: {error}")
        return
    said = f"{_named(caller)} tried to {verb} and was refused: {code}."
    _announce(NoticeKind.ATTEMPT, incident, Answer(caller.id, verb, code), said, deps)


def _person(caller: Approver) -> str:
    """One name for all sessions of a role: whoever can assume it can take any session name."""
    return (*patterns.role_arns_of(caller.arn), caller.id)[0]


def _named(person: Approver) -> str:
    """As people know them, with what names them for good."""
    return f"{person.name} ({person.id})" if person.name else person.id


def _announce(
    kind: NoticeKind, incident: StoredIncident, answer: Answer, said: str, deps: ConsoleDeps
) -> None:
    try:
        deps.announce(kind, incident, answer, said)
    except TrailguardError as error:
        deps.log_failure(f"telling of {kind} on {incident.id}: {error}")
