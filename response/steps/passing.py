"""What a step is handed and what it answers: ids and routing, with every field of the contract there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from response.domain.errors import TrailguardError
from response.workflow.contract import StepEvent, StepResult

_T = TypeVar("_T")

AUTOMATIC = "automatic"
APPROVED = "approved"
# Why `escalate` is entered for a trail of an account in which Trailguard has no role.
FOREIGN_TRAIL = "foreign_trail"
# Why it is entered where a role of Trailguard did something that no plan asked of it.
RESPONDER_MISUSE = "responder_misuse"


class PassingError(TrailguardError):
    """A step was called with something that no step before it answers."""


@dataclass(frozen=True)
class Passing:
    """An incident on its way from step to step."""

    execution: str
    incident_id: str
    route: str = ""
    round: int = 1
    phase: str | None = None
    plan_digest: str | None = None
    approval_seconds: int | None = None
    notice: str | None = None

    @classmethod
    def of(cls, event: StepEvent) -> Self:
        """Read a step's event; PassingError names what is missing."""
        given = event["input"]
        return cls(
            execution=event["execution"],
            incident_id=_required(given, "incident_id", str),
            route=_required(given, "route", str),
            round=_required(given, "round", int),
            phase=given.get("phase"),
            plan_digest=given.get("plan_digest"),
            approval_seconds=given.get("approval_seconds"),
            notice=given.get("notice"),
        )

    def to(self, route: str, **changes: Any) -> StepResult:
        """Go on by that route; `changes` are fields of the contract."""
        after = replace(self, route=route, **changes)
        return StepResult(
            incident_id=after.incident_id,
            route=after.route,
            round=after.round,
            phase=after.phase,
            plan_digest=after.plan_digest,
            approval_seconds=after.approval_seconds,
            notice=after.notice,
        )

    def again(self, rounds: int) -> StepResult:
        """Look at the trail anew, in the next round; above the policy's number of rounds a person has to."""
        if self.round >= rounds:
            return self.to("escalate", notice="rounds_exhausted")
        fresh = {"phase": None, "plan_digest": None, "approval_seconds": None, "notice": None}
        return self.to("reassess", round=self.round + 1, **fresh)

    def session(self, step: str) -> str:
        """Name of the role session in which a step reads."""
        return f"tg-{self.incident_id}-{step}"


def without_incident(route: str, *, incident_id: str | None = None) -> StepResult:
    """What intake and escalate answer where there is nothing to hand on."""
    return StepResult(
        incident_id=incident_id,
        route=route,
        round=0,
        phase=None,
        plan_digest=None,
        approval_seconds=None,
        notice=None,
    )


def _required(given: Any, key: str, kind: type[_T]) -> _T:
    value = given.get(key) if isinstance(given, dict) else None
    if not isinstance(value, kind):
        raise PassingError(f"step input: {key!r} is {value!r:.80}, expected {kind.__name__}")
    return value
