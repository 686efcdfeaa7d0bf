"""Grades of event and insight selectors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from response.domain.grading import Effect, Severity
from response.domain.selectors import Selector
from response.domain.trail_state import TrailState
from tests.response.domain.graded import graded
from tests.response.domain.strategies import approved_state

_MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
_WRITES = {"Field": "readOnly", "Equals": ["false"]}
_READS = {"Field": "readOnly", "Equals": ["true"]}
_S3 = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::a/", "arn:aws:s3:::b/"]}


def _basic(*selectors: Selector) -> TrailState:
    return replace(approved_state(), event_selectors=selectors)


def _advanced(*selectors: list[dict[str, Any]]) -> TrailState:
    fields = tuple({"FieldSelectors": selector} for selector in selectors)
    return replace(approved_state(), event_selectors=(), advanced_event_selectors=fields)


@pytest.mark.parametrize(
    ("before", "after", "severity", "words"),
    [
        (
            _basic({}),
            _basic({"IncludeManagementEvents": False}),
            Severity.CRITICAL,
            "all write management events",
        ),
        (_basic({}), _basic({"ReadWriteType": "ReadOnly"}), Severity.CRITICAL, "all write management events"),
        (_basic({}), _basic({"ReadWriteType": "WriteOnly"}), Severity.HIGH, "all read management events"),
        (
            _basic({}),
            _basic({"ExcludeManagementEventSources": ["kms.amazonaws.com"]}),
            Severity.HIGH,
            "keys can be tampered with unseen",
        ),
        (
            _basic({}),
            _basic({"ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]}),
            Severity.MEDIUM,
            "rdsdata.amazonaws.com",
        ),
        (
            _basic({"DataResources": [_S3]}),
            _basic({"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::a/"]}]}),
            Severity.MEDIUM,
            "data events of AWS::S3::Object (arn:aws:s3:::b/)",
        ),
        (_basic({"DataResources": [_S3]}), _basic({}), Severity.HIGH, "data events of AWS::S3::Object"),
        (_basic({}), _advanced([_MANAGEMENT, _READS]), Severity.CRITICAL, "all write management events"),
        (_advanced([_MANAGEMENT]), _advanced([_MANAGEMENT, _WRITES]), Severity.HIGH, "all read management"),
        (
            _advanced([_MANAGEMENT]),
            _advanced([_MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]),
            Severity.HIGH,
            "kms.amazonaws.com",
        ),
        (
            _advanced([_MANAGEMENT]),
            _advanced([_MANAGEMENT, {"Field": "eventName", "NotEquals": ["StopLogging"]}]),
            Severity.HIGH,
            "part of the write management events",
        ),
    ],
)
def test_events_no_longer_recorded_weaken(
    before: TrailState, after: TrailState, severity: Severity, words: str
) -> None:
    """The worst loss decides, whichever kind of selector says it, and its reverse is a gain."""
    change = _one(before, after)
    assert (change.effect, change.severity) == (Effect.WEAKENS, severity)
    assert words in change.reason
    assert _one(after, before).effect is Effect.STRENGTHENS


def _one(before: TrailState, after: TrailState) -> Any:
    """The one change that counts; where the kind changes, the other is its consequence."""
    changes = graded(before, after)
    assert changes.keys() <= {"EventSelectors", "AdvancedEventSelectors"}
    counted = [change for change in changes.values() if change.severity is not Severity.NONE]
    assert len(counted) == 1
    assert len({change.effect for change in changes.values()}) == 1
    return counted[0]


def test_a_gain_does_not_hide_a_loss() -> None:
    """An exchange weakens, and tells both."""
    change = _one(
        _basic({"DataResources": [_S3]}), _basic({"DataResources": [{**_S3, "Values": ["arn:aws:s3:::z/"]}]})
    )
    assert change.effect is Effect.WEAKENS
    assert "Recorded in addition: data events of AWS::S3::Object (arn:aws:s3:::z/)" in change.reason


def test_the_same_events_in_other_words_are_neutral() -> None:
    """Changing the kind of the selectors alone loses nothing."""
    assert _one(_basic({}), _advanced([_MANAGEMENT])).effect is Effect.NEUTRAL


def test_a_reason_stays_short_and_printable() -> None:
    """Many resources are counted, hostile names are cleaned."""
    values = [f"arn:aws:s3:::bucket-{number}\x1b[31m/" for number in range(40)]
    before = _basic({"DataResources": [{"Type": "AWS::S3::Object", "Values": values}]})
    reason = _one(before, _basic({})).reason
    assert "and 36 more" in reason
    assert reason.isprintable()
    assert len(reason) < 700


_RATE, _ERROR = {"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}
_RATE_OF_BOTH = {**_RATE, "EventCategories": ["Management", "Data"]}


@pytest.mark.parametrize(
    ("before", "after", "effect", "severity"),
    [
        ((_RATE,), (), Effect.WEAKENS, Severity.MEDIUM),
        ((_RATE, _ERROR), (_RATE,), Effect.WEAKENS, Severity.LOW),
        ((_RATE_OF_BOTH,), (_RATE,), Effect.WEAKENS, Severity.LOW),
        ((), (_ERROR,), Effect.STRENGTHENS, Severity.LOW),
        ((_RATE_OF_BOTH,), (_RATE_OF_BOTH, _RATE), Effect.NEUTRAL, Severity.LOW),
    ],
)
def test_insights_are_graded_by_what_they_watch(
    before: tuple[Selector, ...], after: tuple[Selector, ...], effect: Effect, severity: Severity
) -> None:
    """Type and category count, the spelling does not."""
    was, now = (approved_state(insight_selectors=selectors) for selectors in (before, after))
    change = graded(was, now)["InsightSelectors"]
    assert (change.effect, change.severity) == (effect, severity)
