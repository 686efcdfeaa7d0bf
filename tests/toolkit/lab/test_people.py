"""The lab's account has what an investigation asks about: who owns what, who may become whom, from where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, last_record, session_keys
from toolkit.lab import account, people
from toolkit.lab.account import ProtectedAccount
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT, calling_from
from toolkit.lab.emulator import console, instance_role, server
from toolkit.lab.emulator.server import Lab


@pytest.fixture(scope="module")
def protected(lab: Lab) -> Iterator[ProtectedAccount]:
    """The account of the demonstration."""
    yield account.prepare(lab)
    server.reset(lab.endpoint)


def test_everybody_has_an_owner_and_a_password(lab: Lab, protected: ProtectedAccount) -> None:
    """Each user has tags that name an owner, a login profile, and a key that works."""
    iam = lab.client("iam")
    for name, key in protected.keys.items():
        tags = {tag["Key"]: tag["Value"] for tag in iam.get_user(UserName=name)["User"]["Tags"]}
        assert tags["owner"], name
        assert iam.get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name
        arn = lab.client("sts", **key.credentials).get_caller_identity()["Arn"]
        assert arn == f"arn:aws:iam::{ACCOUNT}:user/{name}"


def test_two_people_share_a_role(lab: Lab, protected: ProtectedAccount) -> None:
    """Mallory and carol may both take the role that changes trails; alice may not."""
    role = f"arn:aws:iam::{ACCOUNT}:role/{people.SHARED_ROLE}"
    for name in ("mallory", "carol"):
        sts = lab.client("sts", **protected.keys[name].credentials)
        answer = sts.assume_role(RoleArn=role, RoleSessionName=name, SourceIdentity=name)
        cloudtrail = lab.client("cloudtrail", **session_keys(answer))
        cloudtrail.update_trail(Name=account.TRAIL_NAME, S3KeyPrefix="org")
    alice = lab.client("sts", **protected.keys["alice"].credentials)
    assert code_of(lambda: alice.assume_role(RoleArn=role, RoleSessionName="alice")) == "AccessDenied"


def test_mallory_may_change_trails_by_herself_and_carol_may_not(
    lab: Lab, protected: ProtectedAccount
) -> None:
    """A simulation says so, and names the policy; both are in the group that reads."""
    iam = lab.client("iam")
    for name, decision in (("mallory", "allowed"), ("carol", "implicitDeny")):
        found = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/{name}", ActionNames=["cloudtrail:UpdateTrail"]
        )["EvaluationResults"][0]
        assert found["EvalDecision"] == decision
        groups = iam.list_groups_for_user(UserName=name)["Groups"]
        assert [group["GroupName"] for group in groups] == [people.GROUP]
    cloudtrail = lab.client("cloudtrail", **protected.keys["carol"].credentials)
    assert code_of(cloudtrail.describe_trails) == ""


def test_the_account_has_a_security_contact_and_a_calendar(lab: Lab, protected: ProtectedAccount) -> None:
    """Both answer; the calendar is closed at the turn of the year."""
    assert protected.trail_arn
    contact = lab.client("account").get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert contact["EmailAddress"] == people.SECURITY_CONTACT["EmailAddress"]
    ssm = lab.client("ssm")
    states = [
        ssm.get_calendar_state(CalendarNames=[people.CALENDAR], AtTime=at)["State"]
        for at in ("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z")
    ]
    assert states == ["OPEN", "CLOSED"]


def test_the_build_server_has_its_address_and_its_role(lab: Lab, protected: ProtectedAccount) -> None:
    """The address that an attack may be said to come from leads to the instance, its owner and its role."""
    assert protected.trail_arn
    ec2 = lab.client("ec2")
    wanted = [{"Name": "association.public-ip", "Values": [people.BUILD_SERVER_ADDRESS]}]
    (interface,) = ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    instance = interface["Attachment"]["InstanceId"]
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert {"Key": "owner", "Value": "build-and-release"} in described["Tags"]
    keys = instance_role.credentials_of(instance, account=ACCOUNT)
    assert people.BUILD_SERVER in lab.client("sts", **keys).get_caller_identity()["Arn"]


def test_an_attack_from_an_address(lab: Lab, protected: ProtectedAccount) -> None:
    """What a client says of its address and its user agent is in the record."""
    mallory = console.sign_in("mallory", account=ACCOUNT)
    client = calling_from(
        lab.client("cloudtrail", **mallory),
        people.BUILD_SERVER_ADDRESS,
        user_agent="APN/1.0 HashiCorp/1.0 Terraform/1.9.8",
    )
    client.update_trail(**MINIMIZE_AND_REDIRECT.parameters)
    record = last_record(lab, EventName="UpdateTrail")
    assert record["sourceIPAddress"] == people.BUILD_SERVER_ADDRESS
    assert record["userAgent"] == "APN/1.0 HashiCorp/1.0 Terraform/1.9.8"
    assert record["userIdentity"]["userName"] == "mallory"
    assert protected.keys["mallory"].access_key_id not in record["userIdentity"]["accessKeyId"]
