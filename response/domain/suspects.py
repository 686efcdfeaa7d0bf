"""Every principal that an incident's records show, planned for containment each once.

The gate of the policy holds for who opened the incident. Whoever joins it may be somebody putting the trail
back by hand, so against them nothing runs without a person's approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from response.domain import instructions
from response.domain.actor import Actor
from response.domain.arns import parse_trail_arn
from response.domain.containment import NOT_CONTAINED, Planned, plan_containment
from response.domain.plan import Action, Gate, Outcome
from response.domain.policy import Policy
from response.domain.record import Record


def contain_all(
    opened: Record | None,
    joined: Sequence[Record],
    *,
    trail_arn: str,
    incident_id: str,
    policy: Policy,
    responder_arns: Iterable[str],
) -> Planned:
    """The actions and outcomes against everybody in the records; one outcome where there is no record."""
    records = joined if opened is None else (opened, *joined)
    if not records:
        reason = "The change was found by comparing states; no record says who made it."
        steps = instructions.for_unrecorded(trail_arn)
        return (), (Outcome(NOT_CONTAINED, "unknown", reason, steps),)
    trail, roles = parse_trail_arn(trail_arn), tuple(responder_arns)
    actions: list[Action] = []
    outcomes: list[Outcome] = []
    for index, actor in enumerate(_actors(records)):
        planned, left = plan_containment(
            actor,
            incident_id=incident_id,
            policy=policy,
            responder_arns=roles,
            gate=policy.gates.contain if opened and index == 0 else _approved(policy.gates.contain),
            account=trail.account if trail else "",
        )
        done = [action.calls for action in actions]
        actions.extend(_numbered(action, index) for action in planned if action.calls not in done)
        outcomes.extend(outcome for outcome in left if outcome not in outcomes)
    return tuple(actions), tuple(outcomes)


def _actors(records: Sequence[Record]) -> list[Actor]:
    """The actors in the order in which they appear; a principal with another access key is another actor."""
    seen: dict[tuple[str, str, str], Actor] = {}
    for record in records:
        actor = record.actor
        seen.setdefault((actor.arn, actor.access_key_id, actor.principal_id), actor)
    return list(seen.values())


def _approved(gate: Gate) -> Gate:
    return Gate.APPROVE if gate is Gate.AUTO else gate


def _numbered(action: Action, index: int) -> Action:
    """Ids are unique in a plan: the first actor's are plain, the next ones' carry a number."""
    return action if index == 0 else replace(action, id=f"{action.id}-{index + 1}")
