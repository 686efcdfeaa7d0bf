"""What each change means: effect, severity, and a reason for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from response.domain.coverage import event_coverage
from response.domain.diff import Change, diff
from response.domain.grading import Effect, Severity, grade
from response.domain.trail_state import TEXTS, BucketOwner, Surroundings, TrailState
from tests.response.domain.graded import graded
from tests.response.domain.strategies import (
    ACCOUNT,
    REGION,
    STRANGER,
    TRAIL_ARN,
    approved_state,
    pairs,
    surroundings,
)


@given(pairs(), surroundings)
def test_every_change_is_graded_with_a_reason(
    pair: tuple[TrailState, TrailState], around: Surroundings
) -> None:
    """Each change keeps its values and its place, and says why in a sentence or two."""
    changes = diff(*pair)
    grades = grade(changes, *pair, around)
    assert [Change(g.field, g.before, g.after) for g in grades] == list(changes)
    for change in grades:
        assert change.reason.endswith(".")
        assert change.reason.isprintable()
        assert change.effect in Effect
        assert change.severity in Severity


@given(pairs(), surroundings)
def test_a_change_and_its_reverse_are_not_both_weakening(
    pair: tuple[TrailState, TrailState], around: Surroundings
) -> None:
    """What a change loses its reverse gains. Only an exchange loses something approved both ways."""
    one, other = pair
    there = {change.field: change for change in grade(diff(one, other), one, other, around)}
    back = {change.field: change for change in grade(diff(other, one), other, one, around)}
    for field, change in there.items():
        both = {change.effect, back[field].effect}
        if not _is_exchange(field, one, other):
            assert both in ({Effect.WEAKENS, Effect.STRENGTHENS}, {Effect.NEUTRAL})


def _is_exchange(field: str, one: TrailState, other: TrailState) -> bool:
    """Whether one thing took the place of another: neither of the two is more than the other."""
    if field == "S3KeyPrefix":
        return True
    if field in TEXTS:
        values = (one.value(field), other.value(field))
        return None not in values or any(STRANGER in value for value in values if value)
    if field in {"EventSelectors", "AdvancedEventSelectors"}:
        was, now = event_coverage(one), event_coverage(other)
        return bool(was.beyond(now) and now.beyond(was))
    if field == "InsightSelectors":
        return not (_watched(one) <= _watched(other) or _watched(other) <= _watched(one))
    return False


def _watched(state: TrailState) -> set[tuple[str, str]]:
    return {
        (selector["InsightType"], category)
        for selector in state.insight_selectors
        for category in selector.get("EventCategories", ["Management"])
    }


@pytest.mark.parametrize(
    ("field", "attribute", "severity", "words"),
    [
        ("IsLogging", "is_logging", Severity.CRITICAL, "records nothing"),
        (
            "LogFileValidationEnabled",
            "log_file_validation_enabled",
            Severity.HIGH,
            "chain breaks after an hour",
        ),
        ("IsMultiRegionTrail", "is_multi_region_trail", Severity.HIGH, "Only the home Region"),
        ("IncludeGlobalServiceEvents", "include_global_service_events", Severity.HIGH, "IAM, STS"),
        ("IsOrganizationTrail", "is_organization_trail", Severity.CRITICAL, "management account"),
    ],
)
def test_turning_a_property_off_weakens(field: str, attribute: str, severity: Severity, words: str) -> None:
    """Off is the weaker of the two, and on again is the stronger."""
    on, off = (approved_state(**{attribute: value}) for value in (True, False))
    change = graded(on, off)[field]
    assert (change.effect, change.severity) == (Effect.WEAKENS, severity)
    assert words in change.reason
    assert graded(off, on)[field].effect is Effect.STRENGTHENS


def test_multi_region_and_global_events_are_counted_once() -> None:
    """CloudTrail turns the one off with the other: the second is a consequence."""
    after = replace(approved_state(), is_multi_region_trail=False, include_global_service_events=False)
    changes = graded(approved_state(), after)
    assert changes["IsMultiRegionTrail"].severity is Severity.HIGH
    consequence = changes["IncludeGlobalServiceEvents"]
    assert (consequence.effect, consequence.severity) == (Effect.WEAKENS, Severity.NONE)
    assert "IsMultiRegionTrail" in consequence.reason


def test_log_group_and_role_are_counted_once() -> None:
    """They go together; the role alone counts for itself."""
    without = replace(approved_state(), cloud_watch_logs_log_group_arn="", cloud_watch_logs_role_arn="")
    changes = graded(approved_state(), without)
    assert changes["CloudWatchLogsLogGroupArn"].severity is Severity.HIGH
    assert "metric filters and their alarms are blind" in changes["CloudWatchLogsLogGroupArn"].reason
    assert changes["CloudWatchLogsRoleArn"].severity is Severity.NONE
    other_role = replace(approved_state(), cloud_watch_logs_role_arn=f"arn:aws:iam::{ACCOUNT}:role/other")
    assert graded(approved_state(), other_role)["CloudWatchLogsRoleArn"].severity is Severity.MEDIUM


def test_what_differs_from_its_cause_counts_for_itself() -> None:
    """A stranger's role beside an exchanged log group, and a role that is a gain beside a loss."""
    other_group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:*"
    stranger = approved_state(
        cloud_watch_logs_log_group_arn=other_group,
        cloud_watch_logs_role_arn=_FOREIGN["CloudWatchLogsRoleArn"],
    )
    worse = graded(approved_state(), stranger)
    assert worse["CloudWatchLogsLogGroupArn"].severity is Severity.HIGH
    assert worse["CloudWatchLogsRoleArn"].severity is Severity.CRITICAL
    none = approved_state(cloud_watch_logs_log_group_arn=None, cloud_watch_logs_role_arn=None)
    foreign = approved_state(cloud_watch_logs_log_group_arn=_FOREIGN["CloudWatchLogsLogGroupArn"])
    mixed = graded(none, foreign)
    assert mixed["CloudWatchLogsLogGroupArn"].effect is Effect.WEAKENS
    gain = mixed["CloudWatchLogsRoleArn"]
    assert (gain.effect, gain.severity) == (Effect.STRENGTHENS, Severity.LOW)


