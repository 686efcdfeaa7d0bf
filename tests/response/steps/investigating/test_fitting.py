"""Findings fit an item of the incident table, whatever an attacker makes longer."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from response.aws.documents import dump
from response.domain.findings import CallSeen, Conduct, Findings, Part
from response.steps.investigating.fitting import MOST_BYTES, fitted
from tests.response.aws.fakes import START


def _calls(count: int, width: int) -> tuple[CallSeen, ...]:
    return tuple(CallSeen(f"e-{n}", START, "s3.amazonaws.com", "x" * width) for n in range(count))


def _findings(count: int, width: int, records: int, size: int) -> Findings:
    calls = _calls(count, width)
    conduct = Conduct(START - timedelta(days=1), START, (), calls, calls, calls, calls, {"data": 7})
    raw = tuple({"eventID": f"d-{n}", "userAgent": "x" * size} for n in range(records))
    return Findings(conduct=conduct, earlier=calls, discovered=raw)


@settings(deadline=None)  # how long it takes depends on who else is at work
@given(st.integers(0, 100), st.integers(0, 1500), st.integers(0, 6), st.integers(0, 250_000))
def test_whatever_was_found_fits(count: int, width: int, records: int, size: int) -> None:
    """And what fits is left as it is; what is cut is said, and counted where it is a list of calls."""
    findings = _findings(count, width, records, size)
    made = fitted(findings)
    assert len(dump(made.to_json()).encode()) <= MOST_BYTES
    if len(dump(findings.to_json()).encode()) <= MOST_BYTES:
        assert made == findings
        return
    assert "shortened" in made.why_missing(Part.CONDUCT, Part.DISCOVERED)
    assert made.conduct is not None
    assert len(made.conduct.data) + made.conduct.left_out["data"] == count + 7


def test_the_newest_discovered_records_stay() -> None:
    """They are the likeliest to have left the trail as it is."""
    made = fitted(_findings(0, 0, 3, 150_000))
    assert [raw["eventID"] for raw in made.discovered] == ["d-1", "d-2"]
