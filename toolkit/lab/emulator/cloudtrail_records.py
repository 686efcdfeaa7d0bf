"""Builds the CloudTrail record of a call, in the shape of CloudTrail's "record contents" reference.

ministack 1.5.33 has a recorder of its own, which knows one kind of identity and no responseElements.
"""

import functools
import json
import re
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator.identity import Caller

# Never in a record, whoever sent or received it.
_SECRETS = frozenset({"secretAccessKey", "sessionToken", "password", "oldPassword", "newPassword"})
_TRAIL_RESOURCES = {
    "trailARN": "AWS::CloudTrail::Trail",
    "name": "AWS::CloudTrail::Trail",
    "trailName": "AWS::CloudTrail::Trail",
    "s3BucketName": "AWS::S3::Bucket",
    "kmsKeyId": "AWS::KMS::Key",
    "cloudWatchLogsLogGroupArn": "AWS::Logs::LogGroup",
    "cloudWatchLogsRoleArn": "AWS::IAM::Role",
    "snsTopicARN": "AWS::SNS::Topic",
    "userName": "AWS::IAM::User",
    "roleName": "AWS::IAM::Role",
    "roleArn": "AWS::IAM::Role",
    "accessKeyId": "AWS::IAM::AccessKey",
}


@dataclass(frozen=True)
class Call:
    """What a client asked for, as far as the record tells."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account: str
    source_ip: str
    user_agent: str
    request_id: str
    read_only: bool = False


@dataclass(frozen=True)
class Outcome:
    """How the call ended: what it answered, or its error."""

    elements: Mapping[str, Any] | None = None
    error_code: str = ""
    error_message: str = ""

    @property
    def denied(self) -> bool:
        """Whether a policy refused the call, so that its parameters were never looked at."""
        return self.error_code == "AccessDenied"


def build(call: Call, caller: Caller, outcome: Outcome, at: datetime) -> dict[str, Any]:
    """Write the record of a call."""
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": caller.user_identity,
        "eventTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent,
    }
    if outcome.error_code:
        record["errorCode"] = outcome.error_code
        record["errorMessage"] = outcome.error_message
    record |= {
        "requestParameters": None if outcome.denied else camel_case(call.parameters) or None,
        "responseElements": camel_case(outcome.elements) or None if outcome.elements else None,
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": call.read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }
    return record


def history_entry(record: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """File a record the way LookupEvents answers it."""
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record["readOnly"] else "false",
        "AccessKeyId": caller.access_key_id,
        # Whole seconds, as in the record: a client's time range has no fractions either.
        "EventTime": int(datetime.fromisoformat(record["eventTime"]).timestamp()),
        "EventSource": record["eventSource"],
        "Username": caller.username,
        "Resources": _resources(record),
        "CloudTrailEvent": json.dumps(record),
    }


def camel_case(value: Any) -> Any:
    """Spell the members of a request or an answer as records do, without secrets."""
    if isinstance(value, Mapping):
        members = {_lower_first(str(key)): camel_case(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if key not in _SECRETS}
    if isinstance(value, list | tuple):
        return [camel_case(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def query_parameters(body: bytes) -> dict[str, Any]:
    """Read a form of the query protocol: `Tags.member.1.Key=a` is the first tag's key."""
    nested: dict[str, Any] = {}
    for name, value in urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        if name in ("Action", "Version"):
            continue
        *path, last = name.split(".")
        functools.reduce(lambda node, part: node.setdefault(part, {}), path, nested)[last] = value
    lists: dict[str, Any] = _lists(nested)
    return lists


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"} and isinstance(node["member"], dict):
        return [
            _lists(item) for _index, item in sorted(node["member"].items(), key=lambda pair: pair[0].zfill(4))
        ]
    return {key: _lists(child) for key, child in node.items()}


def _lower_first(name: str) -> str:
    """Spell one member: `TrailARN` as `trailARN`, `SAMLAssertion` as `sAMLAssertion`."""
    return name[:1].lower() + name[1:]


def _resources(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """List what the call touched, each once."""
    found: dict[tuple[str, str], None] = {}
    for part in (record["requestParameters"], record["responseElements"]):
        for key, resource_type in _TRAIL_RESOURCES.items():
            value = (part or {}).get(key)
            if isinstance(value, str) and value and not re.search(r"\s", value):
                found[resource_type, value] = None
    return [{"ResourceType": resource_type, "ResourceName": name} for resource_type, name in found]
