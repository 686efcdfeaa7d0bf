"""A trail of the stack's own, for accounts that have none: bucket, key, log group, delivery role and trail.

Bucket and key policies are tied to this one trail by `aws:SourceArn`, which is why the trail's name is fixed.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge_wildcard
from stacks.constructs.keys import allow_service, log_bucket_removal, managed_key
from stacks.constructs.log_groups import log_group, log_group_arn

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


class OwnTrail(Construct):
    """A multi-Region trail with global events and validation, encrypted, to S3 and CloudWatch Logs."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, access_logs: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.trail_name = config.name_prefix
        self.trail_arn = cdk.Stack.of(self).format_arn(
            service="cloudtrail", resource="trail", resource_name=self.trail_name
        )
        self.log_group_name = f"/{config.name_prefix}/cloudtrail"
        self.key = self._key(config)
        self.bucket = self._bucket(config, access_logs)
        self.log_group = log_group(self, "LogGroup", name=self.log_group_name, config=config, key=self.key)
        self.delivery_role = self._delivery_role(config)
        self.trail = self._trail()

    def _key(self, config: DeploymentConfig) -> kms.Key:
        """The key of log files and log group (CloudTrail user guide, "Configure AWS KMS key policies")."""
        key = managed_key(
            self, alias="trail", purpose="Encrypts the log of Trailguard's own trail", config=config
        )
        trails = cdk.Stack.of(self).format_arn(
            service="cloudtrail", region="*", resource="trail", resource_name="*"
        )
        this_trail = {"aws:SourceArn": self.trail_arn}
        allow_service(
            key,
            "CloudTrailEncryptsLogFiles",
            _CLOUDTRAIL,
            conditions={
                "StringEquals": this_trail,
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
            },
            actions=("kms:GenerateDataKey*",),
        )
        allow_service(
            key,
            "CloudTrailDescribesKey",
            _CLOUDTRAIL,
            conditions={"StringEquals": this_trail},
            actions=("kms:DescribeKey",),
        )
        return key

    def _bucket(self, config: DeploymentConfig, access_logs: s3.IBucket) -> s3.Bucket:
        """The log bucket. CloudTrail encrypts log files with the key itself.

        The default encryption stays with S3: it serves the digest files, for which the key policy above
        (its encryption context is the trail's) would refuse the key.
        """
        bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="cloudtrail/",
            removal_policy=log_bucket_removal(config),
        )
        objects = bucket.arn_for_objects(f"AWSLogs/{cdk.Stack.of(self).account}/*")
        owned = {"s3:x-amz-acl": "bucket-owner-full-control"}
        self._admit_cloudtrail(bucket, "CloudTrailChecksAcl", "s3:GetBucketAcl", bucket.bucket_arn, {})
        self._admit_cloudtrail(bucket, "CloudTrailDelivers", "s3:PutObject", objects, owned)
        return bucket

    def _admit_cloudtrail(
        self, bucket: s3.Bucket, sid: str, action: str, resource: str, also: dict[str, str]
    ) -> None:
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(_CLOUDTRAIL)],
                actions=[action],
                resources=[resource],
                conditions={"StringEquals": {"aws:SourceArn": self.trail_arn, **also}},
            )
        )

    def _delivery_role(self, config: DeploymentConfig) -> iam.Role:
        """The role by which CloudTrail writes to the log group, to its own streams only.

        Its trust is the documented one, without `aws:SourceArn`: CloudTrail documents that key for the
        policies of buckets, keys and topics, not for this role, and a trust that it does not meet would fail
        CreateTrail. Nobody hands the role to CloudTrail without `iam:PassRole` on it.
        """
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "DeliveryRole",
            role_name=f"{config.name_prefix}-log-delivery",
            description="CloudTrail writes the events of Trailguard's own trail to CloudWatch Logs",
            assumed_by=iam.ServicePrincipal(_CLOUDTRAIL),
        )
        streams = (
            f"{log_group_arn(self, self.log_group_name)}:log-stream:"
            f"{stack.account}_CloudTrail_{stack.region}*"
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[streams])
        )
        acknowledge_wildcard(role, streams, "CloudTrail numbers its log streams; the prefix is its own.")
        return role

    def _trail(self) -> cloudtrail.CfnTrail:
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=self.trail_name,
            s3_bucket_name=self.bucket.bucket_name,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            kms_key_id=self.key.key_arn,
            cloud_watch_logs_log_group_arn=f"{log_group_arn(self, self.log_group_name)}:*",
            cloud_watch_logs_role_arn=self.delivery_role.role_arn,
        )
        # CreateTrail checks that it may write: policies have to be there before it.
        trail.node.add_dependency(self.bucket, self.key, self.log_group, self.delivery_role)
        return trail
