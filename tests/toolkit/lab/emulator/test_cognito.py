"""A user pool's sign-in page: password, authenticator app, authorization code with PKCE, and its tokens."""

from typing import Any

import pytest

from tests.hosted_sign_in import SignIn, ask
from tests.toolkit.lab.emulator.helpers import make_function
from toolkit.lab import totp
from toolkit.lab.emulator.server import Lab

_PASSWORD = "a Passw0rd of the lab!"
_SOURCE = """
def handler(event, context):
    return event["requestContext"]["authorizer"]["jwt"]["claims"]
"""


@pytest.fixture(scope="module")
def console(lab: Lab) -> SignIn:
    """A pool that requires a second factor, and an API with a route for its access tokens."""
    cognito, gateway = lab.client("cognito-idp"), lab.client("apigatewayv2")
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    _require(lab, pool, "ON")
    cognito.create_user_pool_domain(UserPoolId=pool, Domain="test-console")
    cognito.create_resource_server(
        UserPoolId=pool,
        Identifier="console",
        Name="console",
        Scopes=[{"ScopeName": "use", "ScopeDescription": "."}],
    )
    api = gateway.create_api(Name="page", ProtocolType="HTTP")["ApiId"]
    page = f"http://{api}.execute-api.localhost:{lab.port}/"
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="page",
        GenerateSecret=False,
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid", "console/use"],
        SupportedIdentityProviders=["COGNITO"],
        CallbackURLs=[page],
    )["UserPoolClient"]["ClientId"]
    _serve(lab, api, pool, client)
    return SignIn(lab.port, client, page, "openid console/use")


def _require(lab: Lab, pool: str, how: str) -> None:
    """Set whether the pool requires a second factor."""
    lab.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=how
    )


def _pool(lab: Lab) -> str:
    pools = lab.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    return str(pools[0]["Id"])


def _serve(lab: Lab, api: str, pool: str, client: str) -> None:
    gateway, function = lab.client("apigatewayv2"), make_function(lab, "page", _SOURCE)
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="people",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={
            "Audience": [client],
            "Issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{pool}",
        },
    )["AuthorizerId"]
    gateway.create_route(
        ApiId=api,
        RouteKey="GET /claims",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=["console/use"],
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    lab.client("lambda").add_permission(
        FunctionName="page",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


@pytest.fixture
def somebody(lab: Lab, console: SignIn, unused: str) -> str:
    """A user with a password and no authenticator app."""
    assert console.client_id
    cognito, pool = lab.client("cognito-idp"), _pool(lab)
    cognito.admin_create_user(UserPoolId=pool, Username=unused, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=unused, Password=_PASSWORD, Permanent=True)
    return unused


def _claims(console: SignIn, token: str = "") -> tuple[int, Any]:
    """Call the API with a token."""
    headers = {"Host": console.redirect_uri.split("/")[2]}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = ask(console.port, "GET", "/claims", headers=headers)
    return answer.status, answer.json


def test_an_app_is_set_up_at_first_and_asked_from_then_on(console: SignIn, somebody: str) -> None:
    """The password alone is good for no authorization code, neither the first time nor the second."""
    assert 'name="password"' in console.authorize().text
    first = console.password(somebody, _PASSWORD)
    assert (first.code, bool(first.secret)) == ("", True)
    assert console.second_factor(first, totp.code(first.secret)).code
    second = console.password(somebody, _PASSWORD)
    assert (second.code, second.secret) == ("", "")
    wrong = console.second_factor(second, "000000")
    assert (wrong.code, "does not match" in wrong.text) == ("", True)
    assert console.second_factor(second, totp.code(first.secret)).code


def test_codes_are_not_guessed_for_long(console: SignIn, somebody: str) -> None:
    """After five wrong ones it begins anew with the password, and a form that was never shown is refused."""
    page = console.password(somebody, _PASSWORD)
    assert [console.second_factor(page, f"00000{n}").status for n in range(5)] == [200] * 4 + [400]
    assert console.second_factor(page, totp.code(page.secret)).status == 400


def test_where_it_is_optional_the_password_is_enough(lab: Lab, console: SignIn, somebody: str) -> None:
    """Until the person has an app; a wrong password is told on the page."""
    _require(lab, _pool(lab), "OPTIONAL")
    try:
        assert console.password(somebody, _PASSWORD).code
        assert "Incorrect username or password" in console.password(somebody, "wrong").text
    finally:
        _require(lab, _pool(lab), "ON")


def test_only_the_access_token_of_a_full_sign_in_is_let_in(console: SignIn, somebody: str) -> None:
    """The verifier is checked, a code is good once, and an ID token is no access token."""
    page = console.password(somebody, _PASSWORD)
    code = console.second_factor(page, totp.code(page.secret)).code
    assert (
        console.redeem(code, "another-verifier-of-forty-three-characters-").json["error"] == "invalid_grant"
    )
    tokens = console.redeem(code).json
    assert console.redeem(code).json["error"] == "invalid_grant"
    status, claims = _claims(console, tokens["access_token"])
    assert (status, claims["username"]) == (200, somebody)
    assert _claims(console, tokens["id_token"])[0] in {401, 403}
    assert _claims(console)[0] == 401


def test_nobody_is_sent_back_to_an_address_that_was_not_named(console: SignIn, somebody: str) -> None:
    """Not even with everything else in order."""
    elsewhere = SignIn(console.port, console.client_id, "http://elsewhere.execute-api.localhost/", "openid")
    assert elsewhere.authorize().status == 400
    page = elsewhere.password(somebody, _PASSWORD)
    assert elsewhere.second_factor(page, totp.code(page.secret)).status == 400
