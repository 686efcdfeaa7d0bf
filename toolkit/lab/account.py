"""The AWS account that the lab protects, as it was before Trailguard: a trail, all it needs, and the people.

The people are in `people`. The bucket that mallory points the trail at belongs to another account.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator.server import Lab
from toolkit.lab.people import AccessKey, allow, hire_everybody, policy

__all__ = ["AccessKey", "ProtectedAccount", "prepare"]

TRAIL_NAME = "management-events"
LOG_GROUP_NAME = "aws-cloudtrail-logs-management-events"
ATTACKER_ACCOUNT = "222222222222"
ATTACKER_BUCKET = "quarterly-exports-222222222222"

_CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


@dataclass(frozen=True)
class ProtectedAccount:
    """What `prepare` made: the trail, its log group, and the users' keys by name."""

    trail_arn: str
    log_group_name: str
    keys: dict[str, AccessKey]


def prepare(lab: Lab) -> ProtectedAccount:
    """Make the trail and the users in an empty lab."""
    trail_arn = _make_trail(lab)
    attacker = {"aws_access_key_id": ATTACKER_ACCOUNT, "aws_secret_access_key": "test"}
    lab.client("s3", **attacker).create_bucket(Bucket=ATTACKER_BUCKET)
    return ProtectedAccount(trail_arn, LOG_GROUP_NAME, hire_everybody(lab))


def _make_trail(lab: Lab) -> str:
    """Make a trail as AWS recommends one: all regions, validation, KMS, log group, SNS topic."""
    account, region = lab.account, lab.region
    arn = f"arn:aws:cloudtrail:{region}:{account}:trail/{TRAIL_NAME}"
    bucket = f"cloudtrail-logs-{account}"
    lab.client("s3").create_bucket(Bucket=bucket)
    lab.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(_bucket_policy(bucket, account, arn)))
    key = lab.client("kms").create_key(
        Description="CloudTrail logs", Policy=json.dumps(_key_policy(account, arn))
    )
    logs = lab.client("logs")
    logs.create_log_group(logGroupName=LOG_GROUP_NAME)
    topic = lab.client("sns").create_topic(Name="cloudtrail-deliveries")["TopicArn"]
    lab.client("cloudtrail").create_trail(
        Name=TRAIL_NAME,
        S3BucketName=bucket,
        S3KeyPrefix="org",
        SnsTopicName=topic,
        IncludeGlobalServiceEvents=True,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        KmsKeyId=key["KeyMetadata"]["Arn"],
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{account}:log-group:{LOG_GROUP_NAME}:*",
        CloudWatchLogsRoleArn=_make_delivery_role(lab),
        TagsList=[{"Key": "owner", "Value": "security-engineering"}],
    )
    lab.client("cloudtrail").start_logging(Name=TRAIL_NAME)
    return arn


def _make_delivery_role(lab: Lab) -> str:
    """Make the role with which CloudTrail writes into the log group."""
    iam = lab.client("iam")
    trust = {"Effect": "Allow", "Principal": _CLOUDTRAIL, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="cloudtrail-to-logs", AssumeRolePolicyDocument=json.dumps(policy(trust)))
    group = f"arn:aws:logs:{lab.region}:{lab.account}:log-group:{LOG_GROUP_NAME}:log-stream:*"
    iam.put_role_policy(
        RoleName="cloudtrail-to-logs",
        PolicyName="deliver",
        PolicyDocument=json.dumps(policy(allow(["logs:CreateLogStream", "logs:PutLogEvents"], [group]))),
    )
    return str(role["Role"]["Arn"])


def _bucket_policy(bucket: str, account: str, trail_arn: str) -> dict[str, Any]:
    """CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"."""
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    acl = {"StringEquals": {"aws:SourceArn": trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}}
    objects = f"arn:aws:s3:::{bucket}/org/AWSLogs/{account}/*"
    return policy(
        {
            **allow(["s3:GetBucketAcl"], [f"arn:aws:s3:::{bucket}"]),
            "Principal": _CLOUDTRAIL,
            "Condition": source,
        },
        {**allow(["s3:PutObject"], [objects]), "Principal": _CLOUDTRAIL, "Condition": acl},
    )


def _key_policy(account: str, trail_arn: str) -> dict[str, Any]:
    """CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail"."""
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    return policy(
        {**allow(["kms:*"], ["*"]), "Principal": {"AWS": f"arn:aws:iam::{account}:root"}},
        {**allow(["kms:GenerateDataKey*"], ["*"]), "Principal": _CLOUDTRAIL, "Condition": source},
        {**allow(["kms:DescribeKey"], ["*"]), "Principal": _CLOUDTRAIL},
    )
