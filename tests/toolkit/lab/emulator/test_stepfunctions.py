"""State machines retry and catch by error name, time out, wait for tokens, and run as their role."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import (
    ACCOUNT,
    make_function,
    make_queue,
    make_role,
    make_user,
    policy,
    receive,
    wait_for,
)
from toolkit.lab.emulator import stepfunctions
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.server import Lab

_INVOKE = "arn:aws:states:::lambda:invoke"
_FAILING = """
class RetryableError(Exception):
    pass
def handler(event, context):
    raise RetryableError("again")
"""
_PARKING = """
import boto3
def handler(event, context):
    if event.get("fail"):
        raise ValueError("cannot park")
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody=event["token"])
"""


@pytest.fixture(scope="module")
def functions(lab: Lab) -> dict[str, str]:
    """Create the functions that the state machines call."""
    return {
        "failing": make_function(lab, "failing", _FAILING),
        "echo": make_function(lab, "echo", "def handler(event, context): return event"),
        "sleepy": make_function(lab, "sleepy", "import time\ndef handler(event, context): time.sleep(5)"),
        "parking": make_function(lab, "parking", _PARKING, actions="sqs:SendMessage"),
    }


def _machine(lab: Lab, name: str, states: dict[str, Any], actions: list[str] | str = "*") -> str:
    role = make_role(lab, f"{name}-runs-as", "states.amazonaws.com", actions)
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    machine = lab.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    return str(machine["stateMachineArn"])


def _finish(lab: Lab, execution: str) -> dict[str, Any]:
    client = lab.client("stepfunctions")

    def finished() -> dict[str, Any]:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        return {} if described["status"] == "RUNNING" else described

    return wait_for(finished)


def _start(lab: Lab, machine: str, value: Any) -> str:
    started = lab.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(value))
    return str(started["executionArn"])


def _task(function: str, **more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": _INVOKE, "Parameters": parameters, "End": True, **more}


def test_an_error_is_retried_and_caught_by_name(lab: Lab, functions: dict[str, str]) -> None:
    """Retry fires on the class name of the function's exception; then Catch does, with AWS's cause."""
    states = {
        "Try": _task(
            functions["failing"],
            Retry=[{"ErrorEquals": ["RetryableError"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            Catch=[
                {"ErrorEquals": ["Runtime.HandlerError", "Exception"], "Next": "Wrong"},
                {"ErrorEquals": ["RetryableError"], "Next": "Right", "ResultPath": "$.failure"},
            ],
        ),
        "Wrong": {"Type": "Fail"},
        "Right": {"Type": "Pass", "End": True},
    }
    execution = _start(lab, _machine(lab, "named-errors", states), {})
    done = _finish(lab, execution)
    assert done["status"] == "SUCCEEDED"
    failure = json.loads(done["output"])["failure"]
    assert failure["Error"] == "RetryableError"
    cause = json.loads(failure["Cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("RetryableError", "again")
    assert cause["stackTrace"]
    history = lab.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in history].count("TaskFailed") == 2


def test_choice_and_result_selector(lab: Lab, functions: dict[str, str]) -> None:
    """The payload of an invocation routes a Choice."""
    states = {
        "Call": _task(functions["echo"], ResultSelector={"route.$": "$.Payload.route"}) | {"Next": "Where"},
        "Where": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.route", "StringEquals": "left", "Next": "Left"}],
            "Default": "Right",
        },
        "Left": {"Type": "Pass", "Result": "left", "End": True},
        "Right": {"Type": "Pass", "Result": "right", "End": True},
    }
    states["Call"].pop("End")
    machine = _machine(lab, "choosing", states)
    for route in ("left", "right"):
        assert json.loads(_finish(lab, _start(lab, machine, {"route": route}))["output"]) == route


@pytest.mark.parametrize("limit", [{"TimeoutSeconds": 1}, {"TimeoutSecondsPath": "$.seconds"}])
def test_a_task_times_out(lab: Lab, functions: dict[str, str], limit: dict[str, Any]) -> None:
    """A task that takes longer than it may fails with States.Timeout, given as a number or as a path."""
    name = f"times-out-{len(str(limit))}"
    machine = _machine(lab, name, {"Sleep": _task(functions["sleepy"], **limit)})
    done = _finish(lab, _start(lab, machine, {"seconds": 1}))
    assert (done["status"], done["error"]) == ("FAILED", "States.Timeout")


def test_a_timeout_path_that_points_at_nonsense(lab: Lab, functions: dict[str, str]) -> None:
    """A timeout that is no positive integer fails the execution, naming the path."""
    states = {"Sleep": _task(functions["echo"], TimeoutSecondsPath="$.seconds")}
    done = _finish(lab, _start(lab, _machine(lab, "nonsense", states), {"seconds": "soon"}))
    assert done["error"] == "States.Runtime"
    assert "$.seconds" in done["cause"]


def _waiting(function: str, queue: str, **more: Any) -> dict[str, Any]:
    payload = {"token.$": "$$.Task.Token", "queue": queue, "fail.$": "$.fail"}
    parameters = {"FunctionName": function, "Payload": payload}
    return _task(function, Resource=f"{_INVOKE}.waitForTaskToken", Parameters=parameters, **more)


def test_a_task_token_is_answered_once(lab: Lab, functions: dict[str, str]) -> None:
    """The execution goes on with what was sent for its token; a second answer is told it is too late."""
    url, _arn = make_queue(lab, "tokens")
    machine = _machine(lab, "waits", {"Wait": _waiting(functions["parking"], url, TimeoutSeconds=60)})
    execution = _start(lab, machine, {"fail": False})
    token, client = receive(lab, url)["Body"], lab.client("stepfunctions")
    client.send_task_success(taskToken=token, output=json.dumps({"decision": "approve"}))
    done = _finish(lab, execution)
    assert json.loads(done["output"]) == {"decision": "approve"}
    for answer in ("TaskTimedOut", "InvalidToken"):
        with pytest.raises(ClientError) as refusal:
            client.send_task_success(taskToken=token if answer == "TaskTimedOut" else "made up", output="{}")
        assert refusal.value.response["Error"]["Code"] == answer


def test_a_task_token_expires(lab: Lab, functions: dict[str, str]) -> None:
    """Nobody answers in the time that the path points at: States.Timeout, which is caught by name."""
    url, _arn = make_queue(lab, "unanswered")
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Expired"}]
    states = {
        "Wait": _waiting(functions["parking"], url, TimeoutSecondsPath="$.seconds", Catch=catch),
        "Expired": {"Type": "Pass", "Result": "expired", "End": True},
    }
    done = _finish(lab, _start(lab, _machine(lab, "expires", states), {"fail": False, "seconds": 2}))
    assert json.loads(done["output"]) == "expired"
    with pytest.raises(ClientError) as refusal:
        lab.client("stepfunctions").send_task_success(taskToken=receive(lab, url)["Body"], output="{}")
    assert refusal.value.response["Error"]["Code"] == "TaskTimedOut"


def test_a_wait_that_is_scaled(lab: Lab, functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a shorter second, the hour that a token is waited for is over at once; other timeouts stay."""
    monkeypatch.setattr(stepfunctions, "timeout_scale", 0.0003)
    url, _arn = make_queue(lab, "short-hours")
    states = {
        "Work": _task(functions["echo"], TimeoutSeconds=60) | {"Next": "Wait"},
        "Wait": _waiting(functions["parking"], url, TimeoutSeconds=3600),
    }
    states["Work"].pop("End")
    states["Work"]["ResultPath"] = None
    execution = _start(lab, _machine(lab, "short-hours", states), {"fail": False})
    assert _finish(lab, execution)["error"] == "States.Timeout"
    history = lab.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    entered = [e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e]
    assert entered == ["Work", "Wait"]


