"""Who acts in a scenario: roles and sessions of every kind, what they may, and what is done about them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from stacks.assembly import STACK_ID
from tests.e2e.stage import Stage
from tests.e2e.waiting import at_rest, wait_until
from toolkit.lab.account import TRAIL_NAME, AccessKey
from toolkit.stack_client import StackClient

Keys = dict[str, str]

_SIGN_IN = "https://signin.aws.amazon.com/saml"
TRAILS = ("cloudtrail:UpdateTrail", "cloudtrail:StopLogging", "cloudtrail:GetTrail")


def policy(*actions: str, **more: Any) -> str:
    """Write a policy of one statement that allows the actions."""
    statement = {"Effect": "Allow", "Action": list(actions), **(more or {"Resource": "*"})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def let(stage: Stage, user: str, *actions: str) -> None:
    """Allow a user more than to change trails."""
    stage.lab.client("iam").put_user_policy(UserName=user, PolicyName="more", PolicyDocument=policy(*actions))


def make_role(
    stage: Stage,
    name: str,
    trusted: Mapping[str, str] | None = None,
    *,
    path: str = "/",
    may: tuple[str, ...] = (*TRAILS, "sts:AssumeRole"),
    trusts: str = "sts:AssumeRole",
) -> str:
    """Make a role that may change trails; without `trusted`, whoever IAM lets may assume it. Its ARN."""
    iam = stage.lab.client("iam")
    principal = trusted or {"AWS": f"arn:aws:iam::{stage.lab.account}:root"}
    document = policy(trusts, Principal=dict(principal))
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=policy(*may))
    return str(made["Arn"])


def session(answer: Mapping[str, Any]) -> Keys:
    """Take the credentials out of an answer of STS, as keyword arguments of a client."""
    issued = answer["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def assume(stage: Stage, keys: Keys, role_arn: str, name: str) -> Keys:
    """Assume a role with somebody's credentials."""
    sts = stage.lab.client("sts", **keys)
    return session(sts.assume_role(RoleArn=role_arn, RoleSessionName=name))


def assertion(subject: str, name: str) -> str:
    """What an identity provider says of somebody, unsigned: the lab trusts it."""
    document = (
        '<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
        f"<Subject><NameID>{subject}</NameID></Subject>"
        f"<Conditions><AudienceRestriction><Audience>{_SIGN_IN}</Audience></AudienceRestriction></Conditions>"
        '<AttributeStatement><Attribute Name="https://aws.amazonaws.com/SAML/Attributes/RoleSessionName">'
        f"<AttributeValue>{name}</AttributeValue></Attribute></AttributeStatement></Assertion></Response>"
    )
    return base64.b64encode(document.encode()).decode()


def another_key(stage: Stage, key: AccessKey) -> AccessKey:
    """One more access key of a user."""
    made = stage.lab.client("iam").create_access_key(UserName=key.user)["AccessKey"]
    return AccessKey(key.user, made["AccessKeyId"], made["SecretAccessKey"])


def hijack(stage: Stage, role: str) -> Keys:
    """Take a session of one of Trailguard's roles, as somebody does who first changes whom it trusts."""
    iam, admin = stage.lab.client("iam"), stage.scenario.key("admin")
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    opened = policy("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{stage.lab.account}:user/admin"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=opened)
    try:
        arn = f"arn:aws:iam::{stage.lab.account}:role/{role}"
        return assume(stage, admin.credentials, arn, "tg-maintenance")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


@contextmanager
def responder_calling(stage: Stage) -> Iterator[StackClient]:
    """The console's API as a session of Trailguard's own role calls it, which somebody has let in by IAM."""
    iam, role = stage.lab.client("iam"), "trailguard-container"
    may = policy("execute-api:Invoke", "cloudformation:DescribeStacks")
    iam.put_role_policy(RoleName=role, PolicyName="let-in", PolicyDocument=may)
    try:
        yield api_as(stage, hijack(stage, role))
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="let-in")


