"""A trail's present state is approved by a person who did not make it so."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.baseline import BaselineSource
from tests.response.aws.fakes import START
from tests.response.console.world import ALICE, DIGEST, MALLORY, TOKEN, Console, session
from tests.response.steps.reconcile_world import AUDIT, OTHER, state

SECOND = AUDIT + "-2"


def test_one_trail_is_captured(console: Console) -> None:
    """The state is read now; who approved it is who signed the request."""
    console.states = {AUDIT: state(AUDIT), SECOND: state(SECOND)}
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT})
    assert status == 200
    (captured,) = document["captured"]
    assert (captured["trail_arn"], captured["approved_by"]) == (AUDIT, ALICE["userArn"])
    kept = console.store.baselines.get(AUDIT)
    assert kept is not None
    assert (kept.state, kept.source, kept.captured_at) == (state(AUDIT), BaselineSource.APPROVED, START)
    assert console.store.baselines.get(SECOND) is None


def test_trail_of_another_region_is_captured_by_name(console: Console) -> None:
    """A trail is read in its home Region, wherever the hub is."""
    console.states = {OTHER: state(OTHER)}
    assert console.call("POST", "/baselines", {"trail_arn": OTHER})[0] == 200


def test_without_a_name_every_trail_here_is_captured(console: Console) -> None:
    """Trails whose home is the hub's Region."""
    console.states = {AUDIT: state(AUDIT), SECOND: state(SECOND), OTHER: state(OTHER)}
    document = console.call("POST", "/baselines")[1]
    assert [captured["trail_arn"] for captured in document["captured"]] == [AUDIT, SECOND]
    assert document["refused"] == []


def test_new_state_gets_the_next_version(console: Console) -> None:
    """What was approved before is replaced by what is approved now."""
    console.states = {AUDIT: state(AUDIT)}
    console.call("POST", "/baselines", {"trail_arn": AUDIT})
    console.states = {AUDIT: state(AUDIT, s3_key_prefix="new")}
    document = console.call("POST", "/baselines", {"trail_arn": AUDIT})[1]
    assert document["captured"][0]["version"] == 2
    listed = console.call("GET", "/baselines")[1]["baselines"]
    assert [(one["trail_arn"], one["state"]["S3KeyPrefix"]) for one in listed] == [(AUDIT, "new")]


def test_actor_of_the_open_incident_may_not(console: Console) -> None:
    """Mallory does not approve what mallory did; alice may."""
    console.states = {AUDIT: state(AUDIT, is_logging=False)}
    console.open_incident()
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=MALLORY)
    assert (status, document["code"]) == (403, "approver_is_actor")
    assert console.store.baselines.get(AUDIT) is None
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT})[0] == 200


@pytest.mark.parametrize("how", ["failed", "left"])
def test_actor_of_an_incident_that_left_the_trail_changed_may_not_either(how: str, console: Console) -> None:
    """Its end is not the end of the question: the trail is still as this person left it."""
    changed = state(AUDIT, is_logging=False)
    console.states = {AUDIT: changed}
    incident = console.open_incident()
    incidents, now = console.store.incidents, console.clock.now()
    if how == "failed":
        incidents.fail(incident, outcome="execution_lost", settled=None, at=now)
    else:
        incidents.close(incident, records=1, outcome="left", settled=changed.digest(), at=now)
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=MALLORY)[0] == 403


def test_actor_of_a_settled_incident_may(console: Console) -> None:
    """Once the trail was put back there is nothing of theirs to approve."""
    console.states = {AUDIT: state(AUDIT)}
    incident = console.open_incident()
    console.store.incidents.close(
        incident, records=1, outcome="restored", settled=None, at=console.clock.now()
    )
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=MALLORY)[0] == 200


def test_incident_on_one_trail_does_not_hold_up_another(console: Console) -> None:
    """In a capture of all trails, the refused one is named and the others are captured."""
    console.states = {AUDIT: state(AUDIT), SECOND: state(SECOND)}
    console.open_incident()
    status, document = console.call("POST", "/baselines", {}, caller=MALLORY)
    assert status == 200
    assert [captured["trail_arn"] for captured in document["captured"]] == [SECOND]
    ((refused),) = document["refused"]
    assert (refused["trail_arn"], refused["code"]) == (AUDIT, "approver_is_actor")


@pytest.mark.parametrize("role", ["trailguard-reader", "trailguard-restorer", "trailguard-container"])
def test_responder_approves_nothing(role: str, console: Console) -> None:
    """A machine that approves what it finds would approve an attack."""
    console.states = {AUDIT: state(AUDIT)}
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=session(role, "x"))
    assert (status, document["code"]) == (403, "approver_is_responder")


def test_missing_trail(console: Console) -> None:
    """A trail that is not there cannot be approved."""
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT})
    assert (status, document["code"]) == (404, "no_such_trail")


def test_trail_that_the_reader_may_not_read(console: Console) -> None:
    """The code of AWS is told, its words are in the log."""
    console.denied = {AUDIT}
    status, document = console.call("POST", "/baselines", {"trail_arn": AUDIT})
    assert (status, document["code"]) == (409, "unreadable_trail")
    assert "AccessDeniedException" in document["detail"]
    assert "secret" not in document["detail"]
    assert "secret" in console.failures[0]


@pytest.mark.parametrize(
    "body",
    [
        {"trail_arn": "audit"},
        {"trail_arn": None},
        {"trail_arn": [AUDIT]},
        {"trail": AUDIT},
        {"trail_arn": ""},
    ],
)
def test_body_that_names_no_trail(body: Any, console: Console) -> None:
    """A name alone does not say which account and Region."""
    console.states = {AUDIT: state(AUDIT)}
    status, document = console.call("POST", "/baselines", body)
    assert (status, document["code"]) == (400, "malformed")
    assert console.store.baselines.get(AUDIT) is None


def test_get_takes_no_parameters(console: Console) -> None:
    """A filter that does not exist is refused rather than ignored."""
    assert console.call("GET", "/baselines", queryStringParameters={"trail": "x"})[0] == 400


def test_plan_made_against_the_baseline_before_is_void(console: Console) -> None:
    """Approved after a new baseline it would undo what was just approved: it is woken, and waits no more."""
    console.states = {AUDIT: state(AUDIT, s3_key_prefix="new")}
    incident = console.open_incident()
    console.ask(incident)
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT})[0] == 200
    assert [token for token, _ in console.woken] == [TOKEN]
    decision = {"digest": DIGEST, "decision": "approve"}
    status, document = console.call("POST", f"/incidents/{incident.id}/decision", decision)
    assert (status, document["code"]) == (409, "no_pending_approval")
    assert any("new baseline" in entry.text for entry in console.store.incidents.timeline(incident.id))


def test_a_decided_plan_stays_decided(console: Console) -> None:
    """A baseline that comes after the decision changes nothing about it."""
    console.states = {AUDIT: state(AUDIT)}
    incident = console.open_incident()
    console.ask(incident)
    decision = {"digest": DIGEST, "decision": "reject"}
    assert console.call("POST", f"/incidents/{incident.id}/decision", decision)[0] == 200
    console.woken.clear()
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT})[0] == 200
    assert console.woken == []


def test_busy_state_machine_does_not_lose_the_baseline(console: Console) -> None:
    """The baseline is in force, the plan is void, and that nobody could be woken is logged."""
    console.states = {AUDIT: state(AUDIT)}
    console.ask(console.open_incident())
    console.busy = True
    assert console.call("POST", "/baselines", {"trail_arn": AUDIT})[0] == 200
    assert len(console.failures) == 1
