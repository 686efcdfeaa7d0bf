"""What an investigation finds on the embedded AWS, and that the plan rests on it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage, is_asked
from toolkit.lab.account import TRAIL_NAME
from toolkit.lab.people import SHARED_ROLE, AccessKey

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_a_session_is_traced_to_its_user_and_to_what_she_made(stage: Stage) -> None:
    """The chain, the colleague in the role, the new user with its key; one session is denied, one lives."""
    mallory, carol = stage.hire("mallory-behind"), stage.scenario.protected.keys["carol"]
    _allow(stage, mallory, "sts:AssumeRole", "iam:CreateUser", "iam:CreateAccessKey")
    hers, colleagues = _assume(stage, mallory, "spring-cleaning"), _assume(stage, carol, "carol-maintains")
    iam = stage.lab.client("iam", **mallory.credentials)
    iam.create_user(UserName="backdoor")
    key = iam.create_access_key(UserName="backdoor")["AccessKey"]["AccessKeyId"]
    stage.lab.client("cloudtrail", **hers).update_trail(Name=TRAIL_NAME, EnableLogFileValidation=False)
    incident = _looked_at(stage)
    findings = _findings(stage, incident)
    (chain,) = findings["chains"]
    assert [link["caller"]["userName"] for link in chain["links"]] == ["mallory-behind"]
    assert chain["whole"]
    (role,) = findings["sessions"]
    assert [seen["session_name"] for seen in role["others"]] == ["carol-maintains"]
    made = {(one["kind"], one["name"], one["access_key_id"]) for one in findings["created"]}
    assert made == {("user", "backdoor", ""), ("access_key", "backdoor", key)}
    assert {arn.rpartition("/")[2] for arn in findings["principals"]} == {
        SHARED_ROLE,
        "mallory-behind",
        "backdoor",
    }
    assert findings["contact"]["email"] == "security-operations@example.com"
    assert findings["missing"] == {}
    assert "deny-role-session" in {action["id"] for action in incident["actions"]}
    stage.lab.client("cloudtrail", **colleagues).get_trail(Name=TRAIL_NAME)


def test_who_made_a_change_that_came_without_a_record_is_looked_up(stage: Stage) -> None:
    """No rule looks for StopLogging: the trail differs from its baseline, and the history has who did it."""
    mallory = stage.hire("mallory-unseen")
    stage.lab.client("cloudtrail", **mallory.credentials).stop_logging(Name=TRAIL_NAME)
    stage.reconcile()
    findings = _findings(stage, _looked_at(stage))
    assert [raw["eventName"] for raw in findings["discovered"]] == ["StopLogging"]
    assert [arn.rpartition("/")[2] for arn in findings["principals"]] == ["mallory-unseen"]
    assert stage.trail().is_logging


def _looked_at(stage: Stage) -> dict[str, Any]:
    """The incident when all is done that goes by itself; what a person is asked for then is declined."""

    def quiet(incident: dict[str, Any]) -> bool:
        return is_asked(incident) or incident["status"] in {"closed", "failed"}

    incident = stage.incident_that(quiet, "the incident was not looked at")
    if is_asked(incident):
        alice = stage.scenario.key("alice")
        ran = stage.command(alice, "reject", incident["id"], "--reason", "enough is done", "--yes")
        assert ran.returncode == 0, ran.stderr
    stage.executions_ended()
    return stage.incident(incident["id"])


def _findings(stage: Stage, incident: dict[str, Any]) -> dict[str, Any]:
    """The findings of the first round, as they lie in the table."""
    found = stage.lab.client("dynamodb").query(
        TableName=stage.scenario.outputs["IncidentTable"],
        KeyConditionExpression="pk = :incident AND begins_with(sk, :kind)",
        ExpressionAttributeValues={
            ":incident": {"S": f"INCIDENT#{incident['id']}"},
            ":kind": {"S": "FINDINGS#"},
        },
    )["Items"]
    document: dict[str, Any] = json.loads(found[0]["document"]["S"])
    return document


def _allow(stage: Stage, key: AccessKey, *actions: str) -> None:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stage.lab.client("iam").put_user_policy(UserName=key.user, PolicyName="more", PolicyDocument=document)


def _assume(stage: Stage, key: AccessKey, name: str) -> dict[str, str]:
    role = f"arn:aws:iam::{stage.lab.account}:role/{SHARED_ROLE}"
    answer = stage.lab.client("sts", **key.credentials).assume_role(RoleArn=role, RoleSessionName=name)
    issued = answer["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }
