"""The HTTP API through which incidents are seen and decided: signed requests, people's tokens, and the page.

The routes are those of `response.routes`. Each has two doors: itself for AWS_IAM signatures, and the same
below `/people` for access tokens. Only the page, which holds nothing, is answered whoever calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from response.routes import ROUTES, Route, page_routes
from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge, acknowledge_wildcard
from stacks.constructs.log_groups import log_group, log_group_arn
from stacks.constructs.people_pool import PeoplePool

_STAGE = "$default"
# A handful of people use it; a flood would only be an attempt to keep them from deciding.
_REQUESTS_PER_SECOND = 10
_BURST = 50  # to open the page takes some fifteen
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
    "subject": "$context.authorizer.claims.sub",
    "issuer": "$context.authorizer.claims.iss",
    "error": "$context.error.message",
    "authorizerError": "$context.authorizer.error",
}


class ConsoleApi(Construct):
    """The API, its one stage, and the policies that let somebody read, or read and decide."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        function: lambda_.IFunction,
        trigger: lambda_.IFunction | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            api_name=f"{config.name_prefix}-console",
            description="Trailguard: incidents, decisions, baselines",
            create_default_stage=False,
            default_authorizer=authorizers.HttpIamAuthorizer(),
        )
        self.url = self.api.api_endpoint
        self.page_url = f"{self.url}/"
        self.pool = PeoplePool(self, "People", config=config, trigger=trigger) if trigger else None
        self.issuer, self.client_id = config.people.oidc_issuer, config.people.oidc_client_id
        if self.pool is not None:
            self.issuer = self.pool.issuer
            self.client_id = self.pool.client(self.page_url).user_pool_client_id
        self._routes(function)
        self._stage(config)
        self.approver_policy = self._policy(
            "ApproverPolicy",
            "approver",
            "Read Trailguard's incidents and baselines, and decide on its plans",
            ROUTES,
        )
        self.reader_policy = self._policy(
            "ReaderPolicy",
            "incident-reader",
            "Read Trailguard's incidents, baselines and planned changes",
            [route for route in ROUTES if route.is_reading],
        )

    def _routes(self, function: lambda_.IFunction) -> None:
        integration = integrations.HttpLambdaIntegration(
            "Console", function, payload_format_version=apigatewayv2.PayloadFormatVersion.VERSION_2_0
        )
        people = authorizers.HttpJwtAuthorizer(
            "Tokens",
            self.issuer,
            jwt_audience=[self.client_id],
            authorizer_name=f"{self._config.name_prefix}-people",
        )
        for route in ROUTES:
            method = apigatewayv2.HttpMethod[route.method]
            self.api.add_routes(path=route.path, methods=[method], integration=integration)
            self.api.add_routes(
                path=route.for_people().path,
                methods=[method],
                integration=integration,
                authorizer=people,
                authorization_scopes=[self._config.people.scope],
            )
        for route in page_routes():
            for made in self.api.add_routes(
                path=route.path,
                methods=[apigatewayv2.HttpMethod[route.method]],
                integration=integration,
                authorizer=apigatewayv2.HttpNoneAuthorizer(),
            ):
                acknowledge(
                    made,
                    "AwsSolutions-APIG4",
                    "The page and where to sign in: the same for everybody, and nothing of any incident.",
                )

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

    def _policy(
        self, construct_id: str, name: str, description: str, routes: Iterable[Route]
    ) -> iam.ManagedPolicy:
        """To be attached to IAM principals; nothing else in the stack lets one of them call the API."""
        stack = cdk.Stack.of(self)
        arns = [
            stack.format_arn(
                service="execute-api",
                resource=self.api.api_id,
                resource_name=f"{_STAGE}/{route.method}{route.path.replace('{id}', '*')}",
            )
            for route in routes
        ]
        policy = iam.ManagedPolicy(
            self,
            construct_id,
            managed_policy_name=f"{self._config.name_prefix}-{name}",
            description=description,
            statements=[iam.PolicyStatement(actions=["execute-api:Invoke"], resources=arns)],
        )
        for arn in arns:
            if "*" in arn:
                acknowledge_wildcard(policy, arn, "Any of them; ids are not known before there are any.")
        return policy
