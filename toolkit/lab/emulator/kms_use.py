"""Gap: ministack 1.5.33 encrypts with a key for whoever may use the bucket or the topic.

S3 and SNS use a customer managed key with the caller's own permissions: writing needs kms:GenerateDataKey,
reading kms:Decrypt, publishing both (S3 user guide, "Using server-side encryption with AWS KMS keys"; SNS
developer guide, "Configuring AWS KMS permissions"). A policy sees through which service it comes (KMS
developer guide, "kms:ViaService").
"""

import functools
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator import identity
from toolkit.lab.emulator.internals import ministack

_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
_WRITE = "kms:GenerateDataKey"
_READ = "kms:Decrypt"


@functools.cache
def install() -> None:
    """Ask for permission on the key where S3 and SNS use it for a caller."""
    _install_s3(ministack("services.s3"))
    _install_sns(ministack("services.sns"))


def _install_s3(service: Any) -> None:
    resolve, handle = service._resolve_sse_write_headers, service.handle_request

    def resolve_write(headers: Mapping[str, str], bucket: str) -> Any:
        encryption, error = resolve(headers, bucket)
        refusal = "" if error else _refusal("s3", _WRITE, (encryption or {}).get(_KEY_HEADER, ""))
        return (None, service._error("AccessDenied", refusal, 403)) if refusal else (encryption, error)

    async def handle_request(method: str, path: str, headers: dict[str, str], *rest: Any, **more: Any) -> Any:
        answer = await handle(method, path, headers, *rest, **more)
        # A HEAD needs the key only to answer with the checksum.
        reads = method == "GET" or (
            method == "HEAD" and headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
        )
        refusal = _refusal("s3", _READ, answer[1].get(_KEY_HEADER, "")) if reads else ""
        if not refusal:
            return answer
        return (403, {}, b"") if method == "HEAD" else service._error("AccessDenied", refusal, 403)

    service._resolve_sse_write_headers = resolve_write
    service.handle_request = handle_request


def _install_sns(service: Any) -> None:
    publish = service._publish

    def checked_publish(parameters: Any) -> Any:
        arn = service._normalize_arn(
            service._p(parameters, "TopicArn") or service._p(parameters, "TargetArn")
        )
        topic = service._topics.get(arn) or {}
        key = topic.get("attributes", {}).get("KmsMasterKeyId", "")
        refusal = _refusal("sns", _WRITE, key) or _refusal("sns", _READ, key)
        return service._error("KMSAccessDenied", refusal, 400) if refusal else publish(parameters)

    service._publish = checked_publish


def _refusal(service: str, action: str, key_id: str) -> str:
    """Say why the caller may not use a key through a service; "" if it may, or where no client called."""
    caller = identity.calling_key.get()
    record = ministack("services.kms")._resolve_key(key_id) if key_id and caller else None
    # A key that KMS does not hold is one that AWS manages, which every caller of the account may use.
    if record is None:
        return ""
    region = ministack("core.responses").get_region()
    via = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
    denied = ministack("core.iam_evaluator").enforce(
        caller, action, "kms", region, resource_arn=record["Arn"], service_context=via
    )
    if denied is None:
        return ""
    principal = getattr(denied, "principal_arn", "") or caller
    return f"User: {principal} is not authorized to perform: {action} on resource: {record['Arn']}"
