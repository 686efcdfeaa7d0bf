"""What the owners are told holds what the investigation found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from response.aws.errors import AccessDeniedError
from response.domain.baseline import Baseline, BaselineSource
from response.domain.notice import Answer, NoticeKind
from response.steps.telling import Teller, announce
from tests.response.aws.fakes import START
from tests.response.steps.fakes import ACCOUNT, APPROVED, SETTINGS, TRAIL, FakeMetrics
from tests.response.steps.scenes import ASK, AUTO, MINIMIZED, Deploy, event
from tests.response.steps.telling_fakes import channels


def test_the_message_that_asks_tells_the_findings(deploy: Deploy) -> None:
    """Whoever decides reads who it was, from where, and since when nothing was recorded."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    asked = next(str(message) for message in walker.world.messages if "INVESTIGATION" in str(message))
    for said in (
        "Who: IAM user mallory",
        "From where: 198.51.100.23, a public address",
        "Blind window: from 2026-05-01T11:59:40Z until now",
        "What else: 1 call to 1 service",
        "Made to stay: nothing found",
        "Approved: it is no planned change",
    ):
        assert said in asked


@pytest.mark.parametrize("broken", ["event", "chat"])
def test_a_channel_that_fails_is_noted_and_stops_nothing(deploy: Deploy, broken: str) -> None:
    """The response goes on, the other channels are told, timeline and metric say what was not."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail[broken] = AccessDeniedError("x:Send", "AccessDenied", "\x1b[31mno")
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.kinds() == ["opened", "closed"]
    working = walker.world.chats if broken == "event" else walker.world.events
    assert len(working) == 2
    (incident,) = walker.store.incidents.newest(limit=5)
    noted = [entry for entry in walker.store.incidents.timeline(incident.id) if "channel" in entry.text]
    assert {entry.text for entry in noted} == {
        f"The {broken} channel could not be told ({kind})." for kind in ("opened", "closed")
    }
    assert noted[0].data == {"channel": broken, "error": "x:Send: AccessDenied: no"}
    assert walker.world.figures["ChannelFailures"] == 2


def test_mail_that_fails_is_an_error_after_the_others_were_told(deploy: Deploy) -> None:
    """People rely on it; machines and the chat hear of it all the same."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail["publish"] = AccessDeniedError("sns:Publish", "AuthorizationError", "no")
    assert walker.walk(event()) == "FAILED"
    assert [told["kind"] for told in walker.world.events] == ["opened", "failed"]
    assert len(walker.world.chats) == 2


def test_the_page_of_the_incident_is_in_every_form(deploy: Deploy) -> None:
    """Mail, event and chat name the same address."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    page = f"https://c.example/#{walker.world.events[0]['incident_id']}"
    assert walker.world.events[0]["url"] == page
    assert page in walker.world.messages[0][1]
    assert page in walker.world.chats[0][1]


def test_whoever_answers_is_announced_with_what_is_known(deploy: Deploy) -> None:
    """The console tells what it was about: trail, change, actor; and who answered."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    (incident,) = walker.store.incidents.newest(limit=5)
    teller = Teller(channels(walker.world), walker.store, walker.world.clock, FakeMetrics(walker.world))
    answer = Answer("arn:aws:iam::111111111111:user/alice", "reject")
    said = "alice rejected <!here> the plan"
    announce(
        NoticeKind.DECIDED, incident, answer, said, teller=teller, policy=walker.policy, settings=SETTINGS
    )
    subject, body, _ = walker.world.messages[-1]
    assert ": decided [" in subject
    assert "alice rejected (!here) the plan" in body
    assert "IAM user mallory" in body
    assert walker.world.events[-1]["answer"] == {"by": answer.by, "verb": "reject", "code": None}
    assert walker.store.incidents.timeline(incident.id)[-1].text == "The owners were told (decided)."


@pytest.mark.parametrize(
    ("owners", "tags", "expected"),
    [
        ({}, {}, "soc"),
        ({"accounts": {ACCOUNT: "team"}}, {}, "team"),
        ({"accounts": {ACCOUNT: "team"}}, {"owner": "tagged"}, "tagged"),
        ({}, {"owner": "tagged", "trailguard:owner": "first"}, "first"),
        ({"trails": {TRAIL: "by policy"}}, {"owner": "tagged"}, "by policy"),
        ({}, {"owner": ""}, "soc"),
    ],
)
def test_the_owner_is_found(
    deploy: Deploy, owners: dict[str, Any], tags: dict[str, str], expected: str
) -> None:
    """By the policy for the very trail, the tag as it was approved, the account, or one for all."""
    walker = deploy(**ASK, owners={"default": "soc", **owners})
    approved = replace(APPROVED, tags=tags)
    walker.store.baselines.put(Baseline(TRAIL, approved, START, "alice", BaselineSource.APPROVED))
    walker.world.attack(**MINIMIZED, Tags={"owner": "mallory", "trailguard:owner": "mallory"})
    walker.walk(event())
    assert {attributes["owner"] for _, _, attributes in walker.world.messages} == {expected}
    assert {told["owner"] for told in walker.world.events} == {expected}
