"""Containment as execute does it: each kind of call, its moment, what IAM answers, the limit of the hour."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.aws.actions import ActionStatus, StoredAction
from response.aws.approvals import ApprovalStatus
from response.aws.credentials import CONTAINER_OPERATIONS
from response.aws.errors import (
    AccessDeniedError,
    AwsCallError,
    LimitExceededError,
    NotFoundError,
    RefusedCallError,
    UnmodifiableError,
)
from response.aws.incidents import OUTCOMES
from response.aws.stored_incident import StoredIncident
from response.domain.containment import plan_containment
from response.domain.containment.cutoff import CUTOFF, settled
from response.domain.incident import IncidentStatus
from response.domain.plan import Action, Gate
from response.domain.policy import parse_policy
from response.steps.world import current, holds
from tests.response.aws.fakes import START
from tests.response.domain import people, strategies
from tests.response.steps.containments import (
    KINDS,
    OLDER,
    deactivated_key,
    reversed_of,
    role_deny,
    user_deny,
)
from tests.response.steps.fakes import ACCOUNT, KEY, REGION, TRAIL, World
from tests.response.steps.scenes import (
    AUTO,
    EXECUTION,
    MINIMIZED,
    Deploy,
    decide,
    event,
    incident,
    others_contained,
    planned_only,
)
from tests.response.steps.walker import Walker

every_kind = pytest.mark.parametrize("kind", KINDS)
INCIDENT = StoredIncident(
    id="TG-1",
    trail_arn=TRAIL,
    account=ACCOUNT,
    region=REGION,
    status=IncidentStatus.EXECUTING,
    owner=EXECUTION,
    path="eventbridge",
    opened_at=START,
)


def stored(walker: Walker, action: Action) -> StoredAction:
    """What became of an action."""
    found = walker.store.actions.get(incident(walker).id, action.id, 1)
    assert found is not None
    return found


def outcomes(walker: Walker) -> list[dict[str, Any]]:
    """What execute could not do."""
    found: list[dict[str, Any]] | None = walker.store.incidents.document(incident(walker).id, OUTCOMES, 1)
    return found or []


@every_kind
def test_it_is_made_read_back_and_found_done(deploy: Deploy, kind: str) -> None:
    """The one call goes out, the aim is read, and a second attempt makes no second call."""
    walker = deploy(**AUTO)
    action = KINDS[kind].on(walker.world)
    event_ = planned_only(walker, action)
    assert walker.run_step("execute", event_)["route"] == "verify"
    assert stored(walker, action).status is ActionStatus.DONE
    assert [call for _, call in walker.world.calls] == list(action.calls)
    walker.run_step("execute", event_)
    assert len(walker.world.calls) == 1


@every_kind
def test_it_does_not_run_where_somebody_else_changed_it(deploy: Deploy, kind: str) -> None:
    """Neither as expected nor as aimed at: nothing is overwritten, the plan is void."""
    walker = deploy(**AUTO)
    action = KINDS[kind].on(walker.world)
    event_ = planned_only(walker, action)
    KINDS[kind].interfere(walker.world)
    assert walker.run_step("execute", event_)["route"] == "reassess"
    assert stored(walker, action).status is ActionStatus.MOVED
    assert walker.world.calls == []


@every_kind
def test_it_is_missed_where_somebody_undid_it(deploy: Deploy, kind: str) -> None:
    """Verify reads what every kind of containment aimed at, and calls a person where it does not hold."""
    walker = deploy(**AUTO)
    event_ = planned_only(walker, KINDS[kind].on(walker.world))
    event_ = {"execution": EXECUTION, "input": walker.run_step("execute", event_)}
    assert walker.run_step("verify", event_)["route"] == "close"
    KINDS[kind].interfere(walker.world)
    answer = walker.run_step("verify", event_)
    assert (answer["route"], answer["notice"]) == ("escalate", "containment_undone")


def test_the_moment_is_that_of_the_execution(deploy: Deploy) -> None:
    """An hour after the plan, the sessions of that hour are denied too; stored is what was sent."""
    walker = deploy(**AUTO)
    action = role_deny(OLDER)
    event_ = planned_only(walker, action)
    walker.world.clock.sleep(3600)
    until = f"{walker.world.clock.now() + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"
    walker.run_step("execute", event_)
    entry = stored(walker, action)
    ((_, sent),) = walker.world.calls
    assert entry.action.calls == (sent,)
    assert sent.parameters["PolicyDocument"] == OLDER.replace(CUTOFF, until)
    assert entry.action.aims == {"RolePolicyDocument": sent.parameters["PolicyDocument"]}
    assert entry.action.inverse == action.inverse
    assert entry.status is ActionStatus.DONE


@pytest.mark.parametrize("sent", [False, True])
def test_a_later_attempt_keeps_the_moment_of_the_first(deploy: Deploy, *, sent: bool) -> None:
    """What was entered is what runs, or is found done: the moment does not wander."""
    walker = deploy(**AUTO)
    action = role_deny(OLDER)
    event_ = planned_only(walker, action)
    first = settled(action, walker.world.clock.now())
    assert walker.store.actions.enter(
        StoredAction(
            incident_id=incident(walker).id,
            round=1,
            action=first,
            status=ActionStatus.RUNNING,
            owner=EXECUTION,
            plan_digest=event_["input"]["plan_digest"],
            approved_by="policy: gate auto",
            started_at=walker.world.clock.now(),
        )
    )
    if sent:
        walker.world.container(ACCOUNT, "tg").apply(first.calls[0])
    walker.world.clock.sleep(600)
    walker.run_step("execute", event_)
    assert [call for _, call in walker.world.calls] == list(first.calls)
    assert stored(walker, action).status is ActionStatus.DONE
    assert stored(walker, action).action == first


ROLE_PUT, USER_PUT, KEY_UPDATE = "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:UpdateAccessKey"


@pytest.mark.parametrize(
    ("operation", "error", "code", "name"),
    [
        (ROLE_PUT, LimitExceededError, "LimitExceeded", "policy_would_not_fit"),
        (USER_PUT, LimitExceededError, "LimitExceeded", "policy_would_not_fit"),
        (KEY_UPDATE, LimitExceededError, "LimitExceeded", "refused"),
        (ROLE_PUT, NotFoundError, "NoSuchEntity", "principal_gone"),
        (USER_PUT, NotFoundError, "NoSuchEntity", "principal_gone"),
        (KEY_UPDATE, NotFoundError, "NoSuchEntity", "not_found"),
        (ROLE_PUT, UnmodifiableError, "UnmodifiableEntity", "not_modifiable"),
        (ROLE_PUT, AccessDeniedError, "AccessDenied", "access_denied"),
        (USER_PUT, RefusedCallError, "MalformedPolicyDocument", "refused"),
    ],
)
def test_what_iam_answers_has_a_name(
    deploy: Deploy, operation: str, error: type[AwsCallError], code: str, name: str
) -> None:
    """Never an exception: the action failed under a name, with what a person does; the others ran."""
    walker = deploy(**AUTO)
    actions = {ROLE_PUT: role_deny(), USER_PUT: user_deny(), KEY_UPDATE: deactivated_key()}
    event_ = planned_only(walker, *actions.values())
    walker.world.fail[operation.partition(":")[2]] = error(operation, code, "said IAM")
    assert walker.run_step("execute", event_)["route"] == "verify"
    entry = stored(walker, actions[operation])
    assert (entry.status, entry.outcome) == (ActionStatus.FAILED, name)
    assert code in entry.detail
    others = {stored(walker, other).status for key, other in actions.items() if key != operation}
    assert others == {ActionStatus.DONE}
    (told,) = outcomes(walker)
    assert (told["name"], told["target"]) == (name, actions[operation].target)
    assert any(step.startswith("aws ") for step in told["instructions"])
    walker.run_step("execute", event_)
    assert len(outcomes(walker)) == 1


def test_a_key_that_is_gone_is_no_reason_to_plan_again(deploy: Deploy) -> None:
    """It reads as missing, and would in every further round: it has failed, under a name, without a call."""
    walker = deploy(**AUTO)
    action = deactivated_key()
    event_ = planned_only(walker, action)
    del walker.world.key_status[KEY]
    assert walker.run_step("execute", event_)["route"] == "verify"
    entry = stored(walker, action)
    assert (entry.status, entry.outcome, walker.world.calls) == (ActionStatus.FAILED, "not_found", [])
    assert [told["name"] for told in outcomes(walker)] == ["not_found"]


@pytest.mark.parametrize(("action", "who"), [(user_deny(), "mallory"), (role_deny(), "deployer")])
def test_a_principal_that_is_gone(deploy: Deploy, action: Action, who: str) -> None:
    """There is no policy to be read, as expected, and nobody to put one on."""
    walker = deploy(**AUTO)
    event_ = planned_only(walker, action)
    walker.world.principals_there = {one for one in walker.world.principals_there if one[1] != who}
    walker.run_step("execute", event_)
    assert stored(walker, action).outcome == "principal_gone"


def test_the_owners_read_what_failed_and_what_to_do(deploy: Deploy) -> None:
    """The message of the escalation has the name and the command, before what was known from the start."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail["PutUserPolicy"] = LimitExceededError(USER_PUT, "LimitExceeded", "no room")
    assert walker.walk(event()) == "FAILED"
    assert walker.world.key_status[KEY] == "Inactive"
    _, body, attributes = walker.world.messages[-1]
    assert attributes["kind"] == "failed"
    assert "policy_would_not_fit" in body
    assert "aws iam attach-user-policy --user-name mallory" in body


