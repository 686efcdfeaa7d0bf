"""Instances, functions and tasks: their session is denied, and they are named to whoever isolates them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from response.domain.containment import NOT_CONTAINED, ORIGIN_UNKNOWN
from response.domain.findings import AddressFacts, Findings, InterfaceFacts
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.scenes import chain, ids, names, plan, protecting
from tests.response.domain.people import role, role_id, user
from tests.response.domain.strategies import ACCOUNT

_INSTANCE = "i-0123456789abcdef0"
_TASK = "0123456789abcdef0123456789abcdef"
_FUNCTION_ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay"
_TASK_ARN = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/main/{_TASK}"


def service(name: str) -> dict[str, Any]:
    """The caller of AssumeRole when a service makes credentials for its workload."""
    return {"type": "AWSService", "invokedBy": name}


def in_scope(arn: str, session: str = "pay") -> dict[str, Any]:
    """A session whose record says whom the credentials were issued to."""
    return role(session=session) | {"inScopeOf": {"credentialsIssuedTo": arn, "issuerType": "AWS::X"}}


def delivered(identity: dict[str, Any]) -> dict[str, Any]:
    """A session whose record says that an instance's metadata service handed the credentials out."""
    return identity | {"sessionContext": {**identity["sessionContext"], "ec2RoleDelivery": "2.0"}}


@pytest.mark.parametrize(
    ("identity", "caller", "target", "command"),
    [
        (delivered(role(session=_INSTANCE)), None, _INSTANCE, "aws ec2 create-snapshots"),
        (role(session=_INSTANCE), "ec2.amazonaws.com", _INSTANCE, "disableApiTermination"),
        (in_scope(_FUNCTION_ARN), None, _FUNCTION_ARN, "--reserved-concurrent-executions 0"),
        (role(session="pay"), "lambda.amazonaws.com", "pay", "put-function-concurrency"),
        (in_scope(_TASK_ARN, _TASK), None, _TASK_ARN, "aws ecs stop-task --region eu-west-1 --cluster main"),
        (role(session=_TASK), "ecs-tasks.amazonaws.com", _TASK, "aws ecs stop-task"),
        (in_scope("arn:aws:glue:eu-west-1:1:job/x"), None, "arn:aws:glue:eu-west-1:1:job/x", "lookup-events"),
    ],
)
def test_its_session_alone_is_denied_and_isolation_is_left_to_a_person(
    identity: dict[str, Any], caller: str | None, target: str, command: str
) -> None:
    """Narrow though nobody else was seen: other workloads hold the same role. No origin is searched for."""
    found = Findings() if caller is None else Findings(chains=(chain(service(caller)),))
    planned = plan(identity, findings=found)
    assert ids(planned) == ["deny-role-session"]
    document = json.loads(planned[0][0].calls[0].parameters["PolicyDocument"])
    session = identity["principalId"].partition(":")[2]
    assert document["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:userid": [f"{role_id('ci-deploy')}:{session}"]}
    }
    assert any("cut off there, by a person" in note for note in planned[0][0].notes)
    (left,) = planned[1]
    assert (left.name, left.target) == (NOT_CONTAINED, target)
    assert any(command in step for step in left.instructions)
    for words in commands_in(left.instructions):
        assert_is_command(words)


def test_a_name_like_an_instances_is_not_believed_against_the_chain() -> None:
    """Whoever assumes a role chooses the name; here a user did, so it is an ordinary session."""
    planned = plan(role(session=_INSTANCE), findings=Findings(chains=(chain(user("eve")),)))
    assert ids(planned) == ["deny-role-sessions", "deactivate-origin-key", "deny-origin-user"]
    assert planned[1] == ()


def test_a_name_like_an_instances_alone_leaves_the_origin_open() -> None:
    """Neither a record nor the metadata service says that an instance has it: somebody may have chosen it."""
    planned = plan(role(session=_INSTANCE))
    assert ids(planned) == ["deny-role-session"]
    assert names(planned) == [NOT_CONTAINED, ORIGIN_UNKNOWN]
    assert names(plan(delivered(role(session=_INSTANCE)))) == [NOT_CONTAINED]


def test_the_region_of_an_instance_comes_from_where_its_address_was_found() -> None:
    """Commands with a placeholder are the second best."""
    interface = InterfaceFacts("eni-1", "eu-central-1", instance_id=_INSTANCE)
    found = Findings(addresses=(AddressFacts("10.0.0.1", interface),))
    for findings, region in ((found, "eu-central-1"), (Findings(), "REGION")):
        steps = plan(role(session=_INSTANCE), findings=findings)[1][0].instructions
        assert any(f"aws ec2 describe-instances --region {region} " in step for step in steps)


def test_a_protected_role_is_spared_but_its_workload_named() -> None:
    """The instance is somebody's to look at all the same."""
    planned = plan(role(session=_INSTANCE), protecting("arn:aws:iam::*:role/ci-*"))
    assert planned[0] == ()
    assert "protected_principal" in names(planned)
