"""What the tests of steps and console stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.response.table import imitated


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    """Imitated DynamoDB, for all tests of a file."""
    with imitated() as client:
        yield client
