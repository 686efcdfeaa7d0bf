"""The page in Chromium: sign in, read, approve all or a part, reject, undo; by keyboard, and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from response.domain.incident import IncidentStatus
from tests.page.hands import LATER, check, enter, fits, opened, reach, shot, told
from tests.page.site import Site
from tests.response.steps.fakes import ACCOUNT, APPROVED, KEY
from tests.response.steps.scenes import MINIMIZED, event

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31m\u202etxt.exe\u200b\ud800"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
HOSTILE_RECORD: dict[str, Any] = {
    "userAgent": HOSTILE,
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLEDEPLOYER:{HOSTILE}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/{HOSTILE}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLESESSION01",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": ROLE, "principalId": "AROAEXAMPLEDEPLOYER"},
        },
    },
}


def test_sign_in_leaves_nothing_behind(page: Page, site: Site) -> None:
    """Code and state leave the address bar, tokens are in no storage, and signing out forgets."""
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Changes of audit trails")).to_be_visible()
    assert page.get_by_role("link", name="audit").count() == 0
    enter(page, site)
    assert page.url == f"{site.url}/"
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'
    (token,) = site.tokens
    assert token not in page.content()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "Signed in" not in page.locator("body").inner_text()


@pytest.mark.parametrize("query", ["code=stolen&state=guessed", "error=access_denied&state=guessed"])
def test_answer_of_a_sign_in_nobody_asked_for_is_refused(query: str, page: Page, site: Site) -> None:
    """Another's code could sign somebody in as another: without the state of this tab it is not redeemed."""
    page.goto(f"{site.url}/?{query}")
    told(page, "The sign-in did not succeed")
    assert page.url == f"{site.url}/"
    assert site.tokens == {}


def test_all_is_well(page: Page, site: Site) -> None:
    """No incident is open: it is said, with when each path of detection was last heard."""
    site.walker.store.heard.note("reconcile", site.clock.now())
    enter(page, site)
    expect(page.get_by_text("All is well.")).to_be_visible()
    heard = page.get_by_role("region", name="Detection last heard")
    expect(heard).to_contain_text("Reconciler, by the clock")
    expect(heard).to_contain_text("less than a minute ago")
    expect(heard).to_contain_text("nothing yet")
    shot(page, "all-is-well")


def test_everything_there_is_to_know_is_shown(page: Page, site: Site) -> None:
    """From the list to one incident: changes, plan, arithmetic, who, timeline, evidence, in UTC and local."""
    created = event("e-2", eventName="CreateAccessKey", eventSource="iam.amazonaws.com")["record"]
    site.walker.world.history_records = [created]
    incident = site.attack()
    enter(page, site)
    line = page.get_by_role("listitem").filter(has_text=incident.id)
    expect(line).to_contain_text("Decision needed")
    expect(line).to_contain_text("Waits for: an approver")
    shot(page, "list")
    line.get_by_role("link", name="audit").click()
    expect(page).to_have_title(f"{incident.id} · Trailguard")
    changed = page.get_by_role("table", name="What changed, field by field")
    expect(changed).to_be_visible()
    assert changed.get_by_role("columnheader").all_inner_texts() == [
        *("Field", "Before", "After", "Effect", "Why it matters")
    ]
    row = changed.get_by_role("row").filter(has_text="S3BucketName")
    for text in ("audit-log", "mallory-bucket", "weakens (high)", "Logs are delivered to another bucket"):
        expect(row).to_contain_text(text)
    points = page.get_by_role("table", name="How the risk adds up").get_by_role("row").all_inner_texts()
    figures = [int(text.split()[-1].replace("\u2212", "-").replace("+", "")) for text in points[1:]]
    assert sum(figures[:-1]) == figures[-1] > 0
    plan = page.get_by_role("region", name="The plan", exact=True)
    approval = site.walker.store.approvals.latest(incident.id)
    assert approval is not None
    expect(plan).to_contain_text(approval.digest)
    for text in ("iam:UpdateAccessKey", "cloudtrail:UpdateTrail", "What takes it back", "Time left: 59:"):
        expect(plan).to_contain_text(text)
    who = page.get_by_role("region", name="Who and from where")
    for text in ("user/mallory", KEY, "198.51.100.23", "aws-cli/2.27.0"):
        expect(who).to_contain_text(text)
    expect(page.get_by_role("img", name="Events of the incident over time")).to_be_visible()
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("A decision was asked for.")
    sealed = page.get_by_role("table", name="Sealed evidence")
    for key in site.walker.world.sealed:
        expect(sealed).to_contain_text(f"version-of-{key}")
    assert re.search(r"\d\d:\d\d:\d\d UTC\s*\d+ \w+, \d\d:\d\d CES?T here", page.locator("main").inner_text())
    shot(page, "incident", whole=True)


