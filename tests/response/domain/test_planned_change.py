"""Announcing a change: read strictly, in canonical form, for somebody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from response.domain.approval import Approver
from response.domain.errors import MalformedStateError, PlannedChangeError
from response.domain.planned_change import (
    DEFAULT_WINDOW,
    PlannedChange,
    is_planned_change_id,
    names_requester,
    parse_planned_change,
    without_effect,
)
from response.domain.selectors import DEFAULT_EVENT_SELECTORS
from tests.response.domain.planned import ALICE, NOW, TOPIC, WITHIN, asked, planned
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN, approved_state, json_values, spoiled

_ADVANCED = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
_BASIC = [{"ReadWriteType": "WriteOnly"}]


def test_what_is_not_said_has_defaults() -> None:
    """From now for four hours, in whole seconds, since record times are; nobody has used it."""
    late = NOW.replace(microsecond=700_000)
    change = parse_planned_change(asked(), ALICE, late)
    assert (change.not_before, change.not_after) == (NOW, NOW + DEFAULT_WINDOW)
    assert (change.requested_by, change.requested_at) == (ALICE.arn, late)
    assert (change.used_by, change.withdrawn_at, change.reason) == ("", None, "")
    assert is_planned_change_id(change.id)


def test_values_become_canonical() -> None:
    """A topic by its name, a key by its id: as a trail that is read would have them."""
    change = planned(changes={"SnsTopicARN": "moved", "KmsKeyId": "alias/logs", "Tags": {"a": "b"}})
    assert change.changes == {
        "SnsTopicARN": TOPIC,
        "KmsKeyId": f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/logs",
        "Tags": {"a": "b"},
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trail_arn": "audit"}, "trail_arn: found 'audit', expected the ARN of a trail"),
        ({"trail_arn": None}, "trail_arn: missing"),
        ({"principal": "*"}, "principal: found '*', expected the ARN pattern of a user or role by name"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:root"}, "principal: found"),
        ({"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/*/x"}, "principal: found"),
        ({"ticket": " "}, "ticket: found ' ', expected the ticket under which"),
        ({"ticket": None}, "ticket: missing"),
        ({"changes": {}}, "changes: found {}, expected an object of at least one field"),
        ({"changes": []}, "changes: found []"),
        ({"changes": {"Bucket": "b"}}, "changes.Bucket: unknown field, expected one of S3BucketName"),
        (
            {"changes": {"IsLogging": "no"}},
            "changes.IsLogging: trail state: IsLogging is 'no', expected true",
        ),
        ({"changes": {"S3BucketName": None}}, "changes.S3BucketName: trail state: S3BucketName is absent"),
        (
            {"changes": {"EventSelectors": [{"A": 1}]}},
            "changes.EventSelectors: trail state: EventSelectors[0].A",
        ),
        (
            {"changes": {"EventSelectors": _BASIC, "AdvancedEventSelectors": _ADVANCED}},
            "changes.EventSelectors: found",
        ),
        ({"not_before": "tomorrow"}, "not_before: found 'tomorrow', expected a time with its offset"),
        ({"not_before": "2026-03-02T09:00:00"}, "not_before: found '2026-03-02T09:00:00'"),
        (
            {"not_before": "2026-03-01T07:59:59Z"},
            "not_before: found '2026-03-01T07:59:59Z', expected a time to",
        ),
        (
            {"not_before": "2028-03-02T09:00:00Z"},
            "not_before: found '2028-03-02T09:00:00Z', expected a time w",
        ),
        (
            {"not_after": "2026-03-01T08:00:00Z"},
            "not_after: found '2026-03-01T08:00:00Z', expected a time after",
        ),
        (
            {"not_after": "2026-04-01T08:00:00Z"},
            "not_after: found '2026-04-01T08:00:00Z', expected a time after",
        ),
        ({"reason": ""}, "reason: found ''"),
        ({"approved": True}, "approved: unknown key"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: dict[str, Any], said: str) -> None:
    """The path first, then what was found and what belongs there."""
    with pytest.raises(PlannedChangeError) as refused:
        planned(**change)
    assert str(refused.value).startswith(said)


def test_the_longest_window_is_thirty_days() -> None:
    """To the second."""
    assert planned(not_after="2026-03-31T08:00:00Z").not_after == NOW + dt.timedelta(days=30)
    with pytest.raises(PlannedChangeError, match="at most 30 days later"):
        planned(not_after="2026-03-31T08:00:01Z")


@pytest.mark.parametrize(
    ("requester", "principal", "names"),
    [
        ("user/alice", "user/alice", True),
        ("user/alice", "user/al*", True),
        ("user/alice", "user/bob", False),
        ("assumed-role/ci-deploy/alice", "role/ci-deploy", True),
        ("assumed-role/ci-deploy/alice", "role/other", False),
    ],
)
def test_whoever_asks_is_not_whom_it_is_for(requester: str, principal: str, names: bool) -> None:
    """A pattern that names the requester, or the requester's role, would let one person do both."""
    service = "sts" if requester.startswith("assumed") else "iam"
    who = Approver(arn=f"arn:aws:{service}::{ACCOUNT}:{requester}")
    assert names_requester(planned(who, principal=f"arn:aws:iam::{ACCOUNT}:{principal}")) is names


