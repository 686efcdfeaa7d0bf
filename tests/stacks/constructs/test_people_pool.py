"""The people's pool: nobody signs up, everybody has a second factor, the page is its only client."""

from __future__ import annotations

from tests.stacks.template import Template, listed, text


def test_only_administrators_make_users(own: Template) -> None:
    """And only they reset a password: whoever reads somebody's mail does not."""
    pool = own.properties("AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [
        {"Name": "admin_only", "Priority": 1},
    ]


def test_a_second_factor_is_asked_for(own: Template) -> None:
    """A code of an authenticator app; no text messages."""
    pool = own.properties("AWS::Cognito::UserPool")
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_passwords_are_long_and_not_used_again(own: Template) -> None:
    """Beyond what the AWS checks ask for."""
    policy = own.properties("AWS::Cognito::UserPool")["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == 14
    assert policy["PasswordHistorySize"] == 12
    assert policy["TemporaryPasswordValidityDays"] == 3
    assert all(policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))


def test_the_pool_stays_when_the_stack_goes(own: Template) -> None:
    """As evidence and incidents do."""
    resource = own.one("AWS::Cognito::UserPool")[1]
    assert resource["Properties"]["DeletionProtection"] == "ACTIVE"
    assert resource["DeletionPolicy"] == "Retain"


def test_who_is_linked_is_for_administrators_to_say(own: Template) -> None:
    """The attribute can be changed, but not with any token of the page's client."""
    (attribute,) = own.properties("AWS::Cognito::UserPool")["Schema"]
    assert (attribute["Name"], attribute["Mutable"]) == ("principals", True)
    client = own.properties("AWS::Cognito::UserPoolClient")
    assert client["WriteAttributes"] == ["locale"]
    assert "custom:principals" in client["ReadAttributes"]  # as far as it may, so may its trigger
    assert "aws.cognito.signin.user.admin" not in listed(client["AllowedOAuthScopes"])


def test_the_page_is_a_public_client_with_one_way_in(own: Template) -> None:
    """Authorization code, no secret, back to the page only; no password by Cognito's own API."""
    client = own.properties("AWS::Cognito::UserPoolClient")
    api = own.one("AWS::ApiGatewayV2::Api")[0]
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert listed(client["CallbackURLs"]) == [f"<{api}.ApiEndpoint>/"] == listed(client["LogoutURLs"])
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    server = own.one("AWS::Cognito::UserPoolResourceServer")[0]
    assert set(listed(client["AllowedOAuthScopes"])) == {"openid", f"<{server}>/console"}


def test_tokens_are_short_lived(own: Template) -> None:
    """Half an hour; what renews them, an hour."""
    client = own.properties("AWS::Cognito::UserPoolClient")
    assert client["TokenValidityUnits"] == dict.fromkeys(
        ["AccessToken", "IdToken", "RefreshToken"], "minutes"
    )
    assert (client["AccessTokenValidity"], client["RefreshTokenValidity"]) == (30, 60)


def test_two_groups_say_who_may_what(own: Template) -> None:
    """Approvers and readers, by the names in the configuration."""
    groups = [
        item["Properties"]["GroupName"] for item in own.resources("AWS::Cognito::UserPoolGroup").values()
    ]
    assert sorted(groups) == ["trailguard-approvers", "trailguard-readers"]


def test_the_address_of_the_sign_in_holds_the_account(own: Template) -> None:
    """It has to be unique among all customers of AWS in the Region."""
    domain = own.properties("AWS::Cognito::UserPoolDomain")
    assert text(domain["Domain"]) == "trailguard-<AWS::AccountId>"


def test_the_pool_asks_the_function_that_adds_claims(own: Template) -> None:
    """Version 2, which adds to access tokens; only this pool may call it."""
    pool = own.one("AWS::Cognito::UserPool")
    trigger = pool[1]["Properties"]["LambdaConfig"]["PreTokenGenerationConfig"]
    arn = own.arn("AWS::Lambda::Function", "FunctionsSignIn")
    assert (trigger["LambdaVersion"], text(trigger["LambdaArn"])) == ("V2_0", arn)
    permissions = [item["Properties"] for item in own.resources("AWS::Lambda::Permission").values()]
    (allowed,) = [one for one in permissions if one["Principal"] == "cognito-idp.amazonaws.com"]
    assert text(allowed["SourceArn"]) == f"<{pool[0]}.Arn>"
    assert text(allowed["FunctionName"]) == arn