def api_as(stage: Stage, keys: Keys) -> StackClient:
    """The console's API, as whoever has these credentials calls it."""
    given = boto3.Session(
        keys["aws_access_key_id"],
        keys["aws_secret_access_key"],
        keys.get("aws_session_token"),
        region_name=stage.lab.region,
    )
    return StackClient(STACK_ID, given_session=given, endpoint=stage.lab.endpoint)


def weaken(stage: Stage, keys: Keys) -> None:
    """Switch off the trail's log file validation with these credentials."""
    stage.lab.client("cloudtrail", **keys).update_trail(Name=TRAIL_NAME, EnableLogFileValidation=False)


def works(stage: Stage, keys: Keys) -> bool:
    """Whether a call with these credentials is answered; False where they are refused."""
    code = ""
    try:
        stage.lab.client("cloudtrail", **keys).get_trail(Name=TRAIL_NAME)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
    assert code in {"", *_REFUSALS}
    return not code


_REFUSALS = ("AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId")


def answered(stage: Stage) -> dict[str, Any]:
    """The one incident, once everything is done that goes by itself: closed, or waiting for a person."""
    stage.first_incident_in("closed", "failed", "awaiting_approval")
    return stage.only_incident()


def approve(stage: Stage, incident: Mapping[str, Any]) -> dict[str, Any]:
    """Let alice approve what she is asked for; the incident afterwards."""
    body = {"digest": incident["approval"]["digest"], "decision": "approve"}
    stage.api.post("incidents", incident["id"], "decision", body=body)
    return stage.first_incident_in("closed", "failed")


def take_back(stage: Stage, incident: Mapping[str, Any], *actions: str) -> dict[str, Any]:
    """Let alice have actions taken back (without names, all of them); the incident afterwards."""
    body: dict[str, Any] = {"reason": "it was agreed with the owner"}
    if actions:
        body["actions"] = list(actions)
    asked = stage.api.post("incidents", incident["id"], "undo", body=body)
    assert asked["execution"], asked

    def ended() -> dict[str, Any] | None:
        after = stage.incident(incident["id"])
        return after if all(request["outcome"] for request in after["undo_requests"]) else None

    after = wait_until(at_rest(ended), "the undo did not end")
    assert [request["outcome"] for request in after["undo_requests"]][-1] == "undone", after["undo_requests"]
    return after


def planned(incident: Mapping[str, Any]) -> dict[str, str]:
    """The ids of the planned containments with their gates."""
    actions = incident["assessment"]["plan"]["actions"]
    return {action["id"]: action["gate"] for action in actions if action["kind"] == "contain"}


def done(incident: Mapping[str, Any]) -> set[str]:
    """The ids of the containments that were carried out."""
    return {
        action["id"]
        for action in incident["actions"]
        if action["kind"] == "contain" and action["status"] == "done"
    }


def outcomes(incident: Mapping[str, Any]) -> dict[str, str]:
    """What is left to people, by name, with what is told about it: target, reason and steps."""
    return {
        outcome["name"]: "\n".join([outcome["target"], outcome["reason"], *outcome["instructions"]])
        for outcome in incident["assessment"]["plan"]["outcomes"]
    }


def notes(incident: Mapping[str, Any], action_id: str) -> str:
    """What the plan tells of an action beside its calls."""
    actions = incident["assessment"]["plan"]["actions"]
    return "\n".join(next(action["notes"] for action in actions if action["id"] == action_id))


def stored_token(stage: Stage, incident_id: str) -> str:
    """What lies in the table of the task token: no token that Step Functions would know."""
    table = stage.lab.client("dynamodb")
    item = table.get_item(
        TableName=stage.scenario.outputs["IncidentTable"],
        Key={"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": "APPROVAL#001"}},
    )["Item"]
    stored = str(item["token"]["S"])
    if stored:
        assert base64.b64decode(stored, validate=True)
        with pytest.raises(ClientError, match=r"InvalidToken|TaskDoesNotExist|TaskTimedOut"):
            stage.lab.client("stepfunctions").send_task_success(taskToken=stored, output="{}")
    return stored
