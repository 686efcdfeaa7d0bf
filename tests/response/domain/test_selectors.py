"""Event and insight selectors in one spelling each."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.errors import MalformedStateError
from response.domain.selectors import (
    advanced_event_selectors,
    event_selectors,
    insight_selectors,
    pascal_case,
)
from tests.response.domain import strategies


@given(
    st.lists(strategies.event_selector, max_size=4),
    st.lists(strategies.advanced_selector, max_size=4),
    st.randoms(),
)
def test_order_says_nothing(basic: list[Any], advanced: list[Any], source: random.Random) -> None:
    """Selectors in another order are the same selectors."""
    for read, selectors in ((event_selectors, basic), (advanced_event_selectors, advanced)):
        shuffled = source.sample(selectors, len(selectors))
        assert read(shuffled) == read(selectors)


@given(st.lists(strategies.event_selector, max_size=4), strategies.insight_selectors)
def test_the_canonical_form_is_its_own(basic: list[Any], insights: tuple[Any, ...]) -> None:
    """Reading what was read changes nothing."""
    assert event_selectors(event_selectors(basic)) == event_selectors(basic)
    assert insight_selectors(insight_selectors(insights)) == insight_selectors(insights)


def test_defaults_that_are_left_out_are_filled_in() -> None:
    """An empty basic selector records all management events and no data events."""
    assert event_selectors([{}]) == event_selectors(
        [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "DataResources": [],
                "ExcludeManagementEventSources": [],
            }
        ]
    )


def test_insights_of_management_events_are_the_default() -> None:
    """The category is left out where it says nothing."""
    explicit = [{"InsightType": "ApiCallRateInsight", "EventCategories": ["Management"]}]
    assert insight_selectors(explicit) == ({"InsightType": "ApiCallRateInsight"},)
    other = [{"InsightType": "ApiCallRateInsight", "EventCategories": ["Management", "Data"]}]
    assert insight_selectors(other) == (
        {"InsightType": "ApiCallRateInsight", "EventCategories": ["Data", "Management"]},
    )


def test_resources_of_one_type_are_one_entry() -> None:
    """Two entries for a type, in any order, choose the same as one."""
    two = [{"DataResources": [{"Type": "T", "Values": ["b"]}, {"Type": "T", "Values": ["a", "b"]}]}]
    one = [{"DataResources": [{"Type": "T", "Values": ["a", "b"]}]}]
    assert event_selectors(two) == event_selectors(one)


@pytest.mark.parametrize(
    ("selectors", "named"),
    [
        ("All", "EventSelectors is"),
        (["All"], r"EventSelectors\[0\] is"),
        ([{"Colour": 1}], r"EventSelectors\[0\]\.Colour"),
        ([{"ReadWriteType": "Some"}], r"\.ReadWriteType is 'Some', expected one of All"),
        ([{"ReadWriteType": ["All"]}], r"\.ReadWriteType"),
        (
            [{"IncludeManagementEvents": "true"}],
            r"\.IncludeManagementEvents is 'true', expected true or false",
        ),
        ([{"DataResources": [{"Type": 7, "Values": []}]}], r"DataResources\[0\]\.Type is 7"),
        ([{"DataResources": [{"Type": "T", "Values": [None]}]}], r"Values\[0\] is absent, expected text"),
        (
            [{"ExcludeManagementEventSources": "kms"}],
            r"ExcludeManagementEventSources is 'kms', expected a list",
        ),
    ],
)
def test_what_is_no_basic_selector_is_refused_by_its_place(selectors: object, named: str) -> None:
    """The error names where in the selectors, what was found and what was expected."""
    with pytest.raises(MalformedStateError, match=named):
        event_selectors(selectors)


@pytest.mark.parametrize(
    ("selectors", "named"),
    [
        ([{}], "FieldSelectors is absent, expected at least one"),
        ([{"FieldSelectors": [{"Field": "readOnly"}]}], "expected one of Equals"),
        ([{"FieldSelectors": [{"Equals": ["true"]}]}], "Field is absent"),
        ([{"FieldSelectors": [{"Field": "readOnly", "Is": ["true"]}]}], "only the keys Field, Equals"),
        ([{"Name": 7, "FieldSelectors": [{"Field": "f", "Equals": ["v"]}]}], "Name is 7"),
    ],
)
def test_what_is_no_advanced_selector_is_refused_by_its_place(selectors: object, named: str) -> None:
    """The same for advanced selectors."""
    with pytest.raises(MalformedStateError, match=named):
        advanced_event_selectors(selectors)


@given(strategies.json_values)
def test_any_json_is_selectors_or_malformed(value: object) -> None:
    """Nothing else is ever raised."""
    for read in (event_selectors, advanced_event_selectors, insight_selectors):
        try:
            read(value)
        except MalformedStateError as error:
            assert "expected" in str(error)  # noqa: PT017 - either outcome is right


def test_records_spell_keys_with_a_small_letter() -> None:
    """Keys change, values stay."""
    recorded = [{"readWriteType": "All", "dataResources": [{"type": "aB", "values": ["x"]}]}]
    assert pascal_case(recorded) == [
        {"ReadWriteType": "All", "DataResources": [{"Type": "aB", "Values": ["x"]}]}
    ]
