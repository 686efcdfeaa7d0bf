"""The protocol of a CloudFormation custom resource: always an answer, or the stack hangs for an hour."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from response.aws.errors import RefusedCallError, RetryableError
from response.domain.errors import TrailguardError

# CloudFormation user guide, 'Custom resource response objects': the whole answer is at most 4,096 bytes.
_ANSWER_BYTES = 4096
_REASON_LIMIT = 1000
_OPERATION = "cloudformation:ResponseURL"


class RequestType(StrEnum):
    """Why CloudFormation calls."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True)
class Result:
    """What a custom resource made of a request. `reason` is shown to whoever deploys."""

    succeeded: bool
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def answering(event: Mapping[str, Any], work: Callable[[], Result], *, physical_id: str) -> None:
    """Do the work and answer, whatever becomes of it; a deletion is never held up.

    An error of ours is told as the reason. A mistake in the code is answered too, and goes on to the log.
    """
    result = Result(event.get("RequestType") == RequestType.DELETE, "the function failed; see its log")
    try:
        result = work()
    except TrailguardError as error:
        result = Result(result.succeeded, str(error))
    finally:
        answer(event, result, physical_id=physical_id)


def answer(event: Mapping[str, Any], result: Result, *, physical_id: str) -> None:
    """PUT the result to where CloudFormation waits for it.

    The resource keeps the id that it was created under: another one would be a replacement.
    """
    document = {
        "Status": "SUCCESS" if result.succeeded else "FAILED",
        "Reason": _plain(result.reason) or "see the function's log",
        "PhysicalResourceId": event.get("PhysicalResourceId") or physical_id,
        "StackId": event.get("StackId", ""),
        "RequestId": event.get("RequestId", ""),
        "LogicalResourceId": event.get("LogicalResourceId", ""),
        "Data": dict(result.data),
    }
    body = json.dumps(document).encode()
    if len(body) > _ANSWER_BYTES:
        body = json.dumps({**document, "Data": {}}).encode()
    _put(str(event.get("ResponseURL", "")), body)


def _plain(reason: str) -> str:
    """ASCII only, since a character that JSON has to escape takes up to twelve bytes of the answer."""
    return reason[:_REASON_LIMIT].encode("ascii", "replace").decode()


def _put(url: str, body: bytes) -> None:
    """One PUT without a content type: the URL is signed for none."""
    if urlsplit(url).scheme not in ("https", "http"):
        raise RefusedCallError(_OPERATION, "NotAResponseUrl", f"{url[:80]!r}: expected an https URL")
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310  scheme checked above
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310  scheme checked above
            reply.read()
    except urllib.error.HTTPError as error:
        raise RefusedCallError(_OPERATION, str(error.code), str(error.reason)) from error
    except (urllib.error.URLError, TimeoutError) as error:
        raise RetryableError(_OPERATION, type(error).__name__, str(error)) from error
