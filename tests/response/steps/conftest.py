"""A deployment in this process: the store on an imitated table, everything else a fake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from response.aws.store import IncidentStore
from response.domain.baseline import Baseline, BaselineSource
from response.domain.policy import parse_policy
from tests.response.aws.fakes import START
from tests.response.aws.tables import NAME, make_table
from tests.response.steps.fakes import APPROVED, TRAIL, World
from tests.response.steps.scenes import Deploy
from tests.response.steps.walker import Walker


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Make a deployment under a policy; keywords are parts of policy.yaml."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    def make(*, baseline: bool = True, **policy: Any) -> Walker:
        store = IncidentStore.on(make_table(), table=NAME)
        if baseline:
            store.baselines.put(Baseline(TRAIL, APPROVED, START, "alice", BaselineSource.APPROVED))
        return Walker(World(), store, parse_policy({"version": 1, **policy}))

    with mock_aws():
        yield make
