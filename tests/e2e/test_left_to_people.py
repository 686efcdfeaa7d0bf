"""Principals that no call in the account reaches: nothing is called, and people are told whom and how.

The trail is put back all the same.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.e2e.cast import (
    answered,
    api_as,
    assertion,
    assume,
    let,
    make_role,
    outcomes,
    planned,
    policy,
    session,
    weaken,
    works,
)
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.lab.account import ATTACKER_ACCOUNT, TRAIL_NAME
from toolkit.lab.emulator import cloudtrail_recording, console, identity
from toolkit.lab.emulator.internals import ministack
from toolkit.stack_client import ApiRefusalError

pytestmark = pytest.mark.e2e

_LEFT = "not_contained_automatically"
_PERMISSION_SET = "PlatformAdmin"
_RESERVED = f"AWSReservedSSO_{_PERMISSION_SET}_0123456789abcdef"
_MADE = {"deny-created-user", "deny-created-role", "deactivate-created-key"}
_SERVICE = "resiliencehub.amazonaws.com"


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_root(stage: Stage) -> None:
    """No policy binds root. What root made lately is offered to a person, whom root did not make lately."""
    registrar = stage.hire("registrar")
    let(stage, registrar.user, "iam:*")
    newcomer = stage.hire("newcomer", by=registrar)
    stage.entitle(newcomer)
    root = console.sign_in("root", account=stage.lab.account)
    weaken(stage, root)
    incident = answered(stage)
    told = outcomes(incident)[_LEFT]
    assert "No policy in an account binds its root user" in told
    assert f":iam::{stage.lab.account}:root" in told
    # Everybody in the lab was made by root a while ago.
    assert {id_.rstrip("-0123456789") for id_ in planned(incident)} <= _MADE
    assert set(planned(incident).values()) == {"approve"}
    assert [action["id"] for action in incident["actions"]] == ["restore-trail"]
    body = {"digest": incident["approval"]["digest"], "decision": "reject", "comment": "it is all ours"}
    with pytest.raises(ApiRefusalError) as refusal:
        stage.api.post("incidents", incident["id"], "decision", body=body)
    assert (refusal.value.status, refusal.value.problem["code"]) == (403, "approver_is_actor")
    api_as(stage, newcomer.credentials).post("incidents", incident["id"], "decision", body=body)
    stage.executions_ended()
    assert works(stage, root)
    assert stage.trail().to_json() == stage.baseline()["state"]


def test_an_identity_center_user(stage: Stage) -> None:
    """Her role cannot be edited: user and permission set are named, and the policy that denies her."""
    account = stage.lab.account
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    role = make_role(
        stage,
        _RESERVED,
        {"Federated": provider},
        path="/aws-reserved/sso.amazonaws.com/",
        trusts="sts:AssumeRoleWithSAML",
    )
    sts = stage.lab.client("sts", config=Config(signature_version=UNSIGNED))
    hers = session(
        sts.assume_role_with_saml(
            RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion("dora", "dora@example.com")
        )
    )
    weaken(stage, hers)
    told = _left(stage)
    assert "identitystore:userId" in told
    assert f"permission set {_PERMISSION_SET}" in told
    assert "dora@example.com" in told
    assert works(stage, hers)
    assert stage.lab.client("iam").list_role_policies(RoleName=_RESERVED)["PolicyNames"] == ["work"]


def test_a_service(stage: Stage) -> None:
    """A service has no credential to switch off; it is named."""
    with ministack("core.responses").request_scope(stage.lab.account, stage.lab.region):
        cloudtrail_recording.call_as_service(
            "UpdateTrail",
            {"Name": TRAIL_NAME, "EnableLogFileValidation": False},
            service=_SERVICE,
            caller=identity.service(_SERVICE),
        )
    assert _SERVICE in _left(stage)


def test_a_service_linked_role(stage: Stage) -> None:
    """It can be neither edited nor revoked: nothing is tried."""
    name, path = "AWSServiceRoleForExample", "/aws-service-role/example.amazonaws.com/"
    role = make_role(stage, name, path=path)
    linked = assume(stage, stage.scenario.key("admin").credentials, role, "example")
    weaken(stage, linked)
    assert "A service-linked role can be neither edited nor revoked" in _left(stage)
    assert works(stage, linked)


def test_a_user_of_another_account_in_a_role_of_this_one(stage: Stage) -> None:
    """The session here is denied; who made it is in another account, which is named."""
    iam = stage.lab.client("iam", aws_access_key_id=ATTACKER_ACCOUNT)
    iam.create_user(UserName="stranger")
    iam.put_user_policy(UserName="stranger", PolicyName="may", PolicyDocument=policy("sts:AssumeRole"))
    made = iam.create_access_key(UserName="stranger")["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    role = make_role(stage, "for-partners", {"AWS": f"arn:aws:iam::{ATTACKER_ACCOUNT}:root"})
    theirs = assume(stage, keys, role, "audit")
    assert works(stage, theirs)
    weaken(stage, theirs)
    incident = answered(stage)
    assert planned(incident) == {"deny-role-sessions": "auto"}
    assert f"belongs to another account, {ATTACKER_ACCOUNT}" in outcomes(incident)[_LEFT]
    assert not works(stage, theirs)


@pytest.mark.parametrize(
    ("user_identity", "said"),
    [
        (
            {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": ATTACKER_ACCOUNT},
            f"belongs to another account, {ATTACKER_ACCOUNT}",
        ),
        ({"type": "Automaton", "principalId": "X"}, "does not say what kind of principal this is"),
    ],
    ids=["another account", "unknown"],
)
def test_who_is_known_by_a_record_only(stage: Stage, user_identity: dict[str, str], said: str) -> None:
    """Such a caller cannot call the embedded AWS: the record comes as the event rule would hand it on."""
    stage.trail_as(replace(stage.trail(), log_file_validation_enabled=False))
    event = {"path": "eventbridge", "record": _record(stage, user_identity)}
    stage.lab.client("stepfunctions").start_execution(
        stateMachineArn=stage.scenario.outputs["StateMachineArn"], input=json.dumps(event)
    )
    assert said in _left(stage)


def _left(stage: Stage) -> str:
    """What the incident leaves to a person, once the trail is as before; nobody is contained."""
    incident = answered(stage)
    assert (incident["status"], incident["outcome"]) == ("closed", "restored")
    assert [action["id"] for action in incident["actions"]] == ["restore-trail"]
    assert planned(incident) == {}
    assert stage.trail().to_json() == stage.baseline()["state"]
    told = outcomes(incident)
    assert set(told) <= {_LEFT, "origin_unknown"}
    opened = stage.messages_about(incident["id"])[0]
    assert opened.kind == "opened"
    assert _LEFT in opened.text
    return told[_LEFT]


def _record(stage: Stage, user_identity: dict[str, str]) -> dict[str, Any]:
    """A record of an UpdateTrail by that principal."""
    return {
        "eventVersion": "1.11",
        "userIdentity": user_identity,
        "eventTime": datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "UpdateTrail",
        "awsRegion": stage.lab.region,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {"name": TRAIL_NAME, "enableLogFileValidation": False},
        "responseElements": {"name": TRAIL_NAME, "trailARN": stage.trail_arn},
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": stage.lab.account,
        "eventCategory": "Management",
    }
