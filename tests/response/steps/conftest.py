"""A deployment in this process: the store on an imitated table, everything else a fake."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from response.domain.baseline import Baseline, BaselineSource
from response.domain.policy import parse_policy
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED, TRAIL, World
from tests.response.steps.scenes import Deploy
from tests.response.steps.walker import Walker
from tests.response.table import create_store


@pytest.fixture(scope="module")
def deploy(dynamodb: DynamoDBClient) -> Deploy:
    """Make a deployment under a policy, with a table of its own; keywords are parts of policy.yaml."""

    def make(*, baseline: bool = True, **policy: Any) -> Walker:
        store = create_store(dynamodb)
        if baseline:
            store.baselines.put(Baseline(TRAIL, APPROVED, START, "alice", BaselineSource.APPROVED))
        return Walker(World(), store, parse_policy({"version": 1, **policy}))

    return make
