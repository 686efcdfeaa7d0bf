"""The userIdentity of a record says who called, in the words of CloudTrail."""

from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import (
    ACCOUNT,
    code_of,
    last_record,
    make_function,
    make_user,
    policy,
    session_keys,
    trust,
)
from toolkit.lab.emulator import cloudtrail_recording, console, identity, instance_role
from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.server import Lab


def _identity_after_a_call(lab: Lab, keys: dict[str, str]) -> dict[str, Any]:
    assert (
        code_of(lambda: lab.client("cloudtrail", **keys).delete_trail(Name="gone"))
        == "TrailNotFoundException"
    )
    record = last_record(lab, AccessKeyId=keys["aws_access_key_id"])
    found: dict[str, Any] = record["userIdentity"]
    return found


def test_a_long_term_key(lab: Lab, unused: str) -> None:
    """An IAM user with its own key has no session."""
    keys = make_user(lab, unused)
    found = _identity_after_a_call(lab, keys)
    assert (found["type"], found["userName"]) == ("IAMUser", unused)
    assert found["arn"] == f"arn:aws:iam::{ACCOUNT}:user/{unused}"
    assert "sessionContext" not in found


@pytest.mark.parametrize("mfa", [True, False])
def test_a_session_token(lab: Lab, unused: str, *, mfa: bool) -> None:
    """GetSessionToken gives the same user with a session, which says whether a second factor was shown."""
    iam, user = lab.client("iam"), make_user(lab, unused)
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=unused)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=unused, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    given = {"SerialNumber": serial, "TokenCode": "123456"} if mfa else {}
    found = _identity_after_a_call(lab, session_keys(lab.client("sts", **user).get_session_token(**given)))
    assert (found["type"], found["userName"]) == ("IAMUser", unused)
    assert found["sessionContext"]["attributes"]["mfaAuthenticated"] == str(mfa).lower()
    assert "sessionIssuer" not in found["sessionContext"]


