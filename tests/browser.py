"""The browser in which tests use the page: Chromium of the machine, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Names of the lab's APIs, whatever the machine's own resolver makes of them; and nothing else.
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the distribution: nothing is downloaded. Without one the test says so, skipped."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip(
            "Chromium is not installed (Debian: apt-get install chromium): the page was not tried in it"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
