"""IAM credentials: read as they are, switched off and on by listed calls only."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from response.aws.calls import CallRunner
from response.aws.credentials import CONTAINER_OPERATIONS, Credentials
from response.aws.errors import (
    AwsCallError,
    LimitExceededError,
    NotFoundError,
    RefusedCallError,
    UnmodifiableError,
)
from response.aws.pacing import Pacer
from response.domain.plan import Call
from tests.response.aws.fakes import FakeClock, stubbed

DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def iam(aws: None) -> Any:  # noqa: ARG001  the account must be imitated first
    """An account with the user mallory."""
    client = boto3.client("iam")
    client.create_user(UserName="mallory")
    return client


@pytest.fixture
def key_id(iam: Any) -> str:
    """Mallory's access key."""
    return str(iam.create_access_key(UserName="mallory")["AccessKey"]["AccessKeyId"])


def container(client: Any, clock: FakeClock) -> CallRunner:
    """The container's calls."""
    return CallRunner(
        lambda _region: client,
        service="iam",
        allowed=CONTAINER_OPERATIONS,
        clock=clock,
        pacer=Pacer(clock, 5),
    )


def test_key_is_switched_off_and_on_again(iam: Any, key_id: str, clock: FakeClock) -> None:
    """The planned call and its inverse do what they say, as the reader sees it."""
    credentials, runner = Credentials(iam), container(iam, clock)
    key = {"UserName": "mallory", "AccessKeyId": key_id}
    assert credentials.access_key_status("mallory", key_id) == "Active"
    runner.apply(Call("iam", "UpdateAccessKey", {**key, "Status": "Inactive"}))
    assert credentials.access_key_status("mallory", key_id) == "Inactive"
    runner.apply(Call("iam", "UpdateAccessKey", {**key, "Status": "Active"}))
    assert credentials.access_key_status("mallory", key_id) == "Active"


def test_deny_policy_is_put_and_read_back(iam: Any, clock: FakeClock) -> None:
    """The policy is read back as the document it was."""
    credentials, runner = Credentials(iam), container(iam, clock)
    name = {"UserName": "mallory", "PolicyName": "TrailguardDeny-TG-1"}
    assert credentials.user_policy("mallory", "TrailguardDeny-TG-1") is None
    runner.apply(Call("iam", "PutUserPolicy", {**name, "PolicyDocument": json.dumps(DENY)}))
    assert credentials.user_policy("mallory", "TrailguardDeny-TG-1") == DENY


def test_a_roles_deny_is_put_read_back_and_removed(iam: Any, clock: FakeClock) -> None:
    """As a user's, on the role."""
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(DENY))
    credentials, runner = Credentials(iam), container(iam, clock)
    name = {"RoleName": "deployer", "PolicyName": "TrailguardDeny-TG-1"}
    assert credentials.role_policy("deployer", "TrailguardDeny-TG-1") is None
    runner.apply(Call("iam", "PutRolePolicy", {**name, "PolicyDocument": json.dumps(DENY)}))
    assert credentials.role_policy("deployer", "TrailguardDeny-TG-1") == DENY
    runner.apply(Call("iam", "DeleteRolePolicy", name))
    assert credentials.role_policy("deployer", "TrailguardDeny-TG-1") is None
    assert credentials.role_policy("nobody", "TrailguardDeny-TG-1") is None


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("LimitExceeded", 409, LimitExceededError),
        ("UnmodifiableEntity", 400, UnmodifiableError),
        ("NoSuchEntity", 404, NotFoundError),
    ],
)
def test_a_deny_that_iam_does_not_take_is_an_error_of_its_own(
    clock: FakeClock, code: str, status: int, kind: type[AwsCallError]
) -> None:
    """No room, AWS's own role, nobody there: told apart, with the call's name, and not tried again."""
    client: Any = boto3.client("iam")
    call = Call("iam", "PutRolePolicy", {"RoleName": "deployer", "PolicyName": "p", "PolicyDocument": "{}"})
    with stubbed(client) as stub:
        stub.add_client_error("put_role_policy", code, "said IAM", http_status_code=status)
        with pytest.raises(kind, match=f"iam:PutRolePolicy: {code}: said IAM"):
            container(client, clock).apply(call)
    assert sum(clock.slept) == 0


@pytest.mark.parametrize(
    "operation", ["DeleteUser", "DeleteRole", "DeleteAccessKey", "AttachUserPolicy", "UpdateAssumeRolePolicy"]
)
def test_no_other_iam_call_is_made(operation: str, clock: FakeClock) -> None:
    """Containment can be taken back; what cannot is not on the list."""
    with pytest.raises(RefusedCallError, match="NotOnTheList"):
        container(None, clock).apply(Call("iam", operation, {"UserName": "mallory"}))


@pytest.mark.usefixtures("iam")
def test_unknown_user_or_key(iam: Any, key_id: str) -> None:
    """What is not there has no status, and that is no error."""
    credentials = Credentials(iam)
    assert credentials.access_key_status("nobody", key_id) is None
    assert credentials.access_key_status("mallory", "AKIAAAAAAAAAAAAAAAAA") is None
    assert credentials.user_policy("nobody", "p") is None


def test_keys_on_a_later_page_are_found() -> None:
    """ListAccessKeys answers in pages."""
    client: Any = boto3.client("iam")
    first = {"AccessKeyMetadata": [], "IsTruncated": True, "Marker": "m"}
    key = {"AccessKeyId": "AKIAEXAMPLEEXAMPLE01", "Status": "Expired"}
    with stubbed(client) as stub:
        stub.add_response("list_access_keys", first, {"UserName": "mallory"})
        stub.add_response(
            "list_access_keys", {"AccessKeyMetadata": [key]}, {"UserName": "mallory", "Marker": "m"}
        )
        assert Credentials(client).access_key_status("mallory", "AKIAEXAMPLEEXAMPLE01") == "Expired"
