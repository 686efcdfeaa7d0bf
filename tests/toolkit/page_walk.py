"""Somebody at the page of a running lab: signs in, decides and undoes in a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from toolkit.lab import totp
from toolkit.project import PROJECT

# The page looks again every five seconds.
_PATIENCE = 30_000
_PICTURES = PROJECT / "build" / "page"


@contextmanager
def at_the_page(browser: Browser) -> Iterator[Page]:
    """A window in which the page complains of nothing."""
    page = browser.new_context().new_page()
    page.set_default_timeout(_PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if _is_fault(told) else None)
    yield page
    page.context.close()
    assert complaints == []


def _is_fault(told: ConsoleMessage) -> bool:
    """Whether it is an error of this page; the sign-in's own has no icon."""
    return told.type == "error" and ".execute-api." in told.location["url"]


def sign_in(page: Page, lab: Mapping[str, Any], name: str, incident: str) -> None:
    """By name, password and the code of the authenticator app, back to the incident that was asked for."""
    person = lab["sign_ins"][name]
    page.goto(f"{lab['page_url']}#{incident}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(totp.code(person["totp_secret"]))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {name}@example.com")).to_be_visible(timeout=_PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("management-events", timeout=_PATIENCE)


def approve(page: Page, comment: str) -> None:
    """All of the plan; until what was done is shown."""
    _picture(page, "asked")
    page.locator("#approve").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(comment)
    page.locator("#confirm").click()
    expect(page.get_by_role("heading", name="Approved")).to_be_visible(timeout=_PATIENCE)
    expect(page.locator("#undo")).to_be_visible(timeout=_PATIENCE)


def undo(page: Page, reason: str) -> None:
    """All that was done; until it is shown as taken back."""
    _picture(page, "answered")
    page.locator("#undo").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(reason)
    page.locator("#confirm").click()
    expect(page.locator("#undo")).to_be_hidden(timeout=_PATIENCE)


def _picture(page: Page, name: str) -> None:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_PICTURES / f"lab-{name}.png")
