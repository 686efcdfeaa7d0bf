"""Execute: under a gate that allows it, on the state its plan was made for, at most once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from response.aws.actions import ActionStatus, StoredAction
from response.aws.approvals import ApprovalStatus
from response.aws.errors import ConflictingStateError, NotFoundError, RefusedCallError
from response.domain.diff import diff
from response.domain.plan import Action, Call
from response.steps.assess import plan_of
from response.steps.carrying_out import InterruptedActionError
from response.steps.execute import StalePlanError
from tests.response.steps.fakes import APPROVED, KEY
from tests.response.steps.scenes import (
    ASK,
    AUTO,
    EXECUTION,
    MINIMIZED,
    Deploy,
    decide,
    event,
    incident,
    others_contained,
    planned,
)
from tests.response.steps.walker import Walker


def entered(walker: Walker, action_id: str, owner: str = EXECUTION) -> None:
    """Leave an action behind as an earlier attempt does that died right after it had entered it."""
    plan = plan_of(walker.store, incident(walker).id, 1)
    action = next(action for action in plan.actions if action.id == action_id)
    walker.store.actions.enter(
        StoredAction(
            incident_id=incident(walker).id,
            round=1,
            action=action,
            status=ActionStatus.RUNNING,
            owner=owner,
            plan_digest=plan.digest,
            approved_by="policy: gate auto",
            started_at=walker.world.clock.now(),
        )
    )


def status(walker: Walker, action_id: str) -> ActionStatus:
    """What became of an action."""
    stored = walker.store.actions.get(incident(walker).id, action_id, 1)
    assert stored is not None
    return stored.status


def test_the_inverse_is_stored_before_the_call(deploy: Deploy) -> None:
    """At the moment of each call its entry is there, running, with what takes it back."""
    walker = deploy(**AUTO)
    given = planned(walker)
    seen: list[Action] = []

    def look(call: Call) -> None:
        running = [
            stored.action
            for stored in walker.store.actions.all(incident(walker).id)
            if stored.status is ActionStatus.RUNNING
        ]
        assert any(call in action.calls for action in running)
        seen.extend(running)

    walker.world.before_call = look
    walker.run_step("execute", given)
    assert len(seen) == 3
    assert all(action.inverse for action in seen)


def test_nothing_runs_before_the_state_is_sealed(deploy: Deploy) -> None:
    """Execute refuses a round of which nothing was preserved."""
    walker = deploy(**AUTO)
    given = planned(walker)
    found = walker.store.incidents.document(incident(walker).id, "ASSESSMENT", 1)
    walker.store.incidents.put_document(incident(walker).id, "ASSESSMENT", 2, found)
    given["input"]["round"] = 2
    with pytest.raises(NotFoundError, match="nothing sealed"):
        walker.run_step("execute", given)
    assert walker.world.calls == []


def test_another_plan_than_the_stored_one_does_not_run(deploy: Deploy) -> None:
    """The digest that came along the way must be that of the plan in the store."""
    walker = deploy(**AUTO)
    given = planned(walker)
    given["input"]["plan_digest"] = "0" * 64
    with pytest.raises(StalePlanError):
        walker.run_step("execute", given)
    assert walker.world.calls == []


@pytest.mark.parametrize("phase", ["approved", None, "bogus"])
def test_no_phase_runs_without_its_permission(deploy: Deploy, phase: str | None) -> None:
    """Nobody was asked, so nothing is approved; an unknown phase allows nothing."""
    walker = deploy(**ASK)
    given = planned(walker)
    given["input"]["phase"] = phase
    with pytest.raises(StalePlanError):
        walker.run_step("execute", given)
    assert walker.world.calls == []


@pytest.mark.parametrize(
    "settled", [ApprovalStatus.REJECTED, ApprovalStatus.SUPERSEDED, ApprovalStatus.EXPIRED]
)
def test_an_approval_that_was_not_given_allows_nothing(deploy: Deploy, settled: ApprovalStatus) -> None:
    """Whatever the way through the state machine says: the store decides."""
    walker = deploy(**ASK)
    given = planned(walker)
    walker.run_step("await_approval", {**given, "task_token": "token"})
    decide(walker, settled)
    given["input"]["phase"] = "approved"
    with pytest.raises(ConflictingStateError, match=str(settled)):
        walker.run_step("execute", given)
    assert walker.world.calls == []


def test_the_gate_off_is_never_carried_out(deploy: Deploy) -> None:
    """Not automatically, and not by an approval of everything either."""
    walker = deploy(gates={"restore": "approve", "contain": "off"})
    given = planned(walker)
    walker.run_step("await_approval", {**given, "task_token": "token"})
    decide(walker, ApprovalStatus.APPROVED, ["restore-trail", "deactivate-access-key"])
    given["input"]["phase"] = "approved"
    walker.run_step("execute", given)
    assert walker.world.operations() == ["UpdateTrail"]
    assert walker.world.key_status[KEY] == "Active"


def test_what_is_as_it_should_be_is_not_done_again(deploy: Deploy) -> None:
    """Somebody was faster: the aim holds, no call is made."""
    walker = deploy(**AUTO)
    given = planned(walker)
    walker.world.trail = APPROVED.to_json()
    assert walker.run_step("execute", given)["route"] == "verify"
    assert status(walker, "restore-trail") is ActionStatus.ALREADY_DONE
    assert "UpdateTrail" not in walker.world.operations()


def test_the_world_that_moved_voids_the_plan(deploy: Deploy) -> None:
    """Neither as expected nor as aimed at: nothing is done to it, and the trail is looked at anew."""
    walker = deploy(**AUTO)
    given = planned(walker)
    walker.world.attack(SnsTopicARN="arn:aws:sns:eu-west-1:999999999999:mallory")
    answer = walker.run_step("execute", given)
    assert (answer["route"], answer["round"]) == ("reassess", 2)
    assert status(walker, "restore-trail") is ActionStatus.MOVED


def test_a_second_attempt_makes_no_call_twice(deploy: Deploy) -> None:
    """The step is invoked again after it did everything: it only reads."""
    walker = deploy(**AUTO)
    given = planned(walker)
    first = walker.run_step("execute", given)
    calls = list(walker.world.calls)
    assert walker.run_step("execute", given) == first
    assert walker.world.calls == calls


def test_an_attempt_that_died_after_its_call_is_finished(deploy: Deploy) -> None:
    """The entry says running, the world is as aimed at: done, with no second call."""
    walker = deploy(**AUTO)
    given = planned(walker)
    entered(walker, "restore-trail")
    walker.world.trail = APPROVED.to_json()
    walker.run_step("execute", given)
    assert status(walker, "restore-trail") is ActionStatus.DONE
    assert "UpdateTrail" not in walker.world.operations()


def test_an_attempt_that_died_before_its_call_is_made_good(deploy: Deploy) -> None:
    """The entry says running, the world is as expected: the call was never made, so it is made now."""
    walker = deploy(**AUTO)
    given = planned(walker)
    entered(walker, "restore-trail")
    walker.run_step("execute", given)
    assert status(walker, "restore-trail") is ActionStatus.DONE
    assert walker.world.operations().count("UpdateTrail") == 1


def test_an_attempt_that_died_on_the_way_leads_to_a_new_plan(deploy: Deploy) -> None:
    """Neither as expected nor as aimed at: nobody knows what happened, so nothing is repeated blindly."""
    walker = deploy(**AUTO)
    given = planned(walker)
    entered(walker, "restore-trail")
    walker.world.attack(SnsTopicARN=APPROVED.sns_topic_arn)
    assert walker.run_step("execute", given)["route"] == "reassess"
    assert status(walker, "restore-trail") is ActionStatus.MOVED


def test_an_action_begun_by_another_execution_is_left_to_a_person(deploy: Deploy) -> None:
    """Two executions never work on one action."""
    walker = deploy(**AUTO)
    given = planned(walker)
    entered(walker, "deactivate-access-key", owner="execution-0")
    with pytest.raises(InterruptedActionError, match="execution-0"):
        walker.run_step("execute", given)


def test_a_refused_call_is_a_named_outcome(deploy: Deploy) -> None:
    """The others go on, the failed one says what AWS said."""
    walker = deploy(**AUTO)
    given = planned(walker)
    walker.world.fail["UpdateTrail"] = RefusedCallError(
        "UpdateTrail", "S3BucketDoesNotExistException", "gone"
    )
    assert walker.run_step("execute", given)["route"] == "verify"
    stored = walker.store.actions.get(incident(walker).id, "restore-trail", 1)
    assert stored is not None
    assert (stored.status, stored.outcome) == (ActionStatus.FAILED, "refused")
    assert "S3BucketDoesNotExistException" in stored.detail
    assert walker.world.key_status[KEY] == "Inactive"


def test_what_one_part_meets_keeps_no_other_from_being_put_back(deploy: Deploy) -> None:
    """The topic is gone and the one call refused: the parts run, and all but the topic is back."""
    walker = deploy(**AUTO)
    given = planned(walker)

    def refuse(call: Call) -> None:
        if "SnsTopicName" in call.parameters:
            raise RefusedCallError(call.operation, "InsufficientSnsTopicPolicyException", "no such topic")

    walker.world.before_call = refuse
    walker.run_step("execute", given)
    stored = walker.store.actions.get(incident(walker).id, "restore-trail", 1)
    assert stored is not None
    assert (stored.status, stored.outcome) == (ActionStatus.FAILED, "refused")
    assert "done in part" in stored.detail
    left = walker.world.state()
    assert left is not None
    assert [change.field for change in diff(APPROVED, left)] == ["SnsTopicARN"]


def test_a_whole_that_is_refused_and_parts_that_are_not_are_done(deploy: Deploy) -> None:
    """Each part by itself went through: the aim is reached, and what was refused first is noted."""
    walker = deploy(**AUTO)
    given = planned(walker)
    walker.world.fail["UpdateTrail"] = [RefusedCallError("UpdateTrail", "InvalidParameterException", "odd")]
    assert walker.run_step("execute", given)["route"] == "verify"
    stored = walker.store.actions.get(incident(walker).id, "restore-trail", 1)
    assert stored is not None
    assert stored.status is ActionStatus.DONE
    assert "InvalidParameterException" in stored.detail
    assert len(stored.request_ids) == len(stored.action.if_refused)
    assert walker.world.state() == APPROVED


def test_a_call_without_effect_is_not_called_done(deploy: Deploy) -> None:
    """It is read back for a while; what does not reach its aim has failed."""
    walker = deploy(**AUTO)
    given = planned(walker, SnsTopicARN=None)

    def keep(call: Call) -> None:
        if call.operation == "UpdateAccessKey":
            walker.world.key_status = _Stuck({KEY: "Active"})

    walker.world.before_call = keep
    walker.run_step("execute", given)
    stored = walker.store.actions.get(incident(walker).id, "deactivate-access-key", 1)
    assert stored is not None
    assert (stored.status, stored.outcome) == (ActionStatus.FAILED, "aim_not_reached")
    assert sum(walker.world.clock.slept) >= 45


class _Stuck(dict[str, str]):
    """A key that takes no notice."""

    def __setitem__(self, key: str, value: str) -> None:
        pass


def test_above_the_limit_of_the_hour_a_person_decides(deploy: Deploy) -> None:
    """The trail is restored by itself, the containment waits for a decision, and the message asks for it."""
    walker = deploy(**AUTO, limits={"containments_per_hour": 1})
    others_contained(walker)
    walker.world.attack(**MINIMIZED)

    def alice(_: str) -> None:
        assert walker.world.state() == APPROVED
        assert walker.world.key_status[KEY] == "Active"
        decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = alice
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.key_status[KEY] == "Inactive"
    _, body, _ = walker.world.messages[1]
    assert "containment_limit" in body
    assert "deactivate-access-key" in body
    outcomes: list[Mapping[str, Any]] | None = walker.store.incidents.document(
        incident(walker).id, "OUTCOMES", 1
    )
    assert outcomes is not None
    assert {outcome["name"] for outcome in outcomes} == {"containment_limit"}


def test_a_timeout_is_no_person(deploy: Deploy) -> None:
    """on_timeout execute does not lift the limit of containments: the restore runs, the rest is told."""
    walker = deploy(
        **ASK,
        approval={"on_timeout": "execute", "expires_after_minutes": 5},
        limits={"containments_per_hour": 1},
    )
    walker.world.attack(**MINIMIZED)
    walker.while_waiting = lambda _: None
    original = walker.before_step

    def flood(name: str, given: Mapping[str, Any]) -> None:
        original(name, given)
        if name == "execute":
            others_contained(walker)

    walker.before_step = flood
    assert walker.walk(event()) == "FAILED"
    assert walker.world.operations() == ["UpdateTrail"]
    assert walker.world.key_status[KEY] == "Active"
    assert incident(walker).outcome == "containment_limit"
    assert walker.world.kinds()[-1] == "escalated"
