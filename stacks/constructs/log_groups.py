"""Log groups with a retention, so that nothing is kept for ever by accident."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.config import LOG_RETENTION_DAYS, DeploymentConfig
from stacks.constructs.keys import allow_service

_Days = logs.RetentionDays
# The CDK names the periods; in the order of LOG_RETENTION_DAYS.
_PERIODS = (
    *(_Days.ONE_DAY, _Days.THREE_DAYS, _Days.FIVE_DAYS, _Days.ONE_WEEK, _Days.TWO_WEEKS),
    *(_Days.ONE_MONTH, _Days.TWO_MONTHS, _Days.THREE_MONTHS, _Days.FOUR_MONTHS, _Days.FIVE_MONTHS),
    *(_Days.SIX_MONTHS, _Days.ONE_YEAR, _Days.THIRTEEN_MONTHS, _Days.EIGHTEEN_MONTHS, _Days.TWO_YEARS),
    *(_Days.THREE_YEARS, _Days.FIVE_YEARS, _Days.SIX_YEARS, _Days.SEVEN_YEARS, _Days.EIGHT_YEARS),
    *(_Days.NINE_YEARS, _Days.TEN_YEARS),
)
_RETENTION = dict(zip(LOG_RETENTION_DAYS, _PERIODS, strict=True))


def log_group(
    scope: Construct, construct_id: str, *, name: str, config: DeploymentConfig, key: kms.Key | None = None
) -> logs.LogGroup:
    """A log group kept as long as the configuration says, encrypted with `key` if there is one."""
    if key is not None:
        _admit_logs(key, name, scope)
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[config.log_retention_days],
        encryption_key=key,
        # Their names are fixed, so one left behind would block the next deployment; evidence is in S3.
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def _admit_logs(key: kms.Key, name: str, scope: Construct) -> None:
    """CloudWatch Logs uses the key by the key's policy ("Encrypt log data in CloudWatch Logs using KMS")."""
    stack = cdk.Stack.of(scope)
    allow_service(
        key,
        "LogGroupEncrypts",
        f"logs.{stack.region}.{stack.url_suffix}",  # one of the few with the partition's own suffix
        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log_group_arn(scope, name)}},
        actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
    )


def log_group_arn(scope: Construct, name: str) -> str:
    """ARN of a log group of this account and Region, without the `:*` that stands for its streams."""
    return cdk.Stack.of(scope).format_arn(
        service="logs",
        resource="log-group",
        resource_name=name,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
