"""What an evidence store relies on: TLS-only policies, write-once, retention, checksums, owners."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT
from toolkit.lab.emulator.server import Lab

_SHA256 = base64.b64encode(hashlib.sha256(b"evidence").digest()).decode()


@pytest.fixture(scope="module")
def bucket(lab: Lab) -> str:
    """Create a bucket with a default retention that only TLS may reach."""
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="evidence", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket="evidence", ObjectLockConfiguration=configuration)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::evidence", "arn:aws:s3:::evidence/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="evidence", Policy=document)
    return "evidence"


def _refusal(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refusal:
        call()
    answer = refusal.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_loopback_counts_as_secure_transport(lab: Lab, bucket: str) -> None:
    """A user whom only the TLS-only policy could stop is let in."""
    iam = lab.client("iam")
    iam.create_user(UserName="reader")
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_user_policy(UserName="reader", PolicyArn=arn)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    reader = lab.client(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    assert "Versions" not in reader.list_object_versions(Bucket=bucket, Prefix="nothing-here/")


def test_an_object_is_written_once(lab: Lab, bucket: str) -> None:
    """If-None-Match is honoured, the checksum is confirmed, and the version cannot be deleted."""
    s3 = lab.client("s3")
    request = {"Bucket": bucket, "Key": "sealed", "Body": b"evidence", "ChecksumSHA256": _SHA256}
    stored = s3.put_object(**request, IfNoneMatch="*")
    assert stored["ChecksumSHA256"] == _SHA256
    assert stored["VersionId"]
    assert _refusal(lambda: s3.put_object(**request, IfNoneMatch="*")) == ("PreconditionFailed", 412)
    assert s3.get_object_retention(Bucket=bucket, Key="sealed")["Retention"]["Mode"] == "COMPLIANCE"
    version = {"Bucket": bucket, "Key": "sealed", "VersionId": stored["VersionId"]}
    assert _refusal(lambda: s3.delete_object(**version)) == ("AccessDenied", 403)
    read = s3.get_object(**version, ChecksumMode="ENABLED")
    assert (read["ChecksumSHA256"], read["Body"].read()) == (_SHA256, b"evidence")


def test_a_wrong_checksum_is_refused(lab: Lab, bucket: str) -> None:
    """What arrives is what was meant to be stored."""
    request = {"Bucket": bucket, "Key": "damaged", "Body": b"something else", "ChecksumSHA256": _SHA256}
    s3 = lab.client("s3", config=Config(retries={"total_max_attempts": 1}))  # botocore tries this again
    assert _refusal(lambda: s3.put_object(**request)) == ("BadDigest", 400)


def test_the_expected_owner_is_checked(lab: Lab, bucket: str) -> None:
    """The owner condition tells one's own bucket, another's, and one that is not there apart."""
    s3 = lab.client("s3")
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=ACCOUNT)
    stranger = "222222222222"
    assert _refusal(lambda: s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=stranger))[1] == 403
    assert _refusal(lambda: s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=stranger))[1] == 403
    assert _refusal(lambda: s3.head_bucket(Bucket="not-there", ExpectedBucketOwner=ACCOUNT))[1] == 404
    lab.client("s3", aws_access_key_id=stranger).create_bucket(Bucket="of-a-stranger")
    assert _refusal(lambda: s3.head_bucket(Bucket="of-a-stranger", ExpectedBucketOwner=ACCOUNT))[1] == 403


def test_kms_encryption_without_a_key_takes_the_managed_one(lab: Lab) -> None:
    """An object asked to be encrypted with KMS, no key named, is encrypted with the account's aws/s3 key."""
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="managed-key")
    s3.put_object(Bucket="managed-key", Key="asset", Body=b"", ServerSideEncryption="aws:kms")
    found = s3.head_object(Bucket="managed-key", Key="asset")
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"].endswith(f"{ACCOUNT}:alias/aws/s3")
