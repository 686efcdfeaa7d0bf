"""What is left in place: a change that was announced, and one that a person calls authorised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from response.aws.approvals import ApprovalStatus
from response.aws.waking import wake
from response.domain.approval import Approver
from response.domain.incident import IncidentStatus
from response.domain.planned_change import PlannedChange, parse_planned_change
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED, KEY, TRAIL, FakeExecutions, moment
from tests.response.steps.scenes import ASK, AUTO, MINIMIZED, Deploy, decide, event, incident, record
from tests.response.steps.walker import Walker

ALICE = Approver(arn="arn:aws:iam::111111111111:user/alice", user_id="AIDAEXAMPLEALICE")


def announce(walker: Walker, **changes: Any) -> PlannedChange:
    """Alice announces that mallory takes the topic away from the trail."""
    asked = {
        "trail_arn": TRAIL,
        "principal": "arn:aws:iam::111111111111:user/mallory",
        "ticket": "CHG-77",
        "changes": {"SnsTopicARN": None},
        **changes,
    }
    change = parse_planned_change(asked, ALICE, START - timedelta(hours=1))
    assert walker.store.planned.add(change)
    return change


def kept(walker: Walker, change: PlannedChange) -> PlannedChange:
    """What became of it."""
    found = walker.store.planned.get(TRAIL, change.id)
    assert found is not None
    return found


def test_an_announced_change_is_left_in_place(deploy: Deploy) -> None:
    """Sealed, told, nothing done; the state becomes the baseline, and the announcement is used up."""
    walker = deploy(**AUTO)
    change = announce(walker)
    walker.world.attack(SnsTopicARN=None)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert walker.world.kinds() == ["opened", "closed"]
    assert incident(walker).outcome == "authorised"
    renewed = walker.store.baselines.get(TRAIL)
    assert renewed is not None
    assert renewed.state == walker.world.state()
    assert renewed.approved_by == f"planned change {change.id}, CHG-77, incident {incident(walker).id}"
    assert kept(walker, change).used_by == incident(walker).id
    assert any(key.endswith("found-state.json") for key in walker.world.sealed)


def test_it_serves_once(deploy: Deploy) -> None:
    """The same change after the trail was put back is an incident, and says what it is like."""
    walker = deploy(**AUTO)
    change = announce(walker)
    walker.world.attack(SnsTopicARN=None)
    walker.walk(event())
    first = incident(walker).id
    renewed = walker.store.baselines.get(TRAIL)
    assert renewed is not None
    walker.store.baselines.put(replace(renewed, state=APPROVED))
    assert walker.walk(event("e-2"), "execution-2") == "SUCCEEDED"
    second = walker.store.incidents.newest(limit=2)[0]
    assert (second.outcome, walker.world.state()) == ("restored", APPROVED)
    assert kept(walker, change).used_by == first
    assert f"it was made before, in incident {first}" in walker.world.messages[2][1]


def test_a_change_in_part_is_an_incident_that_says_what_differs(deploy: Deploy) -> None:
    """The owners read it; the trail is put back, and the announcement is still open."""
    walker = deploy(**AUTO)
    change = announce(walker)
    walker.world.attack(SnsTopicARN=None, IsLogging=False)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert walker.world.key_status[KEY] == "Inactive"
    assert incident(walker).outcome == "restored"
    assert "IsLogging is false, no change of it was planned" in walker.world.messages[0][1]
    assert kept(walker, change).used_by == ""


def test_a_change_in_two_calls_is_whole_with_the_second(deploy: Deploy) -> None:
    """While the plan against the first half waits, the other half joins, and nothing is asked any more."""
    walker = deploy(**ASK)
    announce(walker, changes={"SnsTopicARN": None, "KmsKeyId": None})
    walker.world.attack(SnsTopicARN=None)

    def second_call(_: str) -> None:
        walker.world.attack(KmsKeyId=None)
        late = record("e-2", eventTime=moment(START - timedelta(seconds=5)))
        step = {"execution": "execution-2", "input": {"path": "eventbridge", "record": late}}
        walker.run_step("intake", step)

    walker.while_waiting = second_call
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert incident(walker).outcome == "authorised"


def test_one_that_was_withdrawn_meanwhile_does_not_count(deploy: Deploy) -> None:
    """Between assessment and close: the incident is looked at again, and then it is one."""
    walker = deploy(**AUTO)
    change = announce(walker)
    walker.world.attack(SnsTopicARN=None)

    def withdraw(name: str, given: Any) -> None:
        if name == "close" and given["round"] == 1:
            walker.store.planned.withdraw(change, by="bob", at=START)

    walker.before_step = withdraw
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert incident(walker).outcome == "restored"
    assert kept(walker, change).used_by == ""


def judge(walker: Walker, verdict: str = "authorised") -> None:
    """What the console does with a verdict on a plan that waits: one write, then the token."""
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    decision = {"actions": None, "approver": {"arn": ALICE.arn}, "verdict": verdict}
    now = walker.world.clock.now()
    assert walker.store.approvals.settle(approval, ApprovalStatus.REJECTED, at=now, decision=decision)
    walker.store.incidents.judge(incident(walker).id, verdict=verdict, by=ALICE.arn, reason="CHG-1", at=now)
    wake(approval, approvals=walker.store.approvals, waker=FakeExecutions(walker.world))


def test_a_verdict_ends_the_wait_and_approves_the_state(deploy: Deploy) -> None:
    """Nothing is done, the incident closes as authorised, and the report holds the verdict."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.while_waiting = lambda _: judge(walker)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    one = incident(walker)
    assert (one.status, one.outcome, one.verdict) == (IncidentStatus.CLOSED, "authorised", "authorised")
    renewed = walker.store.baselines.get(TRAIL)
    assert renewed is not None
    assert (renewed.state, renewed.approved_by) == (
        walker.world.state(),
        f"{ALICE.arn}, verdict on incident {one.id}",
    )
    (sealed,) = [body for key, body in walker.world.sealed.items() if key.endswith("report.md")]
    assert b"authorised by" in sealed


def test_a_trail_that_moved_after_the_verdict_is_looked_at_again(deploy: Deploy) -> None:
    """What nobody has judged does not become the baseline: the plan for it is asked for."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    asked: list[str] = []

    def answer(token: str) -> None:
        asked.append(token)
        if len(asked) == 1:
            judge(walker)
            walker.world.attack(IsLogging=False)
        else:
            decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = answer
    assert walker.walk(event()) == "SUCCEEDED"
    assert len(asked) == 2
    assert walker.world.state() == APPROVED
    kept_baseline = walker.store.baselines.get(TRAIL)
    assert kept_baseline is not None
    assert kept_baseline.state == APPROVED


def test_a_plain_rejection_approves_nothing(deploy: Deploy) -> None:
    """Rejecting a plan is not calling the change authorised."""
    walker = deploy(**ASK)
    walker.world.attack(SnsTopicARN=None)
    walker.while_waiting = lambda _: decide(walker, ApprovalStatus.REJECTED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert incident(walker).outcome == "rejected"
    kept_baseline = walker.store.baselines.get(TRAIL)
    assert kept_baseline is not None
    assert kept_baseline.state == APPROVED
