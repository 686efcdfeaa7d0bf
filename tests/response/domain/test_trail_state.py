"""Trail states: one canonical form, strict reading, a digest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from response.domain.errors import MalformedStateError
from response.domain.selectors import DEFAULT_EVENT_SELECTORS
from response.domain.trail_state import ATTRIBUTES, TrailState
from tests.response.domain.strategies import (
    ACCOUNT,
    REGION,
    TRAIL_ARN,
    approved_state,
    json_values,
    pairs,
    spoiled,
    states,
)

_KEY_ID = "0f1e2d3c-0000-4000-8000-000000000001"
_KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{_KEY_ID}"


@given(states())
def test_a_state_survives_json(state: TrailState) -> None:
    """What is written reads back as the same state, also through a JSON text."""
    assert TrailState.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert list(state.to_json()) == ["TrailARN", "Name", "HomeRegion", *ATTRIBUTES]


@given(pairs())
def test_digests_are_equal_exactly_for_equal_states(pair: tuple[TrailState, TrailState]) -> None:
    """The digest stands for the state."""
    one, other = pair
    assert (one.digest() == other.digest()) == (one == other)


@given(json_values | spoiled(approved_state().to_json()))
def test_any_json_is_a_state_or_malformed(value: object) -> None:
    """Nothing else is ever raised, and the error says what was expected."""
    try:
        state = TrailState.from_json(value)
    except MalformedStateError as error:
        assert "expected" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert TrailState.from_json(state.to_json()) == state
        assert state.digest()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"Colour": 1}, "Colour is 1, expected no such key"),
        ({"TrailARN": None}, "TrailARN is absent"),
        ({"TrailARN": "audit"}, "TrailARN is 'audit', expected an ARN like"),
        ({"Name": "other"}, "Name is 'other', expected 'audit'"),
        ({"HomeRegion": "us-east-1"}, "HomeRegion is 'us-east-1', expected 'eu-west-1'"),
        ({"S3BucketName": ""}, "S3BucketName is ''"),
        ({"S3BucketName": 7}, "S3BucketName is 7, expected text"),
        ({"IsLogging": None}, "IsLogging is absent, expected true or false"),
        ({"IsMultiRegionTrail": "true"}, "IsMultiRegionTrail is 'true', expected true or false"),
        ({"IsMultiRegionTrail": 1}, "IsMultiRegionTrail is 1, expected true or false"),
        ({"KmsKeyId": []}, r"KmsKeyId is \[\], expected text or null"),
        ({"Tags": [{"Key": "a"}]}, "Tags is"),
        ({"Tags": {"a": 1}}, r"Tags\.a is 1"),
        ({"EventSelectors": {}}, "EventSelectors is {}, expected a list"),
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}]},
            "a trail has one kind",
        ),
    ],
)
def test_a_state_is_read_strictly(changes: dict[str, Any], named: str) -> None:
    """Every wrong key is refused by name, with what was found and what was expected."""
    with pytest.raises(MalformedStateError, match=named):
        TrailState.from_json(approved_state().to_json() | changes)


def test_what_may_be_left_out_takes_its_default() -> None:
    """A state written by hand needs the ARN, the bucket and the flags."""
    flags = ("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "LogFileValidationEnabled")
    document = dict.fromkeys((*flags, "IsOrganizationTrail", "IsLogging"), True)
    state = TrailState.from_json({"TrailARN": TRAIL_ARN, "S3BucketName": "b", **document})
    assert state.event_selectors == DEFAULT_EVENT_SELECTORS
    assert (state.name, state.home_region, state.account) == ("audit", REGION, ACCOUNT)
    assert (state.kms_key_id, state.insight_selectors, state.tags) == (None, (), {})


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("kms_key_id", _KEY_ID, _KEY_ARN),
        ("kms_key_id", "alias/trail", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/trail"),
        ("kms_key_id", "", None),
        ("s3_key_prefix", "", None),
        ("sns_topic_arn", "topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"),
        (
            "cloud_watch_logs_log_group_arn",
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g",
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:*",
        ),
        ("event_selectors", (), DEFAULT_EVENT_SELECTORS),
        ("event_selectors", ({},), DEFAULT_EVENT_SELECTORS),
    ],
)
def test_two_spellings_of_one_thing_are_equal(field: str, one: object, other: object) -> None:
    """An id and its ARN, a name and its ARN, empty and absent, default and explicit."""
    changed: Any = {field: one}, {field: other}
    states_ = [replace(approved_state(), **change) for change in changed]
    assert states_[0] == states_[1]
    assert states_[0].digest() == states_[1].digest()


@pytest.mark.parametrize(
    "key",
    [
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{_KEY_ID}",
        f"arn:aws:kms:{REGION}:999988887777:key/{_KEY_ID}",
        f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/{_KEY_ID}",
        "other-id",
    ],
)
def test_another_key_is_never_taken_for_the_same(key: str) -> None:
    """The same id in another Region or account, or as an alias, is another key."""
    assert replace(approved_state(), kms_key_id=key) != replace(approved_state(), kms_key_id=_KEY_ID)


def test_what_was_assumed_is_told_and_does_not_count() -> None:
    """Two states that log the same are equal, whoever observed them."""
    assumed = replace(approved_state(), assumed=("Tags",))
    assert assumed == approved_state()
    assert assumed.digest() == approved_state().digest()


def test_a_state_cannot_be_changed_through_its_json() -> None:
    """The documents that a state hands out are copies."""
    state = approved_state()
    before = state.digest()
    state.to_json()["EventSelectors"][0]["ReadWriteType"] = "ReadOnly"
    state.value("Tags")["team"] = "x"
    assert state.digest() == before
