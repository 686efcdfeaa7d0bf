"""The people's user pool: administrators make its users, everybody has a second factor, one public client.

It is made only where the deployment names no identity provider of its own.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.config import DeploymentConfig, Removal
from stacks.constructs.acknowledgement import acknowledge
from stacks.people_config import ConsoleMfa

# The IAM identities of the same person; see `response.domain.sign_in_claims`.
_LINKED = "principals"
_LINKED_CHARACTERS = 2048
_ACCESS = cdk.Duration.minutes(30)
_REFRESH = cdk.Duration.hours(1)  # the shortest that Cognito has
_PASSWORD_DAYS = cdk.Duration.days(3)
_LEAST_PASSWORD = 14
_HISTORY = 12


class PeoplePool(Construct):
    """The pool with its two groups and its sign-in; the client follows once the page has an address."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, trigger: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self.pool = self._pool(trigger)
        people = config.people
        for name, group in (("Approvers", people.approver_group), ("Readers", people.reader_group)):
            cognito.CfnUserPoolGroup(
                self,
                name,
                user_pool_id=self.pool.user_pool_id,
                group_name=group,
                description=f"Trailguard: {name.lower()} of the console",
            )
        stack = cdk.Stack.of(self)
        # Unique in the Region among all AWS customers, hence the account.
        self._domain = self.pool.add_domain(
            "SignIn",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"{config.name_prefix}-{stack.account}"
            ),
        )
        identifier, _, name = people.scope.partition("/")
        self._scope = cognito.ResourceServerScope(scope_name=name, scope_description="Use the console's API")
        self._server = self.pool.add_resource_server("Console", identifier=identifier, scopes=[self._scope])

    @property
    def issuer(self) -> str:
        """As its tokens name it (Cognito developer guide, 'Verifying JSON web tokens')."""
        stack = cdk.Stack.of(self)
        return f"https://cognito-idp.{stack.region}.{stack.url_suffix}/{self.pool.user_pool_id}"

    @property
    def sign_in_url(self) -> str:
        """Where its pages for signing in are."""
        return self._domain.base_url()

    def client(self, page_url: str) -> cognito.UserPoolClient:
        """The page as a client: public, authorization code only, and with no say over anybody's attributes.

        Which flows Cognito's own API allows is another matter: of those, none but renewing. So nobody gets a
        token by a password alone, past the sign-in and its second factor, and no token lets its holder write.
        """
        client: cognito.UserPoolClient = self.pool.add_client(
            "Page",
            user_pool_client_name=f"{self._config.name_prefix}-console",
            generate_secret=False,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[
                    cognito.OAuthScope.OPENID,
                    cognito.OAuthScope.resource_server(self._server, self._scope),
                ],
                callback_urls=[page_url],
                logout_urls=[page_url],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=_ACCESS,
            id_token_validity=_ACCESS,
            refresh_token_validity=_REFRESH,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
            # An empty list would mean all of them.
            write_attributes=cognito.ClientAttributes().with_standard_attributes(locale=True),
            # In case a trigger sees no more than the client may: a link that is left out would count as none.
            read_attributes=cognito.ClientAttributes()
            .with_standard_attributes(email=True, email_verified=True, locale=True)
            .with_custom_attributes(_LINKED),
        )
        resource = client.node.default_child
        if isinstance(resource, cognito.CfnUserPoolClient):
            resource.explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
        return client

    def _pool(self, trigger: lambda_.IFunction) -> cognito.UserPool:
        config = self._config
        keep = config.removal is Removal.RETAIN
        required = config.people.console_mfa is ConsoleMfa.REQUIRED
        pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=f"{config.name_prefix}-people",
            # The first plan with which an access token can say more; free for up to 10,000 people a month.
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True),
            sign_in_case_sensitive=False,
            mfa=cognito.Mfa.REQUIRED if required else cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=_LEAST_PASSWORD,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=_PASSWORD_DAYS,
                password_history_size=_HISTORY,
            ),
            # Whoever reads somebody's mail must not be able to set a password; an administrator does.
            account_recovery=cognito.AccountRecovery.NONE,
            custom_attributes={_LINKED: cognito.StringAttribute(mutable=True, max_len=_LINKED_CHARACTERS)},
            deletion_protection=keep,
            removal_policy=cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY,
        )
        pool.add_trigger(
            cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, trigger, cognito.LambdaVersion.V2_0
        )
        acknowledge(
            pool,
            "AwsSolutions-COG8",
            "Threat protection is part of the Plus plan, billed per user; nobody signs up here, and "
            "everybody has a second factor. Whoever has the plan can switch it on.",
        )
        return pool
