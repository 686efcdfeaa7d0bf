"""The API has two doors, one for signatures and one for people's tokens, and a page that is for everybody."""

from __future__ import annotations

import json
from typing import Any

from response.routes import ROUTES, page_routes
from tests.stacks.template import Template, listed, text

_SIGNED = {route.key for route in ROUTES}
_PEOPLE = {route.for_people().key for route in ROUTES}
_PAGE = {route.key for route in page_routes()}


def _by_authorization(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    found = [item["Properties"] for item in template.resources("AWS::ApiGatewayV2::Route").values()]
    return {route["RouteKey"]: route for route in found if route["AuthorizationType"] == kind}


def test_there_are_three_kinds_of_routes_and_no_other(template: Template) -> None:
    """Each route of the contract asks for a signature, its twin for a token; the page asks nobody."""
    assert set(_by_authorization(template, "AWS_IAM")) == _SIGNED
    assert set(_by_authorization(template, "JWT")) == _PEOPLE
    assert set(_by_authorization(template, "NONE")) == _PAGE
    assert len(template.resources("AWS::ApiGatewayV2::Route")) == 2 * len(ROUTES) + len(_PAGE)


def test_what_is_open_to_all_only_reads(template: Template) -> None:
    """The page, its parts and where to sign in, all by GET, all outside the two doors."""
    for key in _by_authorization(template, "NONE"):
        method, path = key.split(" ")
        assert method == "GET"
        assert path == "/" or (path.count("/") == 1 and "{" not in path)


def test_people_come_in_with_an_access_token_for_this_console(own: Template) -> None:
    """Of the stack's own pool, for the page's client, with the console's scope, so that no ID token does."""
    authorizer = own.properties("AWS::ApiGatewayV2::Authorizer")
    pool, client = own.one("AWS::Cognito::UserPool")[0], own.one("AWS::Cognito::UserPoolClient")[0]
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert listed(authorizer["JwtConfiguration"]["Audience"]) == [f"<{client}>"]
    issuer = text(authorizer["JwtConfiguration"]["Issuer"])
    assert issuer == f"https://cognito-idp.<AWS::Region>.<AWS::URLSuffix>/<{pool}>"
    for route in _by_authorization(own, "JWT").values():
        assert route["AuthorizationScopes"] == ["trailguard/console"]


def test_people_may_come_from_another_identity_provider(existing: Template) -> None:
    """Then there is no pool, and no function that a pool would ask."""
    authorizer = existing.properties("AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]
    assert authorizer == {"Audience": ["trailguard-page"], "Issuer": "https://login.example.com/soc"}
    assert {tuple(route["AuthorizationScopes"]) for route in _by_authorization(existing, "JWT").values()} == {
        ("console.use",)
    }
    assert not [item for item in existing.document["Resources"].values() if "Cognito" in item["Type"]]
    assert not [name for name in existing.document["Resources"] if "SignIn" in name]
    assert "UserPoolId" not in existing.document["Outputs"]


def test_the_function_gets_payload_format_2(template: Template) -> None:
    """All routes lead to the console's function."""
    integrations = [
        item["Properties"] for item in template.resources("AWS::ApiGatewayV2::Integration").values()
    ]
    arn = template.arn("AWS::Lambda::Function", "FunctionsConsole")
    for integration in integrations:
        assert integration["PayloadFormatVersion"] == "2.0"
        assert text(integration["IntegrationUri"]) == arn


def test_the_function_knows_who_may_come_in(own: Template, existing: Template) -> None:
    """Groups, principals and the sign-in, on the console's function and on no other."""
    variables = own.properties("AWS::Lambda::Function", "FunctionsConsole")["Environment"]["Variables"]
    domain = own.one("AWS::Cognito::UserPoolDomain")[0]
    assert variables["TG_APPROVER_GROUP"] == "trailguard-approvers"
    assert text(variables["TG_SIGN_IN_URL"]) == f"https://<{domain}>.auth.<AWS::Region>.amazoncognito.com"
    other = existing.properties("AWS::Lambda::Function", "FunctionsConsole")["Environment"]["Variables"]
    assert other["TG_OIDC_ISSUER"] == "https://login.example.com/soc"
    assert other["TG_SIGN_IN_URL"] == ""
    assert json.loads(other["TG_APPROVER_PRINCIPALS"]) == ["arn:aws:iam::111122223333:role/soc-lead"]
    for key, function in own.resources("AWS::Lambda::Function").items():
        if not key.startswith("FunctionsConsole"):
            assert "TG_SIGN_IN_URL" not in function["Properties"].get("Environment", {}).get("Variables", {})


def test_the_stage_is_throttled_and_logged(own: Template) -> None:
    """Who asked for what is logged, without bodies; a flood is cut off."""
    stage = own.properties("AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 50, "ThrottlingRateLimit": 10}
    access = stage["AccessLogSettings"]
    told = json.loads(access["Format"])
    assert told["caller"] == "$context.identity.userArn"
    assert (told["subject"], told["issuer"]) == (
        "$context.authorizer.claims.sub",
        "$context.authorizer.claims.iss",
    )
    group = own.one("AWS::Logs::LogGroup", "ConsoleAccessLog")
    assert group[1]["Properties"]["LogGroupName"] == "/aws/vendedlogs/apis/trailguard-console"
    assert text(access["DestinationArn"]).endswith(f":log-group:<{group[0]}>")


def _opened(template: Template, start: str) -> set[str]:
    """The methods and paths that a policy opens; nobody has the policy yet."""
    policy = template.properties("AWS::IAM::ManagedPolicy", start)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert not {"Users", "Groups", "Roles"} & set(policy)
    api = template.one("AWS::ApiGatewayV2::Api")[0]
    prefix = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<{api}>/$default/"
    assert all(arn.startswith(prefix) for arn in listed(statement["Resource"]))
    return {arn.removeprefix(prefix) for arn in listed(statement["Resource"])}


def test_the_approver_policy_opens_these_routes_only(template: Template) -> None:
    """Each signed route by method and path; only the id is open."""
    assert _opened(template, "ConsoleApprover") == {
        "GET/incidents",
        "GET/incidents/*",
        "POST/incidents/*/decision",
        "POST/incidents/*/undo",
        "POST/incidents/*/verdict",
        "GET/baselines",
        "POST/baselines",
        "GET/planned-changes",
        "POST/planned-changes",
        "POST/planned-changes/*/withdraw",
    }


def test_the_reader_policy_opens_what_only_reads(template: Template) -> None:
    """No POST at all."""
    assert _opened(template, "ConsoleReader") == {
        "GET/incidents",
        "GET/incidents/*",
        "GET/baselines",
        "GET/planned-changes",
    }
