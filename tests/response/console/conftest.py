"""A console on an empty table."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.response.console.world import Console
from tests.response.table import create_store


@pytest.fixture
def console(dynamodb: DynamoDBClient) -> Console:
    """Nothing has happened yet."""
    return Console(create_store(dynamodb))
