"""IAM says of a principal what an investigation asks: use, permissions, groups, policies, limits."""

import json
import time
from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, make_user, policy, session_keys, trust
from toolkit.lab.emulator.server import Lab

_CALLS = ["cloudtrail:UpdateTrail", "cloudtrail:StopLogging"]


def _simulated(lab: Lab, arn: str, **more: Any) -> dict[str, tuple[str, list[str]]]:
    answer = lab.client("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=_CALLS, **more)
    return {
        each["EvalActionName"].removeprefix("cloudtrail:"): (
            each["EvalDecision"],
            [matched["SourcePolicyId"] for matched in each["MatchedStatements"]],
        )
        for each in answer["EvaluationResults"]
    }


def _user(lab: Lab, name: str, **more: Any) -> str:
    return str(lab.client("iam").create_user(UserName=name, **more)["User"]["Arn"])


def test_the_use_of_a_key(lab: Lab, unused: str) -> None:
    """A key that was never used says so; afterwards when, for which service and where."""
    iam, keys = lab.client("iam"), make_user(lab, unused)
    key = keys["aws_access_key_id"]
    never = iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
    assert ("LastUsedDate" in never, never["ServiceName"], never["Region"]) == (False, "N/A", "N/A")
    before = int(time.time())
    lab.client("cloudtrail", **keys, region_name="eu-west-1").describe_trails()
    answer = iam.get_access_key_last_used(AccessKeyId=key)
    used = answer["AccessKeyLastUsed"]
    assert (answer["UserName"], used["ServiceName"], used["Region"]) == (unused, "cloudtrail", "eu-west-1")
    assert used["LastUsedDate"].timestamp() >= before


def test_a_refused_call_is_a_use_and_an_inactive_key_has_none(lab: Lab, unused: str) -> None:
    """IAM counts what was authenticated: a denied call, but none with a key that is Inactive."""
    iam, keys = lab.client("iam"), make_user(lab, unused, "sts:GetCallerIdentity")
    key = keys["aws_access_key_id"]
    iam.update_access_key(UserName=unused, AccessKeyId=key, Status="Inactive")
    assert code_of(lab.client("sqs", **keys).list_queues)
    assert iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    iam.update_access_key(UserName=unused, AccessKeyId=key, Status="Active")
    assert code_of(lab.client("sqs", **keys).list_queues)
    assert iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]["ServiceName"] == "sqs"


def test_the_use_of_a_role(lab: Lab, unused: str) -> None:
    """A role tells when a session of it last called."""
    iam = lab.client("iam")
    role = iam.create_role(RoleName=unused, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))["Role"]
    iam.put_role_policy(RoleName=unused, PolicyName="may", PolicyDocument=policy())
    assert iam.get_role(RoleName=unused)["Role"]["RoleLastUsed"] == {}
    answer = lab.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="one")
    lab.client("cloudtrail", **session_keys(answer)).describe_trails()
    assert iam.get_role(RoleName=unused)["Role"]["RoleLastUsed"]["Region"] == "us-east-1"


def test_what_is_said_of_a_user(lab: Lab, unused: str) -> None:
    """Tags, boundary, password, groups and policies of a user, each by its own call."""
    iam = lab.client("iam")
    boundary = iam.create_policy(PolicyName=f"{unused}-limit", PolicyDocument=policy())["Policy"]["Arn"]
    tags = [{"Key": "owner", "Value": "platform"}]
    _user(lab, unused, Path="/people/", Tags=tags, PermissionsBoundary=boundary)
    assert code_of(lambda: iam.get_login_profile(UserName=unused)) == "NoSuchEntity"
    iam.create_login_profile(UserName=unused, Password="a password")
    iam.create_group(GroupName=unused)
    iam.add_user_to_group(GroupName=unused, UserName=unused)
    iam.put_user_policy(UserName=unused, PolicyName="own", PolicyDocument=policy("s3:*"))
    iam.attach_user_policy(UserName=unused, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    user = iam.get_user(UserName=unused)["User"]
    assert (user["Tags"], user["Path"]) == (tags, "/people/")
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert iam.get_login_profile(UserName=unused)["LoginProfile"]["UserName"] == unused
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName=unused)["Groups"]] == [unused]
    assert iam.list_user_policies(UserName=unused)["PolicyNames"] == ["own"]
    assert iam.get_user_policy(UserName=unused, PolicyName="own")["PolicyDocument"] == json.loads(
        policy("s3:*")
    )
    attached = iam.list_attached_user_policies(UserName=unused)["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["ReadOnlyAccess"]


def test_a_simulation_names_the_policies(lab: Lab, unused: str) -> None:
    """What the user's own and its group's policies allow and deny, with the policies that say so."""
    iam, arn = lab.client("iam"), _user(lab, unused, Path="/people/")
    assert _simulated(lab, arn)["UpdateTrail"] == ("implicitDeny", [])
    iam.create_group(GroupName=unused)
    iam.add_user_to_group(GroupName=unused, UserName=unused)
    iam.put_group_policy(GroupName=unused, PolicyName="team", PolicyDocument=policy("cloudtrail:*"))
    managed = iam.create_policy(PolicyName=f"{unused}-managed", PolicyDocument=policy(_CALLS[0]))["Policy"]
    iam.attach_user_policy(UserName=unused, PolicyArn=managed["Arn"])
    denial = policy(_CALLS[1], Effect="Deny")
    iam.put_user_policy(UserName=unused, PolicyName="own", PolicyDocument=denial)
    assert _simulated(lab, arn) == {
        "UpdateTrail": ("allowed", [f"{unused}-managed", f"group_{unused}_team"]),
        "StopLogging": ("explicitDeny", [f"user_{unused}_own"]),
    }


def test_a_simulation_respects_resources_and_the_boundary(lab: Lab, unused: str) -> None:
    """A role's policy on one trail allows that trail only, and nothing beyond its boundary."""
    iam, trail = lab.client("iam"), f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/one"
    boundary = iam.create_policy(PolicyName=f"{unused}-limit", PolicyDocument=policy(_CALLS[0]))["Policy"][
        "Arn"
    ]
    role = iam.create_role(
        RoleName=unused, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}), PermissionsBoundary=boundary
    )["Role"]
    iam.put_role_policy(RoleName=unused, PolicyName="may", PolicyDocument=policy(_CALLS, trail))
    found = _simulated(lab, role["Arn"], ResourceArns=[trail])
    assert found["UpdateTrail"] == ("allowed", [f"role_{unused}_may"])
    assert found["StopLogging"][0] == "implicitDeny"
    assert _simulated(lab, role["Arn"], ResourceArns=[f"{trail}-other"])["UpdateTrail"][0] == "implicitDeny"


