"""What all tests share: the order of their files, AWS's API descriptions, and the running embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.session
import pytest
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from toolkit.lab.emulator.server import Lab

_E2E = Path(__file__).parent / "e2e"
# The other files of the end-to-end tests stand on one deployment, under the automatic policy.
_OTHER_POLICY = "test_decisions.py"
# Longest first of what is not end to end.
_LONG = (
    "demo/test_demo.py",
    "page/test_in_browser.py",
    "toolkit/test_lab_up.py",
    "containment/test_planning.py",
    "stacks/test_assembly.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring what takes long forward, and what stands on one deployment together.

    Files are handed out in this order, so the short ones at the end keep both workers busy to the last.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if _E2E in item.path.parents:
        return 0 if item.path.name == _OTHER_POLICY else 1
    return 2 if str(item.path).endswith(_LONG) else 3


@pytest.fixture(scope="session", autouse=True)
def shared_descriptions() -> Iterator[None]:
    """Let each session of botocore find the API descriptions read: a test has one or more of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", _loader)
        yield


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    """Serve the embedded AWS on a free port: each worker of pytest-xdist is a process and has its own."""
    from toolkit.lab.emulator import server  # noqa: PLC0415  # most tests never need it

    with server.running() as lab:
        yield lab


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a file; only one of Playwright can be open in a thread."""
    from tests.browser import chromium  # noqa: PLC0415  # most tests never need it

    with chromium() as started:
        yield started


@cache
def _loader(search_path: str | None = None) -> Loader:
    loader = create_loader(search_path)
    loader._search_paths = _Distinct(loader.search_paths)  # type: ignore[attr-defined]  # not in its stub
    return loader


class _Distinct(list[str]):
    """Each session of boto3 adds its folder, which would be searched once for every session there was."""

    def append(self, path: str) -> None:
        """Add a path that is not there yet."""
        if path not in self:
            super().append(path)
