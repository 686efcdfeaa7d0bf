"""The actor behind a call, for every kind of userIdentity."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from response.domain.actor import Actor, PrincipalKind, actor_of
from tests.response.domain.strategies import json_values, spoiled

_ROLE_SESSION = "arn:aws:sts::111122223333:assumed-role/{}/chosen-name"
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
    },
    "onBehalfOf": {"userId": "u-1"},
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
    )


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
