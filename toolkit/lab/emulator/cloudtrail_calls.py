"""Which calls to ministack 1.5.33 leave a record, and what the record says was asked and answered.

Writes to CloudTrail, IAM and STS; of other services, the writes by which an attacker blinds or robs an
account; and every call to either that a policy refused. Reads that succeed leave none here, unlike in AWS.
"""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from toolkit.lab.emulator import forms
from toolkit.lab.emulator.cloudtrail_records import Call, Outcome
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], Any]

# Global services: their calls are recorded in this Region, wherever they come from.
GLOBAL: Final = {"iam": "us-east-1", "account": "us-east-1"}
_IN_FULL = ("cloudtrail", "iam", "sts")
_READS = re.compile(r"Get|List|Describe|Lookup|Simulate|Generate|Decode")
# STS names these as reads in its records, though they hand out credentials.
_SESSIONS = re.compile(r"AssumeRole|GetSessionToken|GetFederationToken")
_NAMED: Final[Mapping[str, frozenset[str]]] = {
    service: frozenset(names.split())
    for service, names in {
        "account": "PutAlternateContact DeleteAlternateContact",
        "config": "StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel",
        "ec2": "RunInstances TerminateInstances AssociateIamInstanceProfile CreateSnapshot DeleteFlowLogs",
        "events": "DisableRule DeleteRule RemoveTargets",
        "kms": "DisableKey ScheduleKeyDeletion PutKeyPolicy CreateGrant RevokeGrant DeleteAlias UpdateAlias",
        "logs": """
            DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteMetricFilter DeleteSubscriptionFilter""",
        "monitoring": "DeleteAlarms DisableAlarmActions",
        "s3": """
            CreateBucket DeleteBucket PutBucketLifecycle DeleteBucketLifecycle PutBucketPolicy
            DeleteBucketPolicy PutBucketVersioning PutBucketLogging PutBucketEncryption
            DeleteBucketEncryption DeleteBucketReplication PutBucketNotification PutBucketAcl
            PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock""",
        "secretsmanager": "GetSecretValue PutResourcePolicy DeleteSecret",
        "sns": "DeleteTopic Unsubscribe SetTopicAttributes RemovePermission",
        "sqs": "DeleteQueue PurgeQueue SetQueueAttributes",
        "ssm": "CreateDocument UpdateDocument DeleteDocument",
    }.items()
}
_BUCKET_PARTS: Final = {
    "acl": "Acl",
    "encryption": "Encryption",
    "lifecycle": "Lifecycle",
    "logging": "Logging",
    "notification": "Notification",
    "policy": "Policy",
    "publicAccessBlock": "PublicAccessBlock",
    "replication": "Replication",
    "versioning": "Versioning",
}
_VERBS: Final = {"PUT": "Put", "DELETE": "Delete"}
_OK = 400  # what is below succeeded
_REFUSED = (401, 403)


@dataclass(frozen=True)
class Request:
    """A request as ministack dispatches it."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]


def operation_of(request: Request) -> str:
    """Name the operation as records do; "" for a service of which nothing is recorded."""
    if request.service not in _IN_FULL and request.service not in _NAMED:
        return ""
    if request.service == "s3":
        return _bucket_operation(request)
    if target := request.headers.get("x-amz-target", ""):
        return target.rsplit(".", 1)[-1]
    if named := forms.operation(request.body):
        return named
    action = ministack("core.iam_actions").extract_iam_action(
        request.service, request.method, request.path, request.headers, request.body, request.query
    )
    return str(action or "").partition(":")[2]


def is_listed(service: str, operation: str) -> bool:
    """Whether a call leaves a record however it ends; any other leaves one if a policy refuses it."""
    if service in _IN_FULL:
        return not _READS.match(operation) or (service == "sts" and bool(_SESSIONS.match(operation)))
    return operation in _NAMED[service]


def call_of(request: Request, operation: str, request_id: str) -> Call:
    """Say what was asked for, by whom as far as the connection tells."""
    responses = ministack("core.responses")
    return Call(
        service=request.service,
        operation=operation,
        parameters=_parameters(request),
        region=GLOBAL.get(request.service, responses.get_region()),
        account=responses.get_account_id(),
        source_ip=_source_ip(request.headers, responses.get_request_client_ip()),
        user_agent=request.headers.get("user-agent", ""),
        request_id=request_id,
        read_only=request.service == "sts" or bool(_READS.match(operation)),
    )


def outcome_of(service: str, operation: str, answer: Answer) -> Outcome | None:
    """Read the answer; None if the caller was not recognised, which no record tells of."""
    status, headers, payload = answer
    if status < _OK:
        # Of the other services, what is recorded answers with nothing that a record repeats; and to parse
        # what is not recorded would take longer than the call.
        tells = service in _IN_FULL and is_listed(service, operation)
        elements = _parse(service, operation, status, payload) if tells else {}
        elements.pop("ResponseMetadata", None)
        return Outcome(elements)
    code, message = _error(headers, payload)
    if code.startswith("AccessDenied"):
        return Outcome(None, "AccessDenied", message)
    return None if status in _REFUSED else Outcome(None, code, message)


def _bucket_operation(request: Request) -> str:
    verb, names = _VERBS.get(request.method, ""), [part for part in request.path.split("/") if part]
    if not verb or len(names) != 1:
        return ""
    for key, part in _BUCKET_PARTS.items():
        if key in request.query:
            return f"{verb}Bucket{part}"
    if any(not key.startswith("x-id") for key in request.query):
        return ""
    return "CreateBucket" if verb == "Put" else "DeleteBucket"


def _parameters(request: Request) -> dict[str, Any]:
    if request.service == "s3":
        return {"bucketName": request.path.strip("/").split("/")[0]}
    if request.body[:1] in (b"{", b""):
        return _json_object(request.body)
    return forms.query_parameters(request.body)


def _json_object(body: bytes) -> dict[str, Any]:
    """Read a request; what is no JSON object is recorded without parameters."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _source_ip(headers: Mapping[str, str], peer: str) -> str:
    """Take the address that a client of the lab says it comes from: all of them are on loopback."""
    claimed = headers.get("x-forwarded-for", "").split(",")[0].strip()
    try:
        return str(ipaddress.ip_address(claimed))
    except ValueError:
        return peer


def _error(headers: Mapping[str, str], payload: Any) -> tuple[str, str]:
    """Read the code and the message of an error, whatever the protocol."""
    text = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
    code, message = headers.get("x-amzn-errortype", "").partition(":")[0], ""
    if text.startswith("{"):
        document = _json_object(text.encode())
        code = str(document.get("__type", code)).rsplit("#", 1)[-1]
        message = str(document.get("message") or document.get("Message") or "")
    elif found := re.search(r"<Code>([^<]*)</Code>", text):
        code = found[1]
        said = re.search(r"<Message>([^<]*)</Message>", text)
        message = said[1] if said else ""
    return code, message


def _parse(service: str, operation: str, status: int, payload: bytes) -> dict[str, Any]:
    """Read an answer as the SDK does, whatever the protocol."""
    from botocore import model, parsers  # noqa: PLC0415  # only when something is recorded

    services = ministack("core.responses")._service_model(service)
    protocol = "json" if payload[:1] in (b"{", b"") else "query"
    parser = parsers.create_parser(protocol)
    nothing = model.StructureShape("Nothing", {"type": "structure", "members": {}})
    known = operation in services.operation_names
    shape = (services.operation_model(operation).output_shape if known else None) or nothing
    parsed: dict[str, Any] = parser.parse({"status_code": status, "headers": {}, "body": payload}, shape)
    return parsed
