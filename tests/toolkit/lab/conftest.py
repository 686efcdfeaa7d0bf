"""An embedded AWS that is empty when a test module begins."""

import pytest

from toolkit.lab.emulator import server


@pytest.fixture(scope="module")
def lab(running_lab: server.Lab) -> server.Lab:
    """Empty the embedded AWS when a test module begins."""
    server.reset(running_lab.endpoint)
    return running_lab
