"""Gap: ministack 1.5.33 accepts any trail; CloudTrail refuses destinations that are not there.

The errors are those that the CloudTrail API reference documents for CreateTrail and UpdateTrail.
"""

import re
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator import identity
from toolkit.lab.emulator.internals import ministack

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TRAIL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,127}")
_LOG_GROUP = re.compile(r"arn:[a-z-]+:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)(?::\*)?")
_KEY_FORM = re.compile(
    r"(?:arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:)?(?:alias/.+|key/.+)|[0-9a-f-]{36}|mrk-[0-9a-f]+"
)
_LONGEST_PREFIX = 200
_LONGEST_TOPIC = 256


class TrailError(Exception):
    """A refusal by its documented code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_name(name: str) -> None:
    """Refuse a trail name that breaks the naming rules."""
    if not _TRAIL_NAME.fullmatch(name):
        raise TrailError(
            "InvalidTrailNameException",
            f"Trail name {name!r} must have 3 to 128 letters, digits, periods, underscores or dashes, begin "
            "and end with a letter or digit, and have no two punctuation characters in a row.",
        )


def settings_after(request: Mapping[str, Any], trail: Mapping[str, Any] | None) -> dict[str, Any]:
    """Check a request against the trail as it stands and return what it changes, as the trail keeps it.

    Text that is to be cleared comes back as "". `trail` is None when the trail is being created.
    """
    changes: dict[str, Any] = {}
    if trail is None or "S3BucketName" in request:
        changes["S3BucketName"] = _bucket(str(request.get("S3BucketName", "")))
    if "S3KeyPrefix" in request:
        changes["S3KeyPrefix"] = _prefix(str(request["S3KeyPrefix"]))
    if "SnsTopicName" in request:
        changes |= _topic(str(request["SnsTopicName"]))
    changes |= _scope(request, trail or {})
    if "EnableLogFileValidation" in request:
        changes["LogFileValidationEnabled"] = bool(request["EnableLogFileValidation"])
    changes |= _logs(request, trail or {})
    if "KmsKeyId" in request:
        changes["KmsKeyId"] = _key(str(request["KmsKeyId"]))
    if "IsOrganizationTrail" in request:
        changes["IsOrganizationTrail"] = _organization(
            trail or {}, wanted=bool(request["IsOrganizationTrail"])
        )
    return changes


def _bucket(name: str) -> str:
    if not _BUCKET_NAME.fullmatch(name):
        raise TrailError("InvalidS3BucketNameException", f"The bucket name {name!r} is not valid.")
    # Bucket names are global: the bucket may be another account's.
    if not any(key[-1] == name for key in ministack("services.s3")._buckets.to_dict()):
        raise TrailError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    return name


def _prefix(prefix: str) -> str:
    if len(prefix) > _LONGEST_PREFIX:
        raise TrailError(
            "InvalidS3PrefixException", f"The prefix has {len(prefix)} characters; at most 200 fit."
        )
    return prefix


def _topic(name: str) -> dict[str, str]:
    if not name:
        return {"SnsTopicName": "", "SnsTopicARN": ""}
    if len(name) > _LONGEST_TOPIC:
        raise TrailError(
            "InvalidSnsTopicNameException", f"The topic name has {len(name)} characters; 256 fit."
        )
    responses, sns = ministack("core.responses"), ministack("services.sns")
    arn = (
        name
        if name.startswith("arn:")
        else (f"arn:aws:sns:{responses.get_region()}:{responses.get_account_id()}:{name}")
    )
    if not any(arn in key for key in sns._topics.to_dict()):
        raise TrailError(
            "InsufficientSnsTopicPolicyException",
            f"SNS topic {arn} does not exist or its policy is insufficient.",
        )
    return {"SnsTopicName": arn.rsplit(":", 1)[-1], "SnsTopicARN": arn}


def _scope(request: Mapping[str, Any], trail: Mapping[str, Any]) -> dict[str, bool]:
    """Multi-Region and global service events, which drag each other along.

    CloudTrail user guide, "Global service events": converting a trail to a single-Region trail turns global
    service events off, converting it to a multi-Region trail turns them on.
    """
    was = bool(trail.get("IsMultiRegionTrail", False))
    multi = bool(request.get("IsMultiRegionTrail", was))
    if "IncludeGlobalServiceEvents" in request:
        events = bool(request["IncludeGlobalServiceEvents"])
    elif trail and multi != was:
        events = multi
    else:
        events = bool(trail.get("IncludeGlobalServiceEvents", True))
    if multi and not events:
        raise TrailError(
            "InvalidParameterCombinationException", "A multi-Region trail must include global service events."
        )
    return {"IsMultiRegionTrail": multi, "IncludeGlobalServiceEvents": events}


def _logs(request: Mapping[str, Any], trail: Mapping[str, Any]) -> dict[str, str]:
    """Log group and role, which make sense as a pair only."""
    names = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")
    sent = {name: str(request[name]) for name in names if name in request}
    if not sent:
        return {}
    group, role = (sent.get(name, str(trail.get(name, ""))) for name in names)
    if role and not group:
        raise TrailError(
            "InvalidCloudWatchLogsLogGroupArnException",
            "A role for CloudWatch Logs needs a log group to go with.",
        )
    if group and not role:
        raise TrailError(
            "InvalidCloudWatchLogsRoleArnException", "A log group needs a role that may write to it."
        )
    if group:
        _check_log_group(group)
        _check_role(role)
    if sent.get("CloudWatchLogsRoleArn"):
        _check_may_pass(role)
    return sent


def _check_log_group(arn: str) -> None:
    responses = ministack("core.responses")
    match = _LOG_GROUP.fullmatch(arn)
    groups = ministack("services.cloudwatch_logs")._log_groups
    here = (responses.get_region(), responses.get_account_id())
    if not match or match.group(1, 2) != here or match.group(3) not in groups:
        raise TrailError(
            "InvalidCloudWatchLogsLogGroupArnException",
            f"CloudTrail cannot validate the log group ARN {arn!r}.",
        )


def _check_role(arn: str) -> None:
    roles = ministack("services.iam")._roles
    if (roles.get(arn.rsplit("/", 1)[-1]) or {}).get("Arn") != arn:
        raise TrailError(
            "InvalidCloudWatchLogsRoleArnException", f"CloudTrail cannot validate the role {arn!r}."
        )


def _check_may_pass(role: str) -> None:
    """Refuse a caller who may not hand this role to CloudTrail (IAM user guide, "Pass a role")."""
    if not (key := identity.calling_key.get()):
        return
    refusal = ministack("core.iam_evaluator").enforce(
        key,
        "iam:PassRole",
        "iam",
        ministack("core.responses").get_region(),
        resource_arn=role,
        service_context={"iam:PassedToService": "cloudtrail.amazonaws.com"},
    )
    if refusal is not None:
        raise TrailError(
            "AccessDeniedException", f"The caller is not authorized to perform: iam:PassRole on {role}"
        )


def _key(key_id: str) -> str:
    """The ARN of the key that an ARN, an id or an alias means."""
    if not key_id:
        return ""
    if not _KEY_FORM.fullmatch(key_id):
        raise TrailError("InvalidKmsKeyIdException", f"{key_id!r} is no key ARN, key id or alias.")
    parts = key_id.split(":")
    responses, kms = ministack("core.responses"), ministack("services.kms")
    account, region = (
        (parts[4], parts[3])
        if key_id.startswith("arn:")
        else (responses.get_account_id(), responses.get_region())
    )
    with responses.request_scope(account, region):
        record = kms._resolve_key(key_id)
    if record is None:
        raise TrailError("KmsKeyNotFoundException", f"KMS key {key_id} does not exist.")
    if record.get("KeyState") != "Enabled":
        raise TrailError("KmsKeyDisabledException", f"KMS key {key_id} is {record.get('KeyState')}.")
    return str(record["Arn"])


def _organization(trail: Mapping[str, Any], *, wanted: bool) -> bool:
    if wanted and not trail.get("IsOrganizationTrail", False):
        raise TrailError(
            "OrganizationsNotInUseException", "The account of the embedded AWS is in no organization."
        )
    return wanted
