"""Gap: S3 of ministack 1.5.33 ignores the expected bucket owner, and PutObject does not confirm the checksum.

A mismatch is a 403, as the S3 user guide has it ("Verifying bucket ownership with bucket owner condition").
"""

import functools
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack

_EXPECTED_OWNER = "x-amz-expected-bucket-owner"
_CHECKSUM = "x-amz-checksum-"
# These describe the checksum; they are none.
_NO_CHECKSUMS = ("x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode")


@functools.cache
def install() -> None:
    """Check the owner before each request, and confirm the checksum of what was stored."""
    service = ministack("services.s3")
    handle = service.handle_request

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
