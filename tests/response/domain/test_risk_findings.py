"""Each circumstance that an investigation can find counts once, and only where it is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from response.domain.dossier.conduct import conduct_of, created_by
from response.domain.findings import (
    CalendarState,
    Chain,
    ChainLink,
    Familiar,
    Findings,
    KeyFacts,
    PrincipalFacts,
    PrincipalType,
)
from response.domain.risk_findings import finding_terms
from response.domain.risk_weights import FINDINGS_AT_MOST, WEIGHTS, YOUNG_DAYS
from tests.response.domain.found import MALLORY, by, create_user, example
from tests.response.domain.people import KEY, user
from tests.response.domain.strategies import STRANGER, at, raw_record

_RECORD = by(user())
_MADE = at(0) - dt.timedelta(days=400)
_USER = PrincipalFacts(MALLORY, PrincipalType.USER, "mallory", created_at=_MADE)


def _conduct(*raws: dict[str, object]) -> Findings:
    return Findings(conduct=conduct_of(raws, since=at(0), until=at(59)))


def _refused(count: int) -> Findings:
    calls = [raw_record("GetUser", eventID=f"e-{n}", errorCode="AccessDenied") for n in range(count)]
    return _conduct(*calls)


def _through(account: str) -> Findings:
    link = ChainLink("e-1", "AssumeRole", at(1), "", user(account=account))
    return Findings(chains=(Chain(_RECORD.event_id, (link,), whole=True),))


def _of(facts: PrincipalFacts) -> Findings:
    return Findings(principals={facts.arn: facts})


@pytest.mark.parametrize(
    ("found", "name", "count"),
    [
        (_conduct(raw_record("StopLogging", eventID="e-9")), "evasion", 1),
        (_conduct(raw_record("GetObject", eventID="e-9", eventSource="s3.amazonaws.com")), "data", 1),
        (_conduct(create_user()), "persistence", 1),
        (Findings(created=created_by([create_user()])), "created", 1),
        (_refused(3), "probing", 3),
        (Findings(familiar_addresses=(Familiar("203.0.113.7", 0, 9, at(0)),)), "new_address", None),
        (Findings(familiar_agents=(Familiar("aws-cli", 0, 9, at(0)),)), "new_agent", None),
        (Findings(earlier=()), "first_change", None),
        (Findings(calendars=(CalendarState("freeze", "CLOSED", at(57)),)), "calendar_closed", None),
        (_of(replace(_USER, created_at=at(0))), "new_principal", None),
        (_of(replace(_USER, keys=(KeyFacts(KEY, "Active", at(0)),))), "new_key", None),
        (_of(replace(_USER, exists=False)), "gone", None),
        (_through(STRANGER), "foreign_origin", None),
    ],
)
def test_what_counts(found: Findings, name: str, count: int | None) -> None:
    """With the points and the words of the table, and how many there were."""
    weight = WEIGHTS[name]
    label = weight.label if count is None else f"{weight.label} ({count})"
    assert finding_terms(found, _RECORD) == ((label, weight.points),)


@pytest.mark.parametrize(
    "found",
    [
        Findings(),
        _refused(2),
        Findings(familiar_addresses=(Familiar("203.0.113.7", 3, 9, at(0)),)),
        Findings(familiar_addresses=(Familiar("203.0.113.7", 0, 0, at(0)),)),
        Findings(calendars=(CalendarState("freeze", "OPEN", at(57)),)),
        _of(_USER),
        _of(replace(_USER, created_at=None, keys=(KeyFacts("AKIAANOTHER000000000", "Active", at(0)),))),
        _of(replace(_USER, arn=MALLORY + "-other", created_at=at(0))),
        _of(replace(_USER, created_at=_RECORD.event_time - dt.timedelta(days=YOUNG_DAYS))),
        _through(_RECORD.account),
    ],
)
def test_what_does_not_count(found: Findings) -> None:
    """What is familiar, old, allowed, of somebody else, or not known."""
    assert finding_terms(found, _RECORD) == ()


def test_the_incidents_own_events_are_nothing_else() -> None:
    """The change that the incident is about does not count a second time as evasion."""
    found = _conduct(raw_record())
    assert finding_terms(found, _RECORD, [_RECORD.event_id]) == ()
    assert finding_terms(found, _RECORD) != ()


def test_all_together_are_limited_and_say_so() -> None:
    """The limit is a term of its own, so that the terms still add up."""
    terms = finding_terms(example(_RECORD), _RECORD)
    assert sum(points for _, points in terms) == FINDINGS_AT_MOST
    assert terms[-1][0] == f"what the investigation found is limited to {FINDINGS_AT_MOST}"
    assert terms[-1][1] < 0


def test_the_documented_table_is_the_one_in_force() -> None:
    """Every weight stands in the architecture page, with its points and its reason."""
    text = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text()
    for weight in WEIGHTS.values():
        assert f"| {weight.label} | {weight.points} | {weight.reason} |" in text
        assert 0 < weight.points <= FINDINGS_AT_MOST
    assert f"{FINDINGS_AT_MOST} at most together" in text
