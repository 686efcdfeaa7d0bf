"""The kinds of principal: those that CloudTrail tells apart, and those that have to be told apart beyond."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from response.domain.arns import parse_arn


class PrincipalKind(StrEnum):
    """The kinds of principal that need different handling."""

    IAM_USER = "iam_user"
    ASSUMED_ROLE = "assumed_role"
    FEDERATED_USER = "federated_user"
    ROOT = "root"
    AWS_SERVICE = "aws_service"
    AWS_ACCOUNT = "aws_account"
    IDENTITY_CENTER = "identity_center"
    SAML_USER = "saml_user"
    WEB_IDENTITY_USER = "web_identity_user"
    SERVICE_LINKED_ROLE = "service_linked_role"
    UNKNOWN = "unknown"


_KIND_OF_TYPE: Mapping[str, PrincipalKind] = {
    "Root": PrincipalKind.ROOT,
    "IAMUser": PrincipalKind.IAM_USER,
    "AssumedRole": PrincipalKind.ASSUMED_ROLE,
    "Role": PrincipalKind.ASSUMED_ROLE,
    "FederatedUser": PrincipalKind.FEDERATED_USER,
    "AWSService": PrincipalKind.AWS_SERVICE,
    "AWSAccount": PrincipalKind.AWS_ACCOUNT,
    "IdentityCenterUser": PrincipalKind.IDENTITY_CENTER,
    "SAMLUser": PrincipalKind.SAML_USER,
    "WebIdentityUser": PrincipalKind.WEB_IDENTITY_USER,
}
_KIND_OF_RESOURCE: Mapping[str, PrincipalKind] = {
    "user": PrincipalKind.IAM_USER,
    "assumed-role": PrincipalKind.ASSUMED_ROLE,
    "role": PrincipalKind.ASSUMED_ROLE,
    "federated-user": PrincipalKind.FEDERATED_USER,
    "root": PrincipalKind.ROOT,
}
# Paths that IAM keeps for AWS: nobody else can make a role under them, so they can be relied on.
_SERVICE_LINKED_PATH = "role/aws-service-role/"
_IDENTITY_CENTER_PATH = "role/aws-reserved/sso.amazonaws.com/"

DESCRIPTION: Mapping[PrincipalKind, str] = {
    PrincipalKind.IAM_USER: "IAM user",
    PrincipalKind.ASSUMED_ROLE: "role",
    PrincipalKind.FEDERATED_USER: "federated user",
    PrincipalKind.ROOT: "root user",
    PrincipalKind.AWS_SERVICE: "AWS service",
    PrincipalKind.AWS_ACCOUNT: "another AWS account's principal",
    PrincipalKind.IDENTITY_CENTER: "IAM Identity Center user",
    PrincipalKind.SAML_USER: "SAML user",
    PrincipalKind.WEB_IDENTITY_USER: "web identity user",
    PrincipalKind.SERVICE_LINKED_ROLE: "service-linked role",
    PrincipalKind.UNKNOWN: "unknown principal",
}


def kind_of(type_: str, arn: str, issuer_arn: str, invoked_by: str) -> PrincipalKind:
    """The kind by the identity's type; by its ARN where the type is missing or new."""
    parsed = parse_arn(arn)
    resource = parsed.resource if parsed else ""
    kind = _KIND_OF_TYPE.get(type_) or _KIND_OF_RESOURCE.get(resource.split("/")[0], PrincipalKind.UNKNOWN)
    if kind is PrincipalKind.UNKNOWN and not arn and invoked_by:
        return PrincipalKind.AWS_SERVICE
    if kind is not PrincipalKind.ASSUMED_ROLE:
        return kind
    issuer = parse_arn(issuer_arn) or parsed
    role = issuer.resource if issuer else ""
    if role.startswith(_SERVICE_LINKED_PATH):
        return PrincipalKind.SERVICE_LINKED_ROLE
    return PrincipalKind.IDENTITY_CENTER if role.startswith(_IDENTITY_CENTER_PATH) else kind
