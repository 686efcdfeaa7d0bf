"""Runs the real state machine definition over the real steps in this process: no Lambda, no waiting.

It knows what the definition uses: Task with Retry, Catch, ResultSelector and ResultPath, Choice on equal
text, Succeed and Fail. Retries are immediate and at most `MOST_RETRIES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from response.aws.store import IncidentStore
from response.domain.errors import TrailguardError
from response.domain.policy import Policy
from response.steps import (
    assess,
    await_approval,
    close,
    escalate,
    execute,
    intake,
    investigate,
    notify,
    preserve,
    settle_approval,
    undo,
    verify,
)
from response.workflow import ROUTES, STEPS, definition
from response.workflow.contract import StepResult
from tests.response.steps.fakes import (
    SETTINGS,
    FakeEvidence,
    FakeExecutions,
    FakeMetrics,
    FakeTopic,
    World,
)
from tests.response.steps.reader_fakes import FakeAddressRanges, FakeGeography

MOST_RETRIES = 2
VALUES = {**dict(zip(STEPS, STEPS, strict=True)), "topic": "topic", "partition": "aws"}
STATES: Mapping[str, Any] = json.loads(definition(VALUES))["States"]


@dataclass
class Walker:
    """One deployment; `walk` is one execution."""

    world: World
    store: IncidentStore
    policy: Policy
    while_waiting: Callable[[str], None] = lambda _: None
    before_step: Callable[[str, Mapping[str, Any]], None] = lambda _name, _given: None
    path: list[str] = field(default_factory=list)
    output: Any = None

    def walk(self, given: Mapping[str, Any], execution: str = "execution-1") -> str:
        """Run an execution to its end: SUCCEEDED or FAILED."""
        self.world.executions[execution] = "RUNNING"
        self.path, state, data = [], "intake", dict(given)
        while True:
            self.path.append(state)
            definition_ = STATES[state]
            kind = definition_["Type"]
            if kind in {"Succeed", "Fail"}:
                status = "SUCCEEDED" if kind == "Succeed" else "FAILED"
                self.world.executions[execution] = status
                self.output = data
                return status
            if kind == "Choice":
                rules = {rule["StringEquals"]: rule["Next"] for rule in definition_["Choices"]}
                state = rules.get(data.get("route"), definition_["Default"])
                continue
            state, data = self._task(state, definition_, data, execution)

    def steps(self) -> list[str]:
        """The steps that ran, without the choices between them."""
        return [state for state in self.path if state in STEPS]

    def run_step(self, name: str, event: Any) -> Any:
        """One step with its adapters."""
        world, store, clock = self.world, self.store, self.world.clock
        every: dict[str, Any] = {
            "store": store,
            "clock": clock,
            "policy": self.policy,
            "settings": SETTINGS,
            "members": world,
            "address_ranges": FakeAddressRanges(world),
            "geography": FakeGeography(world),
            "evidence": FakeEvidence(world),
            "topic": FakeTopic(world),
            "executions": FakeExecutions(world),
            "metrics": FakeMetrics(world),
        }
        run, needs = _STEPS[name]
        result = run(event, **{need: every[need] for need in needs})
        assert set(result) == set(StepResult.__annotations__), name
        assert result["route"] in ROUTES[name], (name, result["route"])
        return result

    def _task(
        self, name: str, task: Mapping[str, Any], data: dict[str, Any], execution: str
    ) -> tuple[str, dict[str, Any]]:
        attempt = 0
        while True:
            try:
                result = self._attempt(name, data, execution, attempt)
            except (TrailguardError, _TimeoutError) as error:
                error_name = type(error).__name__
                if attempt < MOST_RETRIES and _named(task["Retry"], error_name):
                    attempt += 1
                    continue
                caught = _named(task["Catch"], error_name)
                if caught is None:
                    raise
                described = {"Error": error_name, "Cause": str(error)}
                if caught["ResultPath"] is None:
                    return caught["Next"], data
                kept = described if caught["ResultPath"] == "$" else {**data, "error": described}
                return caught["Next"], kept
            if "ResultSelector" in task:
                data = {field_[:-2]: result[field_[:-2]] for field_ in task["ResultSelector"]}
            return task["Next"], data

    def _attempt(self, name: str, data: dict[str, Any], execution: str, attempt: int) -> Any:
        if name == "escalate_direct":
            self.world.check("sns:publish")
            self.world.messages.append(("direct", execution, {"kind": "escalated"}))
            return {}
        event: dict[str, Any] = {"execution": execution, "input": json.loads(json.dumps(data))}
        self.before_step(name, event["input"])
        if name != "await_approval":
            return json.loads(json.dumps(self.run_step(name, event)))
        token = f"token-{len(self.path)}-{attempt}"
        self.run_step(name, {**event, "task_token": token})
        if token not in self.world.woken:
            self.while_waiting(token)
        if token not in self.world.woken:
            self.world.clock.sleep(data["approval_seconds"])
            raise _TimeoutError
        return {}


class _TimeoutError(Exception):
    """Stands for States.Timeout."""


_TimeoutError.__name__ = "States.Timeout"


def _named(clauses: list[Mapping[str, Any]], error: str) -> Mapping[str, Any] | None:
    return next((one for one in clauses if {error, "States.ALL"} & set(one["ErrorEquals"])), None)


_STEPS: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "intake": (intake.run, ("store", "executions", "settings", "clock")),
    "preserve": (preserve.run, ("store", "members", "evidence", "clock")),
    "investigate": (
        investigate.run,
        ("store", "members", "address_ranges", "geography", "policy", "settings", "clock"),
    ),
    "assess": (assess.run, ("store", "members", "policy", "settings", "clock")),
    "notify": (notify.run, ("store", "topic", "policy", "settings", "clock")),
    "execute": (execute.run, ("store", "members", "policy", "clock")),
    "await_approval": (await_approval.run, ("store", "executions", "policy", "clock")),
    "settle_approval": (settle_approval.run, ("store", "policy", "clock")),
    "verify": (verify.run, ("store", "members", "policy", "clock")),
    "close": (close.run, ("store", "evidence", "metrics", "policy", "clock")),
    "undo": (undo.run, ("store", "members", "evidence", "executions", "clock")),
    "escalate": (escalate.run, ("store", "topic", "policy", "settings", "clock")),
}
