"""Putting a trail back, proven on a model of CloudTrail's own behaviour."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.diff import diff
from response.domain.errors import MalformedStateError
from response.domain.grading import Effect, grade
from response.domain.plan import Action, ActionKind, Call, Gate
from response.domain.restore import choose_aim, plan_restore
from response.domain.trail_state import Surroundings, TrailState
from tests.response.domain import trail_model
from tests.response.domain.strategies import (
    ACCOUNT,
    REGION,
    TRAIL_ARN,
    approved_state,
    pairs,
    states,
    surroundings,
)

_READ_NAMES = {"SnsTopicName": "SnsTopicARN", "EnableLogFileValidation": "LogFileValidationEnabled"}

reachable_pairs = pairs().map(
    lambda pair: (pair[0], replace(pair[1], is_organization_trail=pair[0].is_organization_trail))
)
"""Found state and aim with the same IsOrganizationTrail, which no plan can change."""


def _after(state: TrailState, calls: Sequence[Call]) -> TrailState:
    return TrailState.from_json(trail_model.apply(state.to_json(), calls))


def _in_order(actions: Sequence[Action]) -> list[Action]:
    return sorted(actions, key=lambda action: (action.order, action.id))


@given(reachable_pairs)
def test_the_plans_calls_turn_the_found_state_into_the_aim(pair: tuple[TrailState, TrailState]) -> None:
    """Whatever CloudTrail couples, refuses or replaces, the aim is what is there afterwards."""
    found, aim = pair
    actions, outcomes = plan_restore(found, aim, Gate.AUTO)
    assert _after(found, [call for action in _in_order(actions) for call in action.calls]) == aim
    assert outcomes == ()


@given(reachable_pairs)
def test_the_inverse_gives_the_found_state_back(pair: tuple[TrailState, TrailState]) -> None:
    """Taken back in reverse order, nothing of the restore is left."""
    found, aim = pair
    actions, _ = plan_restore(found, aim, Gate.AUTO)
    backwards = [call for action in reversed(_in_order(actions)) for call in action.inverse]
    assert _after(aim, backwards) == found


@given(reachable_pairs, st.randoms(use_true_random=False))
def test_the_narrower_calls_amount_to_the_one(
    pair: tuple[TrailState, TrailState], source: random.Random
) -> None:
    """What runs where the one call is refused reaches the same state, in any order, each part by itself."""
    found, aim = pair
    actions, _ = plan_restore(found, aim, Gate.AUTO)
    for action in actions:
        if action.if_refused:
            narrower = source.sample(action.if_refused, len(action.if_refused))
            assert _after(found, narrower) == _after(found, action.calls)
            sent = [set(call.parameters) - {"Name"} for call in action.if_refused]
            assert set.union(*sent) == set(action.calls[0].parameters) - {"Name"}
            assert sum(map(len, sent)) == len(set.union(*sent))


@given(reachable_pairs, st.randoms(use_true_random=False))
def test_actions_do_not_depend_on_each_other(
    pair: tuple[TrailState, TrailState], source: random.Random
) -> None:
    """Gates may run any of them, in any order: each reaches its own aims and touches nothing else."""
    found, aim = pair
    state = found
    actions, _ = plan_restore(found, aim, Gate.AUTO)
    for action in source.sample(actions, len(actions)):
        before, state = state, _after(state, action.calls)
        assert {name: state.value(name) for name in action.aims} == action.aims
        assert {change.field for change in diff(before, state)} <= action.aims.keys()
    assert state == aim


@given(reachable_pairs)
def test_an_action_expects_and_aims_at_exactly_what_it_touches(pair: tuple[TrailState, TrailState]) -> None:
    """The fields are those the call sets, with the found and the wanted value."""
    found, aim = pair
    for action in plan_restore(found, aim, Gate.APPROVE)[0]:
        assert action.expects == {name: found.value(name) for name in action.expects}
        assert action.aims == {name: aim.value(name) for name in action.aims}
        assert action.expects.keys() == action.aims.keys()
        assert (action.kind, action.target, action.gate) == (ActionKind.RESTORE, TRAIL_ARN, Gate.APPROVE)
        assert {call.region for call in (*action.calls, *action.inverse)} == {REGION}
        if action.id == "restore-trail":
            (call,) = action.calls
            sent = {_READ_NAMES.get(name, name) for name in call.parameters.keys() - {"Name"}}
            assert sent == action.aims.keys()


@given(states())
def test_equal_states_need_no_action(state: TrailState) -> None:
    """Nothing differs, nothing is planned."""
    assert plan_restore(state, state, Gate.AUTO) == ((), ())
    assert plan_restore(state, state, Gate.AUTO, acting_account="999988887777") == ((), ())


def test_what_pacu_minimizes_is_put_back_in_one_call() -> None:
    """Only what differs is sent, each coupling whole, and the inverse clears with empty texts."""
    found = replace(
        approved_state(),
        sns_topic_arn=None,
        cloud_watch_logs_log_group_arn=None,
        cloud_watch_logs_role_arn=None,
        kms_key_id=None,
        is_multi_region_trail=False,
        include_global_service_events=False,
        log_file_validation_enabled=False,
    )
    (action,), outcomes = plan_restore(found, approved_state(), Gate.APPROVE)
    assert outcomes == ()
    assert action.calls == (
        Call(
            "cloudtrail",
            "UpdateTrail",
            {
                "Name": TRAIL_ARN,
                "SnsTopicName": f"arn:aws:sns:{REGION}:{ACCOUNT}:trail",
                "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*",
                "CloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/to-logs",
                "KmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11aa-22bb",
                "IncludeGlobalServiceEvents": True,
                "IsMultiRegionTrail": True,
                "EnableLogFileValidation": True,
            },
            REGION,
        ),
    )
    assert action.inverse[0].parameters == {
        "Name": TRAIL_ARN,
        "SnsTopicName": "",
        "CloudWatchLogsLogGroupArn": "",
        "CloudWatchLogsRoleArn": "",
        "KmsKeyId": "",
        "IncludeGlobalServiceEvents": False,
        "IsMultiRegionTrail": False,
        "EnableLogFileValidation": False,
    }
    assert action.expects["KmsKeyId"] is None


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        (
            {"include_global_service_events": False, "is_multi_region_trail": False},
            {"IncludeGlobalServiceEvents", "IsMultiRegionTrail"},
        ),
        (
            {"cloud_watch_logs_role_arn": f"arn:aws:iam::{ACCOUNT}:role/other"},
            {"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"},
        ),
        ({"s3_bucket_name": "stranger-logs"}, {"S3BucketName"}),
    ],
)
def test_fields_that_go_together_are_sent_together(changes: dict[str, object], sent: set[str]) -> None:
    """Either of a pair brings the other along; nothing else is sent."""
    found = approved_state(**changes)
    (action,), _ = plan_restore(found, approved_state(), Gate.AUTO)
    assert action.calls[0].parameters.keys() == sent | {"Name"}


def test_logging_comes_first_and_containment_has_its_place() -> None:
    """Logging at 10, then room for containment at 20, then the rest."""
    found = replace(
        approved_state(),
        is_logging=False,
        log_file_validation_enabled=False,
        event_selectors=({"ReadWriteType": "ReadOnly"},),
        insight_selectors=(),
        tags={"team": "x", "other": "y"},
    )
    actions, _ = plan_restore(found, approved_state(), Gate.AUTO)
    assert [(action.id, action.order) for action in _in_order(actions)] == [
        ("start-logging", 10),
        ("restore-trail", 30),
        ("restore-event-selectors", 40),
        ("restore-insight-selectors", 50),
        ("restore-tags", 60),
    ]
    assert [call.operation for call in actions[-1].calls] == ["RemoveTags", "AddTags"]


def test_a_deleted_trail_is_a_named_outcome_with_the_commands() -> None:
    """Nothing is planned; a person gets every command that makes the trail again, in order."""
    aim = replace(approved_state(), event_selectors=({"ReadWriteType": "WriteOnly"},))
    actions, (outcome,) = plan_restore(None, aim, Gate.AUTO)
    assert actions == ()
    assert (outcome.name, outcome.target) == ("trail_deleted", TRAIL_ARN)
    operations = [line.split()[2] for line in outcome.instructions]
    assert operations == ["create-trail", "put-event-selectors", "put-insight-selectors", "start-logging"]
    create = outcome.instructions[0]
    for part in (
        "--name audit",
        "--s3-bucket-name central-logs",
        "--is-multi-region-trail",
        f"--region {REGION}",
    ):
        assert part in create
    assert "--s3-key-prefix" not in create


def test_the_organization_flag_is_left_to_the_management_account() -> None:
    """It is never sent; the outcome has the command, and the rest is restored all the same."""
    found = replace(approved_state(is_organization_trail=True), log_file_validation_enabled=False)
    actions, (outcome,) = plan_restore(found, approved_state(), Gate.AUTO)
    assert [action.id for action in actions] == ["restore-trail"]
    assert "IsOrganizationTrail" not in actions[0].calls[0].parameters
    assert outcome.name == "organization_trail"
    assert "--no-is-organization-trail" in outcome.instructions[-1]


@pytest.mark.parametrize(
    ("of_organization", "name"), [(True, "organization_trail"), (False, "foreign_account")]
)
def test_a_trail_of_another_account_is_a_named_outcome(of_organization: bool, name: str) -> None:
    """Where Trailguard cannot act it plans nothing, and tells which account has to run what."""
    aim = approved_state(is_organization_trail=of_organization)
    found = replace(aim, is_logging=False, kms_key_id=None)
    actions, (outcome,) = plan_restore(found, aim, Gate.AUTO, acting_account="999988887777")
    assert actions == ()
    assert outcome.name == name
    assert ACCOUNT in outcome.instructions[0]
    assert [line.split()[2] for line in outcome.instructions[1:]] == ["start-logging", "update-trail"]


def test_tags_of_aws_are_not_touched() -> None:
    """Nobody else can set them: the action leaves them out and the outcome names them."""
    aim = approved_state(tags={"aws:cloudformation:stack-name": "s", "team": "a"})
    found = approved_state(tags={"team": "b", "aws:x": "y"})
    (action,), (outcome,) = plan_restore(found, aim, Gate.AUTO)
    assert _after(found, action.calls).tags == action.aims["Tags"] == {"team": "a", "aws:x": "y"}
    assert outcome.name == "reserved_tags"
    assert "aws:cloudformation:stack-name, aws:x" in outcome.reason


def test_two_trails_are_not_restored_to_each_other() -> None:
    """The aim is a state of the same trail."""
    other = replace(approved_state(), trail_arn=TRAIL_ARN + "2")
    with pytest.raises(MalformedStateError, match=r"TrailARN is .*audit', expected .*audit2"):
        plan_restore(approved_state(), other, Gate.AUTO)


@given(pairs(), surroundings)
def test_the_aim_is_never_weaker_than_the_baseline(
    pair: tuple[TrailState, TrailState], around: Surroundings
) -> None:
    """Whatever was found, what is aimed at loses nothing of what was approved."""
    baseline, found = pair
    aim = choose_aim(grade(diff(baseline, found), baseline, found, around), found, baseline)
    effects = {change.effect for change in grade(diff(baseline, aim), baseline, aim, around)}
    assert effects <= {Effect.STRENGTHENS}


@given(pairs(), surroundings)
def test_what_was_only_strengthened_is_kept(
    pair: tuple[TrailState, TrailState], around: Surroundings
) -> None:
    """With nothing weakened and nothing neutral, the found state is the aim."""
    baseline, found = pair
    graded = grade(diff(baseline, found), baseline, found, around)
    aim = choose_aim(graded, found, baseline)
    if all(change.effect is Effect.STRENGTHENS for change in graded):
        assert aim == found
    if not any(change.effect is Effect.STRENGTHENS for change in graded):
        assert aim == baseline


@given(pairs(), surroundings)
def test_the_aim_is_a_state_that_can_be_reached(
    pair: tuple[TrailState, TrailState], around: Surroundings
) -> None:
    """Mixing two states breaks no coupling: CloudTrail admits the calls that lead there."""
    baseline, found = pair
    aim = choose_aim(grade(diff(baseline, found), baseline, found, around), found, baseline)
    reachable = replace(aim, is_organization_trail=found.is_organization_trail)
    calls = [call for action in plan_restore(found, aim, Gate.AUTO)[0] for call in action.calls]
    assert _after(found, calls) == reachable


def test_fields_that_go_together_are_kept_together_or_not_at_all() -> None:
    """A role of one's own beside a stranger's log group is a gain by itself, and no reason to keep it."""
    baseline = approved_state(cloud_watch_logs_log_group_arn=None, cloud_watch_logs_role_arn=None)
    found = approved_state(
        cloud_watch_logs_log_group_arn=f"arn:aws:logs:{REGION}:999988887777:log-group:x:*",
        log_file_validation_enabled=True,
    )
    graded = grade(diff(baseline, found), baseline, found, Surroundings())
    assert choose_aim(graded, found, baseline) == baseline


def test_the_aim_for_a_deleted_trail_is_the_baseline() -> None:
    """There is nothing to keep of it."""
    graded = grade(diff(approved_state(), None), approved_state(), None, Surroundings())
    assert choose_aim(graded, None, approved_state()) == approved_state()
