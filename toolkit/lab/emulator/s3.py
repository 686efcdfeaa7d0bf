"""Gap: S3 of ministack 1.5.33 ignores the expected bucket owner, and PutObject does not confirm the checksum.

A mismatch is a 403, as the S3 user guide has it ("Verifying bucket ownership with bucket owner condition").
It also refuses `aws:kms` without a key, where S3 takes the bucket's key or the account's `aws/s3` ("Using
server-side encryption with AWS KMS keys"); the CDK command line publishes its assets that way.
"""

import functools
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack

_EXPECTED_OWNER = "x-amz-expected-bucket-owner"
_CHECKSUM = "x-amz-checksum-"
_ENCRYPTION = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
# These describe the checksum; they are none.
_NO_CHECKSUMS = ("x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode")


@functools.cache
def install() -> None:
    """Check the owner before each request, confirm checksums, and know a default key."""
    service = ministack("services.s3")
    handle, resolve = service.handle_request, service._resolve_sse_write_headers

    def resolve_write(headers: Mapping[str, str], bucket: str) -> Any:
        if headers.get(_ENCRYPTION) == "aws:kms" and not headers.get(_KEY):
            headers = {**headers, _KEY: _default_key(service, bucket)}
        return resolve(headers, bucket)

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any, *rest: Any, **more: Any
    ) -> Any:
        if _foreign(service, path, headers):
            return (
                (403, {}, b"") if method == "HEAD" else service._error("AccessDenied", "Access Denied", 403)
            )
        status, answered, payload = await handle(method, path, headers, body, query, *rest, **more)
        stored = method == "PUT" and status == 200 and "/" in path.strip("/")  # noqa: PLR2004  # HTTP OK
        if stored and (sent := _checksums(headers)):
            answered.update({**sent, "x-amz-checksum-type": "FULL_OBJECT"})
        return status, answered, payload

    service.handle_request = handle_request
    service._resolve_sse_write_headers = resolve_write


def _default_key(service: Any, bucket: str) -> str:
    """The key of a bucket that has one; else the one that AWS manages for S3 in the account."""
    own = service._bucket_default_sse_headers(bucket).get(_KEY)
    responses = ministack("core.responses")
    managed = f"arn:aws:kms:{responses.get_region()}:{responses.get_account_id()}:alias/aws/s3"
    return str(own or managed)


def _foreign(service: Any, path: str, headers: Mapping[str, str]) -> bool:
    """Whether the bucket belongs to another account than the caller expects."""
    expected = headers.get(_EXPECTED_OWNER)
    if not expected:
        return False
    owner = service._bucket_owner_account(path.strip("/").split("/", 1)[0])
    return owner is not None and owner != expected


def _checksums(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.startswith(_CHECKSUM) and name not in _NO_CHECKSUMS
    }
