"""The topic through which people are told, and the key that it shares with the incident table."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.constructs.keys import allow_service


class Notifications(Construct):
    """Encrypted topic, TLS only, on which this account's alarms may publish."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, key: kms.Key
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=f"{config.name_prefix}-notifications",
            display_name="Trailguard",
            master_key=key,
            enforce_ssl=True,
        )
        for address in config.owner_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        self._admit_alarms(key)

    def _admit_alarms(self, key: kms.Key) -> None:
        """A topic policy of one's own replaces the default one, and CloudWatch needs the key as well.

        Only alarms publish as a service: the functions and the state machine do so with their own roles.
        """
        account = cdk.Stack.of(self).account
        own_alarms = {"StringEquals": {"aws:SourceAccount": account}}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccountPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=own_alarms,
            )
        )
        allow_service(key, "AlarmsOfThisAccountPublish", "cloudwatch.amazonaws.com", conditions=own_alarms)
