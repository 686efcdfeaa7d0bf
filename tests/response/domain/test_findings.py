"""Findings pass through the incident table without loss, and what is not findings is refused by its path."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain import codec
from response.domain.errors import MalformedStateError
from response.domain.findings import NOTHING, Conduct, Findings, Part, PrincipalFacts, PrincipalType

_NOW = dt.datetime(2026, 3, 1, 4, 30, tzinfo=dt.UTC)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.builds(
        Findings,
        discovered=st.lists(st.dictionaries(st.text(), _JSON), max_size=3).map(tuple),
        missing=st.dictionaries(st.sampled_from(list(Part)), st.lists(st.text()).map(tuple)),
        conduct=st.none() | st.just(Conduct(_NOW, _NOW)),
        principals=st.dictionaries(
            st.text(),
            st.builds(
                PrincipalFacts,
                arn=st.text(),
                type=st.sampled_from(PrincipalType),
                name=st.text(),
                tags=st.none() | st.dictionaries(st.text(), st.text()),
                created_at=st.none() | st.just(_NOW),
                inline_policies=st.none() | st.dictionaries(st.text(), st.integers(0, 10_240)),
            ),
            max_size=3,
        ),
    )
)
def test_round_trip(findings: Findings) -> None:
    """Writing and reading gives the same findings."""
    assert Findings.from_json(json.loads(json.dumps(findings.to_json()))) == findings


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "Findings: found []"),
        ({"surprise": 1}, "unknown key 'surprise'"),
        ({"conduct": {"since": "yesterday", "until": "now"}}, "Findings.conduct.since: found 'yesterday'"),
        ({"conduct": {"since": "2026-01-01T00:00:00", "until": ""}}, "expected a time with its offset"),
        ({"conduct": {}}, "missing 2 required"),
        ({"principals": {"a": {"arn": 1}}}, "Findings.principals.a.arn: found 1, expected str"),
        ({"principals": {"a": {"type": "group"}}}, "is none of user, role"),
    ],
)
def test_malformed(document: object, told: str) -> None:
    """What cannot be findings is refused with the path of what is wrong."""
    with pytest.raises(MalformedStateError) as refused:
        Findings.from_json(document)
    assert told in str(refused.value)


def test_older_document() -> None:
    """A document that lacks fields takes their defaults."""
    assert Findings.from_json({}) == NOTHING


def test_truth_is_no_number() -> None:
    """A truth value is not taken for a number."""
    with pytest.raises(MalformedStateError):
        codec.from_json(PrincipalFacts, {"inline_policies": {"p": True}})


def test_why_missing() -> None:
    """The reasons of the asked parts are told, and no others."""
    findings = Findings(missing={Part.CHAIN: ("throttled", "too many pages"), Part.CONTACT: ("none set",)})
    assert findings.why_missing(Part.CHAIN, Part.EARLIER) == "throttled; too many pages"
