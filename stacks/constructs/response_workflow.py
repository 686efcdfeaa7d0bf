"""The state machine, from the definition that `response.workflow` keeps, with logging and tracing on."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from response.permissions import STATE_MACHINE
from response.workflow import STEPS, definition
from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.grants import Symbols, attach
from stacks.constructs.log_groups import log_group


def state_machine_name(config: DeploymentConfig) -> str:
    """Fixed, so that the functions can be told the state machine's ARN before it exists."""
    return f"{config.name_prefix}-response"


class ResponseWorkflow(Construct):
    """A Standard state machine: executions wait for approvals, and their history is evidence of its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        functions: Mapping[str, lambda_.IFunction],
        topic_arn: str,
        symbols: Symbols,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role({step: functions[step].function_arn for step in STEPS}, symbols)
        name = state_machine_name(config)
        # A name below /aws/vendedlogs/ keeps the account's resource policy for log delivery from filling up.
        log = log_group(self, "Log", name=f"/aws/vendedlogs/states/{name}", config=config)
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                definition(
                    {
                        **{step: functions[step].function_arn for step in STEPS},
                        "topic": topic_arn,
                        "partition": cdk.Aws.PARTITION,
                    }
                )
            ),
            role=role,
            # Execution data stays out of the log: it would hold the attacker's strings once more.
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
        )

    def _role(self, step_arns: Mapping[str, str], symbols: Symbols) -> iam.Role:
        """May call the steps, by their exact ARNs, and publish when `escalate` itself fails."""
        role = iam.Role(
            self,
            "Role",
            description="The response state machine calls its steps",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(step_arns.values()))
        )
        attach(role, STATE_MACHINE, symbols)
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "Log delivery (logs:CreateLogDelivery, ...) and X-Ray support no resource-level permissions.",
        )
        return role
