"""The HTTP API through which people see incidents and decide; every route asks for AWS_IAM signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge_wildcard
from stacks.constructs.log_groups import log_group, log_group_arn

_GET, _POST = apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.POST
ROUTES = (
    (_GET, "/incidents"),
    (_GET, "/incidents/{id}"),
    (_POST, "/incidents/{id}/decision"),
    (_POST, "/incidents/{id}/undo"),
    (_POST, "/incidents/{id}/verdict"),
    (_GET, "/baselines"),
    (_POST, "/baselines"),
    (_GET, "/planned-changes"),
    (_POST, "/planned-changes"),
    (_POST, "/planned-changes/{id}/withdraw"),
)
_STAGE = "$default"
# A handful of people use it; a flood would only be an attempt to keep them from deciding.
_REQUESTS_PER_SECOND = 10
_BURST = 20
# Who decided what, from where: without bodies, comments and query strings.
_ACCESS_LOG: Mapping[str, str] = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "error": "$context.error.message",
}


class ConsoleApi(Construct):
    """The API, its one stage, and the policy that lets somebody read and approve."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            api_name=f"{config.name_prefix}-console",
            description="Trailguard: incidents, decisions, baselines",
            create_default_stage=False,
            default_authorizer=authorizers.HttpIamAuthorizer(),
        )
        integration = integrations.HttpLambdaIntegration(
            "Console", function, payload_format_version=apigatewayv2.PayloadFormatVersion.VERSION_2_0
        )
        for method, path in ROUTES:
            self.api.add_routes(path=path, methods=[method], integration=integration)
        self._stage(config)
        self.url = self.api.api_endpoint
        self.approver_policy = self._approver_policy(config)

    def _stage(self, config: DeploymentConfig) -> None:
        # A name below /aws/vendedlogs/ keeps the account's resource policy for log delivery from filling up.
        log = log_group(
            self, "AccessLog", name=f"/aws/vendedlogs/apis/{config.name_prefix}-console", config=config
        )
        apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name=_STAGE,
            auto_deploy=True,
            default_route_settings=apigatewayv2.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=_REQUESTS_PER_SECOND, throttling_burst_limit=_BURST
            ),
            access_log_settings=apigatewayv2.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group_arn(self, log.log_group_name), format=json.dumps(_ACCESS_LOG)
            ),
        )

    def _approver_policy(self, config: DeploymentConfig) -> iam.ManagedPolicy:
        """To be attached to those who may decide; nothing else in the stack lets anybody call the API."""
        stack = cdk.Stack.of(self)
        routes = [
            stack.format_arn(
                service="execute-api",
                resource=self.api.api_id,
                resource_name=f"{_STAGE}/{method.value}{path.replace('{id}', '*')}",
            )
            for method, path in ROUTES
        ]
        policy = iam.ManagedPolicy(
            self,
            "ApproverPolicy",
            managed_policy_name=f"{config.name_prefix}-approver",
            description="Read Trailguard's incidents and baselines, and decide on its plans",
            statements=[iam.PolicyStatement(actions=["execute-api:Invoke"], resources=routes)],
        )
        for route in routes:
            if "*" in route:
                acknowledge_wildcard(policy, route, "Any of them; ids are not known before there are any.")
        return policy
