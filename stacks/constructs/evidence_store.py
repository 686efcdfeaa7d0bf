"""The evidence bucket: versioned, write-once (Object Lock), encrypted with a key of its own, TLS only.

Its policy takes rights away that nobody needs while an incident is young, and none that a deployment needs:
whoever may deploy the stack can always change the policy back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.config import DeploymentConfig, ObjectLockMode, Removal
from stacks.constructs.keys import log_bucket_removal, managed_key, removal_policy


class AccessLogBucket(s3.Bucket):
    """Where the stack's other buckets write their server access logs."""

    def __init__(self, scope: Construct, construct_id: str, *, config: DeploymentConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            # Server access logging cannot write to a bucket whose default encryption is SSE-KMS.
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(config.log_retention_days),
                    noncurrent_version_expiration=cdk.Duration.days(config.log_retention_days),
                )
            ],
            removal_policy=log_bucket_removal(config),
        )


class EvidenceStore(Construct):
    """Bucket and key for everything that is sealed: records, trail states, dossiers, decisions, reports."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, access_logs: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.key: kms.Key = managed_key(
            self, alias="evidence", purpose="Encrypts the evidence that Trailguard seals", config=config
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=_retention(config),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="evidence/",
            removal_policy=removal_policy(config),
        )
        self._refuse_other_keys()
        if config.removal is Removal.RETAIN:
            self._refuse_destruction()

    def admit_writers(self, role_arns: Sequence[str]) -> None:
        """Refuse new objects from everybody but these roles: evidence comes from the workflow alone."""
        self.bucket.add_to_resource_policy(
            _deny(
                "OnlyTheWorkflowWritesEvidence",
                ["s3:PutObject"],
                self.bucket.arn_for_objects("*"),
                {"ArnNotEquals": {"aws:PrincipalArn": list(role_arns)}},
            )
        )

    def _refuse_other_keys(self) -> None:
        """Evidence under a foreign key could be made unreadable from outside; without headers S3 uses ours.

        Both need `Null`: a negated operator is also true when the key is absent ("IAM JSON policy elements:
        Condition operators"). A header that asks for encryption but names no key would mean another key.
        """
        algorithm, key_id = (
            "s3:x-amz-server-side-encryption",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
        )
        refusals = {
            "OnlyTheEvidenceKey": {"Null": {key_id: "false"}, "StringNotEquals": {key_id: self.key.key_arn}},
            "NoEncryptionWithoutNamedKey": {"Null": {algorithm: "false", key_id: "true"}},
        }
        for sid, conditions in refusals.items():
            self.bucket.add_to_resource_policy(
                _deny(sid, ["s3:PutObject"], self.bucket.arn_for_objects("*"), conditions)
            )

    def _refuse_destruction(self) -> None:
        """Nobody deletes a version, or lifts a GOVERNANCE lock, without changing this policy first."""
        self.bucket.add_to_resource_policy(
            _deny(
                "NobodyDestroysEvidence",
                ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
                self.bucket.arn_for_objects("*"),
                None,
            )
        )


def _retention(config: DeploymentConfig) -> s3.ObjectLockRetention:
    duration = cdk.Duration.days(config.retention_days)
    if config.object_lock_mode is ObjectLockMode.COMPLIANCE:
        return s3.ObjectLockRetention.compliance(duration)
    return s3.ObjectLockRetention.governance(duration)


def _deny(
    sid: str, actions: list[str], resource: str, conditions: Mapping[str, Mapping[str, object]] | None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=actions,
        resources=[resource],
        conditions=conditions,
    )
