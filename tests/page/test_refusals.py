"""Every refusal as people meet it in Chromium: before the click where it can be, else after it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from response.aws.approvals import Approvals, ApprovalStatus
from response.aws.errors import RetryableError
from response.domain.incident import IncidentStatus
from tests.page.hands import LATER, approve_all, check, enter, opened, shot, told
from tests.page.site import DORA, Site
from tests.response.steps.fakes import APPROVED
from tests.response.steps.scenes import decide, event

NOT_FOR = {
    "mallory": ("You may not decide on this incident", "Ask another approver."),
    "robin": ("The responder may not approve its own plan", "A role of Trailguard is linked to you."),
    "carol": ("You may read, not decide", "Only members of the approvers' group decide."),
}


def test_who_may_not_decide(page: Page, site: Site) -> None:
    """Suspect, responder and reader have no buttons; the server refuses on a page that still had them."""
    opened(page, site)
    for person, (title, next_step) in NOT_FOR.items():
        page.get_by_role("button", name="Approve").click()
        site.become(person)
        page.get_by_role("dialog").get_by_role("button", name="Approve 3 actions").click()
        told(page, title)
        expect(page.get_by_role("region", name=title)).to_contain_text(next_step)
        assert site.approval_status() is ApprovalStatus.PENDING
        has_no_buttons(page, title, next_step)
        expect(page.get_by_role("region", name="Decision")).to_contain_text(f"{title}. \u00b7 time left 59:")
        site.become("alice")
        page.clock.run_for(LATER)
    page.get_by_role("button", name="Approve").focus()
    shot(page, "refused")
    site.become("robin")
    page.clock.run_for(LATER)
    expect(page.locator("#title")).to_be_focused()
    decide(site.walker, ApprovalStatus.APPROVED)
    site.until(lambda: site.incident().status is IncidentStatus.CLOSED)
    page.clock.run_for(LATER)
    title, next_step = NOT_FOR["robin"]
    for part in ("What was carried out", "Verdict"):
        expect(page.get_by_role("region", name=part)).to_contain_text(f"{title}.")
    has_no_buttons(page, title, next_step)


def has_no_buttons(page: Page, title: str, next_step: str) -> None:
    """Nothing to press or to choose, but the sentence that says why."""
    expect(page.locator("#view .note").filter(has_text=title)).to_contain_text(next_step)
    assert page.locator("#view :is(button, input)").count() == 0


def test_a_reader_and_a_later_actor_are_told_before_the_click(page: Page, site: Site) -> None:
    """From the list on; and a record that comes meanwhile takes the buttons of whoever made it."""
    page.set_viewport_size({"width": 360, "height": 740})
    site.attack()
    enter(page, site, "carol")
    has_no_buttons(page, *NOT_FOR["carol"])
    page.get_by_role("link", name="audit").click()
    expect(page.get_by_role("region", name="Decision")).to_contain_text("You may read, not decide.")
    has_no_buttons(page, *NOT_FOR["carol"])
    check(page, "reader", part="#view > .note, .bar")
    site.become("dora")
    page.clock.run_for(LATER)
    page.get_by_role("button", name="Reject").click()
    site.walker.world.attack(S3BucketName="another-bucket")
    site.walk(event("e-2", userIdentity={"type": "IAMUser", "arn": DORA}), "execution-e-2")
    site.until(lambda: site.round() == 2 and site.approval_status() is ApprovalStatus.PENDING)
    page.get_by_role("button", name="Reject the plan").click()
    told(page, NOT_FOR["mallory"][0])
    has_no_buttons(page, *NOT_FOR["mallory"])
    assert site.approval_status() is ApprovalStatus.PENDING


def test_what_happens_while_the_question_is_open(page: Page, site: Site) -> None:
    """A plan renewed, decided by another or expired meanwhile: told, and shown as it is now."""
    incident = opened(page, site)
    page.get_by_role("button", name="Approve").click()
    site.walker.world.attack(S3BucketName="another-bucket")
    before = site.walker.store.approvals.latest(incident)
    site.walk(event("e-2"), "execution-e-2")
    site.until(lambda: site.round() == 2 and site.approval_status() is ApprovalStatus.PENDING)
    page.get_by_role("dialog").get_by_role("button", name="Approve 3 actions").click()
    told(page, "The plan was renewed while you read it")
    after = site.walker.store.approvals.latest(incident)
    assert before is not None
    assert after is not None
    expect(page.get_by_role("region", name="The plan", exact=True)).to_contain_text(after.digest)
    assert before.digest != after.digest
    refused = page.get_by_role("region", name="The plan was renewed")
    expect(refused.get_by_role("heading", name="Actions changed")).to_be_visible()
    expect(refused.get_by_role("listitem").filter(has_text="restore-trail")).to_contain_text("S3BucketName")
    shot(page, "renewed")
    page.get_by_role("button", name="Approve").click()
    decide(site.walker, ApprovalStatus.REJECTED)
    page.get_by_role("dialog").get_by_role("button", name="Approve 3 actions").click()
    told(page, "Somebody decided before you")
    assert site.walker.world.calls == []


def test_expired_and_unreachable_and_signed_out(page: Page, site: Site) -> None:
    """Each has its words and its next step; after signing in again one is back at the incident."""
    incident = opened(page, site)
    page.route("**/decision", lambda route: route.abort())
    approve_all(page)
    told(page, "No answer came")
    page.unroute("**/decision")
    site.clock.ahead = timedelta(hours=2)
    approve_all(page)
    told(page, "The time for a decision is over")
    page.route("**/people/incidents/**", lambda route: route.abort())
    page.clock.run_for(LATER)
    told(page, "This page is not up to date")
    page.unroute("**/people/incidents/**")
    page.clock.run_for(LATER)
    expect(page.get_by_role("heading", name="This page is not up to date")).to_have_count(0)
    page.clock.fast_forward(1000 * site.token_seconds)
    told(page, "Your sign-in has ended")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Trail audit")).to_be_focused()
    assert page.url == f"{site.url}/#{incident}"
    site.tokens.clear()
    approve_all(page)
    told(page, "Your sign-in has ended")
    expect(page.get_by_text("Signed in as")).to_have_count(0)


def test_busy_and_late(page: Page, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS takes no call: to be repeated. Nobody waits for the decision any more: not to be relied on."""

    def throttled(*_: Any, **__: Any) -> bool:
        raise RetryableError("dynamodb:TransactWriteItems", "ThrottlingException", "slow down")

    opened(page, site)
    with monkeypatch.context() as patch:
        patch.setattr(Approvals, "count", throttled)
        approve_all(page)
        told(page, "AWS did not take the call just now")
    refused = page.get_by_role("region", name="AWS did not take the call just now")
    expect(refused).to_contain_text("Wait a moment, read the incident again, then repeat it.")
    assert site.approval_status() is ApprovalStatus.PENDING
    assert len(site.failures) == 1
    site.is_stopped = True
    approve_all(page)
    told(page, "The workflow no longer waited")
    refused = page.get_by_role("region", name="The workflow no longer waited")
    expect(refused).to_contain_text("Your decision is on record as late; do not rely on it.")
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("The workflow no longer waited for the decision.")
    assert site.walker.world.calls == []


