"""Roles: one session of a shared role, all sessions of another, a chain of three, workloads, and SAML.

Each credential works before, is refused after, and works again once the containment is taken back.
"""

from __future__ import annotations

import io
import json
import textwrap
import zipfile

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.e2e.cast import (
    TRAILS,
    Keys,
    answered,
    assertion,
    assume,
    done,
    let,
    make_role,
    notes,
    outcomes,
    planned,
    policy,
    session,
    take_back,
    weaken,
    works,
)
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.lab.account import TRAIL_NAME
from toolkit.lab.emulator import instance_role
from toolkit.lab.people import BUILD_SERVER

pytestmark = pytest.mark.e2e

_PROVIDER = "saml-provider/corporate"


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_one_session_of_a_shared_role(stage: Stage) -> None:
    """The session that acted is denied and its owner with it; a colleague's session of the role lives on."""
    role = make_role(stage, "shared-maintenance")
    mallory, carol = stage.hire("mallory-shares"), stage.hire("carol-shares")
    for key in (mallory, carol):
        let(stage, key.user, "sts:AssumeRole")
    hers = assume(stage, mallory.credentials, role, "cleaning")
    colleagues = assume(stage, carol.credentials, role, "maintaining")
    assert works(stage, hers)
    weaken(stage, hers)
    incident = answered(stage)
    assert planned(incident) == {
        "deny-role-session": "auto",
        "deactivate-origin-key": "auto",
        "deny-origin-user": "auto",
    }
    assert "maintaining" in notes(incident, "deny-role-session")
    assert not works(stage, hers)
    assert not works(stage, mallory.credentials)
    assert works(stage, colleagues)
    assert works(stage, carol.credentials)
    take_back(stage, incident, *sorted(done(incident)))
    assert works(stage, hers)
    assert works(stage, mallory.credentials)


def test_a_role_with_one_session(stage: Stage) -> None:
    """Where nobody else uses the role, all sessions that were issued so far are denied."""
    role, mallory = make_role(stage, "lonely-maintenance"), stage.hire("mallory-alone")
    let(stage, "mallory-alone", "sts:AssumeRole")
    hers = assume(stage, mallory.credentials, role, "cleaning")
    assert works(stage, hers)
    weaken(stage, hers)
    incident = answered(stage)
    assert planned(incident) == {
        "deny-role-sessions": "auto",
        "deactivate-origin-key": "auto",
        "deny-origin-user": "auto",
    }
    assert "No session of the role under another name" in notes(incident, "deny-role-sessions")
    assert not works(stage, hers)
    take_back(stage, incident, *sorted(done(incident)))
    assert works(stage, hers)


def test_a_chain_of_three_roles(stage: Stage) -> None:
    """Each session on the way is denied, and the user with whose key it all began."""
    roles = [make_role(stage, f"step-{number}") for number in (1, 2, 3)]
    mallory = stage.hire("mallory-chain")
    let(stage, "mallory-chain", "sts:AssumeRole")
    sessions: list[Keys] = [dict(mallory.credentials)]
    for number, role in enumerate(roles, 1):
        sessions.append(assume(stage, sessions[-1], role, f"hop-{number}"))
    assert all(works(stage, keys) for keys in sessions)
    weaken(stage, sessions[-1])
    incident = answered(stage)
    assert set(planned(incident)) == {
        "deny-role-sessions",
        "deny-origin-role",
        "deny-origin-role-2",
        "deactivate-origin-key",
        "deny-origin-user",
    }
    assert "mallory-chain" in str(incident["dossier"]["who"])
    assert not any(works(stage, keys) for keys in sessions)
    take_back(stage, incident, *sorted(done(incident)))
    assert all(works(stage, keys) for keys in sessions)


def test_the_role_of_an_instance(stage: Stage) -> None:
    """The instance's session is denied and no other of its role; the instance is named for a person."""
    iam, account = stage.lab.client("iam"), stage.lab.account
    iam.put_role_policy(RoleName=BUILD_SERVER, PolicyName="work", PolicyDocument=policy(*TRAILS))
    own, other = (_instance(stage), _instance(stage))
    hers, others = (instance_role.credentials_of(one, account=account) for one in (own, other))
    assert works(stage, hers)
    weaken(stage, hers)
    incident = answered(stage)
    assert planned(incident) == {"deny-role-session": "auto"}
    assert own in outcomes(incident)["not_contained_automatically"]
    assert not works(stage, hers)
    assert not works(stage, instance_role.credentials_of(own, account=account))
    assert works(stage, others)
    take_back(stage, incident, "deny-role-session")
    assert works(stage, hers)


def test_the_role_of_a_function(stage: Stage) -> None:
    """The function's session is denied, another function of the role goes on; the function is named."""
    role = make_role(stage, "reporting", {"Service": "lambda.amazonaws.com"})
    arn = _function(stage, "reports-by-day", role)
    _function(stage, "reports-by-week", role)
    assert _call(stage, "reports-by-day", "get_trail") == ""
    assert _call(stage, "reports-by-day", "update_trail", EnableLogFileValidation=False) == ""
    incident = answered(stage)
    assert planned(incident) == {"deny-role-session": "auto"}
    assert arn in outcomes(incident)["not_contained_automatically"]
    assert _call(stage, "reports-by-day", "get_trail") == "AccessDeniedException"
    assert _call(stage, "reports-by-week", "get_trail") == ""
    take_back(stage, incident, "deny-role-session")
    assert _call(stage, "reports-by-day", "get_trail") == ""


def test_a_saml_session(stage: Stage) -> None:
    """The role's sessions are denied; provider and subject are named for whoever runs the provider."""
    provider = f"arn:aws:iam::{stage.lab.account}:{_PROVIDER}"
    role = make_role(stage, "corporate", {"Federated": provider}, trusts="sts:AssumeRoleWithSAML")
    answer = stage.lab.client("sts", config=Config(signature_version=UNSIGNED)).assume_role_with_saml(
        RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion("S-1-5-21-7", "m.allory")
    )
    hers = session(answer)
    assert works(stage, hers)
    weaken(stage, hers)
    incident = answered(stage)
    assert planned(incident) == {"deny-role-sessions": "auto"}
    told = outcomes(incident)["not_contained_automatically"]
    assert provider in told
    assert "S-1-5-21-7" in told
    assert not works(stage, hers)
    take_back(stage, incident, "deny-role-sessions")
    assert works(stage, hers)


def _instance(stage: Stage) -> str:
    """Start an instance with the build server's profile."""
    launched = stage.lab.client("ec2").run_instances(
        ImageId="ami-00000000",
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": BUILD_SERVER},
    )
    return str(launched["Instances"][0]["InstanceId"])


_CODE = """
    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        client = boto3.client("cloudtrail")
        try:
            getattr(client, event["operation"])(**event["parameters"])
        except ClientError as error:
            return error.response["Error"]["Code"]
        return ""
"""


def _function(stage: Stage, name: str, role: str) -> str:
    """Make a function that calls CloudTrail as it is told."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("code.py", textwrap.dedent(_CODE))
    made = stage.lab.client("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="code.handler",
        Timeout=30,
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


def _call(stage: Stage, function: str, operation: str, **parameters: object) -> str:
    """The error code of a function's call; "" where it is not refused."""
    event = {"operation": operation, "parameters": {"Name": TRAIL_NAME, **parameters}}
    answer = stage.lab.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    return str(json.loads(answer["Payload"].read()))
