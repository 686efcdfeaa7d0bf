"""Conditions see the principal that AWS shows them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_user, policy, trust
from toolkit.lab.emulator.server import Lab


def _put_as_role_session(lab: Lab, name: str, admitted: str) -> None:
    """Put an object as a session of role `name` into a bucket that refuses everybody but `admitted`."""
    iam, s3 = lab.client("iam"), lab.client("s3")
    role = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy("s3:PutObject"))
    s3.create_bucket(Bucket=name)
    refusal = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": admitted}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [refusal]}))
    user = make_user(lab, f"{name}-user", "sts:AssumeRole")
    session = lab.client("sts", **user).assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="one")
    keys = session["Credentials"]
    lab.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).put_object(Bucket=name, Key="object", Body=b"")


def test_a_session_counts_as_its_role(lab: Lab, unused: str) -> None:
    """A policy that admits a role by its ARN, path and all, admits the role's sessions."""
    _put_as_role_session(lab, unused, f"arn:aws:iam::{ACCOUNT}:role/team/{unused}")
    assert lab.client("s3").head_object(Bucket=unused, Key="object")["ContentLength"] == 0


def test_another_role_is_still_refused(lab: Lab, unused: str) -> None:
    """A policy that admits another role refuses the session."""
    with pytest.raises(ClientError) as refused:
        _put_as_role_session(lab, unused, f"arn:aws:iam::{ACCOUNT}:role/team/other")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
