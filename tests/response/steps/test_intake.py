"""Intake: claimed once, whoever tries how often; one open incident a trail."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.approvals import ApprovalStatus
from response.aws.errors import RetryableError
from response.domain.errors import MalformedRecordError
from response.domain.incident import IncidentStatus
from tests.response.steps.fakes import APPROVED
from tests.response.steps.scenes import ASK, Deploy, event, incident
from tests.response.steps.walker import Walker


def take(walker: Walker, execution: str, given: Any = None) -> Any:
    """One invocation of intake."""
    walker.world.executions.setdefault(execution, "RUNNING")
    given = event() if given is None else given
    return walker.run_step("intake", {"execution": execution, "input": given})


def test_a_retried_invocation_finds_its_own_claim(deploy: Deploy) -> None:
    """The same execution gets the same answer, and opens nothing twice."""
    walker = deploy()
    first = take(walker, "one")
    assert first["route"] == "respond"
    assert take(walker, "one") == first
    assert len(walker.store.incidents.newest(limit=10)) == 1


def test_what_arrives_is_heard(deploy: Deploy) -> None:
    """Even a record that is handled elsewhere shows that events come; what the reconciler starts does not."""
    walker = deploy()
    take(walker, "one", event(path="alarm"))
    assert set(walker.store.heard.all().values()) == {None}
    walker.world.clock.sleep(1)
    take(walker, "two", event())
    assert walker.store.heard.all()["eventbridge"] == walker.world.clock.now()


def test_a_retried_join_joins_once(deploy: Deploy) -> None:
    """The record is counted once; the wait is ended again, in case the first attempt did not get so far."""
    walker = deploy()
    take(walker, "one")
    assert [take(walker, "two", event("e-2"))["route"] for _ in range(2)] == ["joined", "joined"]
    assert incident(walker).records_seen == 2


def test_another_executions_record_is_a_duplicate(deploy: Deploy) -> None:
    """It is noted on the incident by which path the record came again."""
    walker = deploy()
    take(walker, "one")
    walker.world.clock.sleep(1)
    answer = take(walker, "two", event(path="alarm"))
    assert (answer["route"], answer["incident_id"]) == ("duplicate", incident(walker).id)
    last = walker.store.incidents.timeline(incident(walker).id)[-1]
    assert last.data == {"event_id": "e-1", "path": "alarm"}


def test_copies_of_one_event_in_two_accounts_are_one(deploy: Deploy) -> None:
    """They share the shared event id and differ in their own."""
    walker = deploy()
    take(walker, "one", event("e-1", sharedEventID="shared"))
    assert take(walker, "two", event("e-2", sharedEventID="shared"))["route"] == "duplicate"


def test_an_execution_that_does_not_show_yet_is_not_robbed(deploy: Deploy) -> None:
    """DescribeExecution lags behind StartExecution: for some minutes an unknown execution counts as alive."""
    walker = deploy()
    take(walker, "one")
    del walker.world.executions["one"]
    assert take(walker, "two", event("e-2"))["route"] == "joined"
    walker.world.clock.sleep(600)
    assert take(walker, "three", event("e-3"))["route"] == "respond"
    statuses = {one.id: one.status for one in walker.store.incidents.newest(limit=10)}
    assert sorted(statuses.values()) == [IncidentStatus.FAILED, IncidentStatus.OPEN]


def test_joining_ends_a_wait_for_approval_once(deploy: Deploy) -> None:
    """The approval is superseded in the store before the token is used."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    given: Any = event()
    for name in ("intake", "preserve", "investigate", "assess"):
        given = walker.run_step(name, {"execution": "one", "input": given})
    walker.world.executions["one"] = "RUNNING"
    walker.run_step("await_approval", {"execution": "one", "input": given, "task_token": "token"})
    take(walker, "two", event("e-2"))
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    assert approval.status is ApprovalStatus.SUPERSEDED
    assert walker.world.woken == ["token"]


def test_a_decided_approval_is_not_superseded(deploy: Deploy) -> None:
    """Whoever was first wins; the joined record is then found by verify."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    given: Any = event()
    for name in ("intake", "preserve", "investigate", "assess"):
        given = walker.run_step(name, {"execution": "one", "input": given})
    walker.world.executions["one"] = "RUNNING"
    walker.run_step("await_approval", {"execution": "one", "input": given, "task_token": "token"})
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    walker.store.approvals.settle(approval, ApprovalStatus.APPROVED, at=walker.world.clock.now())
    take(walker, "two", event("e-2"))
    assert walker.world.woken == []


def test_a_record_that_names_no_trail_is_malformed(deploy: Deploy) -> None:
    """Parameters and answer left out as too large: a person has to look at it."""
    walker = deploy()
    omitted = {"omitted": True, "reason": "too large"}
    with pytest.raises(MalformedRecordError, match="e-1: names no trail"):
        take(walker, "one", event(requestParameters=omitted, responseElements=omitted))


@pytest.mark.parametrize("drift", [{}, {"trail_arn": "audit"}, {"trail_arn": None}])
def test_a_drift_of_no_trail_is_malformed(deploy: Deploy, drift: dict[str, Any]) -> None:
    """The error shows what was given."""
    walker = deploy()
    with pytest.raises(MalformedRecordError, match="expected the ARN of a trail"):
        take(walker, "one", {"path": "reconcile", "drift": drift})


def test_a_drift_joins_no_open_incident(deploy: Deploy) -> None:
    """The open incident looks at the state anyway."""
    walker = deploy()
    take(walker, "one")
    drift = {"trail_arn": APPROVED.trail_arn, "region": "eu-west-1", "observed_digest": "d"}
    assert take(walker, "two", {"path": "reconcile", "drift": drift})["route"] == "duplicate"


def test_a_retried_drift_finds_its_own_incident(deploy: Deploy) -> None:
    """There is no record to claim: the execution is what is claimed."""
    walker = deploy()
    drift = {"trail_arn": APPROVED.trail_arn, "region": "eu-west-1", "observed_digest": "d"}
    first = take(walker, "one", {"path": "reconcile", "drift": drift})
    assert first["route"] == "respond"
    assert take(walker, "one", {"path": "reconcile", "drift": drift}) == first
    assert incident(walker).records_seen == 0


def test_endless_contention_is_tried_again_later(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim keeps being taken between look and write: the state machine retries the step."""
    walker = deploy()
    take(walker, "one")
    monkeypatch.setattr(walker.store.claims, "find", lambda _: None)
    with pytest.raises(RetryableError, match="claimed by many"):
        take(walker, "two")


def test_misuse_of_the_responders_role_is_marked_on_the_joined_incident(deploy: Deploy) -> None:
    """The role is used for something no action planned, while an incident is open."""
    walker = deploy()
    take(walker, "one")
    role = "arn:aws:iam::111111111111:role/trailguard-restorer"
    identity = {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:mallory",
        "arn": "arn:aws:sts::111111111111:assumed-role/trailguard-restorer/mallory",
        "accountId": "111111111111",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}},
    }
    assert take(walker, "two", event("e-2", userIdentity=identity))["route"] == "joined"
    assert incident(walker).responder_misuse