def test_a_federated_user(lab: Lab, unused: str) -> None:
    """GetFederationToken gives a federated user, issued by the IAM user whose key asked."""
    user = make_user(lab, unused)
    answer = lab.client("sts", **user).get_federation_token(Name="visitor", Policy=policy())
    found = _identity_after_a_call(lab, session_keys(answer))
    assert found["type"] == "FederatedUser"
    assert found["principalId"] == f"{ACCOUNT}:visitor"
    assert found["arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/visitor"
    issuer = found["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["userName"]) == ("IAMUser", unused)
    assert issuer["principalId"] == lab.client("iam").get_user(UserName=unused)["User"]["UserId"]


def test_the_root_user(lab: Lab) -> None:
    """The root key, a root session and the root user at the console are all Root."""
    keys = {**lab.root_credentials}
    assert _identity_after_a_call(lab, keys)["type"] == "Root"
    session = _identity_after_a_call(lab, session_keys(lab.client("sts").get_session_token()))
    signed_in = _identity_after_a_call(lab, console.sign_in("root", account=ACCOUNT, mfa=True))
    for found in (session, signed_in):
        assert (found["type"], found["arn"]) == ("Root", f"arn:aws:iam::{ACCOUNT}:root")
    assert signed_in["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"


def test_a_role_chain(lab: Lab, unused: str) -> None:
    """Each link's AssumeRole record has the key that the next is signed with, and the source identity."""
    iam, keys = lab.client("iam"), make_user(lab, unused)
    document = trust({"AWS": ACCOUNT}).replace(
        '"sts:AssumeRole"', '["sts:AssumeRole", "sts:SetSourceIdentity"]'
    )
    given = {"SourceIdentity": "carol"}
    for number in range(3):
        role = iam.create_role(RoleName=f"{unused}-{number}", AssumeRolePolicyDocument=document)["Role"]
        iam.put_role_policy(RoleName=f"{unused}-{number}", PolicyName="may", PolicyDocument=policy())
        caller, sts = keys["aws_access_key_id"], lab.client("sts", **keys)
        keys = session_keys(sts.assume_role(RoleArn=role["Arn"], RoleSessionName=f"link-{number}", **given))
        given = {}
        record = last_record(lab, ResourceName=keys["aws_access_key_id"])
        assert record["userIdentity"]["accessKeyId"] == caller
        assert record["responseElements"]["credentials"]["accessKeyId"] == keys["aws_access_key_id"]
        assert "sessionToken" not in record["responseElements"]["credentials"]
        assert record["requestParameters"]["roleSessionName"] == f"link-{number}"
        assert record["resources"] == [
            {"ARN": role["Arn"], "accountId": ACCOUNT, "type": "AWS::IAM::Role"},
        ]
        assert (record["readOnly"], record["responseElements"]["sourceIdentity"]) == (True, "carol")
    found = _identity_after_a_call(lab, keys)
    assert found["sessionContext"]["sourceIdentity"] == "carol"


def test_a_caller_of_another_account(lab: Lab, unused: str) -> None:
    """The role's account learns the caller's account and id, its own account all; one id joins the two."""
    other = "222222222222"
    stranger = {"aws_access_key_id": other, "aws_secret_access_key": "test"}
    iam = lab.client("iam", **stranger)
    iam.create_user(UserName=unused)
    iam.put_user_policy(UserName=unused, PolicyName="may", PolicyDocument=policy())
    key = iam.create_access_key(UserName=unused)["AccessKey"]
    theirs = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    role = lab.client("iam").create_role(RoleName=unused, AssumeRolePolicyDocument=trust({"AWS": other}))[
        "Role"
    ]
    answer = lab.client("sts", **theirs).assume_role(RoleArn=role["Arn"], RoleSessionName="away")
    seen = last_record(lab, ResourceName=answer["Credentials"]["AccessKeyId"])
    assert set(seen["userIdentity"]) == {"type", "principalId", "accountId"}
    assert (seen["userIdentity"]["type"], seen["userIdentity"]["accountId"]) == ("AWSAccount", other)
    assert seen["recipientAccountId"] == ACCOUNT
    attribute = {"AttributeKey": "Username", "AttributeValue": unused}
    own = lab.client("cloudtrail", **stranger).lookup_events(LookupAttributes=[attribute])["Events"][0]
    assert seen["sharedEventID"] in own["CloudTrailEvent"]


def test_a_function(lab: Lab, unused: str) -> None:
    """A call by a function names the function that its credentials were issued to."""
    source = """
        import boto3
        def handler(event, context):
            client = boto3.client("cloudtrail")
            try:
                client.delete_trail(Name="gone")
            except client.exceptions.TrailNotFoundException:
                return "tried"
    """
    arn = make_function(lab, unused, source, actions="cloudtrail:*")
    assert b"tried" in lab.client("lambda").invoke(FunctionName=unused)["Payload"].read()
    found = last_record(lab, Username=unused)["userIdentity"]
    assert found["inScopeOf"]["credentialsIssuedTo"] == arn
    assert found["inScopeOf"]["issuerType"] == "AWS::Lambda::Function"


def test_an_instance(lab: Lab, unused: str) -> None:
    """A call from an instance is by its role, in a session of the instance's name, delivered by IMDSv2."""
    iam, ec2 = lab.client("iam"), lab.client("ec2")
    iam.create_role(RoleName=unused, AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    iam.put_role_policy(RoleName=unused, PolicyName="may", PolicyDocument=policy())
    iam.create_instance_profile(InstanceProfileName=unused)
    iam.add_role_to_instance_profile(InstanceProfileName=unused, RoleName=unused)
    launched = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": unused}
    )
    instance = launched["Instances"][0]["InstanceId"]
    found = _identity_after_a_call(lab, instance_role.credentials_of(instance, account=ACCOUNT))
    assert found["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{unused}/{instance}"
    assert found["sessionContext"]["ec2RoleDelivery"] == "2.0"


def test_an_instance_without_a_role(lab: Lab) -> None:
    """No profile, no credentials."""
    launched = lab.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    with pytest.raises(instance_role.InstanceRoleError, match="no instance profile"):
        instance_role.credentials_of(launched["Instances"][0]["InstanceId"], account=ACCOUNT)


def test_a_service(lab: Lab) -> None:
    """A service that calls for itself is AWSService, with nothing but its name."""
    name = "resiliencehub.amazonaws.com"
    with (
        ministack("core.responses").request_scope(ACCOUNT, lab.region),
        pytest.raises(TrailError, match="gone"),
    ):
        cloudtrail_recording.call_as_service(
            "DeleteTrail", {"Name": "gone"}, service=name, caller=identity.service(name)
        )
    record = last_record(lab, EventName="DeleteTrail")
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": name}
    assert record["sourceIPAddress"] == name