def test_nobody_is_simulated(lab: Lab) -> None:
    """A principal that does not exist is refused by name."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/nobody-of-this-name"
    assert code_of(lambda: _simulated(lab, arn)) == "NoSuchEntity"


@pytest.mark.parametrize(("limit", "code"), [(2_048, ""), (2_049, "LimitExceeded")])
def test_inline_policies_of_a_user_are_limited(lab: Lab, unused: str, limit: int, code: str) -> None:
    """2,048 characters in all, white space not counted; a policy that is replaced does not count twice."""
    iam = lab.client("iam")
    _user(lab, unused)
    iam.put_user_policy(UserName=unused, PolicyName="own", PolicyDocument=policy("s3:GetObject"))
    own, short = (len(policy(actions).replace(" ", "")) for actions in ("s3:GetObject", ""))
    document = policy("x" * (limit - own - short)).replace(" ", "   ")
    put = {"UserName": unused, "PolicyName": "other", "PolicyDocument": document}
    assert code_of(lambda: iam.put_user_policy(**put)) == code
    assert code_of(lambda: iam.put_user_policy(**put)) == code


def test_inline_policies_of_a_role_are_limited(lab: Lab, unused: str) -> None:
    """10,240 characters in all."""
    iam = lab.client("iam")
    iam.create_role(RoleName=unused, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    for name, length, code in (("one", 9_000, ""), ("two", 2_000, "LimitExceeded"), ("three", 900, "")):
        put = {"RoleName": unused, "PolicyName": name, "PolicyDocument": policy("x" * length)}
        assert code_of(lambda put=put: iam.put_role_policy(**put)) == code  # type: ignore[misc]


def test_a_user_has_two_keys_at_most(lab: Lab, unused: str) -> None:
    """The third is refused."""
    iam = lab.client("iam")
    make_user(lab, unused)
    iam.create_access_key(UserName=unused)
    assert code_of(lambda: iam.create_access_key(UserName=unused)) == "LimitExceeded"


@pytest.mark.parametrize("path", ["/aws-reserved/sso.amazonaws.com/", "/aws-service-role/x.amazonaws.com/"])
def test_roles_of_aws_cannot_be_edited(lab: Lab, unused: str, path: str) -> None:
    """Only the root user, which stands in for AWS here, may change such a role."""
    iam = lab.client("iam")
    iam.create_role(RoleName=unused, Path=path, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    put = {"RoleName": unused, "PolicyName": "may", "PolicyDocument": policy()}
    iam.put_role_policy(**put)
    client = lab.client("iam", **make_user(lab, f"{unused}-admin"))
    assert code_of(lambda: client.put_role_policy(**put)) == "UnmodifiableEntity"
    delete = {"RoleName": unused, "PolicyName": "may"}
    assert code_of(lambda: client.delete_role_policy(**delete)) == "UnmodifiableEntity"


def test_permissions_on_one_user_reach_its_key_and_its_simulation(lab: Lab, unused: str) -> None:
    """GetAccessKeyLastUsed is a matter of the key's user, SimulatePrincipalPolicy of the principal."""
    key = make_user(lab, unused)["aws_access_key_id"]
    actions = ["iam:GetAccessKeyLastUsed", "iam:SimulatePrincipalPolicy"]
    reader, arn = f"{unused}-reader", f"arn:aws:iam::{ACCOUNT}:user/{unused}"
    keys = make_user(lab, reader)
    own = lab.client("iam", **keys)
    lab.client("iam").put_user_policy(UserName=reader, PolicyName="may", PolicyDocument=policy(actions, arn))
    simulate = {"PolicySourceArn": arn, "ActionNames": _CALLS}
    assert code_of(lambda: own.get_access_key_last_used(AccessKeyId=key)) == ""
    assert code_of(lambda: own.simulate_principal_policy(**simulate)) == ""
    other = keys["aws_access_key_id"]
    assert code_of(lambda: own.get_access_key_last_used(AccessKeyId=other)) == "AccessDenied"
    simulate["PolicySourceArn"] = f"arn:aws:iam::{ACCOUNT}:user/{reader}"
    assert code_of(lambda: own.simulate_principal_policy(**simulate)) == "AccessDenied"
