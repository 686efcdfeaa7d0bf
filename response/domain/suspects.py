"""Every principal that an incident's records show, planned for containment each once.

The gate of the policy holds for who opened the incident. Whoever joins it may be somebody putting the trail
back by hand, so against them nothing runs without a person's approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from response.domain import instructions, patterns
from response.domain.arns import parse_trail_arn
from response.domain.containment import (
    NOT_CONTAINED,
    Planned,
    Subject,
    asked,
    named,
    numbered,
    plan,
    plan_created,
)
from response.domain.errors import MalformedRecordError
from response.domain.findings import NOTHING, Findings
from response.domain.plan import Action, Outcome
from response.domain.policy import Policy
from response.domain.record import Record, parse_record
from response.domain.repair import only_repaired
from response.domain.trail_state import TrailState

PUT_BACK = "put_back_by_hand"
_REPAIRED = "This principal's calls left the trail with nothing weaker than approved: nothing is done to it."
_UNRECORDED = "The change was found by comparing states; no record says who made it."


def contain_all(
    opened: Record | None,
    joined: Sequence[Record],
    *,
    trail_arn: str,
    incident_id: str,
    policy: Policy,
    responder_arns: Iterable[str],
    approved: TrailState | None = None,
    findings: Findings = NOTHING,
    contained: Sequence[Action] = (),
) -> Planned:
    """The actions and outcomes against everybody in the records; one outcome where none shows who it was.

    `approved` is the state by which those who joined are acquitted if all they did was to put the trail back.
    `contained` was carried out already. What the suspects made in order to stay is planned for once, last.
    """
    trail, roles = parse_trail_arn(trail_arn), tuple(responder_arns)
    known = (*_discovered(findings), *joined) if opened is None else (opened, *joined)
    actions: list[Action] = []
    outcomes: list[Outcome] = []
    last: Subject | None = None
    for index, records in enumerate(_by_actor(known)):
        actor, is_opener = records[0].actor, opened is not None and index == 0
        if not is_opener and _is_acquitted(records, approved, roles):
            outcomes.append(Outcome(PUT_BACK, named(actor), _REPAIRED))
            continue
        last = Subject(
            actor=actor,
            incident_id=incident_id,
            policy=policy,
            gate=policy.gates.contain if is_opener else asked(policy.gates.contain),
            responder_arns=roles,
            account=trail.account if trail else "",
            findings=findings,
            record=_traced(records, findings),
            standing=(*contained, *actions),
        )
        _add(plan(last), actions, outcomes)
    if last is None:
        steps = instructions.for_unrecorded(trail_arn)
        outcomes.append(Outcome(NOT_CONTAINED, "unknown", _UNRECORDED, steps))
    else:
        _add(plan_created(replace(last, standing=(*contained, *actions))), actions, outcomes)
    return numbered(tuple(actions)), tuple(outcomes)


def _add(planned: Planned, actions: list[Action], outcomes: list[Outcome]) -> None:
    """Put a plan to the rest; nothing is told twice."""
    actions.extend(planned[0])
    outcomes.extend(outcome for outcome in planned[1] if outcome not in outcomes)


def _discovered(findings: Findings) -> tuple[Record, ...]:
    """The records that the investigation found of a change that came without one."""
    found: list[Record] = []
    for raw in findings.discovered:
        try:
            record = parse_record(raw)
        except MalformedRecordError:  # nobody is named by it; the search for the record is left to a person
            continue
        if not record.failed:
            found.append(record)
    return tuple(found)


def _traced(records: Sequence[Record], findings: Findings) -> Record:
    """The record of an actor whose credentials were traced back; the first where none was."""
    traced = (record for record in records if findings.chain_of(record.event_id) is not None)
    return next(traced, records[0])


def _is_acquitted(records: Sequence[Record], approved: TrailState | None, roles: tuple[str, ...]) -> bool:
    """Whether this actor only put the trail back; a role of Trailguard that does so unasked is no helper."""
    if approved is None or patterns.is_one_of(records[0].actor, roles):
        return False
    return only_repaired(records, approved)


def _by_actor(records: Sequence[Record]) -> list[list[Record]]:
    """Each actor's records, in the order in which they appear; another access key is another actor."""
    seen: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        actor = record.actor
        seen.setdefault((actor.arn, actor.access_key_id, actor.principal_id), []).append(record)
    return list(seen.values())
