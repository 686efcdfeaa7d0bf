"""What the contract tests of the emulator modules share."""

import hashlib

import pytest


@pytest.fixture
def unused(request: pytest.FixtureRequest) -> str:
    """Return a name for resources that no other test uses."""
    return "test-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
