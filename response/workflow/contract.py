"""What passes between the states: ids and routing, never documents (the limit is 256 KiB for every state).

Each step is called with a `StepEvent` and answers a `StepResult`; the definition keeps exactly those fields.
`ROUTES` is the closed list of what each step may answer, and the definition handles each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict

STEPS: Final = (
    "intake",
    "preserve",
    "investigate",
    "assess",
    "notify",
    "execute",
    "await_approval",
    "settle_approval",
    "verify",
    "close",
    "undo",
    "escalate",
)

ROUTES: Final[Mapping[str, frozenset[str]]] = {
    "intake": frozenset({"respond", "joined", "duplicate", "own_change", "unmatched", "undo", "escalate"}),
    "preserve": frozenset({"respond"}),
    "investigate": frozenset({"respond"}),
    "assess": frozenset({"execute", "await_approval", "close"}),
    "notify": frozenset({"execute", "await_approval", "close", "end"}),
    "execute": frozenset({"await_approval", "verify", "reassess", "escalate"}),
    "await_approval": frozenset({"waiting"}),
    "settle_approval": frozenset({"execute", "verify", "reassess", "await_approval", "escalate"}),
    "verify": frozenset({"close", "reassess", "escalate"}),
    "close": frozenset({"closed", "reassess"}),
    "undo": frozenset({"undone", "escalate"}),
    "escalate": frozenset({"handed_over", "failed"}),
}

# How long a function may run. The task waits half a minute longer, so that it is the function's own timeout
# that is seen; await_approval waits as long as the policy lets an approval wait.
FUNCTION_SECONDS: Final[Mapping[str, int]] = {
    "intake": 60,
    "preserve": 120,
    "investigate": 300,  # LookupEvents answers two calls a second, fifty events each
    "assess": 300,
    "notify": 60,
    "execute": 840,  # one write a second, a trail in conflict for minutes, and reading back
    "await_approval": 60,
    "settle_approval": 60,
    "verify": 300,
    "close": 120,
    "undo": 840,  # as execute
    "escalate": 60,
}


class Drift(TypedDict):
    """A trail that the reconciler found in another state than it was left in, with no record to show."""

    trail_arn: str
    region: str
    observed_digest: str


class Undo(TypedDict):
    """What a person asked to have taken back; `actions` None means all that can be."""

    incident_id: str
    actions: list[str] | None
    requested_by: str
    reason: str


class StateMachineInput(TypedDict):
    """What starts an execution: a record, a drift, or an undo."""

    path: str  # eventbridge, alarm, reconcile, responder or undo
    record: NotRequired[Mapping[str, Any]]
    drift: NotRequired[Drift]
    undo: NotRequired[Undo]


class StepEvent(TypedDict):
    """What the state machine hands to a step. `input` is the state's input, with `error` after a catch."""

    execution: str
    input: Mapping[str, Any]
    task_token: NotRequired[str]  # await_approval only


class StepResult(TypedDict):
    """What every step answers; every field is always there, because a JSONPath to a missing one fails."""

    incident_id: str | None
    route: str
    round: int
    phase: str | None  # automatic or approved: which actions `execute` is for
    plan_digest: str | None
    approval_seconds: int | None  # how long `await_approval` waits
    notice: str | None  # what `notify` is to say, or why `escalate` is entered
