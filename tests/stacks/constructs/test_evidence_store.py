"""Evidence is written once, by the workflow alone, and stays."""

from __future__ import annotations

import pytest

from tests.stacks.template import Template, text

_BUCKET, _POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"


def test_it_is_versioned_and_locked(own: Template, existing: Template) -> None:
    """Object Lock is on, with the retention and the mode that the configuration asks for."""
    for template, rule in (
        (own, {"Mode": "GOVERNANCE", "Days": 365}),
        (existing, {"Mode": "COMPLIANCE", "Days": 30}),
    ):
        bucket = template.properties(_BUCKET, "Evidence")
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["ObjectLockEnabled"] is True
        assert bucket["ObjectLockConfiguration"]["Rule"] == {"DefaultRetention": rule}


def test_it_is_encrypted_with_its_own_key(template: Template) -> None:
    """The default encryption is SSE-KMS with the evidence key, which rotates."""
    (rule,) = template.properties(_BUCKET, "Evidence")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    default = rule["ServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "aws:kms"
    assert text(default["KMSMasterKeyID"]) == template.arn("AWS::KMS::Key", "Evidence")


def test_every_key_rotates(template: Template) -> None:
    """No key of the stack is used for longer than a year."""
    for key in template.resources("AWS::KMS::Key").values():
        assert key["Properties"]["EnableKeyRotation"] is True
        assert key["Properties"]["PendingWindowInDays"] == 30


def test_every_bucket_is_closed_to_the_public_and_to_plain_http(template: Template) -> None:
    """All buckets block public access, ignore ACLs, and refuse requests without TLS."""
    for logical_id, bucket in template.resources(_BUCKET).items():
        properties = bucket["Properties"]
        assert properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "BucketEncryption" in properties
        (policy,) = [
            item["Properties"]
            for item in template.resources(_POLICY).values()
            if item["Properties"]["Bucket"] == {"Ref": logical_id}
        ]
        refusals = [
            statement
            for statement in policy["PolicyDocument"]["Statement"]
            if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert [(item["Effect"], item["Action"]) for item in refusals] == [("Deny", "s3:*")]


def test_access_to_evidence_is_logged_elsewhere(template: Template) -> None:
    """Server access logs go to a bucket of their own, which S3 may write to."""
    logging = template.properties(_BUCKET, "Evidence")["LoggingConfiguration"]
    assert logging["DestinationBucketName"] == {"Ref": template.one(_BUCKET, "AccessLogs")[0]}


def test_only_the_steps_that_seal_may_write(template: Template) -> None:
    """Whoever is none of preserve, close and undo is refused, administrators included."""
    statement = template.statement(_POLICY, "OnlyTheWorkflowWritesEvidence", "Evidence")
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:PutObject")
    assert statement["Principal"] == {"AWS": "*"}
    admitted = {text(arn) for arn in statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]}
    roles = {
        logical_id: role["Properties"].get("RoleName", "")
        for logical_id, role in template.resources("AWS::IAM::Role").items()
    }
    names = {name for logical_id, name in roles.items() if f"<{logical_id}.Arn>" in admitted}
    assert {name.removeprefix("trailguard-").removeprefix("tg-2-") for name in names} == {
        "preserve",
        "close",
        "undo",
    }


def test_no_other_key_may_encrypt_evidence(template: Template) -> None:
    """A request that names another key, or an algorithm without a key, is refused; a plain one is not."""
    key_id = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    named = template.statement(_POLICY, "OnlyTheEvidenceKey", "Evidence")["Condition"]
    assert named["Null"] == {key_id: "false"}
    assert text(named["StringNotEquals"][key_id]) == template.arn("AWS::KMS::Key", "Evidence")
    unnamed = template.statement(_POLICY, "NoEncryptionWithoutNamedKey", "Evidence")["Condition"]
    assert unnamed == {"Null": {"s3:x-amz-server-side-encryption": "false", key_id: "true"}}


def test_nobody_destroys_what_is_to_be_retained(own: Template, existing: Template) -> None:
    """Deleting and bypassing the lock are refused to everybody, unless the stack is one to throw away."""
    statement = own.statement(_POLICY, "NobodyDestroysEvidence", "Evidence")
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == [
        "s3:BypassGovernanceRetention",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
    ]
    with pytest.raises(AssertionError, match="0 statements"):
        existing.statement(_POLICY, "NobodyDestroysEvidence", "Evidence")


def test_no_refusal_can_lock_the_deployer_out(template: Template) -> None:
    """What CloudFormation needs to change the bucket or its policy is never denied."""
    needed = ("s3:PutBucket", "s3:DeleteBucket", "s3:GetBucket", "s3:PutEncryption", "s3:PutLifecycle")
    for policy in template.resources(_POLICY).values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if statement["Effect"] == "Deny" and actions != ["s3:*"]:
                assert not [action for action in actions if action.startswith(needed)]


def test_what_holds_data_stays_or_goes_as_configured(own: Template, existing: Template) -> None:
    """Buckets, keys and the table are retained by default, and deleted where the context says so.

    A failed first deployment takes them along, but for the buckets into which AWS has written by then, which
    CloudFormation could not delete. Log groups always go: their fixed names would be in the way.
    """
    kinds = ("AWS::KMS::Key", "AWS::DynamoDB::Table")
    for template, policy, of_logs in (
        (own, "RetainExceptOnCreate", "Retain"),
        (existing, "Delete", "Delete"),
    ):
        for kind in kinds:
            assert {item["DeletionPolicy"] for item in template.resources(kind).values()} == {policy}
        for logical_id, bucket in template.resources(_BUCKET).items():
            wanted = policy if logical_id.startswith("Evidence") else of_logs
            assert bucket["DeletionPolicy"] == wanted
        groups = template.resources("AWS::Logs::LogGroup").values()
        assert {item["DeletionPolicy"] for item in groups} == {"Delete"}
