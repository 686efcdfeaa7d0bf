"""For each test of the page a deployment and a tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from playwright.sync_api import Browser, Page

from response.domain.baseline import Baseline, BaselineSource
from response.domain.policy import parse_policy
from tests.page.site import Now, Site, serving
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED, TRAIL, World
from tests.response.steps.scenes import ASK
from tests.response.steps.walker import Walker
from tests.response.table import create_store, imitated

SHOTS = Path(__file__).parents[2] / "build" / "page"


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    """Imitated DynamoDB, shared: making a client takes longer than most tests."""
    with imitated() as client:
        yield client


@pytest.fixture
def site(dynamodb: DynamoDBClient, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A deployment that asks before it acts, with a table of its own; a parameter is more of policy.yaml."""
    store = create_store(dynamodb)
    store.baselines.put(Baseline(TRAIL, APPROVED, START, "alice", BaselineSource.APPROVED))
    policy = parse_policy({"version": 1, **ASK, **getattr(request, "param", {})})
    with serving(Walker(World(clock=Now()), store, policy)) as serves:
        yield serves


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Page:
    """A tab in Berlin for all tests: each has another origin, and so finds nothing of those before it."""
    context = browser.new_context(timezone_id="Europe/Berlin")
    context.set_default_timeout(5000)
    return context.new_page()


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The tab, in which nothing may go wrong: no script error, no refused resource, no dialog box."""
    wrong: list[str] = []
    watches: dict[str, Callable[[Any], None]] = {
        "pageerror": lambda error: wrong.append(str(error)),
        "dialog": lambda box: wrong.append(box.message),
        "console": lambda told: wrong.append(told.text) if is_fault(told.text, told.type) else None,
    }
    watching: Any = tab
    for name, watch in watches.items():
        watching.on(name, watch)
    tab.set_viewport_size({"width": 1200, "height": 900})
    tab.emulate_media(color_scheme="light", reduced_motion="no-preference")
    tab.clock.install(time=datetime.now(UTC))
    yield tab
    tab.goto("about:blank")
    tab.unroute_all()
    for name, watch in watches.items():
        watching.remove_listener(name, watch)
    assert wrong == []


def is_fault(text: str, kind: str) -> bool:
    """Whether the browser complains; of an answer that is a refusal it does as well, and rightly."""
    return kind in ("error", "warning") and not text.startswith("Failed to load resource")
