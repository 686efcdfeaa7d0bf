"""The incident table survives mistakes and is encrypted."""

from __future__ import annotations

from tests.stacks.template import Template, text

_TABLE = "AWS::DynamoDB::Table"


def test_it_has_the_keys_and_the_index_of_the_workflow(template: Template) -> None:
    """Items lie under pk and sk; incidents are listed by the index by_status."""
    table = template.properties(_TABLE)
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by_status"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["gsi_pk", "gsi_sk"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


def test_it_can_be_recovered_and_grows_by_itself(template: Template) -> None:
    """On-demand capacity and point-in-time recovery."""
    table = template.properties(_TABLE)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_it_is_encrypted_with_the_operations_key(template: Template) -> None:
    """The key is the customer's own."""
    encryption = template.properties(_TABLE)["SSESpecification"]
    assert encryption["SSEEnabled"] is True
    assert text(encryption["KMSMasterKeyId"]) == template.arn("AWS::KMS::Key", "Operations")


def test_it_is_protected_from_deletion_unless_it_may_go(own: Template, existing: Template) -> None:
    """Only a stack to throw away has a table that can simply be deleted."""
    assert own.properties(_TABLE)["DeletionProtectionEnabled"] is True
    assert existing.properties(_TABLE)["DeletionProtectionEnabled"] is False
