"""What people and their tools do on the page, for its tests."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from response.domain.notice import link
from tests.page.conftest import SHOTS
from tests.page.site import Site

LATER = 6000  # milliseconds: more than the page waits before it looks again
# What axe looks for: by night only what can differ from the day.
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}


def enter(page: Page, site: Site, person: str = "alice", at: str = "") -> None:
    """Sign in by the code flow, on the list or on an incident."""
    site.person = person
    page.goto(link(site.url, at) or site.url)  # as messages link an incident
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {person}")).to_be_visible()
    expect(page.locator("#title")).to_be_focused()


def opened(page: Page, site: Site, person: str = "alice", **record: Any) -> str:
    """Signed in, on the page of an incident that waits for a decision."""
    incident = site.attack(**record).id
    enter(page, site, person, incident)
    expect(page.get_by_role("heading", level=1, name="Trail audit")).to_be_visible()
    return incident


def told(page: Page, title: str) -> None:
    """The result is there, and has the focus."""
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_focused()


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    """Kept for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)


def approve_all(page: Page) -> None:
    """Open the question and say yes."""
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve 3 actions").click()


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    size = page.viewport_size
    return size is not None and width <= size["width"]


def reach(page: Page, control: str) -> None:
    """Press Tab until that control has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == control:
            return
    raise AssertionError(f"{control} is not reached by Tab")


def check(page: Page, name: str, *, part: str | None = None, whole: bool = False) -> None:
    """No violation of WCAG 2.2 A and AA, nor of axe's best practices; and it fits."""
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, context=part, options=rules)
        assert found.violations_count == 0, found.generate_report()
        assert fits(page)
        shot(page, f"phone-{name}-{scheme}", whole=whole)
