"""The incident table as the stack makes it, on imitated DynamoDB: two keys, and one index by time or name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef

from response.aws.store import IncidentStore

NAME = "incidents"
_numbers = count()


@contextmanager
def imitated() -> Iterator[DynamoDBClient]:
    """A client of an empty account; making one takes longer than most tests, so those of a file share it."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        yield boto3.client("dynamodb", region_name="eu-west-1")


def create_store(client: DynamoDBClient | None = None) -> IncidentStore:
    """The store on a new table: one of its own name with a client that others use too."""
    table = NAME if client is None else f"{NAME}-{next(_numbers)}"
    return IncidentStore.on(make_table(client, table), table=table)


def make_table(client: DynamoDBClient | None = None, name: str = NAME) -> DynamoDBClient:
    """Create the table and give the client that reaches it."""
    client = client or boto3.client("dynamodb", region_name="eu-west-1")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi_pk", "gsi_sk")
        ],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": _keys("gsi_pk", "gsi_sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return client


def copy_store(client: DynamoDBClient, source: IncidentStore) -> IncidentStore:
    """The store on a new table that holds the same."""
    store = create_store(client)
    for item in client.scan(TableName=source.claims._table._name)["Items"]:
        client.put_item(TableName=store.claims._table._name, Item=item)
    return store


def _keys(partition: str, sort: str) -> list[KeySchemaElementTypeDef]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
