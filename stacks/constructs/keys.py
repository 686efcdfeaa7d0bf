"""Customer managed keys: rotated every year, their policies naming one service and one purpose each."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.config import DeploymentConfig, Removal

# The longest waiting time KMS knows: a key deleted by mistake or by an intruder can be rescued for 30 days.
_PENDING_WINDOW = cdk.Duration.days(30)


def removal_policy(config: DeploymentConfig) -> cdk.RemovalPolicy:
    """What becomes of data and keys when the stack goes; a failed first deployment leaves none behind."""
    if config.removal is Removal.DESTROY:
        return cdk.RemovalPolicy.DESTROY
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def log_bucket_removal(config: DeploymentConfig) -> cdk.RemovalPolicy:
    """The same for buckets in which AWS writes while the stack is still being deployed.

    They are not empty when a first deployment fails, and CloudFormation deletes only empty buckets: left in
    place under a name of CloudFormation's, they are in nobody's way.
    """
    return cdk.RemovalPolicy.DESTROY if config.removal is Removal.DESTROY else cdk.RemovalPolicy.RETAIN


def managed_key(scope: Construct, *, alias: str, purpose: str, config: DeploymentConfig) -> kms.Key:
    """A symmetric key that rotates every year and is administered by the account's own IAM policies."""
    return kms.Key(
        scope,
        "Key",
        alias=f"{config.name_prefix}-{alias}",
        description=purpose,
        enable_key_rotation=True,
        pending_window=_PENDING_WINDOW,
        removal_policy=removal_policy(config),
    )


def allow_service(
    key: kms.Key,
    sid: str,
    service: str,
    *,
    conditions: dict[str, dict[str, str]],
    actions: tuple[str, ...] = ("kms:Decrypt", "kms:GenerateDataKey*"),
) -> None:
    """Let an AWS service use the key, under conditions against the confused deputy."""
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(service)],
            actions=list(actions),
            resources=["*"],  # in a key policy: this key
            conditions=conditions,
        )
    )