def test_a_world_that_moves_before_the_plan_runs_is_asked_about_anew(page: Page, site: Site) -> None:
    """The approved plan is void: the page drops what it told of it and shows the new question."""
    incident = opened(page, site)
    before = site.walker.store.approvals.latest(incident)
    assert before is not None

    def mallory(step: str, _: Mapping[str, Any]) -> None:
        if step == "execute" and site.round() == 1:
            site.walker.world.attack(S3BucketName="another-bucket")

    site.walker.before_step = mallory
    approve_all(page)
    told(page, "Approved")
    site.until(lambda: site.round() == 2 and site.approval_status() is ApprovalStatus.PENDING)
    page.clock.run_for(LATER)
    plan = page.get_by_role("region", name="The plan", exact=True)
    after = site.walker.store.approvals.latest(incident)
    assert after is not None
    assert after.digest != before.digest
    expect(plan).to_contain_text(after.digest)
    expect(page.locator("#view .note")).to_contain_text("The plan was made anew, in round 2")
    expect(page.get_by_role("region", name="What was carried out")).to_contain_text(
        "not done: the world was no longer as the plan saw it"
    )
    expect(page.get_by_role("heading", name="Approved", exact=True)).to_have_count(0)
    expect(page.locator("#title")).to_be_focused()
    shot(page, "asked-anew")
    page.get_by_role("button", name="Approve").click()
    page.locator("#confirm").click()
    told(page, "Approved")
    site.until(lambda: site.incident().status is IncidentStatus.CLOSED)
    assert site.walker.world.state() == APPROVED
