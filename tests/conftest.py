"""What all tests share: the order of their files, AWS's API descriptions, and the running embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import botocore.session
import pytest
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from toolkit.lab.emulator.server import Lab

# What follows each other in one process: end-to-end tests under one policy stand on one deployment, and each
# template of the stack is synthesized once. In this order: longest first, the short ones share out the rest.
_ROOMS: Mapping[str, tuple[str, ...]] = {
    "end to end, automatic": (
        *("e2e/test_automatic.py", "e2e/test_blinded.py", "e2e/test_dossier.py", "e2e/test_judging.py"),
        "e2e/test_limits.py",
    ),
    "end to end, asked": ("e2e/test_decisions.py",),
    "end to end, shut out": ("e2e/",),
    "lab": ("toolkit/test_lab_up.py",),
    "page": ("page/",),
    "demo": ("toolkit/demo/test_demo.py",),
    "templates": ("stacks/",),
    "planning": ("response/domain/containment/test_planning.py",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring what takes long forward, and what shares something together."""
    rooms = list(_ROOMS)
    turns = {item.nodeid: rooms.index(room) if (room := _room(item.nodeid)) else len(rooms) for item in items}
    items.sort(key=lambda item: turns[item.nodeid])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Hand out whole rooms, and what is in none by its file."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  # the hook is only there with xdist

    class ByRoom(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return _room(nodeid) or str(super()._split_scope(nodeid))

    return ByRoom(config, log)


def _room(nodeid: str) -> str:
    """The room of a test; `""` where it needs no company."""
    path = nodeid.partition("::")[0].removeprefix("tests/")
    return next((room for room, paths in _ROOMS.items() if path.startswith(paths)), "")


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
