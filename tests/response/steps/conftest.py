"""A deployment in this process: the store on an imitated table, everything else a fake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient

from response.aws.store import IncidentStore
from response.domain.baseline import Baseline, BaselineSource
from response.domain.policy import parse_policy
from tests.response.aws.fakes import START
from tests.response.aws.tables import make_client, make_table
from tests.response.steps.fakes import APPROVED, TRAIL, World
from tests.response.steps.scenes import Deploy
from tests.response.steps.walker import Walker

_numbers = count()


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    """Imitated DynamoDB; making a client takes longer than most of these tests, so they share it."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        yield make_client()


@pytest.fixture
def deploy(dynamodb: DynamoDBClient) -> Deploy:
    """Make a deployment under a policy, with a table of its own; keywords are parts of policy.yaml."""

    def make(*, baseline: bool = True, **policy: Any) -> Walker:
        table = f"incidents-{next(_numbers)}"
        make_table(dynamodb, table)
        store = IncidentStore.on(dynamodb, table=table)
        if baseline:
            store.baselines.put(Baseline(TRAIL, APPROVED, START, "alice", BaselineSource.APPROVED))
        return Walker(World(), store, parse_policy({"version": 1, **policy}))

    return make
