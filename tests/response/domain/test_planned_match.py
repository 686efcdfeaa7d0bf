"""Whether an incident is an announced change: everything has to fit, and what does not is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.approval import Approver
from response.domain.baseline import Baseline, BaselineSource
from response.domain.planned_change import PlannedChange
from response.domain.planned_match import PlannedKind, PlannedVerdict, match
from response.domain.record import Record
from response.domain.trail_state import TrailState
from tests.response.domain.people import EVERYBODY, ROOT, record_of, role, user
from tests.response.domain.planned import ALICE, NOW, TOPIC, WITHIN, planned
from tests.response.domain.strategies import ACCOUNT, STRANGER, TRAIL_ARN, approved_state, states
from tests.response.domain.test_assessment import assessed

_APPROVED = approved_state()
_MOVED = replace(_APPROVED, sns_topic_arn=TOPIC)
_DELETED: Any = None


def made(identity: Any = None, at: str = WITHIN) -> Record:
    """A record of the change, by the ci-deploy role unless it is somebody else's."""
    return record_of(role() if identity is None else identity, eventTime=at)


def baseline(
    source: BaselineSource = BaselineSource.APPROVED, state: TrailState | None = _APPROVED
) -> Baseline:
    """What was approved before."""
    return Baseline(TRAIL_ARN, state, NOW, "alice", source)


def matched(
    records: Sequence[Record] | None = None,
    found: TrailState | None = _MOVED,
    approved: Baseline | None = None,
    changes: Sequence[PlannedChange] | None = None,
    **more: Any,
) -> PlannedVerdict:
    """The verdict on the change as it was announced, with what a test changes."""
    return match(
        [made()] if records is None else records,
        found,
        baseline() if approved is None else approved,
        [planned()] if changes is None else changes,
        trail_arn=TRAIL_ARN,
        **more,
    )


def test_what_fits_in_everything_is_the_planned_change() -> None:
    """The verdict names it, its ticket, and who announced it."""
    verdict = matched()
    change = planned()
    assert (verdict.kind, verdict.id, verdict.ticket) == (PlannedKind.FULL, change.id, "CHG-77")
    assert verdict.applies
    assert verdict.differences == ()
    for said in (change.id, "CHG-77", ALICE.arn):
        assert said in verdict.reason


@pytest.mark.parametrize(
    ("given_", "difference"),
    [
        ({"records": [made(user())]}, "made by IAM user mallory"),
        ({"records": [made(), made(user())]}, "made by IAM user mallory"),
        ({"records": [made(role(account=STRANGER))]}, "made by role ci-deploy"),
        ({"records": [made(at="2026-03-01T07:59:59Z")]}, "made at 2026-03-01 07:59:59 UTC, planned was"),
        ({"records": [made(at="2026-03-01T12:00:01Z")]}, "made at 2026-03-01 12:00:01 UTC, planned was"),
        ({"records": []}, "no record shows who made the change"),
        (
            {"found": replace(_MOVED, is_logging=False)},
            "IsLogging is false, no change of it was planned",
        ),
        (
            {"found": replace(_APPROVED, is_logging=False)},
            f"SnsTopicARN has not become {TOPIC} as planned",
        ),
        (
            {"found": replace(_APPROVED, sns_topic_arn=None)},
            f"SnsTopicARN is null, planned was {TOPIC}",
        ),
        ({"found": _DELETED}, "the trail is gone, which was not planned"),
        (
            {"approved": baseline(BaselineSource.EVENT_HISTORY)},
            "nobody has approved an earlier state to compare with",
        ),
        ({"approved": baseline(state=None)}, "the trail was approved as absent"),
        ({"changes": [replace(planned(), used_by="TG-1")]}, "it was made before, in incident TG-1"),
        ({"changes": [replace(planned(), withdrawn_at=NOW)]}, "it was withdrawn at 2026-03-01 08:00:00 UTC"),
        (
            {"changes": [replace(planned(), requested_by=role()["arn"])]},
            "made by whoever asked for it; somebody else has to ask",
        ),
    ],
)
def test_each_part_alone_makes_it_a_planned_change_in_part(given_: dict[str, Any], difference: str) -> None:
    """Everything else fits, and still it is an incident that says what differs."""
    verdict = matched(**given_)
    assert verdict.kind is PlannedKind.PART
    assert not verdict.applies
    assert any(told.startswith(difference) for told in verdict.differences), verdict.differences
    assert difference in verdict.reason


def test_every_difference_is_told() -> None:
    """Principal, time and each field."""
    found = replace(_APPROVED, is_logging=False, kms_key_id=None)
    # By another at the right time: the window alone makes it worth telling.
    verdict = matched(records=[made(user())], found=found)
    assert [told.split()[0] for told in verdict.differences] == [
        "made",
        "SnsTopicARN",
        "KmsKeyId",
        "IsLogging",
    ]


def test_a_value_that_is_approved_already_is_told_as_planned() -> None:
    """The baseline may have moved since: what was named is never called unplanned."""
    found = replace(_MOVED, sns_topic_arn=None)
    verdict = matched(found=found, approved=baseline(state=_MOVED))
    assert verdict.differences == (f"SnsTopicARN is null, planned was {TOPIC}",)


