"""AWS as moto imitates it, with credentials that reach nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.response.aws.fakes import FakeClock

REGION = "eu-west-1"
ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test credentials and no endpoint but AWS's own."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty imitated account."""
    with mock_aws():
        yield


@pytest.fixture
def clock() -> FakeClock:
    """A clock turned by hand."""
    return FakeClock()