def test_approve_a_part_then_take_it_back(page: Page, site: Site) -> None:
    """What was left out is not done; the page follows by itself; undo brings the change back."""
    incident = opened(page, site)
    page.get_by_role("checkbox", name="Deny everything to IAM user mallory").uncheck()
    page.get_by_role("button", name="Approve").click()
    question = page.get_by_role("dialog", name="Approve 2 actions?")
    expect(question).to_contain_text("Left out, and not done")
    question.get_by_role("textbox", name="Comment").fill("agreed with the owner")
    shot(page, "approve")
    question.get_by_role("button", name="Approve 2 actions").click()
    told(page, "Approved")
    (_, path, body) = site.requests[-1]
    assert path == f"/people/incidents/{incident}/decision"
    assert body["actions"] == ["deactivate-access-key", "restore-trail"]
    assert (body["decision"], body["comment"]) == ("approve", "agreed with the owner")
    site.until(lambda: site.incident().status is IncidentStatus.CLOSED)
    assert site.walker.world.operations() == ["UpdateAccessKey", "UpdateTrail"]
    assert site.walker.world.state() == APPROVED
    page.clock.run_for(LATER)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("checkbox", name="Switch off access key").uncheck()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Reason is required.")
    page.get_by_role("textbox", name="Reason").fill("it was announced: CHG-7")
    shot(page, "undo")
    page.get_by_role("button", name="Undo", exact=True).click()
    told(page, "The undo is under way")
    assert site.requests[-1][2] == {"reason": "it was announced: CHG-7", "actions": ["restore-trail"]}
    site.finish()
    state = site.walker.world.state()
    assert state is not None
    assert state.s3_bucket_name == MINIMIZED["S3BucketName"]
    assert site.walker.world.key_status[KEY] == "Inactive"
    page.clock.run_for(LATER)
    expect(page.get_by_role("region", name="What was carried out")).to_contain_text("Taken back: done, by")
    shot(page, "undone")


def test_reject(page: Page, site: Site) -> None:
    """Nothing is done, and the incident closes as rejected."""
    opened(page, site)
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Reject the plan").click()
    told(page, "Rejected")
    site.until(lambda: site.incident().status is IncidentStatus.CLOSED)
    assert site.walker.world.calls == []
    page.clock.run_for(LATER)
    expect(page.get_by_role("region", name="The plan", exact=True)).to_contain_text("The plan rejected")
    page.get_by_role("button", name="Say what it was").click()
    page.get_by_role("radio", name="Tampering").check()
    page.get_by_role("textbox", name="Reason").fill("nobody announced it")
    page.get_by_role("button", name="Give the verdict").click()
    told(page, "The verdict is recorded")
    assert site.incident().verdict == "tampering"


