"""The state machine definition: complete, consistent with the contract, and no way out that tells nobody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from response.workflow import FUNCTION_SECONDS, ROUTES, STEPS, SUBSTITUTIONS, definition, template
from response.workflow.contract import StepResult

VALUES = {name: f"arn:aws:lambda:eu-west-1:111122223333:function:{name}" for name in STEPS} | {
    "topic": "arn:aws:sns:eu-west-1:111122223333:owners",
    "partition": "aws",
}
STATES: dict[str, Any] = json.loads(definition(VALUES))["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
STEP_TASKS = {name: TASKS[name] for name in STEPS}
TERMINAL = {"done", "failed"}


def successors(state: dict[str, Any]) -> set[str]:
    """Every state that may follow."""
    following = {state["Next"]} if "Next" in state else set()
    following |= {catcher["Next"] for catcher in state.get("Catch", ())}
    following |= {choice["Next"] for choice in state.get("Choices", ())}
    return following | ({state["Default"]} if "Default" in state else set())


def handled_routes(name: str) -> set[str]:
    """The routes that the Choice after a step handles."""
    choice = STATES[f"after_{name}"]
    return {rule["StringEquals"] for rule in choice["Choices"]}


def test_every_step_is_a_state_of_its_name() -> None:
    """A step has one name: its state, its function, its module."""
    assert set(STEPS) <= set(STATES)
    for name, task in STEP_TASKS.items():
        assert task["Parameters"]["FunctionName"] == VALUES[name]


def test_every_state_is_reachable() -> None:
    """No state stands there unused."""
    seen: set[str] = set()
    waiting = ["intake"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += successors(STATES[name])
    assert seen == set(STATES)


def test_every_state_can_end() -> None:
    """From every state some way leads to an end."""
    ending = set(TERMINAL)
    while True:
        more = {name for name, state in STATES.items() if successors(state) & ending} - ending
        if not more:
            break
        ending |= more
    assert ending == set(STATES)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_retries_catches_and_times_out(name: str) -> None:
    """A failing task is tried again, then caught, and never waited for without end."""
    task = TASKS[name]
    assert task["Retry"]
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert ("TimeoutSeconds" in task) != ("TimeoutSecondsPath" in task)


@pytest.mark.parametrize("name", STEPS)
def test_a_failing_step_ends_in_a_person_being_told(name: str) -> None:
    """Any error of a step leads to escalate; escalate's own to a direct message."""
    expected = "escalate_direct" if name == "escalate" else "escalate"
    ways = {
        catcher["Next"] for catcher in TASKS[name]["Catch"] if catcher["ErrorEquals"] != ["States.Timeout"]
    }
    assert ways == {expected}
    named = {error for catcher in TASKS[name]["Catch"] for error in catcher["ErrorEquals"]}
    assert "States.DataLimitExceeded" in named  # States.ALL does not include it


@pytest.mark.parametrize("name", STEPS)
def test_retries_name_real_error_classes(name: str) -> None:
    """Transient failures of Lambda and our RetryableError are tried again; a timed out approval is not."""
    errors = {error for retrier in TASKS[name]["Retry"] for error in retrier["ErrorEquals"]}
    assert {"Lambda.TooManyRequestsException", "Lambda.ServiceException", "RetryableError"} <= errors
    assert ("States.Timeout" in errors) == (name != "await_approval")


def test_the_last_resort_needs_no_function_of_ours() -> None:
    """escalate_direct publishes to the topic with the execution's ARN and then fails the execution."""
    state = TASKS["escalate_direct"]
    assert state["Resource"] == "arn:aws:states:::sns:publish"
    assert state["Parameters"]["TopicArn"] == VALUES["topic"]
    assert "$$.Execution.Id" in state["Parameters"]["Message.$"]
    assert len(state["Parameters"]["Subject"]) < 100
    assert successors(state) == {"failed"}


@pytest.mark.parametrize("name", [name for name in STEPS if f"after_{name}" in STATES])
def test_every_route_of_a_step_is_handled(name: str) -> None:
    """The Choice after a step handles exactly the routes of the contract."""
    assert handled_routes(name) | ({"failed"} if name == "escalate" else set()) == ROUTES[name]


