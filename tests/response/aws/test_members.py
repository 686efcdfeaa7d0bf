"""Each adapter of a protected account acts as the right role, in the right region, in the right session."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from response.aws.errors import RefusedCallError
from response.aws.members import Members
from response.aws.roles import Capability
from response.domain.plan import Call
from response.permissions import MEMBER_ROLES
from tests.response.aws.conftest import ACCOUNT, REGION
from tests.response.aws.fakes import FakeClock

ARN = f"arn:aws:cloudtrail:eu-north-1:{ACCOUNT}:trail/audit"


class RecordingRoles:
    """Gives clients of the imitated account, and remembers how they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str, str, bool]] = []

    def client(
        self,
        service: Any,
        *,
        capability: Capability,
        account: str,
        region: str,
        session_name: str,
        single_attempt: bool = False,
    ) -> Any:
        """A client of that region."""
        self.asked.append((service, capability, account, region, session_name, single_attempt))
        return boto3.client(service, region_name=region)


@pytest.fixture
def roles(aws: None) -> RecordingRoles:  # noqa: ARG001  the account must be imitated first
    """Roles of an account that has one trail in another region than the hub's."""
    s3: Any = boto3.client("s3")
    s3.create_bucket(Bucket="log", CreateBucketConfiguration={"LocationConstraint": REGION})
    boto3.client("cloudtrail", region_name="eu-north-1").create_trail(Name="audit", S3BucketName="log")
    boto3.client("iam").create_user(UserName="mallory")
    return RecordingRoles()


@pytest.fixture
def members(roles: RecordingRoles, clock: FakeClock) -> Members:
    """Members as the hub sees them."""
    made: Any = roles
    return Members(made, hub_region=REGION, clock=clock)


def test_reader_reads_in_the_trails_home_region(members: Members, roles: RecordingRoles) -> None:
    """CloudTrail and S3 are asked in the region of the trail's ARN, as the reader."""
    assert members.trails(ACCOUNT, "tg-verify").read(ARN) is not None
    assert set(roles.asked) == {
        ("cloudtrail", "reader", ACCOUNT, "eu-north-1", "tg-verify", False),
        ("s3", "reader", ACCOUNT, "eu-north-1", "tg-verify", False),
    }


def test_restorer_and_container_use_their_own_roles(members: Members, roles: RecordingRoles) -> None:
    """A write goes out in the session of the action, once per attempt of ours."""
    members.restorer(ACCOUNT, "tg-1-a").apply(Call("cloudtrail", "StartLogging", {"Name": ARN}, "eu-north-1"))
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    policy = {"UserName": "mallory", "PolicyName": "p", "PolicyDocument": document}
    members.container(ACCOUNT, "tg-1-b").apply(Call("iam", "PutUserPolicy", policy))
    assert roles.asked == [
        ("cloudtrail", "restorer", ACCOUNT, "eu-north-1", "tg-1-a", True),
        ("iam", "container", ACCOUNT, REGION, "tg-1-b", True),
    ]


def test_two_sessions_share_the_pace(members: Members, clock: FakeClock) -> None:
    """The limit of one write a second is the account's, whoever calls."""
    call = Call("cloudtrail", "StartLogging", {"Name": ARN}, "eu-north-1")
    members.restorer(ACCOUNT, "tg-1-a").apply(call)
    members.restorer(ACCOUNT, "tg-1-b").apply(call)
    assert clock.slept == [1.0]


def test_credentials_are_read_by_the_reader(members: Members, roles: RecordingRoles) -> None:
    """IAM is global: it is asked from the hub's region."""
    assert members.credentials(ACCOUNT, "tg-x").user_policy("mallory", "p") is None
    assert roles.asked == [("iam", "reader", ACCOUNT, REGION, "tg-x", False)]


@pytest.mark.parametrize("capability", ["restorer", "container"])
def test_every_granted_write_is_on_a_list(capability: str, members: Members) -> None:
    """What the role may write, the runner lets through: a grant that no call can use is one too many."""
    runner = getattr(members, capability)(ACCOUNT, "tg-x")
    for action in MEMBER_ROLES[capability].actions() - {"iam:PassRole"}:
        service, _, operation = action.partition(":")
        with pytest.raises(RefusedCallError) as caught:
            runner.apply(Call(service, operation, {"NoSuchParameter": True}))
        assert caught.value.code == "ParamValidationError"


def test_principals_are_read_by_the_reader(members: Members, roles: RecordingRoles) -> None:
    """IAM is global: it is asked from the hub's region, in the session of the step."""
    facts, _ = members.principals(ACCOUNT, "tg-investigate").user("nobody")
    assert facts.exists is False
    assert roles.asked == [("iam", "reader", ACCOUNT, REGION, "tg-investigate", False)]
