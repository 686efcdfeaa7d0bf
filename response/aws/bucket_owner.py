"""Whose bucket a trail delivers to: the difference between a mistake and a theft of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from response.aws.errors import AccessDeniedError, AwsCallError, NotFoundError, translated
from response.domain.trail_state import BucketOwner

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class BucketOwners:
    """Answers for one account, whose reader asks."""

    def __init__(self, client_for: Callable[[str], S3Client], *, account: str) -> None:
        self._client_for = client_for
        self._account = account

    def __call__(self, bucket: str, region: str) -> BucketOwner:
        """Whose the bucket is, seen from the account. It never fails: what S3 does not tell is unknown.

        A 403 alone may also come from the bucket's policy, so the account's own list of buckets decides then.
        """
        if not bucket:
            return BucketOwner.MISSING
        client = self._client_for(region)
        try:
            with translated("s3:HeadBucket"):
                client.head_bucket(Bucket=bucket, ExpectedBucketOwner=self._account)
        except NotFoundError:
            return BucketOwner.MISSING
        except AccessDeniedError:
            return self._by_list(client, bucket)
        except AwsCallError:
            return BucketOwner.UNKNOWN
        return BucketOwner.SAME_ACCOUNT

    def _by_list(self, client: S3Client, bucket: str) -> BucketOwner:
        try:
            with translated("s3:ListBuckets"):
                pages = client.get_paginator("list_buckets").paginate(Prefix=bucket)
                names = {found.get("Name") for page in pages for found in page.get("Buckets", ())}
        except AwsCallError:
            return BucketOwner.UNKNOWN
        return BucketOwner.SAME_ACCOUNT if bucket in names else BucketOwner.OTHER_ACCOUNT
