"""What selectors choose, checked against an evaluation of single events that knows nothing of boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.coverage import event_coverage
from response.domain.trail_state import TrailState
from tests.response.domain.strategies import approved_state, pairs

Event = Mapping[str, str]

_EVERY = {"AWS::S3::Object": {"arn:aws:s3", "arn:aws:s3:::"}, "AWS::Lambda::Function": {"arn:aws:lambda"}}
_TESTS: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "Equals": lambda value, parts: value in parts,
    "StartsWith": lambda value, parts: value.startswith(tuple(parts)),
    "EndsWith": lambda value, parts: value.endswith(tuple(parts)),
    "NotEquals": lambda value, parts: value not in parts,
    "NotStartsWith": lambda value, parts: not value.startswith(tuple(parts)),
    "NotEndsWith": lambda value, parts: not value.endswith(tuple(parts)),
}

events = st.one_of(
    st.fixed_dictionaries(
        {
            "eventCategory": st.just("Management"),
            "readOnly": st.sampled_from(("true", "false")),
            "eventSource": st.sampled_from(
                ("iam.amazonaws.com", "kms.amazonaws.com", "rdsdata.amazonaws.com")
            ),
            "eventName": st.sampled_from(("Put", "PutKeyPolicy", "Get", "GetKeyPolicy", "Describe")),
        }
    ),
    st.fixed_dictionaries(
        {
            "eventCategory": st.just("Data"),
            "readOnly": st.sampled_from(("true", "false")),
            "resources.type": st.sampled_from(
                ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::SNS::Topic")
            ),
            "resources.ARN": st.sampled_from(
                (
                    "arn:aws:s3:::a/",
                    "arn:aws:s3:::a/x",
                    "arn:aws:s3:::a/b/x",
                    "arn:aws:s3:::c/b/",
                    "arn:aws:s3:::z/y",
                    "arn:aws:lambda:eu-west-1:111122223333:function:pay",
                    "arn:aws:lambda:eu-west-1:111122223333:function:other",
                )
            ),
        }
    ),
)


def _recorded(state: TrailState, event: Event) -> bool:
    """Whether the trail records the event, by the words of the API reference."""
    basic = any(_by_basic(selector, event) for selector in state.event_selectors)
    return basic or any(_by_advanced(selector, event) for selector in state.advanced_event_selectors)


def _by_basic(selector: Mapping[str, Any], event: Event) -> bool:
    wanted = {"All": ("true", "false"), "ReadOnly": ("true",), "WriteOnly": ("false",)}
    if event["readOnly"] not in wanted[selector["ReadWriteType"]]:
        return False
    if event["eventCategory"] == "Management":
        excluded = selector["ExcludeManagementEventSources"]
        return bool(selector["IncludeManagementEvents"]) and event["eventSource"] not in excluded
    return any(
        resource["Type"] == event["resources.type"] and _names(resource, event["resources.ARN"])
        for resource in selector["DataResources"]
    )


def _names(resource: Mapping[str, Any], arn: str) -> bool:
    prefixes = resource["Type"] == "AWS::S3::Object"
    return any(
        value in _EVERY.get(resource["Type"], ()) or arn == value or (prefixes and arn.startswith(value))
        for value in resource["Values"]
    )


def _by_advanced(selector: Mapping[str, Any], event: Event) -> bool:
    return all(
        test(event.get(condition["Field"], ""), condition[operator])
        for condition in selector["FieldSelectors"]
        for operator, test in _TESTS.items()
        if operator in condition
    )


@given(pairs(), st.lists(events, min_size=5, max_size=15))
def test_no_loss_is_missed(pair: tuple[TrailState, TrailState], some: list[Event]) -> None:
    """Where nothing is beyond the other coverage, it records every event that the one records."""
    before, after = pair
    if not event_coverage(before).beyond(event_coverage(after)):
        for event in some:
            assert _recorded(after, event) or not _recorded(before, event)


@given(pairs())
def test_a_coverage_is_never_beyond_itself(pair: tuple[TrailState, TrailState]) -> None:
    """The same selectors lose nothing."""
    assert event_coverage(pair[0]).beyond(event_coverage(pair[0])) == ()


def _basic(**changes: Any) -> TrailState:
    return replace(approved_state(), event_selectors=(changes,))


def _advanced(*selectors: list[dict[str, Any]]) -> TrailState:
    fields = tuple({"FieldSelectors": selector} for selector in selectors)
    return replace(approved_state(), event_selectors=(), advanced_event_selectors=fields)


_MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
_S3 = [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
]


def _arn(**condition: list[str]) -> dict[str, Any]:
    return {"Field": "resources.ARN", **condition}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_basic(), _advanced([_MANAGEMENT])),
        (
            _basic(),
            _advanced(
                [_MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}],
                [_MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}],
            ),
        ),
        (
            _basic(ExcludeManagementEventSources=["kms.amazonaws.com"]),
            _advanced([_MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]),
        ),
        (
            _basic(
                IncludeManagementEvents=False,
                DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::a/", "arn:aws:s3:::c/"]}],
            ),
            _advanced([*_S3, _arn(StartsWith=["arn:aws:s3:::a/", "arn:aws:s3:::c/"])]),
        ),
        (
            _basic(
                IncludeManagementEvents=False,
                DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
            ),
            _advanced(_S3),
        ),
        (
            _basic(
                IncludeManagementEvents=False,
                DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws-us-gov:s3:::"]}],
            ),
            _advanced(_S3),
        ),
    ],
)
def test_both_kinds_can_say_the_same(one: TrailState, other: TrailState) -> None:
    """A change of kind that records the same loses nothing and gains nothing."""
    assert event_coverage(one).beyond(event_coverage(other)) == ()
    assert event_coverage(other).beyond(event_coverage(one)) == ()


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (_basic(), _basic(ReadWriteType="ReadOnly")),
        (_basic(), _basic(ExcludeManagementEventSources=["kms.amazonaws.com"])),
        (_advanced(_S3), _advanced([*_S3, _arn(StartsWith=["arn:aws:s3:::a/"])])),
        (_advanced([*_S3, _arn(StartsWith=["a/"])]), _advanced([*_S3, _arn(StartsWith=["a/b/"])])),
        (_advanced([*_S3, _arn(StartsWith=["a/"])]), _advanced([*_S3, _arn(Equals=["a/b"])])),
        (_advanced([*_S3, _arn(EndsWith=["x"])]), _advanced([*_S3, _arn(EndsWith=["yx"])])),
        (_advanced([*_S3, _arn(NotStartsWith=["a/b/"])]), _advanced([*_S3, _arn(NotStartsWith=["a/"])])),
        (_advanced([*_S3, _arn(NotEndsWith=["yx"])]), _advanced([*_S3, _arn(NotEndsWith=["x"])])),
        (_advanced([*_S3, _arn(NotEquals=["a"])]), _advanced([*_S3, _arn(NotEquals=["a", "b"])])),
        (_advanced([*_S3, _arn(NotEquals=["a"])]), _advanced([*_S3, _arn(Equals=["b"])])),
    ],
)
def test_a_narrower_choice_is_within_the_wider(wide: TrailState, narrow: TrailState) -> None:
    """Narrowing loses something, and widening loses nothing."""
    assert event_coverage(wide).beyond(event_coverage(narrow)) != ()
    assert event_coverage(narrow).beyond(event_coverage(wide)) == ()


def test_several_positive_operators_on_one_field_are_not_guessed_at() -> None:
    """How they are joined is not documented, so only the same condition is within it."""
    both = _advanced([*_S3, _arn(Equals=["a/x"], StartsWith=["a/"])])
    assert event_coverage(both).beyond(event_coverage(_advanced([*_S3, _arn(StartsWith=["a/"])]))) != ()
    assert event_coverage(both).beyond(event_coverage(both)) == ()