def test_the_aim_is_the_approved_state_with_the_changes() -> None:
    """Nothing else differs."""
    approved = approved_state()
    assert planned().aim(approved) == replace(approved, sns_topic_arn=TOPIC)


def test_choosing_one_kind_of_selectors_drops_the_other() -> None:
    """As CloudTrail does; no selectors of the chosen kind is the default."""
    approved = replace(approved_state(), event_selectors=(), advanced_event_selectors=tuple(_ADVANCED))
    basic = planned(changes={"EventSelectors": _BASIC}).aim(approved)
    assert (basic.advanced_event_selectors, len(basic.event_selectors)) == ((), 1)
    advanced = planned(changes={"EventSelectors": [], "AdvancedEventSelectors": _ADVANCED})
    assert advanced.aim(basic).event_selectors == ()
    none = planned(changes={"AdvancedEventSelectors": []}).aim(approved)
    assert none.event_selectors == DEFAULT_EVENT_SELECTORS


def test_a_multi_region_trail_has_global_service_events() -> None:
    """They are coupled, so planning one plans the other unless it is said otherwise."""
    single = replace(approved_state(), is_multi_region_trail=False, include_global_service_events=False)
    assert planned(changes={"IsMultiRegionTrail": True}).aim(single).include_global_service_events


def test_a_change_to_what_is_approved_already_leads_nowhere() -> None:
    """It could only ever hide something."""
    approved = approved_state()
    assert without_effect(planned(), approved) is None
    same = planned(changes={"S3BucketName": approved.s3_bucket_name})
    assert without_effect(same, approved) == "the trail's approved state is that already"


def test_the_status_follows_the_time_and_what_became_of_it() -> None:
    """waiting, open, expired; used and withdrawn for good."""
    change = planned(not_before=WITHIN, not_after="2026-03-01T10:00:00Z")
    hour = dt.timedelta(hours=1)
    assert [change.status(NOW + hours * hour) for hours in (0, 1, 2, 3)] == [
        "waiting",
        "open",
        "open",
        "expired",
    ]
    assert replace(change, used_by="TG-1").status(NOW) == "used"
    assert replace(change, withdrawn_at=NOW).status(NOW) == "withdrawn"


def test_what_is_stored_reads_back_the_same() -> None:
    """With every field."""
    change = replace(planned(reason="move"), used_by="TG-1", withdrawn_at=NOW, withdrawn_by="bob")
    assert PlannedChange.from_json(change.to_json()) == change
    with pytest.raises(MalformedStateError):
        PlannedChange.from_json({**change.to_json(), "trail_arn": 5})


@given(spoiled(asked(not_before=WITHIN, not_after="2026-03-01T10:00:00Z", reason="r")) | json_values)
def test_any_body_is_read_or_refused(body: object) -> None:
    """Whatever is asked for, the answer is a planned change of that trail, or an error that says why not."""
    try:
        change = parse_planned_change(body, ALICE, NOW)
    except PlannedChangeError as error:
        assert str(error)  # noqa: PT017 - refusing is allowed, not demanded
    else:
        assert change.changes
        assert change.trail_arn == TRAIL_ARN or change.trail_arn.startswith("arn:")
        assert PlannedChange.from_json(change.to_json()) == change
