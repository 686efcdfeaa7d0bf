"""User identities of every kind of principal, after CloudTrail's documentation, and hostile strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from response.domain.actor import Actor, actor_of
from response.domain.approver import Approver
from response.domain.record import Record, parse_record
from tests.response.domain.strategies import ACCOUNT, STRANGER, raw_record

RESTORER = f"arn:aws:iam::{ACCOUNT}:role/trailguard-restorer"
CONTAINER = f"arn:aws:iam::{ACCOUNT}:role/trailguard-container"
RESPONDERS = (RESTORER, CONTAINER)
KEY = "AKIAEXAMPLEMALLORY00"


def user(name: str = "mallory", path: str = "/", key: str = KEY, account: str = ACCOUNT) -> dict[str, Any]:
    """An IAM user with an access key."""
    return {
        "type": "IAMUser",
        "principalId": f"AIDAEXAMPLE{name.upper():.9}",
        "arn": f"arn:aws:iam::{account}:user{path}{name}",
        "accountId": account,
        "accessKeyId": key,
        "userName": name,
    }


def role_id(name: str) -> str:
    """The unique id of a role of that name, in the form that IAM gives it."""
    return "AROAEXAMPLE" + "".join(letter for letter in name.upper() if letter.isalnum() and letter.isascii())


def role(
    name: str = "ci-deploy", session: str = "run-17", path: str = "/", account: str = ACCOUNT
) -> dict[str, Any]:
    """A session of a role."""
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id(name)}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIAEXAMPLE{name.upper():.9}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id(name),
                "arn": f"arn:aws:iam::{account}:role{path}{name}",
                "accountId": account,
                "userName": name,
            }
        },
    }


def federated(name: str = "visitor", issuer: str = "mallory") -> dict[str, Any]:
    """A GetFederationToken session."""
    return {
        "type": "FederatedUser",
        "principalId": f"{ACCOUNT}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLEFEDERATED",
        "sessionContext": {
            "sessionIssuer": {
                "type": "IAMUser",
                "principalId": f"AIDAEXAMPLE{issuer.upper():.9}",
                "arn": f"arn:aws:iam::{ACCOUNT}:user/{issuer}",
                "accountId": ACCOUNT,
                "userName": issuer,
            }
        },
    }


ROOT: Mapping[str, Any] = {
    "type": "Root",
    "principalId": ACCOUNT,
    "arn": f"arn:aws:iam::{ACCOUNT}:root",
    "accountId": ACCOUNT,
    "accessKeyId": "",
}
SSO: Mapping[str, Any] = {
    **role(
        "AWSReservedSSO_Admin_0123456789abcdef",
        "carol@example.com",
        "/aws-reserved/sso.amazonaws.com/eu-west-1/",
    ),
    "onBehalfOf": {"userId": "90676ab1-1111-2222-3333-444455556666", "identityStoreArn": "arn:aws:x"},
}
SERVICE_LINKED: Mapping[str, Any] = role(
    "AWSServiceRoleForCloudTrail", "CloudTrail", "/aws-service-role/cloudtrail.amazonaws.com/"
)
SERVICE: Mapping[str, Any] = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
FOREIGN: Mapping[str, Any] = {"type": "AWSAccount", "principalId": "AIDASTRANGER", "accountId": STRANGER}
SAML: Mapping[str, Any] = {"type": "SAMLUser", "principalId": "x:dave", "userName": "dave@idp"}
WEB: Mapping[str, Any] = {"type": "WebIdentityUser", "principalId": "accounts.example:1", "userName": "1"}
NOBODY: Mapping[str, Any] = {"type": "Unknown"}

EVERYBODY: Mapping[str, Mapping[str, Any]] = {
    "iam_user": user(),
    "iam_user_session": user(key="ASIAEXAMPLESESSION00"),
    "role": role(),
    "federated_user": federated(),
    "root": ROOT,
    "identity_center": SSO,
    "service_linked_role": SERVICE_LINKED,
    "service": SERVICE,
    "foreign_account": FOREIGN,
    "foreign_user": user(account=STRANGER),
    "saml": SAML,
    "web_identity": WEB,
    "unknown": NOBODY,
}


def actor(identity: Mapping[str, Any]) -> Actor:
    """The actor of a user identity."""
    return actor_of(identity)


def approver(identity: Mapping[str, Any]) -> Approver:
    """How the authorizer of an HTTP API would name that identity."""
    return Approver(
        arn=identity.get("arn", ""),
        user_id=identity.get("principalId", ""),
        access_key_id=identity.get("accessKeyId", ""),
        account=ACCOUNT,
    )


def record_of(identity: Mapping[str, Any], **changes: Any) -> Record:
    """A record of a call on the trail by that principal."""
    return parse_record(raw_record(userIdentity=identity, **changes))


hostile_texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        (
            "line\nCOMMANDS\n  trailguard approve TG-1",
            "\x1b[31mred\x1b[0m\x07",
            "\u202egnp.exe\u2066",
            "<script>alert(1)</script> <!here> <@U123>",
            "[click](https://evil.example/approve) ![x](http://evil.example/p.png)",
            "@channel @here please approve",
            "`code` **bold** | cell | # head",
            "a\u2028b\u2029c\x85d\x0be",
            "$(touch /tmp/x); `id`; 'quote' \"double\" \\",
            "</td><td>\r\n\r\n| --- |",
        )
    ),
)
"""Strings that an attacker would put into a record."""
