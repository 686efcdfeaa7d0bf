"""Single steps: what the walks through the whole workflow do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from response.aws.approvals import ApprovalStatus
from response.domain.incident import IncidentStatus
from response.steps.passing import PassingError
from tests.response.steps.fakes import APPROVED, KEY
from tests.response.steps.scenes import ASK, AUTO, MINIMIZED, Deploy, decide, event, incident
from tests.response.steps.walker import Walker

ONE = "execution-1"


def upto(walker: Walker, last: str) -> dict[str, Any]:
    """Run the first steps, that one included; what the next is handed."""
    given: dict[str, Any] = event()
    walker.world.executions[ONE] = "RUNNING"
    for name in ("intake", "preserve", "investigate", "assess"):
        given = walker.run_step(name, {"execution": ONE, "input": given})
        if name == last:
            break
    return {"execution": ONE, "input": given}


def test_a_retried_preserve_goes_on_with_what_was_sealed(deploy: Deploy) -> None:
    """The trail moved between two attempts: store and evidence tell the same story, the first one."""
    walker = deploy()
    walker.world.attack(SnsTopicARN=None)
    given = upto(walker, "intake")
    walker.run_step("preserve", given)
    walker.world.attack(S3BucketName="elsewhere")
    walker.run_step("preserve", given)
    stored = walker.store.incidents.document(incident(walker).id, "STATE", 1)
    assert stored is not None
    assert stored["found"]["S3BucketName"] == "audit-log"
    sealed = walker.world.sealed[f"incidents/{incident(walker).id}/round-1/found-state.json"]
    assert json.loads(sealed) == stored


def test_a_hostile_event_id_stays_under_its_incident(deploy: Deploy) -> None:
    """Slashes and dots in an id make no path."""
    walker = deploy()
    walker.run_step("intake", {"execution": ONE, "input": event("../../round-1/found-state.json")})
    given = {"incident_id": incident(walker).id, "route": "respond", "round": 1}
    walker.run_step("preserve", {"execution": ONE, "input": given})
    names = [key for key in walker.world.sealed if "/records/" in key]
    assert names == [f"incidents/{incident(walker).id}/records/..%2F..%2Fround-1%2Ffound-state.json.json"]


def test_severity_never_falls_during_an_incident(deploy: Deploy) -> None:
    """A later round that finds less does not make the attack harmless."""
    walker = deploy(**AUTO)
    walker.world.attack(SnsTopicARN=None)
    given = upto(walker, "preserve")
    walker.store.incidents.update(incident(walker).id, at=walker.world.clock.now(), severity="critical")
    walker.run_step("assess", given)
    assert incident(walker).severity == "critical"
    assessment = walker.store.incidents.document(incident(walker).id, "ASSESSMENT", 1)
    assert assessment is not None
    assert assessment["severity"] != "critical"


def test_verify_sees_a_record_that_joined(deploy: Deploy) -> None:
    """The trail reads as aimed at, but somebody has changed it once more: it is looked at again."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    given = upto(walker, "assess")
    given["input"] = walker.run_step("execute", given)
    walker.run_step("intake", {"execution": "two", "input": event("e-2")})
    answer = walker.run_step("verify", given)
    assert (answer["route"], answer["round"]) == ("reassess", 2)


def test_a_wake_up_without_a_decision_waits_on(deploy: Deploy) -> None:
    """The token's output decides nothing: while the store says pending, the rest of the time is waited."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    given = upto(walker, "assess")
    walker.run_step("await_approval", {**given, "task_token": "token"})
    walker.world.clock.sleep(600)
    answer = walker.run_step("settle_approval", given)
    assert (answer["route"], answer["approval_seconds"]) == ("await_approval", 3000)
    walker.run_step("await_approval", {**given, "task_token": "token-2"})
    decide(walker, ApprovalStatus.APPROVED)
    assert walker.run_step("settle_approval", given)["route"] == "execute"


def test_a_decision_that_comes_with_the_expiry_wins_or_loses_whole(deploy: Deploy) -> None:
    """Expired in the store first: the decision that follows does not count any more."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    given = upto(walker, "assess")
    walker.run_step("await_approval", {**given, "task_token": "token"})
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    walker.world.clock.sleep(3600)
    answer = walker.run_step("settle_approval", given)
    assert (answer["route"], answer["notice"]) == ("escalate", "approval_expired")
    assert not walker.store.approvals.settle(approval, ApprovalStatus.APPROVED, at=walker.world.clock.now())


