"""The people who sign in on the page of the lab: in a group, with a password and an authenticator app.

Each is an IAM user too, and the pool knows that it is the same person.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from response.domain.entitlement import APPROVER_GROUP, READER_GROUP
from toolkit.lab import totp
from toolkit.lab.emulator.server import Lab

# Name, group, and what that means.
PEOPLE: Final = (
    ("alice", APPROVER_GROUP, "approver"),
    ("bob", APPROVER_GROUP, "second approver"),
    ("carol", READER_GROUP, "reader"),
)


@dataclass(frozen=True)
class SignIn:
    """What one of them signs in with: the name, the password, and the secret of the authenticator app."""

    name: str
    password: str
    totp_secret: str
    may: str

    @property
    def code(self) -> str:
        """What the authenticator app shows now."""
        return totp.code(self.totp_secret)

    def to_json(self) -> dict[str, str]:
        """As `lab up --json` writes it."""
        return {"password": self.password, "totp_secret": self.totp_secret, "may": self.may}


def enrol_everybody(lab: Lab, pool_id: str) -> dict[str, SignIn]:
    """Make the people of the page in the deployed pool, ready to sign in."""
    cognito = lab.client("cognito-idp")
    # The page's own client lets nobody in by a password alone, so an app is set up by way of another.
    client_id = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="enrolment",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    made = {
        name: _enrol(cognito, pool_id, client_id, lab.account, (name, group, may))
        for name, group, may in PEOPLE
    }
    cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    return made


def _enrol(cognito: Any, pool_id: str, client_id: str, account: str, person: tuple[str, str, str]) -> SignIn:
    name, group, may = person
    user = {"UserPoolId": pool_id, "Username": name}
    password = f"{name.title()}-{secrets.token_hex(4)}-{secrets.token_hex(4)}-7"
    attributes = {
        "email": f"{name}@example.com",
        "email_verified": "true",
        "custom:principals": f"arn:aws:iam::{account}:user/{name}",
    }
    cognito.admin_create_user(
        **user,
        MessageAction="SUPPRESS",
        TemporaryPassword=password,
        UserAttributes=_attributes(attributes),
    )
    cognito.admin_set_user_password(**user, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**user, GroupName=group)
    secret = _set_up_app(cognito, user, client_id, password)
    return SignIn(name, password, secret, may)


def _set_up_app(cognito: Any, user: Mapping[str, str], client_id: str, password: str) -> str:
    """Give somebody an authenticator app, as they would themselves at their first sign-in; its secret."""
    parameters = {"USERNAME": user["Username"], "PASSWORD": password}
    token = cognito.admin_initiate_auth(
        UserPoolId=user["UserPoolId"],
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )["AuthenticationResult"]["AccessToken"]
    secret = str(cognito.associate_software_token(AccessToken=token)["SecretCode"])
    cognito.verify_software_token(AccessToken=token, UserCode=totp.code(secret))
    preferred = {"Enabled": True, "PreferredMfa": True}
    cognito.admin_set_user_mfa_preference(**user, SoftwareTokenMfaSettings=preferred)
    return secret


def _attributes(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]