def test_a_heartbeat_that_stops(lab: Lab, functions: dict[str, str]) -> None:
    """A token without heartbeat fails long before its timeout."""
    url, _arn = make_queue(lab, "heartless")
    states = {"Wait": _waiting(functions["parking"], url, TimeoutSeconds=60, HeartbeatSeconds=1)}
    done = _finish(lab, _start(lab, _machine(lab, "heartless", states), {"fail": False}))
    assert done["error"] == "States.HeartbeatTimeout"


def test_a_function_that_fails_to_hand_out_its_token(lab: Lab, functions: dict[str, str]) -> None:
    """The task fails at once with the function's error, instead of waiting for an answer that cannot come."""
    states = {"Wait": _waiting(functions["parking"], "unused", TimeoutSeconds=600)}
    done = _finish(lab, _start(lab, _machine(lab, "unparked", states), {"fail": True}))
    assert done["error"] == "ValueError"


def test_answering_a_token_needs_its_machine(lab: Lab, functions: dict[str, str]) -> None:
    """A policy names the state machine whose tokens may be answered; it holds for closed ones too."""
    url, _arn = make_queue(lab, "scoped")
    machine = _machine(lab, "scoped", {"Wait": _waiting(functions["parking"], url, TimeoutSeconds=60)})
    execution = _start(lab, machine, {"fail": False})
    token, iam = receive(lab, url)["Body"], lab.client("iam")
    client = lab.client("stepfunctions", **make_user(lab, "answerer"))

    def allow(resource: str) -> None:
        document = policy("states:SendTaskSuccess", resource)
        iam.put_user_policy(UserName="answerer", PolicyName="may", PolicyDocument=document)

    allow(f"{machine}-other")
    with pytest.raises(ClientError) as refusal:
        client.send_task_success(taskToken=token, output="1")
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    allow(machine)
    client.send_task_success(taskToken=token, output="1")
    assert _finish(lab, execution)["status"] == "SUCCEEDED"
    with pytest.raises(ClientError) as refusal:
        client.send_task_success(taskToken=token, output="1")
    assert refusal.value.response["Error"]["Code"] == "TaskTimedOut"


