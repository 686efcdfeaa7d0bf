"""What people and machines are told through: a topic for mail, one for chat if it is wanted, an event bus."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.constructs.keys import allow_service


class Notifications(Construct):
    """Encrypted topics, TLS only, on the first of which this account's alarms may publish; and the bus."""

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
        self.chat_topic: sns.Topic | None = None
        if config.chat:
            # Of its own: a chat client takes messages of one form, and nobody wants mail in that form.
            self.chat_topic = sns.Topic(
                self,
                "ChatTopic",
                topic_name=f"{config.name_prefix}-chat",
                master_key=key,
                enforce_ssl=True,
            )
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=config.name_prefix,
            description="Trailguard tells of its incidents here, for tickets and paging",
        )

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
