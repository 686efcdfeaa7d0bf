"""Executions start once per name, take one answer, and can be looked up."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.aws.errors import RefusedCallError, RetryableError
from response.aws.executions import Answered, Executions, Started, execution_name
from response.aws.tokens import Tokens
from tests.response.aws.fakes import START, stubbed

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:trailguard-response"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:trailguard-response:reconcile-1"
_TOKENS = Tokens(lambda: boto3.client("kms"), key_arn="arn:aws:kms:eu-west-1:123456789012:key/k")


def sfn() -> Any:
    """A client whose answers are stubbed."""
    return boto3.client("stepfunctions")


def executions(client: Any) -> Executions:
    """Executions of the response machine."""
    return Executions(client, state_machine_arn=MACHINE, tokens=_TOKENS)


def test_start_hands_over_name_and_input() -> None:
    """The input goes as JSON under the name given."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_response(
            "start_execution",
            {"executionArn": EXECUTION, "startDate": START},
            {"stateMachineArn": MACHINE, "name": "n", "input": json.dumps({"path": "reconcile"})},
        )
        assert executions(client).start("n", {"path": "reconcile"}) is Started.STARTED


def test_name_that_was_used_is_no_error() -> None:
    """ExecutionAlreadyExists means that the work was started before."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_client_error("start_execution", "ExecutionAlreadyExists")
        assert executions(client).start("n", {}) is Started.ALREADY


def test_other_failures_to_start_are_errors() -> None:
    """A limit is refused, throttling can be retried."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_client_error("start_execution", "ExecutionLimitExceeded")
        stub.add_client_error("start_execution", "ThrottlingException")
        with pytest.raises(RefusedCallError):
            executions(client).start("n", {})
        with pytest.raises(RetryableError):
            executions(client).start("n", {})


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist"])
def test_late_answer_is_told_apart(code: str) -> None:
    """A task that waits no longer is no failure of the call: the answer was late."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_client_error("send_task_success", code)
        assert executions(client).succeed("token", {}) is Answered.LATE


def test_answer_reaches_the_task() -> None:
    """Token and output go out as given."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_response(
            "send_task_success", {}, {"taskToken": "token", "output": '{"decision": "approve"}'}
        )
        assert executions(client).succeed("token", {"decision": "approve"}) is Answered.SENT


def test_broken_token_is_an_error() -> None:
    """A token that is none is a mistake of ours, not a late answer."""
    client = sfn()
    with stubbed(client) as stub:
        stub.add_client_error("send_task_success", "InvalidToken")
        with pytest.raises(RefusedCallError, match="InvalidToken"):
            executions(client).succeed("nonsense", {})


@pytest.mark.usefixtures("aws")
def test_status_of_a_real_execution() -> None:
    """An execution is looked up by its ARN; an unknown one has no status."""
    role = boto3.client("iam").create_role(RoleName="states", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = sfn()
    machine = client.create_state_machine(name="m", definition="{}", roleArn=role)["stateMachineArn"]
    made = Executions(client, state_machine_arn=machine, tokens=_TOKENS)
    assert made.start("one", {"path": "reconcile"}) is Started.STARTED
    arn = client.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    assert made.status(arn) == "RUNNING"
    client.stop_execution(executionArn=arn)
    assert made.status(arn) == "ABORTED"
    assert made.status(arn + "x") is None


@given(st.text(max_size=200), st.lists(st.text(max_size=50), max_size=3))
def test_names_are_valid_and_depend_on_the_parts_only(path: str, parts: list[str]) -> None:
    """Whatever goes in, the name is one that Step Functions takes, and the same every time."""
    name = execution_name(path, *parts)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
    assert name == execution_name(path, *parts)
    assert name != execution_name(path, *parts, "more")


def test_parts_do_not_run_together() -> None:
    """Two splits of the same characters are two names."""
    assert execution_name("p", "ab", "c") != execution_name("p", "a", "bc")
