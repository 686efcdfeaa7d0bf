"""IAM users: with a key, in sessions of the console, GetSessionToken and GetFederationToken; and new ones.

Each credential works before, is refused after, and works again once the containment is taken back.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.cast import (
    TRAILS,
    answered,
    approve,
    done,
    let,
    notes,
    planned,
    policy,
    session,
    take_back,
    weaken,
    works,
)
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.lab.emulator import console

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_a_long_term_key(stage: Stage) -> None:
    """Key and user are denied, the user's other key with them; another user is not touched."""
    mallory, bystander = stage.hire("mallory-key"), stage.hire("bystander")
    second = stage.lab.client("iam").create_access_key(UserName="mallory-key")["AccessKey"]
    other = {
        "aws_access_key_id": second["AccessKeyId"],
        "aws_secret_access_key": second["SecretAccessKey"],
    }
    assert works(stage, mallory.credentials)
    assert works(stage, other)
    weaken(stage, mallory.credentials)
    incident = answered(stage)
    assert planned(incident) == {"deactivate-access-key": "auto", "deny-user-sessions": "auto"}
    assert second["AccessKeyId"] in notes(incident, "deny-user-sessions")
    assert not works(stage, mallory.credentials)
    assert not works(stage, other)
    assert works(stage, bystander.credentials)

    take_back(stage, incident, "deny-user-sessions")
    assert works(stage, other)
    assert not works(stage, mallory.credentials)
    take_back(stage, incident, "deactivate-access-key")
    assert works(stage, mallory.credentials)
    assert stage.lab.client("iam").list_user_policies(UserName="mallory-key")["PolicyNames"] == ["work"]


def test_a_console_session(stage: Stage) -> None:
    """The user is denied at once; her key, which no record ties to the session, is offered to a person."""
    mallory = stage.hire("mallory-console")
    stage.lab.client("iam").create_login_profile(UserName="mallory-console", Password="correct-Horse-9")
    browser = console.sign_in("mallory-console", account=stage.lab.account)
    assert works(stage, browser)
    weaken(stage, browser)
    incident = answered(stage)
    assert planned(incident) == {"deny-user-sessions": "auto", "deactivate-owner-key": "approve"}
    assert incident["approval"]["action_ids"] == ["deactivate-owner-key"]
    assert "console password" in notes(incident, "deny-user-sessions")
    assert not works(stage, browser)
    assert _status(stage, mallory.access_key_id, "mallory-console") == "Active"

    incident = approve(stage, incident)
    assert _status(stage, mallory.access_key_id, "mallory-console") == "Inactive"
    take_back(stage, incident, *sorted(done(incident)))
    assert works(stage, browser)
    assert works(stage, mallory.credentials)


def test_a_session_token(stage: Stage) -> None:
    """The key with which the session was made is known from the record of that call, and goes with it."""
    mallory = stage.hire("mallory-token")
    token = session(stage.lab.client("sts", **mallory.credentials).get_session_token())
    assert works(stage, token)
    weaken(stage, token)
    incident = answered(stage)
    assert planned(incident) == {"deny-user-sessions": "auto", "deactivate-owner-key": "auto"}
    assert not works(stage, token)
    assert not works(stage, mallory.credentials)
    take_back(stage, incident, *sorted(done(incident)))
    assert works(stage, token)
    assert works(stage, mallory.credentials)


def test_a_federated_user(stage: Stage) -> None:
    """The user who issued the session is denied, which is what reaches it."""
    broker = stage.hire("broker")
    let(stage, "broker", "sts:GetFederationToken")
    sts = stage.lab.client("sts", **broker.credentials)
    federated = session(sts.get_federation_token(Name="visitor", Policy=policy(*TRAILS)))
    assert works(stage, federated)
    weaken(stage, federated)
    incident = answered(stage)
    assert planned(incident) == {"deny-issuer-sessions": "auto", "deactivate-owner-key": "auto"}
    assert not works(stage, federated)
    assert not works(stage, broker.credentials)
    take_back(stage, incident, *sorted(done(incident)))
    assert works(stage, federated)
    assert works(stage, broker.credentials)


def test_what_the_attacker_made_to_stay(stage: Stage) -> None:
    """A new user with a key and a new role are found, and shut out once a person says so."""
    mallory = stage.hire("mallory-maker")
    let(stage, "mallory-maker", "iam:CreateUser", "iam:CreateAccessKey", "iam:CreateRole", "iam:Put*")
    iam = stage.lab.client("iam", **mallory.credentials)
    iam.create_user(UserName="spare")
    iam.put_user_policy(UserName="spare", PolicyName="work", PolicyDocument=policy(*TRAILS, "sts:AssumeRole"))
    made = iam.create_access_key(UserName="spare")["AccessKey"]
    spare = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    trust = policy("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{stage.lab.account}:root"})
    role = iam.create_role(RoleName="way-back", AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName="way-back", PolicyName="work", PolicyDocument=policy(*TRAILS))
    back = session(stage.lab.client("sts", **spare).assume_role(RoleArn=role["Arn"], RoleSessionName="later"))
    weaken(stage, mallory.credentials)
    incident = answered(stage)
    created = {"deny-created-user", "deactivate-created-key", "deny-created-role"}
    assert {id_ for id_, gate in planned(incident).items() if gate == "approve"} == created
    assert set(incident["approval"]["action_ids"]) == created
    assert not works(stage, mallory.credentials)
    assert works(stage, spare)
    assert works(stage, back)
    told = _finding(incident, "made_to_stay")
    assert "spare" in told
    assert "way-back" in told

    incident = approve(stage, incident)
    assert created <= done(incident)
    assert not works(stage, spare)
    assert not works(stage, back)
    take_back(stage, incident, *sorted(created))
    assert works(stage, spare)
    assert works(stage, back)
    assert not works(stage, mallory.credentials)


def _status(stage: Stage, access_key_id: str, user: str) -> str:
    """Of a key."""
    listed = stage.lab.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return next(str(key["Status"]) for key in listed if key["AccessKeyId"] == access_key_id)


def _finding(incident: dict[str, Any], name: str) -> str:
    """What a section of the dossier says."""
    return str(incident["dossier"][name]["finding"])
