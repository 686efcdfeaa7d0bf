"""The workflow while the world moves: newer records, further changes, executions that die."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.approvals import ApprovalStatus
from response.aws.waking import wake
from response.domain.incident import IncidentStatus
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED, FakeExecutions
from tests.response.steps.scenes import ASK, AUTO, MINIMIZED, Deploy, decide, event, incident
from tests.response.steps.walker import Walker


def test_a_newer_record_voids_an_approval_that_is_waited_for(deploy: Deploy) -> None:
    """It joins, wakes the waiting execution, which looks at the trail anew and asks again."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    joining = Walker(walker.world, walker.store, walker.policy)
    plans: list[str] = []

    def waiting(_: str) -> None:
        approval = walker.store.approvals.latest(incident(walker).id)
        assert approval is not None
        plans.append(approval.digest)
        if len(plans) == 1:
            walker.world.attack(**MINIMIZED)
            assert joining.walk(event("e-2"), "execution-2") == "SUCCEEDED"
            assert joining.steps() == ["intake", "notify"]
        else:
            decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = waiting
    assert walker.walk(event()) == "SUCCEEDED"
    assert len(set(plans)) == 2
    assert walker.world.state() == APPROVED
    assert walker.world.kinds() == ["opened", "joined", "opened", "closed"]
    assert incident(walker).records_seen == 2
    first = walker.store.approvals.get(incident(walker).id, 1)
    assert first is not None
    assert first.status is ApprovalStatus.SUPERSEDED


def test_a_record_that_joins_between_assessment_and_question_is_not_missed(deploy: Deploy) -> None:
    """The wait is not even begun: the trail is looked at anew."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    joining = Walker(walker.world, walker.store, walker.policy)

    def race(name: str, given: Mapping[str, Any]) -> None:
        if name == "await_approval" and given["round"] == 1:
            walker.world.attack(**MINIMIZED)
            joining.walk(event("e-2"), "execution-2")

    asked: list[str] = []

    def alice(token: str) -> None:
        asked.append(token)
        decide(walker, ApprovalStatus.APPROVED)

    walker.before_step = race
    walker.while_waiting = alice
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert walker.path.count("preserve") == 2
    assert len(asked) == 1


def test_a_record_that_joins_while_closing_keeps_the_incident_open(deploy: Deploy) -> None:
    """Closing loses the race and the trail is looked at anew; nothing is lost."""
    walker = deploy(**AUTO)
    walker.world.attack(SnsTopicARN=None)
    joining = Walker(walker.world, walker.store, walker.policy)

    def race(name: str, given: Mapping[str, Any]) -> None:
        if name == "close" and given["round"] == 1:
            walker.world.attack(**MINIMIZED)
            joining.walk(event("e-2"), "execution-2")

    walker.before_step = race
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert len(walker.store.incidents.newest(limit=10)) == 1
    prefix = f"incidents/{incident(walker).id}"
    assert f"{prefix}/round-1/report.md" not in walker.world.sealed
    assert f"{prefix}/round-2/report.md" in walker.world.sealed


def test_a_trail_that_moves_before_an_action_runs_is_looked_at_again(deploy: Deploy) -> None:
    """The plan was made for another state: nothing of it runs, a new one is made."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    seen = 0

    def alice(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == 1:
            walker.world.attack(SnsTopicARN="arn:aws:sns:eu-west-1:999999999999:mallory")
        decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = alice
    assert walker.walk(event()) == "SUCCEEDED"
    assert seen == 2
    assert walker.world.state() == APPROVED
    statuses = [action.status for action in walker.store.actions.named(incident(walker).id, "restore-trail")]
    assert statuses == ["moved", "done"]


def test_an_attacker_who_keeps_changing_the_trail_is_handed_to_people(deploy: Deploy) -> None:
    """Rounds are limited by the policy."""
    walker = deploy(**AUTO, limits={"rounds": 3})
    walker.world.attack(SnsTopicARN=None)
    flips = iter(range(100))

    def attacker(name: str, _: Mapping[str, Any]) -> None:
        if name == "verify":
            walker.world.attack(S3KeyPrefix=f"moved-{next(flips)}")

    walker.before_step = attacker
    assert walker.walk(event()) == "FAILED"
    assert walker.path.count("preserve") == 3
    assert incident(walker).outcome == "rounds_exhausted"
    assert walker.world.kinds()[-1] == "escalated"


def test_an_incident_whose_execution_died_is_taken_over_by_the_next_record(deploy: Deploy) -> None:
    """A new incident answers the trail; the old one fails with the reason."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.run_step("intake", {"execution": "dead", "input": event("e-0")})
    walker.world.executions["dead"] = "ABORTED"
    walker.world.clock.sleep(1)
    walker.while_waiting = lambda _: decide_newest(walker)
    assert walker.walk(event("e-1"), "execution-2") == "SUCCEEDED"
    first, second = sorted(walker.store.incidents.newest(limit=10), key=lambda one: one.opened_at)
    assert (first.status, first.outcome) == (IncidentStatus.FAILED, "execution_lost")
    assert second.status is IncidentStatus.CLOSED


def decide_newest(walker: Walker) -> None:
    """Approve what is asked for in the incident that was opened last."""
    newest = walker.store.incidents.newest(limit=1)[0]
    approval = walker.store.approvals.latest(newest.id)
    assert approval is not None
    walker.store.approvals.settle(
        approval, ApprovalStatus.APPROVED, at=START, decision={"approver": {"arn": "a"}}
    )
    wake(approval, approvals=walker.store.approvals, waker=FakeExecutions(walker.world))


def test_the_record_of_a_dead_execution_is_handled_when_it_arrives_again(deploy: Deploy) -> None:
    """The same record by another path takes the claim over; nothing is lost with an aborted execution."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.run_step("intake", {"execution": "dead", "input": event()})
    walker.world.executions["dead"] = "ABORTED"
    assert walker.walk(event(path="reconcile"), "execution-2") == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert {one.outcome for one in walker.store.incidents.newest(limit=10)} == {"execution_lost", "restored"}


def test_quick_changes_do_not_use_up_the_rounds_of_a_plan_that_waits(deploy: Deploy) -> None:
    """Twelve changes void twelve questions; the thirteenth is approved, and the trail is put back."""
    walker = deploy(**ASK, limits={"rounds": 3})
    walker.world.attack(SnsTopicARN=None)
    joining = Walker(walker.world, walker.store, walker.policy)
    voided = 0

    def waiting(_: str) -> None:
        nonlocal voided
        if voided < 12:
            voided += 1
            walker.world.attack(S3KeyPrefix=f"prefix-{voided}")
            assert joining.walk(event(f"quick-{voided}"), f"quick-{voided}") == "SUCCEEDED"
        else:
            decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = waiting
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert incident(walker).status is IncidentStatus.CLOSED
