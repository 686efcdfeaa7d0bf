"""The catalogues name calls as CloudTrail logs them, and hold what the issue of an investigation names."""

from __future__ import annotations

import re

import botocore.session
import pytest

from response.domain.dossier.catalogue import DATA, EVASION, PERSISTENCE, Call

_ALL = {"persistence": PERSISTENCE, "evasion": EVASION, "data": DATA}
# The client of boto3 where it is not named as the event source is.
_CLIENTS = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "sso": "sso-admin",
    "access-analyzer": "accessanalyzer",
}
# Logged by CloudTrail, but no operation of a public API under that name.
_NOT_IN_THE_API = {
    ("s3", "PutBucketLifecycle"),
    ("s3", "JobCreated"),
    ("s3", "PutAccountPublicAccessBlock"),
    ("s3", "DeleteAccountPublicAccessBlock"),
    ("s3", "PutAccessPointPolicy"),
    ("s3", "DeleteBucketPublicAccessBlock"),
    ("s3", "PutBucketPublicAccessBlock"),
    ("ec2", "SharedSnapshotCopyInitiated"),
    ("ec2", "SharedSnapshotVolumeCreated"),
    ("codecommit", "GitPull"),
}
_WITHOUT_CLIENT = {"sso-directory"}


@pytest.mark.parametrize(
    ("catalogue", "call"),
    [
        *(
            ("persistence", ("iam.amazonaws.com", name))
            for name in (
                "CreateUser",
                "CreateAccessKey",
                "CreateLoginProfile",
                "AttachUserPolicy",
                "UpdateAssumeRolePolicy",
            )
        ),
        ("evasion", ("cloudtrail.amazonaws.com", "StopLogging")),
        ("evasion", ("cloudtrail.amazonaws.com", "DeleteTrail")),
        ("evasion", ("cloudtrail.amazonaws.com", "PutEventSelectors")),
        ("evasion", ("logs.amazonaws.com", "DeleteLogGroup")),
        ("evasion", ("kms.amazonaws.com", "DisableKey")),
        ("evasion", ("s3.amazonaws.com", "PutBucketLifecycle")),
        ("evasion", ("guardduty.amazonaws.com", "DeleteDetector")),
        ("data", ("secretsmanager.amazonaws.com", "GetSecretValue")),
        ("data", ("ec2.amazonaws.com", "ModifySnapshotAttribute")),
    ],
)
def test_what_has_to_be_known(catalogue: str, call: Call) -> None:
    """The calls that an investigation of a trail looks for first."""
    assert call in _ALL[catalogue]


@pytest.mark.parametrize("catalogue", sorted(_ALL))
def test_every_name_is_one_that_aws_has(catalogue: str) -> None:
    """Compared with the API's own models: a name that never occurs would be looked for in vain."""
    unknown = set()
    for source, name in _ALL[catalogue]:
        service = source.removesuffix(".amazonaws.com")
        if service in _WITHOUT_CLIENT or (service, name) in _NOT_IN_THE_API:
            continue
        operation = re.sub(r"20\d{6}(v\d)?$", "", name)
        if operation not in _operations(_CLIENTS.get(service, service)):
            unknown.add((service, name))
    assert not unknown


_KNOWN: dict[str, frozenset[str]] = {}


def _operations(service: str) -> frozenset[str]:
    if service not in _KNOWN:
        model = botocore.session.get_session().get_service_model(service)
        _KNOWN[service] = frozenset(model.operation_names)
    return _KNOWN[service]
