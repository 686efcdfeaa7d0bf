"""The API answers signed requests only."""

from __future__ import annotations

import json

from stacks.constructs.console_api import ROUTES
from tests.stacks.template import Template, listed, text

_KEYS = {f"{method.value} {path}" for method, path in ROUTES}


def test_every_route_asks_for_a_signature(template: Template) -> None:
    """AWS_IAM on each route of the contract, and there is no other route."""
    routes = [item["Properties"] for item in template.resources("AWS::ApiGatewayV2::Route").values()]
    assert {route["RouteKey"] for route in routes} == _KEYS
    assert len(_KEYS) == len(ROUTES)
    assert {route["AuthorizationType"] for route in routes} == {"AWS_IAM"}


def test_the_function_gets_payload_format_2(template: Template) -> None:
    """All routes lead to the console's function."""
    integration = template.properties("AWS::ApiGatewayV2::Integration")
    assert integration["PayloadFormatVersion"] == "2.0"
    assert text(integration["IntegrationUri"]) == template.arn("AWS::Lambda::Function", "FunctionsConsole")


def test_the_stage_is_throttled_and_logged(own: Template) -> None:
    """Who asked for what is logged, without bodies; a flood is cut off."""
    stage = own.properties("AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 20, "ThrottlingRateLimit": 10}
    access = stage["AccessLogSettings"]
    assert json.loads(access["Format"])["caller"] == "$context.identity.userArn"
    group = own.one("AWS::Logs::LogGroup", "ConsoleAccessLog")
    assert group[1]["Properties"]["LogGroupName"] == "/aws/vendedlogs/apis/trailguard-console"
    assert text(access["DestinationArn"]).endswith(f":log-group:<{group[0]}>")


def test_the_approver_policy_opens_these_routes_only(template: Template) -> None:
    """Each route of this API by method and path; only the incident's id is open."""
    policy = template.properties("AWS::IAM::ManagedPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    api = template.one("AWS::ApiGatewayV2::Api")[0]
    prefix = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<{api}>/$default/"
    assert set(listed(statement["Resource"])) == {
        prefix + "GET/incidents",
        prefix + "GET/incidents/*",
        prefix + "POST/incidents/*/decision",
        prefix + "POST/incidents/*/undo",
        prefix + "POST/incidents/*/verdict",
        prefix + "GET/baselines",
        prefix + "POST/baselines",
        prefix + "GET/planned-changes",
        prefix + "POST/planned-changes",
        prefix + "POST/planned-changes/*/withdraw",
    }
    assert not {"Users", "Groups", "Roles"} & set(policy)
