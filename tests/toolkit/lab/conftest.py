"""The running lab that tests share: one for each test process, emptied between test modules."""

from collections.abc import Iterator

import pytest

from toolkit.lab.emulator import server


@pytest.fixture(scope="session")
def running_lab() -> Iterator[server.Lab]:
    """Serve the embedded AWS on a free port: each worker of pytest-xdist is a process and has its own."""
    with server.running() as lab:
        yield lab


@pytest.fixture(scope="module")
def lab(running_lab: server.Lab) -> server.Lab:
    """Empty the embedded AWS when a test module begins."""
    server.reset(running_lab.endpoint)
    return running_lab
