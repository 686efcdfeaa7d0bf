"""One account, hub and member in one stack: detection, workflow, stores, roles, console and alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from response.permissions import FUNCTIONS
from response.settings import Environment
from stacks.config import DeploymentConfig
from stacks.constructs.baseline_capture import BaselineCapture
from stacks.constructs.console_api import ConsoleApi
from stacks.constructs.evidence_store import AccessLogBucket, EvidenceStore
from stacks.constructs.functions import SIGN_IN, ResponderFunctions
from stacks.constructs.grants import Symbols
from stacks.constructs.incident_store import IncidentStore
from stacks.constructs.keys import managed_key
from stacks.constructs.log_groups import log_group_arn
from stacks.constructs.member_roles import MemberRoles
from stacks.constructs.notifications import Notifications
from stacks.constructs.observability import Observability
from stacks.constructs.own_trail import OwnTrail
from stacks.constructs.response_workflow import ResponseWorkflow, state_machine_name
from stacks.constructs.trail_detection import EventDetection, LogDetection, alarm_names


class QuickstartStack(cdk.Stack):
    """Composes the constructs; what each of them does, and why, is written there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        code: lambda_.Code,
        databases: lambda_.Code | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self._config = config
        self._provide_stores()
        self._provide_responder(code)
        if databases is not None:
            self._responder.provide_databases(databases, config=config)
        self._provide_detection()
        self._capture_baselines()
        self._write_outputs()

    def _provide_stores(self) -> None:
        """Everything that holds something: evidence, incidents, the topic, and the trail if it is our own."""
        config = self._config
        access_logs = AccessLogBucket(self, "AccessLogs", config=config)
        self._evidence = EvidenceStore(self, "Evidence", config=config, access_logs=access_logs)
        operations = Construct(self, "Operations")
        self._key = managed_key(
            operations,
            alias="operations",
            purpose="Encrypts Trailguard's incidents and notifications",
            config=config,
        )
        self._incidents = IncidentStore(self, "Incidents", config=config, key=self._key)
        self._notifications = Notifications(self, "Notifications", config=config, key=self._key)
        self._own_trail: OwnTrail | None = None
        if config.log_group_name is None:
            self._own_trail = OwnTrail(self, "OwnTrail", config=config, access_logs=access_logs)

    def _provide_responder(self, code: lambda_.Code) -> None:
        """Everything that acts: functions, member roles, the state machine and the API."""
        config, symbols = self._config, self._symbols()
        self._responder = ResponderFunctions(self, "Functions", config=config, code=code, symbols=symbols)
        roles, functions = self._responder.roles, self._responder.functions
        self._evidence.admit_writers([roles[step].role_arn for step in _evidence_writers()])
        self._members = MemberRoles(self, "MemberRoles", config=config, function_roles=roles, symbols=symbols)
        self._workflow = ResponseWorkflow(
            self,
            "Workflow",
            config=config,
            functions=functions,
            topic_arn=self._notifications.topic.topic_arn,
            symbols=symbols,
        )
        self._console = ConsoleApi(
            self, "Console", config=config, function=functions["console"], trigger=functions.get(SIGN_IN)
        )
        self._responder.set_environment(self._environment())
        # The console's own function cannot name the API that names it.
        console_url = {Environment.CONSOLE_URL.value: self._console.url}
        self._responder.set_environment(console_url, besides=frozenset({"console"}))
        for name, value in self._access().items():
            functions["console"].add_environment(name, value)

    def _provide_detection(self) -> None:
        """Everything that notices: in the log, on the event bus, by the clock, and in Trailguard itself."""
        topic, functions = self._notifications.topic, self._responder.functions
        machine = self._workflow.state_machine
        self._in_log = LogDetection(
            self, "LogDetection", config=self._config, log_group_name=self._log_group_name, topic=topic
        )
        if self._own_trail is not None:
            self._in_log.node.add_dependency(self._own_trail.log_group)
        self._on_bus = EventDetection(
            self,
            "EventDetection",
            config=self._config,
            state_machine=machine,
            reconcile=functions["reconcile"],
        )
        Observability(
            self,
            "Observability",
            config=self._config,
            topic=topic,
            state_machine=machine,
            dead_letters=self._on_bus.dead_letters,
            change_rule_name=self._on_bus.change_rule_name,
            watch_rule_name=self._on_bus.watch_rule_name,
            functions=functions,
        )

    def _capture_baselines(self) -> None:
        own = [self._own_trail] if self._own_trail else []
        BaselineCapture(
            self,
            "BaselineCapture",
            function=self._responder.functions["capture_baseline"],
            trail_arn=self._own_trail.trail_arn if self._own_trail else "",
            after=[self._responder, self._members, self._incidents, self._evidence, *own],
        )

    def _write_outputs(self) -> None:
        """What the `trailguard` command reads to find the parts of a deployment."""
        outputs = {
            "ConsoleUrl": self._console.url,
            "PageUrl": self._console.page_url,
            "IncidentTable": self._incidents.table.table_name,
            "EvidenceBucket": self._evidence.bucket.bucket_name,
            "TopicArn": self._notifications.topic.topic_arn,
            "StateMachineArn": self._workflow.state_machine.state_machine_arn,
            "LogGroupName": self._log_group_name,
            "ApproverPolicyArn": self._console.approver_policy.managed_policy_arn,
            "ReaderPolicyArn": self._console.reader_policy.managed_policy_arn,
            "DeadLetterQueueUrl": self._on_bus.dead_letters.queue_url,
            "ReaderRoleArn": self._members.roles["reader"].role_arn,
        }
        if self._console.pool is not None:
            outputs["UserPoolId"] = self._console.pool.pool.user_pool_id
            outputs["UserPoolClientId"] = self._console.client_id
        if self._own_trail is not None:
            outputs["TrailArn"] = self._own_trail.trail_arn
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    @property
    def _log_group_name(self) -> str:
        if self._own_trail is not None:
            return self._own_trail.log_group_name
        return str(self._config.log_group_name)

    def _environment(self) -> Mapping[str, str]:
        """The variables of `response.settings`, the same on every function."""
        prefix = self._config.name_prefix
        values = {
            Environment.INCIDENT_TABLE: self._incidents.table.table_name,
            Environment.EVIDENCE_BUCKET: self._evidence.bucket.bucket_name,
            Environment.TOPIC_ARN: self._notifications.topic.topic_arn,
            Environment.STATE_MACHINE_ARN: self._state_machine_arn(),
            Environment.TOKEN_KEY_ARN: self._key.key_arn,
            Environment.READER_ROLE_NAME: f"{prefix}-reader",
            Environment.RESTORER_ROLE_NAME: f"{prefix}-restorer",
            Environment.CONTAINER_ROLE_NAME: f"{prefix}-container",
            Environment.ACCOUNT: self.account,
            Environment.PARTITION: self.partition,
            Environment.HUB_REGION: self.region,
            Environment.LOG_GROUP_NAME: self._log_group_name,
            Environment.ALARM_NAMES: ",".join(alarm_names(prefix)),
            Environment.RETENTION_DAYS: str(self._config.retention_days),
            Environment.STACK_NAME: self.stack_name,
            Environment.LOOKUPS_PER_SECOND: f"{self._config.lookups_per_second:g}",
        }
        return {name.value: value for name, value in values.items()}

    def _access(self) -> Mapping[str, str]:
        """Who may come in by the console, and where people sign in."""
        people, console = self._config.people, self._console
        values = {
            Environment.APPROVER_GROUP: people.approver_group,
            Environment.READER_GROUP: people.reader_group,
            Environment.APPROVER_PRINCIPALS: json.dumps(people.approver_principals),
            Environment.READER_PRINCIPALS: json.dumps(people.reader_principals),
            Environment.OIDC_ISSUER: console.issuer,
            Environment.OIDC_CLIENT_ID: console.client_id,
            Environment.OIDC_SCOPE: people.scope,
            Environment.SIGN_IN_URL: console.pool.sign_in_url if console.pool else "",
        }
        return {name.value: value for name, value in values.items()}

    def _symbols(self) -> Symbols:
        """What the resource templates of `response.permissions` stand for in this stack."""
        name = state_machine_name(self._config)
        return {
            "incident_table": (self._incidents.table.table_arn,),
            "table_key": (self._key.key_arn,),
            "token_key": (self._key.key_arn,),
            "evidence_bucket": (self._evidence.bucket.bucket_arn,),
            "evidence_key": (self._evidence.key.key_arn,),
            "topic": (self._notifications.topic.topic_arn,),
            "topic_key": (self._key.key_arn,),
            "state_machine": (self._state_machine_arn(),),
            "executions": (self._states_arn("execution", f"{name}:*"),),
            "log_group": (log_group_arn(self, self._log_group_name),),
            "partition": (self.partition,),
            "account": (self.account,),
            "log_delivery_roles": self._log_delivery_roles(),
        }

    def _state_machine_arn(self) -> str:
        """Written out from the name: the functions cannot refer to the state machine that refers to them."""
        return self._states_arn("stateMachine", state_machine_name(self._config))

    def _states_arn(self, resource: str, name: str) -> str:
        return self.format_arn(
            service="states",
            resource=resource,
            resource_name=name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )

    def _log_delivery_roles(self) -> tuple[str, ...]:
        own = (self._own_trail.delivery_role.role_arn,) if self._own_trail else ()
        names = self._config.log_delivery_roles or (() if own else ("*",))
        named = tuple(
            self.format_arn(service="iam", region="", resource="role", resource_name=name) for name in names
        )
        return (*own, *named)


def _evidence_writers() -> list[str]:
    """The steps that `response.permissions` lets write into the evidence bucket."""
    return [
        step
        for step, permissions in FUNCTIONS.items()
        if any("s3:PutObject" in grant.actions for grant in permissions.grants)
    ]
