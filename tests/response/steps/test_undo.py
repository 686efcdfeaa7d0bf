"""Taking back: on the world as the incident left it, on record, told, and never twice."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from response.aws.actions import ActionStatus
from response.aws.errors import AccessDeniedError, RefusedCallError, RetryableError
from response.aws.undos import StoredRequest
from response.domain.plan import Call
from response.domain.trail_state import TrailState
from tests.response.steps.fakes import APPROVED, KEY, TRAIL
from tests.response.steps.scenes import AUTO, MINIMIZED, Deploy, event, incident
from tests.response.steps.walker import Walker
from tests.response.table import copy_store

Answered = tuple[Walker, TrailState]

ALICE = "arn:aws:iam::111111111111:user/alice"
UNDO = "arn:aws:states:eu-west-1:111111111111:execution:trailguard-response:undo-1"


@pytest.fixture(scope="module")
def once(deploy: Deploy) -> Answered:
    """The incident that the tests begin with; it costs more than most of them."""
    return answer(deploy, **MINIMIZED)


@pytest.fixture
def answered(once: Answered, dynamodb: DynamoDBClient) -> Answered:
    """An incident that is closed as restored, and the state that mallory had made of the trail."""
    walker, tampered = once
    store = copy_store(dynamodb, walker.store)
    return replace(walker, world=deepcopy(walker.world), store=store, path=[]), tampered


def answer(deploy: Deploy, **changes: Any) -> Answered:
    """Let mallory change the trail, and the response put it back."""
    walker = deploy(**AUTO)
    walker.world.attack(**changes)
    tampered = walker.world.state()
    assert tampered is not None
    assert walker.walk(event()) == "SUCCEEDED"
    walker.world.calls.clear()
    walker.world.messages.clear()
    return walker, tampered


def request(walker: Walker, *actions: str) -> dict[str, Any]:
    """The input of an undo."""
    given = {
        "incident_id": incident(walker).id,
        "actions": list(actions) or None,
        "requested_by": ALICE,
        "reason": "it was announced",
    }
    return {"path": "undo", "undo": given}


def undone(walker: Walker, execution: str = UNDO) -> StoredRequest:
    """What came of the request."""
    found = walker.store.undos.request(incident(walker).id, execution)
    assert found is not None
    return found


def statuses(walker: Walker) -> dict[tuple[str, int], ActionStatus]:
    """Every attempt by what it undoes and its number."""
    return {
        (undo.undoes, undo.attempt): undo.entry.status for undo in walker.store.undos.all(incident(walker).id)
    }


def test_all_of_it_is_taken_back_and_the_state_becomes_the_baseline(answered: Answered) -> None:
    """The tampered-but-authorised trail is back and approved, the key works, the policy is gone."""
    walker, tampered = answered
    assert walker.walk(request(walker), UNDO) == "SUCCEEDED"
    assert walker.steps() == ["intake", "undo", "notify"]
    assert walker.world.state() == tampered
    assert walker.world.key_status[KEY] == "Active"
    assert walker.world.policies == {}
    baseline = walker.store.baselines.get(TRAIL)
    assert baseline is not None
    assert baseline.state == tampered
    assert baseline.approved_by == f"{ALICE} by undo of {incident(walker).id}"
    assert walker.store.incidents.settled_digest(TRAIL) is None
    assert walker.store.claims.lock(TRAIL) is None
    assert undone(walker).outcome == "undone"


def test_it_runs_backwards_in_sessions_of_its_own(answered: Answered) -> None:
    """What was done last is taken back first; the session says what it is for."""
    walker, _ = answered
    walker.walk(request(walker), UNDO)
    calls = [(session, call.operation) for session, call in walker.world.calls]
    prefix = f"tg-{incident(walker).id}-undo"
    assert calls == [
        (f"{prefix}-restore-trail", "UpdateTrail"),
        (f"{prefix}-deny-user-sessions", "DeleteUserPolicy"),
        (f"{prefix}-deactivate-access-key", "UpdateAccessKey"),
    ]


def test_the_owners_are_told_and_it_is_sealed(answered: Answered) -> None:
    """Who, what and why, in the message and in a record of its own that is listed as evidence."""
    walker, _ = answered
    walker.walk(request(walker, "deactivate-access-key"), UNDO)
    assert walker.world.kinds() == ["undone"]
    _, body, _ = walker.world.messages[0]
    for told in (ALICE, "deactivate-access-key", "it was announced"):
        assert told in body
    key = f"incidents/{incident(walker).id}/undo/undo-1.json"
    record = json.loads(walker.world.sealed[key])
    assert (record["requested_by"], record["outcome"]) == (ALICE, "undone")
    assert [entry["undoes"] for entry in record["undone"]] == ["deactivate-access-key"]
    listed = [e for d in walker.store.incidents.documents(incident(walker).id, "EVIDENCE") for e in d]
    assert key in [pointer["key"] for pointer in listed]


def test_containment_alone_leaves_trail_and_baseline(answered: Answered) -> None:
    """Only what was named is taken back."""
    walker, _ = answered
    walker.walk(request(walker, "deactivate-access-key", "deny-user-sessions"), UNDO)
    assert walker.world.state() == APPROVED
    assert walker.world.operations() == ["DeleteUserPolicy", "UpdateAccessKey"]
    baseline = walker.store.baselines.get(TRAIL)
    assert baseline is not None
    assert (baseline.version, baseline.approved_by) == (1, "alice")


def test_each_entry_is_stored_before_its_call(answered: Answered) -> None:
    """At the moment of each call its entry is there, running, with what takes it back again."""
    walker, _ = answered
    seen: list[Call] = []

    def look(call: Call) -> None:
        running = [
            undo.entry.action
            for undo in walker.store.undos.all(incident(walker).id)
            if undo.entry.status is ActionStatus.RUNNING
        ]
        assert any(call in action.calls and action.inverse for action in running)
        seen.append(call)

    walker.world.before_call = look
    walker.walk(request(walker), UNDO)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ((), "IsLogging reads false, left as true"),
        (("deny-user-sessions",), "deny-user-sessions: UserPolicyDocument reads"),
    ],
)
def test_a_world_that_moved_is_left_alone(answered: Answered, actions: tuple[str, ...], said: str) -> None:
    """Neither a trail that is otherwise by now, nor a policy that somebody replaced; it is said how."""
    walker, _ = answered
    walker.world.attack(IsLogging=False)
    for name in walker.world.policies:
        walker.world.policies[name] = '{"Version": "2012-10-17", "Statement": []}'
    assert walker.walk(request(walker, *actions), UNDO) == "SUCCEEDED"
    assert walker.world.calls == []
    assert walker.world.kinds() == ["escalated"]
    assert undone(walker).outcome == "undo_refused"
    assert statuses(walker) == {}
    assert walker.store.claims.lock(TRAIL) is None
    assert said in undone(walker).text
    assert said in walker.world.messages[0][1]


def test_what_somebody_took_back_by_hand_is_no_hindrance(answered: Answered) -> None:
    """The key is active again: nothing is called for it, and it counts as taken back."""
    walker, _ = answered
    walker.world.key_status[KEY] = "Active"
    walker.walk(request(walker, "deactivate-access-key"), UNDO)
    assert walker.world.calls == []
    assert statuses(walker) == {("deactivate-access-key", 1): ActionStatus.ALREADY_DONE}
    assert undone(walker).outcome == "undone"


def test_asking_twice_changes_nothing_more(answered: Answered) -> None:
    """The second request finds everything taken back."""
    walker, tampered = answered
    walker.walk(request(walker), UNDO)
    calls = list(walker.world.calls)
    assert walker.walk(request(walker), "undo-2") == "SUCCEEDED"
    assert walker.world.calls == calls
    assert walker.world.state() == tampered
    assert undone(walker, "undo-2").outcome == "undone"


def test_one_after_the_other_comes_to_the_same(deploy: Deploy) -> None:
    """The state that the first undo left is the one that the second rests on."""
    walker, tampered = answer(deploy, IsLogging=False, **MINIMIZED)
    walker.walk(request(walker, "start-logging"), UNDO)
    assert undone(walker).outcome == "undone"
    walker.walk(request(walker, "restore-trail"), "undo-2")
    assert undone(walker, "undo-2").outcome == "undone"
    assert walker.world.state() == tampered
    assert "StopLogging" in walker.world.operations()


def test_an_attempt_that_broke_off_is_carried_on(answered: Answered) -> None:
    """AWS did not take one call; the next attempt of the step makes it, and no call twice."""
    walker, tampered = answered
    walker.world.fail["DeleteUserPolicy"] = [RetryableError("iam:DeleteUserPolicy", "Throttling", "slow")]
    assert walker.walk(request(walker), UNDO) == "SUCCEEDED"
    assert walker.world.state() == tampered
    assert sorted(walker.world.operations()) == ["DeleteUserPolicy", "UpdateAccessKey", "UpdateTrail"]
    assert undone(walker).outcome == "undone"


def test_one_that_fails_is_told_and_may_be_asked_again(answered: Answered) -> None:
    """The others are taken back; the next request makes a second attempt at the one."""
    walker, _ = answered
    walker.world.fail["UpdateAccessKey"] = RefusedCallError("iam:UpdateAccessKey", "Limit", "too many keys")
    contained = request(walker, "deactivate-access-key", "deny-user-sessions")
    assert walker.walk(contained, UNDO) == "FAILED"
    assert walker.world.policies == {}
    assert undone(walker).outcome == "undo_failed"
    assert "too many keys" in walker.world.messages[0][1]
    walker.world.fail.clear()
    assert walker.walk(request(walker, "deactivate-access-key"), "undo-2") == "SUCCEEDED"
    assert statuses(walker)[("deactivate-access-key", 2)] is ActionStatus.DONE
    assert walker.world.key_status[KEY] == "Active"


def test_an_error_ends_the_request_and_lets_the_trail_go(answered: Answered) -> None:
    """The reader is refused: a person is told, whoever waits for the request hears of it."""
    walker, _ = answered
    walker.world.fail["read"] = AccessDeniedError("cloudtrail:GetTrail", "AccessDenied", "no")
    assert walker.walk(request(walker), UNDO) == "FAILED"
    assert undone(walker).outcome == "undo_failed"
    assert walker.store.claims.lock(TRAIL) is None
    assert walker.world.kinds() == ["failed"]


def test_the_trail_of_an_open_incident_is_not_touched(deploy: Deploy) -> None:
    """Containment is; and taken back on purpose it does not end the incident as undone by somebody."""
    walker = deploy(gates={"restore": "auto", "contain": "auto"})
    walker.world.attack(**MINIMIZED)

    def look(name: str, _given: Any) -> None:
        if name == "verify" and not walker.store.undos.all(incident(walker).id):
            other = Walker(walker.world, walker.store, walker.policy)
            assert other.walk(request(walker), UNDO) == "SUCCEEDED"
            assert undone(walker).outcome == "undo_refused"
            assert "deactivate-access-key" in undone(walker).text
            assert other.walk(request(walker, "deactivate-access-key"), "undo-2") == "SUCCEEDED"

    walker.before_step = look
    assert walker.walk(event()) == "SUCCEEDED"
    assert incident(walker).outcome == "restored"
    assert walker.world.key_status[KEY] == "Active"
    report = json.loads(walker.world.sealed[f"incidents/{incident(walker).id}/round-1/report.json"])
    assert [entry["undoes"] for entry in report["undone"]] == ["deactivate-access-key"]


def test_a_record_that_arrives_meanwhile_is_answered_after_it(answered: Answered) -> None:
    """The undo keeps the trail; the change waits for its end instead of opening an incident beside it."""
    walker, _ = answered
    held: list[str] = []

    def arrive(call: Call) -> None:
        if call.operation == "UpdateTrail":
            given = {"execution": "execution-2", "input": event("e-2")}
            with pytest.raises(RetryableError, match="takes a change"):
                walker.run_step("intake", given)
            held.append(call.operation)

    walker.world.before_call = arrive
    assert walker.walk(request(walker), UNDO) == "SUCCEEDED"
    assert held == ["UpdateTrail"]
    assert (
        walker.run_step("intake", {"execution": "execution-2", "input": event("e-2")})["route"] == "respond"
    )


def test_a_trail_kept_by_an_undo_that_died_is_free(answered: Answered) -> None:
    """Its execution has ended: the next change opens an incident, the next undo takes the trail over."""
    walker, tampered = answered
    now = walker.world.clock.now()
    assert walker.store.claims.hold(TRAIL, incident(walker).id, execution="undo-0", at=now)
    walker.world.executions["undo-0"] = "FAILED"
    assert walker.walk(request(walker), UNDO) == "SUCCEEDED"
    assert walker.world.state() == tampered
    assert walker.store.claims.hold(TRAIL, incident(walker).id, execution="undo-0", at=now)
    answer = walker.run_step("intake", {"execution": "execution-2", "input": event("e-2")})
    assert answer["route"] == "respond"
    assert walker.store.incidents.get(answer["incident_id"]).owner == "execution-2"


def test_two_undos_never_work_on_one_action(answered: Answered) -> None:
    """The second is refused while the first is alive, and takes the action up when it is gone."""
    walker, _ = answered
    walker.world.fail["UpdateAccessKey"] = RetryableError("iam:UpdateAccessKey", "Throttling", "slow")
    key = request(walker, "deactivate-access-key")
    walker.run_step("intake", {"execution": UNDO, "input": key})
    given: Any = {"incident_id": incident(walker).id, "route": "undo", "round": 1}
    with pytest.raises(RetryableError):
        walker.run_step("undo", {"execution": UNDO, "input": given})
    walker.world.executions[UNDO] = "RUNNING"
    walker.world.fail.clear()
    assert walker.walk(key, "undo-2") == "SUCCEEDED"
    assert undone(walker, "undo-2").outcome == "undo_refused"
    walker.world.executions[UNDO] = "FAILED"
    assert walker.walk(key, "undo-3") == "SUCCEEDED"
    assert undone(walker, "undo-3").outcome == "undone"
    assert statuses(walker) == {
        ("deactivate-access-key", 1): ActionStatus.FAILED,
        ("deactivate-access-key", 2): ActionStatus.DONE,
    }


@pytest.mark.parametrize(
    "broken",
    [{"incident_id": 5}, {"requested_by": ""}, {"reason": None}, {"actions": "all"}, {"actions": [1]}],
)
def test_a_request_that_cannot_be_read_is_told(answered: Answered, broken: dict[str, Any]) -> None:
    """Started by hand with something else than an undo: nothing runs, a person hears of it."""
    walker, _ = answered
    given = request(walker)
    assert walker.walk({**given, "undo": {**given["undo"], **broken}}, UNDO) == "FAILED"
    assert walker.world.calls == []
    assert walker.world.kinds() == ["escalated"]
