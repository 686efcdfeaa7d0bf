"""A console on an empty table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.response.console.world import Console
from tests.response.table import create_store


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """Nothing has happened yet."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Console(create_store())