@pytest.mark.parametrize("site", [{"approval": {"quorum": 2, "on_timeout": "execute"}}], indirect=True)
def test_two_people_have_to_agree(page: Page, site: Site) -> None:
    """The first approval waits and is shown; it counts once; only what both chose is carried out."""
    opened(page, site)
    plan = page.get_by_role("region", name="The plan", exact=True)
    expect(plan).to_contain_text("0 of 2 approvals by different people are there.")
    expect(plan).to_contain_text("If nobody answers, the whole plan runs without an approval.")
    page.get_by_role("checkbox", name="Deny everything to IAM user mallory").uncheck()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("textbox", name="Comment").fill("I saw it")
    page.get_by_role("button", name="Approve 2 actions").click()
    told(page, "Your approval is recorded")
    expect(plan).to_contain_text("1 of 2 approvals by different people are there.")
    expect(plan).to_contain_text("Approved by alice for 2 actions")
    expect(page.locator("main")).to_contain_text("Waits for: one more approver")
    shot(page, "quorum")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Approve 2 actions").click()
    told(page, "Your approval counts already")
    page.get_by_role("button", name="Sign out").click()
    enter(page, site, "bob")
    page.get_by_role("link", name="audit").click()
    page.get_by_role("checkbox", name="Switch off access key").uncheck()
    page.get_by_role("checkbox", name="Put the trail back").uncheck()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Approve 1 action").click()
    told(page, "Nothing would be carried out")
    refused = page.get_by_role("region", name="Nothing would be carried out")
    expect(refused).to_contain_text("See below what the others chose, agree on it, then approve again.")
    page.get_by_role("checkbox", name="Put the trail back").check()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Approve 2 actions").click()
    told(page, "Approved")
    site.until(lambda: site.incident().status is IncidentStatus.CLOSED)
    assert site.walker.world.operations() == ["UpdateTrail"]


def test_hostile_record_is_text(page: Page, site: Site) -> None:
    """Markup is shown, not made; what cannot be seen is marked. `page` fails on any script that runs."""
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, site, **HOSTILE_RECORD)
    who = page.get_by_role("region", name="Who and from where")
    expect(who).to_contain_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
    for mark in ("U+001B", "U+202E", "U+200B"):
        expect(who.get_by_text(mark).first).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("region", name="Records")).to_contain_text("onerror=alert(1)")
    assert page.locator("main :is(img, script, iframe, object, style)").count() == 0
    assert not re.search("[\u202e\u200b\x1b]", page.locator("body").inner_text())
    assert fits(page)
    who.scroll_into_view_if_needed()
    shot(page, "hostile")


def test_keyboard_alone(page: Page, site: Site) -> None:
    """Every control is reached by Tab in order, seen when it is, and the focus is never lost."""
    incident = site.attack()
    page.goto(site.url)
    reach(page, "sign-in")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_be_focused()
    reach(page, f"to-{incident.id}")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_be_focused()
    reach(page, "choose-1")
    page.keyboard.press("Space")
    expect(page.locator("#choose-1")).to_be_focused()
    expect(page.locator("#choose-1")).not_to_be_checked()
    expect(page.get_by_role("status")).to_have_text("2 of 3 actions chosen")
    page.clock.run_for(LATER)
    reach(page, "approve")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#approve")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "confirm")
    page.keyboard.press("Enter")
    told(page, "Approved")
    assert site.requests[-1][2]["actions"] == ["deactivate-access-key", "restore-trail"]
    reach(page, "dismiss")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_be_focused()


def test_accessible_on_a_phone(page: Page, site: Site) -> None:
    """No finding of axe in any view, by day and by night; nothing scrolls sideways at 360 pixels."""
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    check(page, "welcome")
    enter(page, site, at=site.attack().id)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    for summary in page.locator("summary").all()[::4]:
        summary.click()
    check(page, "incident", whole=True)
    page.get_by_role("button", name="Approve").click()
    check(page, "question", part="dialog")
    page.get_by_role("dialog").get_by_role("button", name="Approve 3 actions").click()
    told(page, "Approved")
    check(page, "result", part="#result")
    page.get_by_role("link", name="All incidents").click()
    expect(page.get_by_role("heading", name="Detection last heard")).to_be_visible()
    check(page, "list")
