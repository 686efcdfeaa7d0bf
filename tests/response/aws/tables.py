"""The incident table as the stack provisions it, on imitated DynamoDB."""

from __future__ import annotations

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

NAME = "incidents"


def make_client(region: str = "eu-west-1") -> DynamoDBClient:
    """A client of imitated DynamoDB."""
    return boto3.client("dynamodb", region_name=region)


def make_table(client: DynamoDBClient | None = None, name: str = NAME) -> DynamoDBClient:
    """Create the table and give the client that reaches it."""
    client = client or make_client()
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi_pk", "gsi_sk")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": [
                    {"AttributeName": "gsi_pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return client
