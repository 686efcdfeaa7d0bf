"""What can be taken back, by whom, in which order, and what has moved since."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.actor import Actor, PrincipalKind
from response.domain.approval import Approver
from response.domain.plan import Action, ActionKind, Call, Gate
from response.domain.restore import plan_restore
from response.domain.trail_state import TrailState
from response.domain.undo import (
    Carried,
    Selection,
    UndoCode,
    UndoRefusal,
    UndoRequest,
    check_requester,
    check_settled,
    first_of_each,
    parse_undo,
    reversed_action,
    select,
)
from response.domain.undo_world import moved, moved_trail, with_aims
from tests.response.domain import trail_model
from tests.response.domain.people import KEY, RESPONDERS, actor, user
from tests.response.domain.strategies import ACCOUNT, approved_state, json_values, pairs

ALICE = Approver(f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE", "AKIAALICE", ACCOUNT)
DENY = json.dumps({"Version": "2012-10-17", "Statement": []})
WIDER = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]})

restorable = pairs().map(
    lambda pair: (pair[0], replace(pair[1], is_organization_trail=pair[0].is_organization_trail))
)


def key_action(id_: str = "deactivate-access-key", key: str = KEY) -> Action:
    """A key switched off."""
    who = {"UserName": "mallory", "AccessKeyId": key}
    return Action(
        id=id_,
        kind=ActionKind.CONTAIN,
        title="Switch off",
        target=f"arn:aws:iam::{ACCOUNT}:user/mallory",
        gate=Gate.AUTO,
        calls=(Call("iam", "UpdateAccessKey", {**who, "Status": "Inactive"}),),
        inverse=(Call("iam", "UpdateAccessKey", {**who, "Status": "Active"}),),
        expects={"AccessKeyStatus": "Active"},
        aims={"AccessKeyStatus": "Inactive"},
        order=20,
    )


def role_action(before: str | None, after: str) -> Action:
    """A deny on a role, over what stood there."""
    policy = {"RoleName": "admin", "PolicyName": "TrailguardDeny-TG-20260501-0123abcd"}
    put = "PutRolePolicy"
    inverse = (
        Call("iam", "DeleteRolePolicy", policy)
        if before is None
        else Call("iam", put, {**policy, "PolicyDocument": before})
    )
    return Action(
        id="deny-role-session",
        kind=ActionKind.CONTAIN,
        title="Deny",
        target=f"arn:aws:iam::{ACCOUNT}:role/admin",
        gate=Gate.AUTO,
        calls=(Call("iam", put, {**policy, "PolicyDocument": after}),),
        inverse=(inverse,),
        expects={"RolePolicyDocument": before},
        aims={"RolePolicyDocument": after},
    )


def restored(found: TrailState, aim: TrailState, round_: int = 1) -> list[Carried]:
    """Everything that a plan does to a trail, carried out."""
    actions, _ = plan_restore(found, aim, Gate.AUTO)
    ordered = sorted(actions, key=lambda action: (action.order, action.id))
    return [Carried(action, round_, done=True) for action in ordered]


def chosen(carried: list[Carried], *wanted: str) -> Selection:
    """The selection, which has to be one."""
    selection = select(carried, wanted or None)
    assert isinstance(selection, Selection)
    return selection


def test_a_reversed_action_is_the_action_that_takes_it_back() -> None:
    """Calls and inverse, expectation and aim change places; reversed twice it is the action again."""
    action = key_action()
    back = reversed_action(action)
    assert (back.id, back.title) == ("undo-deactivate-access-key", "Undo: Switch off")
    assert (back.calls, back.inverse) == (action.inverse, action.calls)
    assert (back.expects, back.aims) == (action.aims, action.expects)
    again = reversed_action(back)
    assert replace(again, id=action.id, title=action.title) == action


@given(restorable)
def test_a_restore_taken_back_leaves_the_trail_as_found(pair: tuple[TrailState, TrailState]) -> None:
    """In the order of the selection, each on the state that it expects; and the aims add up to the same."""
    found, aim = pair
    carried = restored(found, aim)
    if not carried:
        assert isinstance(select(carried, None), UndoRefusal)
        return
    state = aim
    for one in chosen(carried).actions:
        back = reversed_action(one.action)
        assert all(state.value(name) == value for name, value in back.expects.items())
        state = TrailState.from_json(trail_model.apply(state.to_json(), back.calls))
    assert state == found
    assert with_aims(aim, [reversed_action(one.action) for one in chosen(carried).actions]) == found


def test_only_our_own_doing_is_taken_back() -> None:
    """What held before it ran, or failed, was not our doing; what was taken back before is success."""
    ours, theirs = key_action(), key_action("other", "AKIAOTHER")
    carried = [Carried(ours, 1, done=True), Carried(theirs, 1, done=False)]
    assert chosen(carried).ids == ("deactivate-access-key",)
    refusal = select(carried, ["other"])
    assert isinstance(refusal, UndoRefusal)
    assert refusal.code is UndoCode.NOTHING_TO_UNDO
    before = [Carried(ours, 1, done=True, undone=True)]
    assert (chosen(before).actions, chosen(before).already) == ((), ("deactivate-access-key",))
    assert chosen(before, "deactivate-access-key").already == ("deactivate-access-key",)


def test_an_unknown_action_is_named_with_those_there_are() -> None:
    """The reader can correct the call."""
    refusal = select([Carried(key_action(), 1, done=True)], ["deactivate-accesskey"])
    assert isinstance(refusal, UndoRefusal)
    assert refusal.code is UndoCode.UNKNOWN_ACTION
    assert "deactivate-access-key" in refusal.text


def test_a_chain_over_rounds_is_taken_back_in_full() -> None:
    """The second deny rests on the first; both go, the later first, and only it has to hold now."""
    first, second = role_action(None, DENY), role_action(DENY, WIDER)
    selection = chosen([Carried(first, 1, done=True), Carried(second, 2, done=True)])
    assert [one.round for one in selection.actions] == [2, 1]
    assert [one.round for one in first_of_each(selection)] == [2]


def test_what_a_later_action_does_not_rest_on_is_lost() -> None:
    """Somebody changed the field between two rounds: only the later one can be taken back."""
    good = approved_state()
    first = restored(replace(good, s3_bucket_name="theirs"), good)
    second = restored(replace(good, s3_bucket_name="theirs-again"), good, round_=2)
    selection = chosen([*first, *second])
    assert [one.round for one in selection.actions] == [2]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"reason": ""},
        {"reason": "  "},
        {"reason": 5},
        {"reason": "x" * 1001},
        {"reason": "x", "actions": []},
        {"reason": "x", "actions": "all"},
        {"reason": "x", "actions": [1]},
        {"reason": "x", "actions": ["a", "a"]},
        {"reason": "x", "requested_by": "arn:aws:iam::1:user/ceo"},
    ],
)
def test_a_request_that_says_too_little_or_too_much(body: Any) -> None:
    """Named, with what was expected; who asks is never in it."""
    refusal = parse_undo(body)
    assert isinstance(refusal, UndoRefusal)
    assert (refusal.code, "expected" in refusal.text) == (UndoCode.MALFORMED, True)


@given(json_values)
def test_reading_a_request_never_raises(body: Any) -> None:
    """Whatever is sent, the answer is a request or a refusal."""
    assert isinstance(parse_undo(body), UndoRequest | UndoRefusal)


def test_a_request_is_read() -> None:
    """With actions, or without for all of them."""
    assert parse_undo({"reason": "why"}) == UndoRequest(None, "why")
    assert parse_undo({"reason": "why", "actions": ["a"]}) == UndoRequest(("a",), "why")


@pytest.mark.parametrize(
    ("requester", "code"),
    [
        (ALICE, None),
        (Approver(f"arn:aws:iam::{ACCOUNT}:user/mallory", "AIDAX"), UndoCode.REQUESTER_IS_ACTOR),
        (Approver(f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/x", "AROAX:x"), UndoCode.REQUESTER_IS_ACTOR),
        (Approver(f"arn:aws:iam::{ACCOUNT}:user/b", "AIDAB", "AKIAORIGIN"), UndoCode.REQUESTER_IS_ACTOR),
        (Approver(RESPONDERS[0]), UndoCode.REQUESTER_IS_RESPONDER),
        (Approver("nobody"), UndoCode.MALFORMED),
    ],
)
def test_who_may_ask(requester: Approver, code: UndoCode | None) -> None:
    """Neither the actor, nor whoever is shut out by it under whatever name, nor Trailguard itself."""
    selection = Selection(
        tuple(
            Carried(action, 1, done=True)
            for action in (role_action(None, DENY), key_action("deactivate-origin-key", "AKIAORIGIN"))
        )
    )
    refusal = check_requester(requester, [actor(user())], selection, RESPONDERS)
    assert (refusal.code if refusal else None) is code


def test_nobody_of_a_drift_is_known_and_anybody_else_may_ask() -> None:
    """No record shows an actor: the other checks still hold."""
    restores = Selection(tuple(restored(replace(approved_state(), is_logging=False), approved_state())))
    assert check_requester(ALICE, [], restores, RESPONDERS) is None
    suspect = Actor(kind=PrincipalKind.IAM_USER, arn=ALICE.arn)
    refusal = check_requester(ALICE, [suspect], restores, RESPONDERS)
    assert refusal is not None
    assert refusal.code is UndoCode.REQUESTER_IS_ACTOR


@pytest.mark.parametrize(
    ("settled", "held_by", "refused"),
    [(True, "", False), (False, "", True), (True, "Incident TG-20260501-ffffffff", True)],
)
def test_the_trail_is_changed_only_when_nobody_is_at_work_on_it(
    settled: bool, held_by: str, refused: bool
) -> None:
    """Containment may be taken back at any time, and is offered where the rest has to wait."""
    trail = restored(replace(approved_state(), is_logging=False), approved_state())
    contained = Carried(key_action(), 1, done=True)
    both = Selection((*trail, contained))
    refusal = check_settled(both, settled=settled, held_by=held_by)
    assert (refusal is not None) is refused
    if refusal is not None:
        assert refusal.code is UndoCode.INCIDENT_OPEN
        assert "deactivate-access-key" in refusal.text
    assert check_settled(Selection((contained,)), settled=settled, held_by=held_by) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"RolePolicyDocument": json.loads(DENY)}, None),
        ({"RolePolicyDocument": None}, None),
        ({"RolePolicyDocument": json.loads(WIDER)}, "reads"),
        ({}, "cannot be read"),
    ],
)
def test_a_policy_is_compared_as_json(values: dict[str, Any], said: str | None) -> None:
    """Ours and unchanged, or gone already: fine; anything else is somebody's, and it is said how it reads."""
    differences = moved(role_action(None, DENY), values)
    assert bool(differences) is (said is not None)
    assert all(said in text for text in differences if said)


@given(pairs())
def test_a_trail_has_moved_exactly_where_it_differs(pair: tuple[TrailState, TrailState]) -> None:
    """Each field that reads otherwise is named; a state has not moved from itself."""
    left, found = pair
    assert moved_trail(left, left) == ()
    assert bool(moved_trail(left, found)) is (left != found)


def test_a_trail_that_came_or_went_has_moved() -> None:
    """Deleted since, or made again."""
    state = approved_state()
    assert moved_trail(state, None)
    assert moved_trail(None, state)
    assert not moved_trail(None, None)


@given(st.text(max_size=2000))
def test_what_somebody_made_of_a_policy_is_shown_harmlessly(text: str) -> None:
    """The other policy is hostile: one line, bounded, without control characters."""
    (said,) = moved(role_action(None, DENY), {"RolePolicyDocument": {"Sid": text}})
    assert said.isprintable()
    assert len(said) < 400
