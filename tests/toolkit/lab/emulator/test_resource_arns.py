"""Tag operations of CloudTrail are allowed on the trail that they name, and on no other."""

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_user, policy
from toolkit.lab.emulator.server import Lab

ACTIONS = ["cloudtrail:ListTags", "cloudtrail:AddTags", "cloudtrail:RemoveTags"]


def test_tags_of_the_own_trail_only(lab: Lab, unused: str) -> None:
    """A user who may handle the tags of trails of one name reads and writes those, and is refused others."""
    trail = f"arn:aws:cloudtrail:{lab.region}:{ACCOUNT}:trail/{unused}"
    other = f"arn:aws:cloudtrail:{lab.region}:{ACCOUNT}:trail/other"
    user = make_user(lab, f"{unused}-user", "sts:GetCallerIdentity")
    lab.client("iam").put_user_policy(
        UserName=f"{unused}-user", PolicyName="tags", PolicyDocument=policy(ACTIONS, trail)
    )
    cloudtrail = lab.client("cloudtrail", **user)
    calls = (
        lambda arn: cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "owner", "Value": "audit"}]),
        lambda arn: cloudtrail.list_tags(ResourceIdList=[arn]),
        lambda arn: cloudtrail.remove_tags(ResourceId=arn, TagsList=[{"Key": "owner", "Value": "audit"}]),
    )
    for call in calls:
        assert _code(call, trail) != "AccessDeniedException"
        assert _code(call, other) == "AccessDeniedException"


def _code(call: object, arn: str) -> str:
    """The error that a call ends in; the trails do not exist, so one that is allowed may fail otherwise."""
    assert callable(call)
    try:
        call(arn)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_several_trails_at_once_need_more(lab: Lab, unused: str) -> None:
    """Tags of two trails in one call are no one trail's: a policy on one of them does not suffice."""
    trail = f"arn:aws:cloudtrail:{lab.region}:{ACCOUNT}:trail/{unused}"
    user = make_user(lab, f"{unused}-user", "sts:GetCallerIdentity")
    lab.client("iam").put_user_policy(
        UserName=f"{unused}-user", PolicyName="tags", PolicyDocument=policy(ACTIONS, trail)
    )
    with pytest.raises(ClientError) as refused:
        lab.client("cloudtrail", **user).list_tags(ResourceIdList=[trail, trail + "2"])
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
