"""The running embedded AWS that tests share: ministack keeps its state in modules, so a process has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from toolkit.lab.emulator.server import Lab


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    """Serve the embedded AWS on a free port: each worker of pytest-xdist is a process and has its own."""
    from toolkit.lab.emulator import server  # noqa: PLC0415  # most tests never need it

    with server.running() as lab:
        yield lab
