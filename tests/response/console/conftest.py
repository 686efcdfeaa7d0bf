"""A console on an empty table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.response.console.world import Console
from tests.response.table import create_store, imitated


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    """Imitated DynamoDB, for all tests of a file."""
    with imitated() as client:
        yield client


@pytest.fixture
def console(dynamodb: DynamoDBClient) -> Console:
    """Nothing has happened yet."""
    return Console(create_store(dynamodb))
