"""The evidence bucket: every document is written once, with its checksum, and read back by version."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from response.aws.errors import ConflictingStateError, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"


@dataclass(frozen=True)
class Sealed:
    """A document in the evidence bucket.

    `existed` says that the key was taken before: then version and checksum are those of the document that is
    there, which stays as it is, whatever this writer had to say.
    """

    key: str
    version_id: str
    sha256: str
    existed: bool


class EvidenceStore:
    """One bucket, named with its owner: a bucket of the same name in other hands is refused by S3."""

    def __init__(self, client: S3Client, *, bucket: str, owner: str) -> None:
        self._client = client
        self._bucket = bucket
        self._owner = owner

    def seal(self, key: str, body: bytes, content_type: str = JSON) -> Sealed:
        """Write the document unless the key is taken; RetryableError while another writer is at it."""
        digest = hashlib.sha256(body)
        try:
            with translated("s3:PutObject"):
                answer = self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=body,
                    ContentType=content_type,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                    ExpectedBucketOwner=self._owner,
                )
        except ConflictingStateError:
            return self._present(key)
        return Sealed(key, answer.get("VersionId", ""), digest.hexdigest(), existed=False)

    def read(self, key: str, version_id: str = "") -> bytes:
        """The document as sealed; without a version, the one that is current now. NotFoundError if none."""
        with translated("s3:GetObject"):
            if version_id:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=key, VersionId=version_id, ExpectedBucketOwner=self._owner
                )
            else:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=key, ExpectedBucketOwner=self._owner
                )
            return answer["Body"].read()

    def _present(self, key: str) -> Sealed:
        """The document that holds the key, with the checksum S3 keeps of it, else that of its bytes."""
        with translated("s3:HeadObject"):
            head = self._client.head_object(
                Bucket=self._bucket, Key=key, ChecksumMode="ENABLED", ExpectedBucketOwner=self._owner
            )
        version_id = head.get("VersionId", "")
        kept = head.get("ChecksumSHA256", "")
        if kept and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
            sha256 = base64.b64decode(kept).hex()
        else:
            sha256 = hashlib.sha256(self.read(key, version_id)).hexdigest()
        return Sealed(key, version_id, sha256, existed=True)
