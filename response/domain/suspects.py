"""Every principal that an incident's records show, planned for containment each once.

The gate of the policy holds for who opened the incident. Whoever joins it may be somebody putting the trail
back by hand, so against them nothing runs without a person's approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from response.domain import instructions, patterns
from response.domain.arns import parse_trail_arn
from response.domain.containment import NOT_CONTAINED, Planned, named, plan_containment
from response.domain.plan import Action, Gate, Outcome
from response.domain.policy import Policy
from response.domain.record import Record
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
) -> Planned:
    """The actions and outcomes against everybody in the records; one outcome where none shows who it was.

    `approved` is the state by which those who joined are acquitted if all they did was to put the trail back.
    """
    trail, roles = parse_trail_arn(trail_arn), tuple(responder_arns)
    actions: list[Action] = []
    outcomes: list[Outcome] = []
    suspects = 0
    for index, records in enumerate(_by_actor(joined if opened is None else (opened, *joined))):
        actor, is_opener = records[0].actor, opened is not None and index == 0
        if not is_opener and _is_acquitted(records, approved, roles):
            outcomes.append(Outcome(PUT_BACK, named(actor), _REPAIRED))
            continue
        suspects += 1
        planned, left = plan_containment(
            actor,
            incident_id=incident_id,
            policy=policy,
            responder_arns=roles,
            gate=policy.gates.contain if is_opener else _approved(policy.gates.contain),
            account=trail.account if trail else "",
        )
        done = [action.calls for action in actions]
        actions.extend(_numbered(action, index) for action in planned if action.calls not in done)
        outcomes.extend(outcome for outcome in left if outcome not in outcomes)
    if not suspects:
        outcomes.append(
            Outcome(NOT_CONTAINED, "unknown", _UNRECORDED, instructions.for_unrecorded(trail_arn))
        )
    return tuple(actions), tuple(outcomes)


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


def _approved(gate: Gate) -> Gate:
    return Gate.APPROVE if gate is Gate.AUTO else gate


def _numbered(action: Action, index: int) -> Action:
    """Ids are unique in a plan: the first actor's are plain, the next ones' carry a number."""
    return action if index == 0 else replace(action, id=f"{action.id}-{index + 1}")
