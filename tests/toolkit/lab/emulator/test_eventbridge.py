"""A rule reaches its targets with permission only, and what it cannot deliver is in a dead-letter queue."""

import json
from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import (
    ACCOUNT,
    make_function,
    make_queue,
    make_role,
    receive,
    wait_for,
)
from toolkit.lab.emulator.server import Lab

_PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


@pytest.fixture(scope="module")
def dead_letters(lab: Lab) -> tuple[str, str]:
    """Create a dead-letter queue that EventBridge may send to."""
    return make_queue(lab, "dead-letters", "events.amazonaws.com")


@pytest.fixture(scope="module")
def machine(lab: Lab) -> str:
    """Create a state machine that ends at once."""
    role = make_role(lab, "runs-as", "states.amazonaws.com")
    created = lab.client("stepfunctions").create_state_machine(name="target", definition=_PASS, roleArn=role)
    return str(created["stateMachineArn"])


def _send(lab: Lab, name: str, target: dict[str, Any]) -> None:
    events = lab.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "it", **target}])
    events.put_events(
        Entries=[{"Source": name, "DetailType": "t", "Detail": json.dumps({"record": {"a": 1}})}]
    )


def test_a_rule_starts_an_execution_with_its_role(lab: Lab, machine: str) -> None:
    """The role may start executions: one starts, with the input that the transformer wrote."""
    role = make_role(lab, "starts", "events.amazonaws.com", "states:StartExecution")
    transformer = {
        "InputPathsMap": {"record": "$.detail.record"},
        "InputTemplate": '{"path": "eventbridge", "record": <record>}',
    }
    _send(lab, "starter", {"Arn": machine, "RoleArn": role, "InputTransformer": transformer})
    client = lab.client("stepfunctions")
    found = wait_for(lambda: client.list_executions(stateMachineArn=machine)["executions"])
    described = client.describe_execution(executionArn=found[0]["executionArn"])
    assert json.loads(described["input"]) == {"path": "eventbridge", "record": {"a": 1}}


@pytest.mark.parametrize(
    ("service", "actions"),
    [("events.amazonaws.com", "states:StopExecution"), ("lambda.amazonaws.com", "states:StartExecution")],
)
def test_a_role_that_may_not(
    lab: Lab, machine: str, dead_letters: tuple[str, str], service: str, actions: str
) -> None:
    """Neither a role without the permission nor one that EventBridge may not assume starts anything."""
    name = service.partition(".")[0] + "-refused"
    role = make_role(lab, name, service, actions)
    _send(lab, name, {"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": dead_letters[1]}})
    message = receive(lab, dead_letters[0])
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert attributes["RULE_ARN"] == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{name}"
    assert attributes["TARGET_ARN"] == machine
    assert json.loads(message["Body"])["detail"] == {"record": {"a": 1}}


def test_a_target_that_is_gone(lab: Lab, dead_letters: tuple[str, str]) -> None:
    """A target that does not exist is told apart from one that refuses."""
    gone = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:gone"
    _send(lab, "gone", {"Arn": gone, "RoleArn": "unused", "DeadLetterConfig": {"Arn": dead_letters[1]}})
    message = receive(lab, dead_letters[0])
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    names = [
        m["MetricName"] for m in lab.client("cloudwatch").list_metrics(Namespace="AWS/Events")["Metrics"]
    ]
    assert {"FailedInvocations", "InvocationsSentToDlq"} <= set(names)


def test_a_function_needs_a_permission(lab: Lab, dead_letters: tuple[str, str]) -> None:
    """A function is invoked once its own policy allows the rule, and not before."""
    url, _arn = make_queue(lab, "called")
    source = f"""
        import boto3
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody=event["source"])
    """
    function = make_function(lab, "called", source, actions="sqs:SendMessage")
    target = {"Arn": function, "DeadLetterConfig": {"Arn": dead_letters[1]}}
    _send(lab, "calls", target)
    assert receive(lab, dead_letters[0])["MessageAttributes"]["TARGET_ARN"]["StringValue"] == function
    lab.client("lambda").add_permission(
        FunctionName="called",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/calls",
    )
    _send(lab, "calls", target)
    assert receive(lab, url)["Body"] == "calls"


def test_topics_and_queues_need_a_policy(lab: Lab, dead_letters: tuple[str, str]) -> None:
    """A topic's default policy does not let EventBridge publish; nor does a queue without a policy."""
    topic = lab.client("sns").create_topic(Name="closed")["TopicArn"]
    _url, queue = make_queue(lab, "closed")
    for arn in (topic, queue):
        _send(lab, "closed", {"Arn": arn, "DeadLetterConfig": {"Arn": dead_letters[1]}})
        message = receive(lab, dead_letters[0])
        assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == arn


def test_a_schedule_uses_its_own_role(lab: Lab) -> None:
    """EventBridge Scheduler delivers with the role of the schedule's target."""
    url, arn = make_queue(lab, "scheduled")
    role = make_role(lab, "schedules", "scheduler.amazonaws.com", "sqs:SendMessage")
    lab.client("scheduler").create_schedule(
        Name="once",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "Input": json.dumps({"path": "reconcile"})},
    )
    assert json.loads(receive(lab, url, seconds=25)["Body"]) == {"path": "reconcile"}
