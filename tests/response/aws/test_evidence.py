"""Evidence is written once: a second writer gets what the first wrote, and changes nothing."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from response.aws.errors import AwsCallError, NotFoundError, RefusedCallError, RetryableError
from response.aws.evidence import MARKDOWN, EvidenceStore, Sealed
from tests.response.aws.conftest import ACCOUNT, REGION
from tests.response.aws.fakes import stubbed

BUCKET = "evidence-123456789012"
KEY = "incidents/TG-20260501-00000001/record.json"
BODY = b'{"eventID": "1"}'


def sha256(body: bytes) -> str:
    """Digest in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def s3(aws: None) -> Any:  # noqa: ARG001  the account must be imitated first
    """A client on a versioned bucket with Object Lock."""
    client: Any = boto3.client("s3")
    client.create_bucket(
        Bucket=BUCKET,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    return client


@pytest.fixture
def store(s3: Any) -> EvidenceStore:
    """The store on that bucket."""
    return EvidenceStore(s3, bucket=BUCKET, owner=ACCOUNT)


def test_sealed_document_can_be_read_back(store: EvidenceStore, s3: Any) -> None:
    """Key, version and checksum are those of what lies in the bucket, with its content type."""
    sealed = store.seal(KEY, BODY, MARKDOWN)
    assert sealed == Sealed(KEY, sealed.version_id, sha256(BODY), existed=False)
    assert sealed.version_id
    assert store.read(KEY, sealed.version_id) == store.read(KEY) == BODY
    head = s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert head["ContentType"] == MARKDOWN
    assert base64.b64decode(head["ChecksumSHA256"]).hex() == sealed.sha256


def test_same_document_twice_is_one_version(store: EvidenceStore, s3: Any) -> None:
    """A step that is run again seals nothing new and gets the first version."""
    first = store.seal(KEY, BODY)
    again = store.seal(KEY, BODY)
    assert again == Sealed(KEY, first.version_id, first.sha256, existed=True)
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1


def test_other_document_does_not_replace_the_first(store: EvidenceStore) -> None:
    """The first document stays, and the second writer can tell by the checksum that it is not its own."""
    first = store.seal(KEY, BODY)
    other = store.seal(KEY, b"something else")
    assert other == Sealed(KEY, first.version_id, sha256(BODY), existed=True)
    assert store.read(KEY) == BODY


def test_later_version_does_not_hide_the_sealed_one(store: EvidenceStore, s3: Any) -> None:
    """Object Lock keeps versions, not names: evidence is read by its version."""
    sealed = store.seal(KEY, BODY)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"forged")
    assert store.read(KEY, sealed.version_id) == BODY


def test_missing_document(store: EvidenceStore) -> None:
    """Reading what was never sealed is NotFoundError."""
    with pytest.raises(NotFoundError, match="NoSuchKey"):
        store.read("no/such/key")


def stubbed_store(client: Any) -> EvidenceStore:
    """The store on stubbed answers."""
    return EvidenceStore(client, bucket=BUCKET, owner=ACCOUNT)


def test_request_is_conditional_checked_and_bound_to_the_owner() -> None:
    """IfNoneMatch makes it write-once, the checksum is verified by S3, a foreign bucket is refused."""
    client: Any = boto3.client("s3")
    expected = {
        "Bucket": BUCKET,
        "Key": KEY,
        "Body": BODY,
        "ContentType": "application/json",
        "IfNoneMatch": "*",
        "ChecksumAlgorithm": "SHA256",
        "ChecksumSHA256": base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
        "ExpectedBucketOwner": ACCOUNT,
    }
    with stubbed(client) as stub:
        stub.add_response("put_object", {"VersionId": "v1"}, expected)
        assert stubbed_store(client).seal(KEY, BODY).version_id == "v1"


def test_two_writers_at_once() -> None:
    """A conflict of two conditional writes is retryable: one of them has won by then."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        with pytest.raises(RetryableError):
            stubbed_store(client).seal(KEY, BODY)


@pytest.mark.parametrize(
    "head",
    [
        {"VersionId": "v0"},
        {"VersionId": "v0", "ChecksumSHA256": "irrelevant-2", "ChecksumType": "COMPOSITE"},
    ],
)
def test_checksum_of_the_present_document_is_counted_where_s3_keeps_none(head: dict[str, Any]) -> None:
    """No checksum, or one that is none of the bytes: the bytes themselves are read."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
        stub.add_response("head_object", {**head, "LastModified": datetime(2026, 5, 1, tzinfo=UTC)})
        stub.add_response("get_object", {"Body": _Body(b"theirs")})
        assert stubbed_store(client).seal(KEY, BODY) == Sealed(KEY, "v0", sha256(b"theirs"), existed=True)


@pytest.mark.parametrize(
    ("code", "kind"), [("NoSuchBucket", NotFoundError), ("InvalidRequest", RefusedCallError)]
)
def test_failed_write_is_told(code: str, kind: type[AwsCallError]) -> None:
    """Evidence that could not be kept is an error, never silence."""
    client: Any = boto3.client("s3")
    with stubbed(client) as stub:
        stub.add_client_error("put_object", code)
        with pytest.raises(kind, match="s3:PutObject"):
            stubbed_store(client).seal(KEY, BODY)


class _Body:
    """The part of a streaming body that is used."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        """All of it."""
        return self._content