def test_a_containment_that_somebody_undid_is_told(deploy: Deploy) -> None:
    """The key is active again when verify looks: people have to act."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    given = upto(walker, "assess")
    given["input"] = walker.run_step("execute", given)
    walker.world.key_status[KEY] = "Active"
    answer = walker.run_step("verify", given)
    assert (answer["route"], answer["notice"]) == ("escalate", "containment_undone")


def test_a_joined_execution_that_fails_does_not_end_the_incident(deploy: Deploy) -> None:
    """It tells a person; the execution that handles the incident goes on."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    upto(walker, "assess")
    walker.run_step("intake", {"execution": "two", "input": event("e-2")})
    given = {
        "incident_id": incident(walker).id,
        "route": "joined",
        "round": 1,
        "error": {"Error": "X", "Cause": "y"},
    }
    assert walker.run_step("escalate", {"execution": "two", "input": given})["route"] == "failed"
    assert walker.world.kinds() == ["failed"]
    assert incident(walker).status is IncidentStatus.OPEN
    assert walker.store.claims.lock(APPROVED.trail_arn) is not None


def test_a_failed_intake_finds_the_incident_that_it_had_opened(deploy: Deploy) -> None:
    """The claim says which; it is marked and released like any other."""
    walker = deploy()
    walker.run_step("intake", {"execution": ONE, "input": event()})
    given = {**event(), "error": {"Error": "States.Timeout", "Cause": ""}}
    answer = walker.run_step("escalate", {"execution": ONE, "input": given})
    assert answer["incident_id"] == incident(walker).id
    assert incident(walker).outcome == "error: States.Timeout"
    assert walker.store.claims.lock(APPROVED.trail_arn) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"incident_id": None, "route": "sideways"}, "sideways"),
        ({"Error": "States.DataLimitExceeded", "Cause": "too large"}, "States.DataLimitExceeded"),
        ({"incident_id": "TG-20260101-ffffffff", "error": {"Error": "Lost"}}, "Lost"),
    ],
)
def test_escalate_works_with_whatever_it_is_given(deploy: Deploy, given: dict[str, Any], said: str) -> None:
    """No incident, an unknown one, an unknown route, an input that was too large: a person is told."""
    walker = deploy()
    assert walker.run_step("escalate", {"execution": ONE, "input": given})["route"] == "failed"
    ((_, body, _),) = walker.world.messages
    assert said in body
    assert ONE in body


def test_an_error_text_cannot_write_lines_of_its_own(deploy: Deploy) -> None:
    """Causes hold strings of records: control characters and line breaks are gone."""
    walker = deploy()
    cause = "evil\n\nASKED OF YOU\n  trailguard approve\x1b[31m"
    given = {"error": {"Error": "MalformedRecordError", "Cause": cause}}
    walker.run_step("escalate", {"execution": ONE, "input": given})
    ((_, body, _),) = walker.world.messages
    assert "\x1b" not in body
    assert not any(line.strip() == "ASKED OF YOU" for line in body.splitlines())


@pytest.mark.parametrize("notice", [None, "closedd", "escalated"])
def test_notify_refuses_a_notice_that_it_does_not_know(deploy: Deploy, notice: str | None) -> None:
    """The error names what was found and what was expected."""
    walker = deploy()
    given = upto(walker, "intake")
    given["input"]["notice"] = notice
    with pytest.raises(PassingError, match="expected one of opened, approval, joined, closed"):
        walker.run_step("notify", given)


@pytest.mark.parametrize("missing", ["incident_id", "route", "round"])
def test_a_step_names_what_it_was_not_handed(deploy: Deploy, missing: str) -> None:
    """A broken definition is found by its first error."""
    walker = deploy()
    given = {"incident_id": "TG-1", "route": "respond", "round": 1}
    del given[missing]
    with pytest.raises(PassingError, match=missing):
        walker.run_step("preserve", {"execution": ONE, "input": given})
