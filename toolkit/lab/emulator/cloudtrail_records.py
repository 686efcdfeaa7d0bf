"""Builds the CloudTrail record of a call, in the shape of CloudTrail's "record contents" reference.

ministack 1.5.33 has a recorder of its own, which knows one kind of identity and no responseElements.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator.identity import Caller

# Never in a record, whoever sent or received it.
_SECRETS = frozenset(
    {
        "secretAccessKey",
        "sessionToken",
        "password",
        "oldPassword",
        "newPassword",
        "base32StringSeed",
        "qRCodePNG",
        "tokenCode",
        "sAMLAssertion",
        "webIdentityToken",
    }
)
_RESOURCES = {
    "trailARN": "AWS::CloudTrail::Trail",
    "name": "AWS::CloudTrail::Trail",
    "trailName": "AWS::CloudTrail::Trail",
    "s3BucketName": "AWS::S3::Bucket",
    "bucketName": "AWS::S3::Bucket",
    "kmsKeyId": "AWS::KMS::Key",
    "keyId": "AWS::KMS::Key",
    "cloudWatchLogsLogGroupArn": "AWS::Logs::LogGroup",
    "logGroupName": "AWS::Logs::LogGroup",
    "alarmNames": "AWS::CloudWatch::Alarm",
    "cloudWatchLogsRoleArn": "AWS::IAM::Role",
    "snsTopicARN": "AWS::SNS::Topic",
    "userName": "AWS::IAM::User",
    "roleName": "AWS::IAM::Role",
    "roleArn": "AWS::IAM::Role",
    "policyArn": "AWS::IAM::Policy",
    "accessKeyId": "AWS::IAM::AccessKey",
    "assumedRoleId": "AWS::STS::AssumedRole",
    "arn": "AWS::STS::AssumedRole",
}
# Members that mean something else in a service's own calls; None: nothing that is listed.
_RESOURCES_OF: Mapping[str, Mapping[str, str | None]] = {
    "events.amazonaws.com": {"name": "AWS::Events::Rule"},
    "iam.amazonaws.com": {"arn": None, "name": None},
    "ssm.amazonaws.com": {"name": "AWS::SSM::Document"},
    "account.amazonaws.com": {"name": None},
}
# What of an answer holds more of them.
_NESTED = ("user", "role", "accessKey", "loginProfile", "credentials", "assumedRoleUser")


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
    if role := _assumed_role(call):
        record["resources"] = [{"ARN": role, "accountId": role.split(":")[4], "type": "AWS::IAM::Role"}]
    if caller.from_console:
        record["sessionCredentialFromConsole"] = "true"
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
        return _as_in_answers(value.astimezone(UTC))
    return value


def _lower_first(name: str) -> str:
    """Spell one member: `TrailARN` as `trailARN`, `SAMLAssertion` as `sAMLAssertion`."""
    return name[:1].lower() + name[1:]


def _as_in_answers(at: datetime) -> str:
    """Write a time as records do within responseElements: `Mar 4, 2026 9:07:00 PM`."""
    hour = at.hour % 12 or 12
    return f"{at:%b} {at.day}, {at.year} {hour}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"  # noqa: PLR2004  # noon


def _assumed_role(call: Call) -> str:
    """The role that a call to STS is about, if its name can be one."""
    arn = str(call.parameters.get("RoleArn", ""))
    return arn if call.service == "sts" and re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/\S+", arn) else ""


def _resources(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """List what the call touched, each once."""
    answered = record["responseElements"] or {}
    nested = [answered[key] for key in _NESTED if isinstance(answered.get(key), Mapping)]
    kinds = {**_RESOURCES, **_RESOURCES_OF.get(record["eventSource"], {})}
    found: dict[tuple[str, str], None] = {}
    for part in (record["requestParameters"] or {}, answered, *nested):
        for key, kind in kinds.items():
            values = part.get(key)
            for value in values if isinstance(values, list) else [values]:
                if kind and isinstance(value, str) and value and not re.search(r"\s", value):
                    found[kind, value] = None
    return [{"ResourceType": kind, "ResourceName": name} for kind, name in found]
