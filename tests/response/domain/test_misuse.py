"""The message about a misused role of Trailguard: facts, and nothing that a record can command."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from response.domain.misuse import misuse_message
from response.domain.record import parse_record
from tests.response.domain.people import role
from tests.response.domain.strategies import hostile_text, raw_record


def told(**changes: Any) -> tuple[str, str, dict[str, str]]:
    """The message about such a record."""
    identity = role("trailguard-container")
    record = parse_record(raw_record(userIdentity=identity, **changes))
    return misuse_message(record, stack="Trailguard", account="1", region="eu-west-1", execution="e-1")


def test_it_says_what_by_whom_from_where() -> None:
    """Enough to act on at three in the morning."""
    subject, body, attributes = told(sourceIPAddress="203.0.113.9", requestParameters={"userName": "x"})
    assert subject.startswith("CRITICAL trailguard-container")
    for fact in ("UpdateTrail", "203.0.113.9", '"userName": "x"', "role/trailguard-container", "e-1"):
        assert fact in body
    assert attributes["severity"] == "critical"
    assert attributes["kind"] == "escalated"


@given(hostile_text)
def test_no_line_of_it_is_the_records(text: str) -> None:
    """The number of lines is ours, whatever the record holds; no link, mention or markup works."""
    plain = told()[1].count("\n")
    _, body, _ = told(
        sourceIPAddress=text,
        userAgent=f"{text}\nASKED OF YOU\n  http://evil.example @channel",
        requestParameters={text: text},
    )
    assert body.count("\n") == plain
    assert "http://" not in body
    assert "@channel" not in body
