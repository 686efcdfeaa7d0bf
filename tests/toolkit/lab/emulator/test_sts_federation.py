"""Roles are assumed with a SAML assertion or a web identity, and the records say whose."""

import base64
import json

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, last_record, policy, session_keys
from toolkit.lab.emulator.server import Lab

_SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/corporate"
_ISSUER = "token.actions.example.com"
_OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{_ISSUER}"
_SUBJECT = "repo:example/infrastructure:ref:refs/heads/main"
_ANONYMOUS = Config(signature_version=UNSIGNED)
_SIGN_IN = "https://signin.aws.amazon.com/saml"


def _role(
    lab: Lab, name: str, provider: str, action: str, condition: dict[str, str], *, path: str = "/"
) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": action,
        "Condition": {"StringEquals": condition},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = lab.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)["Role"]
    lab.client("iam").put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy())
    return str(role["Arn"])


def _assertion(subject: str, session: str, audience: str = _SIGN_IN, source_identity: str = "") -> str:
    attributes = {"RoleSessionName": session, "SourceIdentity": source_identity}
    listed = "".join(
        f'<Attribute Name="https://aws.amazonaws.com/SAML/Attributes/{name}">'
        f"<AttributeValue>{value}</AttributeValue></Attribute>"
        for name, value in attributes.items()
        if value
    )
    document = (
        '<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
        f"<Subject><NameID>{subject}</NameID></Subject>"
        f"<Conditions><AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions>"
        f"<AttributeStatement>{listed}</AttributeStatement></Assertion></Response>"
    )
    return base64.b64encode(document.encode()).decode()


def _token(**claims: str) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, "signature"])


@pytest.mark.parametrize("path", ["/", "/aws-reserved/sso.amazonaws.com/"])
def test_a_saml_session(lab: Lab, unused: str, path: str) -> None:
    """The session has the name and source identity of the assertion; its record names the provider."""
    role = _role(lab, unused, _SAML, "sts:AssumeRoleWithSAML", {"SAML:aud": _SIGN_IN}, path=path)
    answer = lab.client("sts", config=_ANONYMOUS).assume_role_with_saml(
        RoleArn=role, PrincipalArn=_SAML, SAMLAssertion=_assertion("S-1-5-21", "carol", source_identity="c1")
    )
    assert answer["Subject"] == "S-1-5-21"
    keys = session_keys(answer)
    assert (
        code_of(lambda: lab.client("cloudtrail", **keys).delete_trail(Name=unused))
        == "TrailNotFoundException"
    )
    used = last_record(lab, AccessKeyId=keys["aws_access_key_id"])["userIdentity"]
    assert used["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{unused}/carol"
    assert used["sessionContext"]["sessionIssuer"]["arn"] == role
    assert used["sessionContext"]["sourceIdentity"] == "c1"
    begun = last_record(lab, ResourceName=keys["aws_access_key_id"])
    assert (begun["eventName"], begun["userIdentity"]["type"]) == ("AssumeRoleWithSAML", "SAMLUser")
    assert begun["userIdentity"]["identityProvider"] == _SAML
    assert begun["userIdentity"]["userName"] == "S-1-5-21"
    assert "sAMLAssertion" not in begun["requestParameters"]


@pytest.mark.parametrize(
    ("provider", "audience", "code"),
    [
        (f"{_SAML}-other", _SIGN_IN, "AccessDenied"),
        (_SAML, "https://elsewhere", "AccessDenied"),
        (_SAML, _SIGN_IN, ""),
    ],
)
def test_the_trust_policy_decides_on_saml(
    lab: Lab, unused: str, provider: str, audience: str, code: str
) -> None:
    """Another provider or audience than the trust policy names is refused."""
    role = _role(lab, unused, _SAML, "sts:AssumeRoleWithSAML", {"SAML:aud": _SIGN_IN})
    sts, assertion = lab.client("sts", config=_ANONYMOUS), _assertion("carol", "carol", audience)
    found = code_of(
        lambda: sts.assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion)
    )
    assert found == code


def test_an_assertion_that_cannot_be_read(lab: Lab, unused: str) -> None:
    """What is no assertion is refused by name."""
    role = _role(lab, unused, _SAML, "sts:AssumeRoleWithSAML", {})
    call = {"RoleArn": role, "PrincipalArn": _SAML, "SAMLAssertion": base64.b64encode(b"<a>").decode()}
    sts = lab.client("sts", config=_ANONYMOUS)
    assert code_of(lambda: sts.assume_role_with_saml(**call)) == "InvalidIdentityToken"


def test_a_web_identity_session(lab: Lab, unused: str) -> None:
    """The answer names the token's subject; records of the session its provider."""
    role = _role(lab, unused, _OIDC, "sts:AssumeRoleWithWebIdentity", {f"{_ISSUER}:sub": _SUBJECT})
    sts = lab.client("sts", config=_ANONYMOUS)
    token = _token(iss=f"https://{_ISSUER}", sub=_SUBJECT, aud="sts.amazonaws.com")
    call = {"RoleArn": role, "RoleSessionName": "deploy"}
    answer = sts.assume_role_with_web_identity(**call, WebIdentityToken=token)
    assert answer["SubjectFromWebIdentityToken"] == _SUBJECT
    keys = session_keys(answer)
    assert (
        code_of(lambda: lab.client("cloudtrail", **keys).delete_trail(Name=unused))
        == "TrailNotFoundException"
    )
    context = last_record(lab, AccessKeyId=keys["aws_access_key_id"])["userIdentity"]["sessionContext"]
    assert context["webIdFederationData"] == {"federatedProvider": _ISSUER, "attributes": {}}
    begun = last_record(lab, ResourceName=keys["aws_access_key_id"])
    assert begun["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{_ISSUER}:sts.amazonaws.com:{_SUBJECT}",
        "userName": _SUBJECT,
        "identityProvider": _ISSUER,
    }
    other = _token(iss=f"https://{_ISSUER}", sub="repo:example/other", aud="sts.amazonaws.com")
    refused = code_of(lambda: sts.assume_role_with_web_identity(**call, WebIdentityToken=other))
    assert refused == "AccessDenied"
