"""The incident table as the stack makes it: two keys, and one index by time or name."""

from __future__ import annotations

from typing import Any

import boto3

from response.aws.store import IncidentStore

NAME = "incidents"


def create_store() -> IncidentStore:
    """A new table in the imitated account, and the store on it."""
    client: Any = boto3.client("dynamodb", region_name="eu-west-1")
    names = ("pk", "sk", "gsi_pk", "gsi_sk")
    client.create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": _keys("gsi_pk", "gsi_sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return IncidentStore.on(client, table=NAME)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
