"""Whoever writes to an encrypted bucket or topic needs the key as well."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_user, policy
from toolkit.lab.emulator.server import Lab


@pytest.fixture(scope="module")
def key(lab: Lab) -> str:
    """Create a key, a bucket and a topic that are encrypted with it, and a user with all but the key."""
    account_may = policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    arn = str(lab.client("kms").create_key(Policy=account_may)["KeyMetadata"]["Arn"])
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="encrypted")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    s3.put_bucket_encryption(Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": rules})
    lab.client("sns").create_topic(Name="encrypted", Attributes={"KmsMasterKeyId": arn})
    return arn


def _refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refusal:
        call()
    return str(refusal.value.response["Error"]["Code"])


def test_a_bucket(lab: Lab, key: str) -> None:
    """Writing needs kms:GenerateDataKey, reading kms:Decrypt, and the account's own key owner has both."""
    credentials = make_user(lab, "writer", ["s3:*"])
    s3, iam = lab.client("s3", **credentials), lab.client("iam")
    target = {"Bucket": "encrypted", "Key": "x"}
    assert _refused(lambda: s3.put_object(**target, Body=b"1")) == "AccessDenied"
    iam.put_user_policy(UserName="writer", PolicyName="w", PolicyDocument=policy("kms:GenerateDataKey", key))
    assert s3.put_object(**target, Body=b"1")["SSEKMSKeyId"] == key
    assert _refused(lambda: s3.get_object(**target)) == "AccessDenied"
    assert s3.head_object(**target)["ContentLength"] == 1
    assert _refused(lambda: s3.head_object(**target, ChecksumMode="ENABLED")) == "403"
    iam.put_user_policy(UserName="writer", PolicyName="r", PolicyDocument=policy("kms:Decrypt", key))
    assert s3.get_object(**target)["Body"].read() == b"1"


def test_a_topic(lab: Lab, key: str) -> None:
    """Publishing needs both permissions."""
    sns = lab.client("sns", **make_user(lab, "publisher", ["sns:*"]))
    message = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:encrypted", "Message": "m"}
    assert _refused(lambda: sns.publish(**message)) == "KMSAccessDenied"
    both = policy(["kms:GenerateDataKey*", "kms:Decrypt"], key)
    lab.client("iam").put_user_policy(UserName="publisher", PolicyName="k", PolicyDocument=both)
    assert sns.publish(**message)["MessageId"]


@pytest.mark.parametrize(("service", "admitted"), [("sns", True), ("s3", False)])
def test_a_policy_may_ask_for_the_service(
    lab: Lab, key: str, unused: str, service: str, admitted: bool
) -> None:
    """Whoever may use the key through SNS may publish, and can read nothing with the key themselves."""
    credentials = make_user(lab, unused, ["sns:*"])
    through = {"StringLike": {"kms:ViaService": f"{service}.*.amazonaws.com*"}}
    both = policy(["kms:GenerateDataKey*", "kms:Decrypt"], key, Condition=through)
    lab.client("iam").put_user_policy(UserName=unused, PolicyName="k", PolicyDocument=both)
    message = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:encrypted", "Message": "m"}
    sns, kms = lab.client("sns", **credentials), lab.client("kms", **credentials)
    if admitted:
        assert sns.publish(**message)["MessageId"]
    else:
        assert _refused(lambda: sns.publish(**message)) == "KMSAccessDenied"
    assert _refused(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256")) == "AccessDeniedException"


def test_a_key_policy_that_leaves_the_account_out(lab: Lab, key: str) -> None:
    """An identity policy alone does not open a key whose policy does not name the account."""
    other = policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody-else"})
    arn = lab.client("kms").create_key(Policy=other)["KeyMetadata"]["Arn"]
    assert arn != key
    s3 = lab.client("s3", **make_user(lab, "mighty", "*"))
    request = {"Bucket": "encrypted", "Key": "y", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
    assert _refused(lambda: s3.put_object(**request, Body=b"1")) == "AccessDenied"