@every_kind
def test_above_the_limit_no_kind_runs_until_a_person_decides(deploy: Deploy, kind: str) -> None:
    """Another incident used up the hour: this one is asked for, and approved it runs beyond the limit."""
    walker = deploy(**AUTO, limits={"containments_per_hour": 1})
    others_contained(walker)
    action = KINDS[kind].on(walker.world)
    event_ = planned_only(walker, action)
    assert walker.run_step("execute", event_)["route"] == "await_approval"
    assert walker.world.calls == []
    assert [told["name"] for told in outcomes(walker)] == ["containment_limit"]
    walker.run_step("await_approval", {**event_, "task_token": "token"})
    decide(walker, ApprovalStatus.APPROVED)
    event_["input"]["phase"] = "approved"
    assert walker.run_step("execute", event_)["route"] == "verify"
    entry = stored(walker, action)
    assert entry.status is ActionStatus.DONE
    assert entry.approved_by == f"arn:aws:iam::{ACCOUNT}:user/alice"


def test_the_limit_is_on_principals(deploy: Deploy) -> None:
    """Two actions on one user are one containment; the role of the same incident is a second one."""
    walker = deploy(**AUTO, limits={"containments_per_hour": 1})
    event_ = planned_only(walker, deactivated_key(), user_deny(), role_deny())
    assert walker.run_step("execute", event_)["route"] == "await_approval"
    assert walker.world.operations() == ["UpdateAccessKey", "PutUserPolicy"]
    (told,) = outcomes(walker)
    assert (told["name"], told["target"]) == ("containment_limit", role_deny().target)


