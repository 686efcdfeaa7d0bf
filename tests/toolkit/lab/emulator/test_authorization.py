"""Policies written for AWS's resource names fit here, and those that would not fit there do not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_trail, make_user, policy
from toolkit.lab.emulator.server import Lab


def _may(lab: Lab, user: str, action: str, resource: str) -> None:
    document = policy(action, resource)
    lab.client("iam").put_user_policy(UserName=user, PolicyName="may", PolicyDocument=document)


def _code(call: Any) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize(("suffix", "answer"), [(":*", ""), ("", "AccessDeniedException")])
def test_log_groups_end_with_a_wildcard(lab: Lab, suffix: str, answer: str) -> None:
    """A log group is named with `:*`; the bare name matches no call on its events."""
    user, group = f"reads{len(suffix)}", f"/group{len(suffix)}"
    lab.client("logs").create_log_group(logGroupName=group)
    logs = lab.client("logs", **make_user(lab, user))
    _may(lab, user, "logs:FilterLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}{suffix}")
    assert _code(lambda: logs.filter_log_events(logGroupName=group)) == answer


def test_users_have_their_path(lab: Lab) -> None:
    """A policy on users below a path reaches them, and no others."""
    iam = lab.client("iam")
    iam.create_user(UserName="below", Path="/contained/")
    iam.create_user(UserName="beside")
    client = lab.client("iam", **make_user(lab, "container"))
    _may(lab, "container", "iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/contained/*")
    assert _code(lambda: client.get_user(UserName="below")) == ""
    assert _code(lambda: client.get_user(UserName="beside")) == "AccessDenied"


def test_trails_are_tagged_by_arn(lab: Lab) -> None:
    """Tags of a trail are a matter of that trail."""
    arns = [make_trail(lab, name)["TrailARN"] for name in ("tagged", "untagged")]
    client = lab.client("cloudtrail", **make_user(lab, "tagger"))
    _may(lab, "tagger", "cloudtrail:*Tags", arns[0])
    assert _code(lambda: client.add_tags(ResourceId=arns[0], TagsList=[{"Key": "a", "Value": "b"}])) == ""
    assert _code(lambda: client.list_tags(ResourceIdList=[arns[0]])) == ""
    assert _code(lambda: client.list_tags(ResourceIdList=[arns[1]])) == "AccessDeniedException"
