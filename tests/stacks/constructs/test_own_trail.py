"""A stack without a trail to watch brings a complete one; a stack with one brings none."""

from __future__ import annotations

from tests.stacks.template import Template, text

_TRAIL = "AWS::CloudTrail::Trail"
_ARN = "arn:<AWS::Partition>:cloudtrail:<AWS::Region>:<AWS::AccountId>:trail/trailguard"


def test_it_logs_everything_everywhere_with_integrity(own: Template) -> None:
    """Multi-Region, global events, validation, encrypted, logging, delivered to CloudWatch Logs."""
    trail = own.properties(_TRAIL)
    wanted = {
        "TrailName": "trailguard",
        "IsLogging": True,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "EnableLogFileValidation": True,
    }
    assert {key: trail[key] for key in wanted} == wanted
    assert text(trail["KMSKeyId"]) == own.arn("AWS::KMS::Key", "OwnTrail")
    assert text(trail["CloudWatchLogsLogGroupArn"]).endswith(":log-group:/trailguard/cloudtrail:*")
    assert text(trail["CloudWatchLogsRoleArn"]) == own.arn("AWS::IAM::Role", "OwnTrail")


def test_everything_it_checks_is_there_before_it(own: Template) -> None:
    """CreateTrail checks bucket policy, key policy and role: the trail waits for all of them."""
    waits = own.one(_TRAIL)[1]["DependsOn"]
    for kind in ("AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::IAM::Policy"):
        assert own.one(kind, "OwnTrail")[0] in waits


def test_only_this_trail_may_write_to_the_bucket(own: Template) -> None:
    """Both statements for CloudTrail are tied to the trail's ARN, and writing to this account's folder."""
    acl = own.statement("AWS::S3::BucketPolicy", "CloudTrailChecksAcl", "OwnTrail")
    write = own.statement("AWS::S3::BucketPolicy", "CloudTrailDelivers", "OwnTrail")
    for statement in (acl, write):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert text(statement["Condition"]["StringEquals"]["aws:SourceArn"]) == _ARN
    assert write["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"
    assert text(write["Resource"]).endswith("/AWSLogs/<AWS::AccountId>/*")


def test_only_this_trail_and_its_log_group_may_use_the_key(own: Template) -> None:
    """CloudTrail by SourceArn and encryption context, CloudWatch Logs by the log group's context."""
    encrypt = own.statement("AWS::KMS::Key", "CloudTrailEncryptsLogFiles", "OwnTrail")
    assert encrypt["Action"] == "kms:GenerateDataKey*"
    assert text(encrypt["Condition"]["StringEquals"]["aws:SourceArn"]) == _ARN
    context = encrypt["Condition"]["StringLike"]["kms:EncryptionContext:aws:cloudtrail:arn"]
    assert text(context) == "arn:<AWS::Partition>:cloudtrail:*:<AWS::AccountId>:trail/*"
    logs = own.statement("AWS::KMS::Key", "LogGroupEncrypts", "OwnTrail")
    assert text(logs["Principal"]["Service"]) == "logs.<AWS::Region>.<AWS::URLSuffix>"
    group = logs["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]
    assert text(group).endswith(":log-group:/trailguard/cloudtrail")


def test_the_delivery_role_serves_this_trail_and_its_streams(own: Template) -> None:
    """Trusted is CloudTrail, as documented; writable are CloudTrail's streams of this log group.

    CloudTrail documents `aws:SourceArn` for buckets, keys and topics only. A condition that it does not meet
    when it assumes the role would fail CreateTrail, and with it the deployment.
    """
    logical_id, role = own.role("trailguard-log-delivery")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert "Condition" not in trust
    (statement,) = own.role_statements(logical_id)
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert text(statement["Resource"]).endswith(
        ":log-group:/trailguard/cloudtrail:log-stream:<AWS::AccountId>_CloudTrail_<AWS::Region>*"
    )


def test_its_log_group_is_encrypted_and_kept_as_configured(own: Template) -> None:
    """The log group has the trail's key and the configured retention."""
    group = own.properties("AWS::Logs::LogGroup", "OwnTrail")
    assert text(group["KmsKeyId"]) == own.arn("AWS::KMS::Key", "OwnTrail")
    assert group["RetentionInDays"] == 365


def test_an_existing_trail_is_left_alone(existing: Template) -> None:
    """With a log group to watch there is no second trail, whose events would be charged."""
    assert _TRAIL not in {item["Type"] for item in existing.document["Resources"].values()}
    assert "TrailArn" not in existing.document["Outputs"]