def test_what_a_person_approved_counts(deploy: Deploy) -> None:
    """Contained by decision under the gate approve: the machine has that much less for the hour."""
    walker = deploy(gates={"restore": "approve", "contain": "approve"}, limits={"containments_per_hour": 1})
    event_ = planned_only(walker, replace(role_deny(), gate=Gate.APPROVE))
    walker.run_step("await_approval", {**event_, "task_token": "token"})
    decide(walker, ApprovalStatus.APPROVED)
    event_["input"]["phase"] = "approved"
    walker.run_step("execute", event_)
    assert walker.world.operations() == ["PutRolePolicy"]
    admit = walker.store.actions.admit_containment
    assert not admit("TG-next", principal="eve", limit=1, at=walker.world.clock.now())


def test_a_rewritten_deny_takes_back_to_what_stood(deploy: Deploy) -> None:
    """A deny put over an earlier one of ours expects that text, laid out in any way, and restores it."""
    walker = deploy(**AUTO)
    action = KINDS["role deny renewed"].on(walker.world)
    before = dict(walker.world.inline)
    walker.world.inline = {key: json.dumps(json.loads(text), indent=4) for key, text in before.items()}
    walker.run_step("execute", planned_only(walker, action))
    assert stored(walker, action).status is ActionStatus.DONE
    walker.world.container(ACCOUNT, "tg").apply(action.inverse[0])
    assert walker.world.inline == before


