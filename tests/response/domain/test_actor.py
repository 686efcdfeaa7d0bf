"""The actor behind a call, for every kind of userIdentity."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from response.domain.actor import Actor, PrincipalKind, Scope, actor_of
from tests.response.domain.strategies import json_values, spoiled

_ROLE_SESSION = "arn:aws:sts::111122223333:assumed-role/{}/chosen-name"
_FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:pay"
_SESSION: dict[str, Any] = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE000000001:chosen-name",
    "arn": _ROLE_SESSION.format("Deploy"),
    "accountId": "111122223333",
    "accessKeyId": "ASIAEXAMPLE000000001",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROAEXAMPLE000000001",
            "arn": "arn:aws:iam::111122223333:role/ops/Deploy",
            "accountId": "111122223333",
            "userName": "Deploy",
        },
        "attributes": {"creationDate": "2026-03-01T02:00:00Z", "mfaAuthenticated": "true"},
        "sourceIdentity": "alice",
        "ec2RoleDelivery": "2.0",
        "assumedRoot": "false",
        "webIdFederationData": {
            "federatedProvider": "accounts.example",
            "attributes": {"accounts.example:sub": "repo:x", "accounts.example:aud": "sts", "odd": None},
        },
    },
    "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
    "credentialId": "c-1",
    "inScopeOf": {
        "sourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:pay",
        "sourceAccount": "111122223333",
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:111122223333:function:pay",
    },
    "invokedByDelegate": {"accountId": "999988887777"},
    "invokedBy": "cloudformation.amazonaws.com",
}


def _issued_by(arn: str) -> dict[str, Any]:
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": arn}}}


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ({"type": "Root"}, PrincipalKind.ROOT),
        ({"type": "IAMUser"}, PrincipalKind.IAM_USER),
        (_SESSION, PrincipalKind.ASSUMED_ROLE),
        ({"type": "Role"}, PrincipalKind.ASSUMED_ROLE),
        ({"type": "FederatedUser"}, PrincipalKind.FEDERATED_USER),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, PrincipalKind.AWS_SERVICE),
        ({"type": "AWSAccount", "accountId": "999988887777"}, PrincipalKind.AWS_ACCOUNT),
        ({"type": "IdentityCenterUser"}, PrincipalKind.IDENTITY_CENTER),
        ({"type": "SAMLUser"}, PrincipalKind.SAML_USER),
        ({"type": "WebIdentityUser"}, PrincipalKind.WEB_IDENTITY_USER),
        ({"type": "Directory"}, PrincipalKind.UNKNOWN),
        ({"type": "SomethingNew"}, PrincipalKind.UNKNOWN),
        ({}, PrincipalKind.UNKNOWN),
        (None, PrincipalKind.UNKNOWN),
        (
            _issued_by(
                "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
            ),
            PrincipalKind.SERVICE_LINKED_ROLE,
        ),
        (
            _issued_by(
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"
            ),
            PrincipalKind.IDENTITY_CENTER,
        ),
        # Anybody may call a role so; only AWS can put one under the reserved path.
        (_issued_by("arn:aws:iam::111122223333:role/x/AWSReservedSSO_Admin_1"), PrincipalKind.ASSUMED_ROLE),
        # Without a type, the ARN tells.
        ({"arn": "arn:aws:iam::111122223333:user/mallory"}, PrincipalKind.IAM_USER),
        ({"arn": "arn:aws:iam::111122223333:root"}, PrincipalKind.ROOT),
        ({"arn": _ROLE_SESSION.format("Deploy")}, PrincipalKind.ASSUMED_ROLE),
        ({"invokedBy": "ec2.amazonaws.com"}, PrincipalKind.AWS_SERVICE),
        ("arn:aws:iam::111122223333:user/mallory", PrincipalKind.IAM_USER),
    ],
)
def test_each_kind_of_identity_is_told_apart(identity: object, kind: PrincipalKind) -> None:
    """The type decides, then the reserved path of the role, and the ARN where the type is missing."""
    assert actor_of(identity).kind is kind


def test_a_role_session_is_read_whole() -> None:
    """Everything that containment and approval go by is there."""
    assert actor_of(_SESSION) == Actor(
        kind=PrincipalKind.ASSUMED_ROLE,
        arn=_ROLE_SESSION.format("Deploy"),
        account="111122223333",
        access_key_id="ASIAEXAMPLE000000001",
        principal_id="AROAEXAMPLE000000001:chosen-name",
        session_name="chosen-name",
        issuer_arn="arn:aws:iam::111122223333:role/ops/Deploy",
        source_identity="alice",
        invoked_by="cloudformation.amazonaws.com",
        on_behalf_of="u-1",
        mfa=True,
        session_created_at=datetime(2026, 3, 1, 2, tzinfo=UTC),
        issuer_id="AROAEXAMPLE000000001",
        identity_store_arn="arn:aws:identitystore::1:identitystore/d-1",
        credential_id="c-1",
        in_scope_of=Scope(_FUNCTION, "111122223333", "AWS::Lambda::Function", _FUNCTION),
        ec2_role_delivery="2.0",
        delegate_account="999988887777",
        identity_provider="accounts.example",
        provider_attributes=(("accounts.example:aud", "sts"), ("accounts.example:sub", "repo:x")),
    )


@pytest.mark.parametrize(
    ("value", "assumed"), [("true", True), (True, True), ("false", False), (None, False)]
)
def test_a_root_session_of_assume_root_is_told_from_the_root_users_own(value: object, assumed: bool) -> None:
    """CloudTrail writes the truth value as text; a record that was rewritten may hold one."""
    identity = {"type": "Root", "sessionContext": {"assumedRoot": value}}
    assert actor_of(identity).assumed_root is assumed


def test_the_provider_of_a_saml_identity_is_read() -> None:
    """It stands beside the name, not in the session."""
    identity = {"type": "SAMLUser", "userName": "dave", "identityProvider": "q1w2="}
    assert actor_of(identity).identity_provider == "q1w2="


@pytest.mark.parametrize(
    "odd",
    [
        {
            "inScopeOf": "x",
            "onBehalfOf": [],
            "invokedByDelegate": 7,
            "sessionContext": {"webIdFederationData": 1},
        },
        {
            "inScopeOf": {"sourceArn": None},
            "onBehalfOf": {"userId": 1},
            "invokedByDelegate": {"accountId": []},
        },
        {"sessionContext": {"ec2RoleDelivery": 2.0, "webIdFederationData": {"attributes": "x"}}},
    ],
)
def test_newer_fields_of_odd_types_are_left_empty(odd: dict[str, Any]) -> None:
    """What is not text where text belongs tells nothing."""
    read = actor_of({"type": "AssumedRole"} | odd)
    assert read == Actor(PrincipalKind.ASSUMED_ROLE)


def test_the_session_name_comes_from_the_principal_id_where_the_arn_lacks_it() -> None:
    """Real records have cut ARNs."""
    assert actor_of(_SESSION | {"arn": ""}).session_name == "chosen-name"


def test_temporary_credentials_of_a_user_are_a_session() -> None:
    """A user's ASIA key is a session; an AKIA key is none, and a role's ASIA key is the role's."""
    assert actor_of({"type": "IAMUser", "accessKeyId": "ASIAEXAMPLE"}).is_session
    assert not actor_of({"type": "IAMUser", "accessKeyId": "AKIAEXAMPLE"}).is_session
    assert not actor_of(_SESSION).is_session


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (
            {
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/ops/mallory",
                "accessKeyId": "AKIAEXAMPLE",
            },
            "IAM user mallory (access key AKIAEXAMPLE, account 111122223333)",
        ),
        (
            _SESSION,
            (
                "role Deploy (session chosen-name, source identity alice, access key ASIAEXAMPLE000000001, "
                "through cloudformation.amazonaws.com, account 111122223333)"
            ),
        ),
        (
            {
                "type": "FederatedUser",
                "arn": "arn:aws:sts::111122223333:federated-user/eve",
                "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:user/mallory"}},
            },
            "federated user eve (issued by mallory, account 111122223333)",
        ),
        ({"type": "Root", "accountId": "111122223333"}, "root user (account 111122223333)"),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "AWS service ec2.amazonaws.com"),
        ({"type": "IAMUser", "userName": "a\x1b[31m\u202eb"}, "IAM user ab"),
    ],
)
def test_an_actor_is_described_in_plain_words(identity: object, words: str) -> None:
    """The words name the principal and whatever tells this use of it from others, safe to show."""
    assert actor_of(identity).describe() == words


@given(json_values | spoiled(_SESSION))
def test_any_identity_gives_an_actor_that_can_be_shown(identity: object) -> None:
    """Nothing in userIdentity is ever fatal, and its description holds no control characters."""
    words = actor_of(identity).describe()
    assert words
    assert not {unicodedata.category(character) for character in words} & {"Cc", "Cf", "Cs"}