def test_a_deleted_trail_is_critical() -> None:
    """Nothing is worse than no trail; a new one is more than none; another one is not the approved one."""
    state = approved_state()
    deleted = graded(state, None)["TrailARN"]
    assert (deleted.effect, deleted.severity) == (Effect.WEAKENS, Severity.CRITICAL)
    assert graded(None, state)["TrailARN"].effect is Effect.STRENGTHENS
    other = graded(state, replace(state, trail_arn=TRAIL_ARN + "2"))["TrailARN"]
    assert other.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("owner", "severity"),
    [
        (BucketOwner.OTHER_ACCOUNT, Severity.CRITICAL),
        (BucketOwner.MISSING, Severity.CRITICAL),
        (BucketOwner.UNKNOWN, Severity.HIGH),
        (BucketOwner.SAME_ACCOUNT, Severity.HIGH),
    ],
)
def test_another_bucket_is_graded_by_its_owner(owner: BucketOwner, severity: Severity) -> None:
    """A stranger's and a missing bucket are the worst, an unknown one is taken for a stranger's."""
    after = replace(approved_state(), s3_bucket_name="other-logs")
    change = graded(approved_state(), after, owner)["S3BucketName"]
    assert (change.effect, change.severity) == (Effect.WEAKENS, severity)


_FOREIGN = {
    "KmsKeyId": f"arn:aws:kms:{REGION}:{STRANGER}:key/11aa-22bb",
    "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{STRANGER}:log-group:trail:*",
    "CloudWatchLogsRoleArn": f"arn:aws:iam::{STRANGER}:role/to-logs",
    "SnsTopicARN": f"arn:aws:sns:{REGION}:{STRANGER}:trail",
}
_OWN = {
    "KmsKeyId": (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other", Severity.MEDIUM, Severity.HIGH),
    "CloudWatchLogsLogGroupArn": (
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:*",
        Severity.HIGH,
        Severity.HIGH,
    ),
    "CloudWatchLogsRoleArn": (f"arn:aws:iam::{ACCOUNT}:role/other", Severity.MEDIUM, Severity.HIGH),
    "SnsTopicARN": (f"arn:aws:sns:{REGION}:{ACCOUNT}:other", Severity.MEDIUM, Severity.MEDIUM),
}


@pytest.mark.parametrize("field", list(_OWN))
def test_a_destination_is_graded_by_whose_it_is(field: str) -> None:
    """A stranger's is critical, removed or exchanged is less, added is a gain."""
    before = approved_state()
    own, exchanged, removed = _OWN[field]
    attribute = TEXTS[field]
    expected = (
        (_FOREIGN[field], Effect.WEAKENS, Severity.CRITICAL),
        (own, Effect.WEAKENS, exchanged),
        (None, Effect.WEAKENS, removed),
    )
    for value, effect, severity in expected:
        changed: Any = {attribute: value}
        change = graded(before, replace(before, **changed))[field]
        assert (change.effect, change.severity) == (effect, severity)
    nothing: Any = {attribute: None}
    assert graded(replace(before, **nothing), before)[field].effect is Effect.STRENGTHENS
    foreign: Any = {attribute: _FOREIGN[field]}
    added = graded(replace(before, **nothing), replace(before, **foreign))[field]
    assert (added.effect, added.severity) == (Effect.WEAKENS, Severity.CRITICAL)
    assert STRANGER in added.reason


def test_an_alias_that_cannot_be_resolved_is_told() -> None:
    """Whether the alias is the approved key's the state does not say, so the change is not hidden."""
    change = graded(approved_state(), replace(approved_state(), kms_key_id="alias/trail"))["KmsKeyId"]
    assert change.effect is Effect.WEAKENS
    assert "alias" in change.reason


def test_another_prefix_may_lose_logs() -> None:
    """The bucket policy may admit the approved prefix only."""
    change = graded(approved_state(), replace(approved_state(), s3_key_prefix="x"))["S3KeyPrefix"]
    assert (change.effect, change.severity) == (Effect.WEAKENS, Severity.MEDIUM)
    assert "bucket policy" in change.reason


def test_tags_are_neutral() -> None:
    """They record nothing."""
    change = graded(approved_state(), replace(approved_state(), tags={}))["Tags"]
    assert (change.effect, change.severity) == (Effect.NEUTRAL, Severity.LOW)


def test_severities_rise() -> None:
    """Ranks compare, words do not; a grade is written with its words."""
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]
    assert graded(approved_state(), None)["TrailARN"].to_json() == {
        "field": "TrailARN",
        "before": TRAIL_ARN,
        "after": None,
        "effect": "weakens",
        "severity": "critical",
        "reason": graded(approved_state(), None)["TrailARN"].reason,
    }
