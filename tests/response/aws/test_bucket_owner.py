"""Whose bucket it is: told by S3 where S3 tells, and unknown where it does not."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from response.aws.bucket_owner import BucketOwners
from response.domain.trail_state import BucketOwner
from tests.response.aws.conftest import ACCOUNT, REGION
from tests.response.aws.fakes import stubbed

BUCKET = "log-123456789012"


def ask(client: Any, bucket: str = BUCKET) -> BucketOwner:
    """Ask as the trail's account."""
    return BucketOwners(lambda _region: client, account=ACCOUNT)(bucket, REGION)


def test_own_bucket() -> None:
    """S3 confirms the owner that is expected."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_response("head_bucket", {}, {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT})
        assert ask(client) is BucketOwner.SAME_ACCOUNT


def test_missing_bucket() -> None:
    """404 means that nobody owns it, so anybody can take the name."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("head_bucket", "404", http_status_code=404)
        assert ask(client) is BucketOwner.MISSING


@pytest.mark.parametrize(
    ("own", "answer"),
    [
        ([BUCKET], BucketOwner.SAME_ACCOUNT),
        ([], BucketOwner.OTHER_ACCOUNT),
        ([BUCKET + "-2"], BucketOwner.OTHER_ACCOUNT),
    ],
)
def test_refused_bucket_is_looked_for_among_the_own(own: list[str], answer: BucketOwner) -> None:
    """403 comes from another owner or from the bucket's policy; the list of buckets tells which."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("head_bucket", "403", http_status_code=403)
        stub.add_response("list_buckets", {"Buckets": [{"Name": name} for name in own]}, {"Prefix": BUCKET})
        assert ask(client) is answer


def test_unknown_where_nothing_tells() -> None:
    """Neither the bucket nor the list may be read: then nothing is claimed."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("head_bucket", "403", http_status_code=403)
        stub.add_client_error("list_buckets", "AccessDenied")
        assert ask(client) is BucketOwner.UNKNOWN


@pytest.mark.parametrize("code", ["301", "400", "SlowDown"])
def test_other_answers_never_stop_the_reading(code: str) -> None:
    """The bucket's owner is one fact among many; failing to learn it is no failure of the rest."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("head_bucket", code)
        assert ask(client) is BucketOwner.UNKNOWN


def test_no_bucket_name() -> None:
    """A trail without a bucket delivers nowhere; S3 is not asked."""
    assert ask(None, "") is BucketOwner.MISSING


@pytest.mark.usefixtures("aws")
def test_against_an_imitated_account() -> None:
    """An existing bucket and one that does not exist."""
    client: Any = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert ask(client) is BucketOwner.SAME_ACCOUNT
    assert ask(client, "nobody-has-this") is BucketOwner.MISSING