def test_a_retry_has_a_new_token(lab: Lab, functions: dict[str, str]) -> None:
    """A waiting task that times out and is tried again hands out another token."""
    url, _arn = make_queue(lab, "again")
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    states = {"Wait": _waiting(functions["parking"], url, TimeoutSeconds=2, Retry=retry)}
    execution = _start(lab, _machine(lab, "again", states), {"fail": False})
    first, second = (receive(lab, url)["Body"] for _attempt in range(2))
    assert first != second
    lab.client("stepfunctions").send_task_success(taskToken=second, output="1")
    assert _finish(lab, execution)["status"] == "SUCCEEDED"


def test_a_stopped_execution_stays_stopped(lab: Lab, functions: dict[str, str]) -> None:
    """StopExecution closes the task: an answer is told so, and a timeout that comes later changes nothing."""
    url, _arn = make_queue(lab, "stopped")
    states = {"Wait": _waiting(functions["parking"], url, TimeoutSeconds=600)}
    execution = _start(lab, _machine(lab, "stopped", states), {"fail": False})
    token, client = receive(lab, url)["Body"], lab.client("stepfunctions")
    client.stop_execution(executionArn=execution)
    for answer, told in ((client.send_task_success, {"output": "{}"}), (client.send_task_failure, {})):
        with pytest.raises(ClientError) as refusal:
            answer(taskToken=token, **told)
        assert refusal.value.response["Error"]["Code"] == "TaskTimedOut"
    with ministack("core.responses").request_scope(ACCOUNT, lab.region):
        tokens = ministack("services.stepfunctions")._task_tokens
        tokens[token]["error"] = {"Error": "States.Timeout"}
        tokens[token]["event"].set()
        wait_for(lambda: token not in tokens)
    assert _finish(lab, execution)["status"] == "ABORTED"


def test_publishing_to_a_topic(lab: Lab) -> None:
    """A state publishes straight to SNS, which delivers to a queue, attributes included."""
    url, arn = make_queue(lab, "inbox", "sns.amazonaws.com")
    sns = lab.client("sns")
    topic = sns.create_topic(Name="owners")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    parameters = {
        "TopicArn": topic,
        "Subject": "hello",
        "Message.$": "States.JsonToString($)",
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "escalation"}},
    }
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": parameters,
        "End": True,
    }
    assert (
        _finish(lab, _start(lab, _machine(lab, "publishes", {"Tell": publish}), {"a": 1}))["status"]
        == "SUCCEEDED"
    )
    notification = json.loads(receive(lab, url)["Body"])
    assert (notification["Subject"], json.loads(notification["Message"])) == ("hello", {"a": 1})
    assert notification["MessageAttributes"] == {"kind": {"Type": "String", "Value": "escalation"}}


def test_the_role_of_the_machine_is_asked(lab: Lab, functions: dict[str, str]) -> None:
    """A machine whose role may not invoke or publish fails there."""
    machine = _machine(lab, "powerless", {"Call": _task(functions["echo"])}, actions="sqs:SendMessage")
    done = _finish(lab, _start(lab, machine, {}))
    assert done["error"] == "Lambda.AWSLambdaException"
    assert "lambda:InvokeFunction" in done["cause"]
    parameters = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:owners", "Message": "x"}
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": parameters,
        "End": True,
    }
    mute = _machine(lab, "mute", {"Tell": publish}, actions="lambda:InvokeFunction")
    assert _finish(lab, _start(lab, mute, {}))["error"] == "SNS.AuthorizationErrorException"


def test_failed_executions_are_counted(lab: Lab) -> None:
    """The metric that an alarm on failures watches is written."""
    machine = _machine(lab, "counted", {"Give": {"Type": "Fail", "Error": "No"}})
    _finish(lab, _start(lab, machine, {}))
    metrics = lab.client("cloudwatch").list_metrics(Namespace="AWS/States", MetricName="ExecutionsFailed")[
        "Metrics"
    ]
    assert [{"Name": "StateMachineArn", "Value": machine}] in [metric["Dimensions"] for metric in metrics]