def test_steps_without_a_choice_have_one_way_on() -> None:
    """Where no Choice follows, the step's answer cannot matter to the way."""
    for name in (name for name in STEPS if f"after_{name}" not in STATES):
        following = {STEP_TASKS[name]["Next"]}
        assert len(following) == 1
        assert len(ROUTES[name]) == 1 or name == "assess"
    # What assess answers is passed on by notify, which answers the same routes.
    assert STEP_TASKS["assess"]["Next"] == "notify"
    assert ROUTES["assess"] < ROUTES["notify"]


def test_every_choice_has_a_default_that_tells_somebody() -> None:
    """An unknown route is a failure, not a silent end."""
    for name, state in STATES.items():
        if state["Type"] == "Choice":
            assert state["Default"] == ("failed" if name == "after_escalate" else "escalate")


def test_only_the_fields_of_the_contract_pass_between_states() -> None:
    """Each step's result is reduced to ids and routing and replaces the state's input, record included."""
    fields = set(StepResult.__annotations__)
    for name, task in STEP_TASKS.items():
        if name == "await_approval":
            assert task["ResultPath"] is None  # what a token brings back is only a wake-up
            continue
        assert task["ResultSelector"] == {f"{field}.$": f"$.Payload.{field}" for field in fields}
        assert "ResultPath" not in task


def test_await_approval_waits_for_a_token_as_long_as_it_is_told() -> None:
    """The wait is bounded by the policy; a time-out is looked into like a decision."""
    task = TASKS["await_approval"]
    assert task["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert task["TimeoutSecondsPath"] == "$.approval_seconds"
    assert task["Parameters"]["Payload"]["task_token.$"] == "$$.Task.Token"
    assert task["Catch"][0] == {
        "ErrorEquals": ["States.Timeout"],
        "ResultPath": None,
        "Next": "settle_approval",
    }


def test_a_task_outlasts_its_function() -> None:
    """The function's own time-out is seen first; Lambda allows fifteen minutes."""
    assert set(FUNCTION_SECONDS) == set(STEPS)
    for name, seconds in FUNCTION_SECONDS.items():
        assert 0 < seconds <= 900
        if name != "await_approval":
            assert TASKS[name]["TimeoutSeconds"] == seconds + 30


def test_nothing_is_changed_before_the_state_is_sealed() -> None:
    """A new incident goes to preserve first, and only assess, which comes after it, can ask for execute."""
    choices = {rule["StringEquals"]: rule["Next"] for rule in STATES["after_intake"]["Choices"]}
    assert choices["respond"] == "preserve"
    assert "execute" not in choices.values()
    assert [STATES[name]["Next"] for name in ("preserve", "investigate", "assess")] == [
        "investigate",
        "assess",
        "notify",
    ]


def test_an_undo_is_told_and_never_goes_the_way_of_a_change() -> None:
    """From intake to undo; what was taken back is told to the owners, what was not to a person."""
    choices = {rule["StringEquals"]: rule["Next"] for rule in STATES["after_intake"]["Choices"]}
    assert choices["undo"] == "undo"
    after = {rule["StringEquals"]: rule["Next"] for rule in STATES["after_undo"]["Choices"]}
    assert after == {"undone": "notify", "escalate": "escalate"}
    assert [name for name in STATES if "undo" in successors(STATES[name])] == ["after_intake"]


def test_every_substitution_is_used_and_no_other() -> None:
    """The template's `${...}` are exactly the names that the stack is asked for."""
    assert set(re.findall(r"\$\{(\w+)\}", template())) == set(SUBSTITUTIONS)
    assert "${" not in definition(VALUES)


def test_missing_and_unknown_substitutions_are_named() -> None:
    """A stack that forgets a function, or gives one too many, is told which."""
    without = {name: value for name, value in VALUES.items() if name != "verify"}
    with pytest.raises(ValueError, match=r"missing \['verify'\]"):
        definition(without)
    with pytest.raises(ValueError, match=r"unknown \['bogus'\]"):
        definition({**VALUES, "bogus": "x"})
