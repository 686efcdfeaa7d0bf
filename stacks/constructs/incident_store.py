"""The incident table: incidents, claims, approvals and baselines, all in one table."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.config import DeploymentConfig, Removal
from stacks.constructs.keys import removal_policy

# The index that lists incidents, newest first.
STATUS_INDEX = "by_status"
_STRING = dynamodb.AttributeType.STRING


class IncidentStore(Construct):
    """On-demand table with point-in-time recovery, encrypted with the operations key."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=_STRING),
            sort_key=dynamodb.Attribute(name="sk", type=_STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            deletion_protection=config.removal is not Removal.DESTROY,
            removal_policy=removal_policy(config),
        )
        self.table.add_global_secondary_index(
            index_name=STATUS_INDEX,
            partition_key=dynamodb.Attribute(name="gsi_pk", type=_STRING),
            sort_key=dynamodb.Attribute(name="gsi_sk", type=_STRING),
        )