@given(
    kind=st.sampled_from(sorted(KINDS)),
    others=st.dictionaries(
        st.tuples(st.just("role"), st.just("deployer"), st.sampled_from(["other", "third"])), st.just("{}")
    ),
    own=st.dictionaries(st.sampled_from(["other", "third"]), st.just("{}")),
)
def test_the_inverse_after_the_action_is_the_identity(
    kind: str, others: dict[tuple[str, str, str], str], own: dict[str, str]
) -> None:
    """Whatever else is there: after action and inverse all of it is as it was, and is read as expected."""
    world = World(inline=dict(others), policies=dict(own))
    action = KINDS[kind].on(world)
    before = deepcopy((world.key_status, world.policies, world.inline))
    runner = world.container(ACCOUNT, "tg-contain")
    read = partial(current, incident=INCIDENT, members=world, session="tg-contain")
    assert holds(action.expects, read(action))
    for call in action.calls:
        runner.apply(call)
    assert holds(action.aims, read(action))
    undo = reversed_of(action)
    assert holds(undo.expects, read(undo))
    for call in undo.calls:
        runner.apply(call)
    assert holds(undo.aims, read(undo))
    assert (world.key_status, world.policies, world.inline) == before


@pytest.mark.parametrize("who", people.EVERYBODY)
def test_what_is_planned_can_be_carried_out_and_taken_back(who: str) -> None:
    """Every action for every kind of principal: the container may make its calls, and nothing is left."""
    actions, _ = plan_containment(
        people.actor(people.EVERYBODY[who]),
        incident_id="TG-1",
        policy=parse_policy({"version": 1}),
        responder_arns=people.RESPONDERS,
        gate=Gate.AUTO,
        account=strategies.ACCOUNT,
    )
    assert bool(actions) is (who in _CONTAINABLE)
    calls = [call for action in actions for call in (*action.calls, *action.inverse)]
    assert {call.operation for call in calls} <= CONTAINER_OPERATIONS
    users = {("user", call.parameters.get("UserName")) for call in calls}
    roles = {("role", call.parameters.get("RoleName")) for call in calls}
    world = World(principals_there={(kind, str(name)) for kind, name in users | roles if name})
    before = deepcopy((world.key_status, world.policies, world.inline))
    runner = world.container(ACCOUNT, "tg-contain")
    done = [settled(action, START) for action in actions]
    for action in done:
        assert holds(action.expects, current(action, INCIDENT, world, "tg-contain"))
        for call in action.calls:
            runner.apply(call)
        assert holds(action.aims, current(action, INCIDENT, world, "tg-contain"))
    for action in reversed(done):
        for call in action.inverse:
            runner.apply(call)
    assert (world.key_status, world.policies, world.inline) == before


_CONTAINABLE = {"iam_user", "iam_user_session", "role", "federated_user"}
