"""Tickets are found where callers write them, and only claimed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from response.domain.dossier.tickets import session_tags, tickets
from response.domain.findings import NOTHING, Chain, ChainLink, Findings
from tests.response.domain.found import CI_DEPLOY, by
from tests.response.domain.people import role, user
from tests.response.domain.strategies import at, json_values


def _named(record: Any, found: Findings = NOTHING) -> list[tuple[str, str]]:
    return [(one["ticket"], one["in"]) for one in tickets([record], found)]


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("SEC-1234", ["SEC-1234"]),
        ("deploy-CHG0030001-a", ["CHG0030001"]),
        ("alice", []),
        ("i-0123456789abcdef0", []),
        ("xSEC-12", []),
    ],
)
def test_in_a_session_name(session: str, expected: list[str]) -> None:
    """Written as trackers write them."""
    assert _named(by(role(session=session))) == [(ticket, "session name") for ticket in expected]


def test_in_the_source_identity() -> None:
    """It survives role chaining."""
    identity = role()
    identity["sessionContext"]["sourceIdentity"] = "alice+OPS-7"
    assert _named(by(identity)) == [("OPS-7", "source identity")]


def test_in_the_tags_of_the_session() -> None:
    """Of any link of the chain; a tag that is called a ticket holds one whatever it looks like."""
    tags = {"Change-Request": "4711", "note": "see SEC-9", "team": "build"}
    link = ChainLink("e-1", "AssumeRole", at(1), CI_DEPLOY, user(), session_tags=tags)
    found = Findings(chains=(Chain("e-0", (link,), whole=True),))
    assert _named(by(role()), found) == [
        ("4711", "session tag Change-Request"),
        ("SEC-9", "session tag note"),
    ]


def test_session_tags_of_assume_role_and_of_federation() -> None:
    """STS takes them as a list, a provider asserts them as an object."""
    listed = {"tags": [{"key": "ticket", "value": "SEC-1"}, {"key": 1}, "odd"]}
    assert session_tags(by(user(), "AssumeRole", requestParameters=listed)) == {"ticket": "SEC-1"}
    asserted = {"principalTags": {"ticket": "SEC-2", "teams": ["a", "b"], "odd": {}}}
    record = by(user(), "AssumeRoleWithSAML", requestParameters=asserted)
    assert session_tags(record) == {"ticket": "SEC-2", "teams": "a"}


@given(json_values, json_values)
def test_any_tags_are_read(tags: Any, claims: Any) -> None:
    """Whatever stands there, the answer is text by text, at most fifty."""
    record = by(user(), requestParameters={"tags": tags, "principalTags": claims})
    found = session_tags(record)
    assert len(found) <= 50
    assert all(value.isprintable() for value in found.values())