def test_the_requester_is_known_by_any_of_the_signs_of_a_person() -> None:
    """Another session of the same role, and the same unique id under another name, are the same person."""
    for who in (
        Approver(arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/other"),
        Approver(arn=f"arn:aws:iam::{ACCOUNT}:user/x", user_id=role()["principalId"]),
    ):
        change = replace(planned(), requested_by=who.arn, requester_id=who.user_id)
        assert matched(changes=[change]).kind is PlannedKind.PART


def test_root_never_matches() -> None:
    """Not even beside the principal that was announced."""
    assert matched(records=[made(), made(ROOT)]).kind is PlannedKind.NONE


def test_another_trails_plan_has_nothing_to_do_with_it() -> None:
    """A planned change is for one trail."""
    other = planned(trail_arn=TRAIL_ARN + "-2", changes={"SnsTopicARN": TOPIC})
    verdict = matched(changes=[other])
    assert (verdict.kind, verdict.reason) == (PlannedKind.NONE, "No change of this trail was planned.")


def test_nothing_in_common_is_not_worth_telling() -> None:
    """Another principal, another time, other fields."""
    records = [made(user(), "2026-03-02T12:00:00Z")]
    verdict = matched(records=records, found=replace(_APPROVED, is_logging=False))
    assert (verdict.kind, verdict.id) == (PlannedKind.NONE, None)


@pytest.mark.parametrize("spent", [{"used_by": "TG-1"}, {"withdrawn_at": NOW}])
def test_a_spent_plan_is_told_only_if_it_is_much_the_same_again(spent: dict[str, Any]) -> None:
    """Whatever else its principal does later is not the planned change."""
    change = replace(planned(), **spent)
    assert matched(found=replace(_APPROVED, is_logging=False), changes=[change]).kind is PlannedKind.NONE
    assert matched(changes=[change]).kind is PlannedKind.PART


def test_a_plan_that_is_long_over_is_forgotten() -> None:
    """A week after its time its principal's other doings are no slip of it any more."""
    late, found = made(at="2026-03-20T09:00:00Z"), replace(_APPROVED, is_logging=False)
    assert matched(records=[late], found=found).kind is PlannedKind.NONE
    assert matched(records=[made(at="2026-03-02T09:00:00Z")], found=found).kind is PlannedKind.PART


def test_the_nearest_plan_is_told() -> None:
    """The one with the fewest differences; one that fits in full wins over all."""
    far = planned(ticket="FAR", changes={"S3KeyPrefix": "a", "KmsKeyId": None})
    near = planned(ticket="NEAR", changes={"SnsTopicARN": TOPIC, "IsLogging": False})
    assert matched(changes=[far, near]).ticket == "NEAR"
    assert matched(changes=[far, near, planned()]).kind is PlannedKind.FULL


def test_an_incident_may_use_its_own_plan_again() -> None:
    """A retried close has used it up already."""
    used = replace(planned(), used_by="TG-20260301-0123abcd")
    assert matched(changes=[used], incident_id="TG-20260301-0123abcd").applies


def test_in_full_nothing_is_planned_against_it() -> None:
    """The assessment leaves it in place, whatever its gates."""
    assessment = assessed(_MOVED, record=made(), baseline=baseline(), planned=(planned(),))
    assert assessment.authorised
    assert (assessment.plan.actions, assessment.plan.outcomes) == ((), ())
    assert "It is left in place: It is the planned change" in assessment.summary
    assert assessment.to_json()["planned"]["kind"] == "full"


def test_in_part_the_plan_says_what_differs() -> None:
    """The restore is planned as ever, and an outcome lists the differences with what to do."""
    found = replace(_MOVED, is_logging=False)
    assessment = assessed(found, record=made(), baseline=baseline(), planned=(planned(),))
    assert not assessment.authorised
    assert assessment.plan.actions
    (outcome,) = [one for one in assessment.plan.outcomes if one.name == "planned_change_differs"]
    assert outcome.target == planned().id
    assert "IsLogging is false, no change of it was planned" in outcome.reason
    assert any(
        "trailguard close TG-20260301-0123abcd --as authorised" in line for line in outcome.instructions
    )
    assert "IsLogging is false, no change of it was planned" in assessment.summary


def test_the_responder_is_never_excused_by_a_plan() -> None:
    """Its own role doing what was announced is misuse all the same."""
    change = planned(principal=f"arn:aws:iam::{ACCOUNT}:role/trailguard-restorer")
    record = made(role("trailguard-restorer"))
    assessment = assessed(_MOVED, record=record, baseline=baseline(), planned=(change,))
    assert assessment.responder_misuse
    assert assessment.planned.kind is PlannedKind.NONE


@given(
    st.sampled_from(sorted(EVERYBODY)),
    st.datetimes(dt.datetime(2026, 3, 1, 6), dt.datetime(2026, 3, 1, 14)),  # noqa: DTZ001 - UTC is added below
    states(),
    st.booleans(),
)
def test_full_is_the_conjunction_of_its_parts(
    who: str, time: dt.datetime, found: TrailState, as_planned: bool
) -> None:
    """For every principal, time and state."""
    state = _MOVED if as_planned else found
    at = time.replace(microsecond=0, tzinfo=dt.UTC)
    verdict = matched(records=[made(EVERYBODY[who], at.isoformat())], found=state)
    fits = who == "role" and NOW <= at <= NOW + dt.timedelta(hours=4) and state == _MOVED
    assert verdict.applies is fits
    assert bool(verdict.differences) is (verdict.kind is PlannedKind.PART)
