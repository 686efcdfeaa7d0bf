"""The chat notification: the form that Amazon Q Developer takes, closed to whatever a record holds."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from response.domain.incident import Incident, IncidentStatus
from response.domain.message_chat import (
    DESCRIPTION_LIMIT,
    KEYWORD_LIMIT,
    NEXT_STEP_LIMIT,
    TITLE_LIMIT,
    code,
    notification,
    plain_notification,
)
from response.domain.notice import NoticeKind
from tests.response.domain.people import EVERYBODY, hostile_texts, record_of
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN, at
from tests.response.domain.test_assessment import assessed
from tests.response.domain.test_message import notice

_SPAN = re.compile(r"`[^`\n]+`")
_PAGE = "https://c.example/#TG-20260301-0123abcd"
# Outside of spans nothing may format, mention, link or begin an entity.
_FORBIDDEN = re.compile(r"[<>@*_~\[\]|`&\\#]|://|www\.")


def _closed(text: str, own: str = "") -> None:
    """Every line is one of spans and plain words of ours."""
    rest = _SPAN.sub("", text.replace(own, "") if own else text)
    assert not _FORBIDDEN.search(rest), rest
    assert all(character == "\n" or character.isprintable() for character in text)
    for span in _SPAN.findall(text):
        assert "<" not in span
        assert "://" not in span
        assert not re.search(r"(?<![\w.+-])@", span)


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The document, which has the form of the guide and keeps its limits."""
    assert (document["version"], document["source"]) == ("1.0", "custom")
    content: dict[str, Any] = document["content"]
    metadata = document["metadata"]
    assert content["textType"] == "client-markdown"
    assert 0 < len(content["title"]) <= TITLE_LIMIT
    assert 0 < len(content["description"]) <= DESCRIPTION_LIMIT
    assert all(0 < len(step) <= NEXT_STEP_LIMIT for step in content["nextSteps"])
    assert all(0 < len(word) <= KEYWORD_LIMIT for word in content["keywords"])
    assert all(isinstance(value, str) for value in metadata.get("additionalContext", {}).values())
    assert metadata["enableCustomActions"] is False
    return content


def test_it_says_what_is_asked_and_what_follows() -> None:
    """Trail, owner, changes, who, the actions, until when, what happens then, and how to decide."""
    document = notification(notice(console_url="https://c.example"))
    content = _checked(document)
    assert content["title"] == "CRITICAL: approval needed [TG-20260301-0123abcd]"
    for said in (
        f"Trail `audit` in account `{ACCOUNT}`, Region `eu-west-1`",
        "Owner: `security team`",
        "- `S3BucketName`: `central-logs` to `stranger-logs` (weakens, critical)",
        "By `IAM user mallory",
        "from `203.0.113.7` at 2026-03-01",
        "- `restore-trail` `Put the trail back",
        "Until 2026-03-01 02:59:00 UTC. If nobody answers until then, nothing of it is done",
    ):
        assert said in content["description"], said
    assert content["nextSteps"] == [
        f"Open the incident: {_PAGE}",
        "Read it: `trailguard incidents TG-20260301-0123abcd`",
        "Decide: `trailguard approve TG-20260301-0123abcd` or `trailguard reject TG-20260301-0123abcd`",
    ]
    assert content["keywords"] == ["critical", "approval", "eu-west-1"]
    assert document["metadata"]["threadId"] == "TG-20260301-0123abcd"
    assert document["metadata"]["additionalContext"]["expires_at"] == "2026-03-01T02:59:00+00:00"


def test_without_a_question_nothing_is_asked() -> None:
    """A failure says to take over; no command decides anything."""
    content = _checked(notification(notice(kind=NoticeKind.FAILED, ask=None)))
    assert "Take over this incident" in content["description"]
    assert content["nextSteps"] == ["Read it: `trailguard incidents TG-20260301-0123abcd`"]


def test_what_has_no_incident_is_told_too() -> None:
    """The text of the mail, line by line, in spans."""
    attributes = {"kind": "escalated", "severity": "critical"}
    content = _checked(plain_notification("A role was misused", "Who: <!here>\n\nDo: look\n", attributes))
    assert content["title"] == "CRITICAL: a person has to act"
    assert content["description"] == "`A role was misused`\n`Who: (!here)`\n`Do: look`"


def test_what_does_not_fit_is_left_out_line_by_line() -> None:
    """Never in the middle of a span."""
    content = _checked(plain_notification("s", "\n".join(["x" * 900] * 20), {}))
    assert content["description"].endswith("`\nMore in the incident.")
    _closed(content["description"])


@given(st.text())
def test_a_span_cannot_be_left(text: str) -> None:
    """Whatever the value."""
    shown = code(text)
    assert _SPAN.fullmatch(shown)
    _closed(shown)


@given(hostile_texts, hostile_texts, hostile_texts, st.sampled_from(NoticeKind), st.booleans())
def test_hostile_strings_stay_in_their_spans(
    name: str, agent: str, value: str, kind: NoticeKind, asks: bool
) -> None:
    """No string of a record makes a line, a mention, a link or markup; title and keywords hold none."""
    identity = {**EVERYBODY["role"], "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name}"}
    record = record_of(identity, userAgent=agent, sourceIPAddress=agent)
    assessment = json.loads(json.dumps(assessed(record=record).to_json()))
    for change in assessment["changes"]:
        change["after"] = value
    for action in assessment["plan"]["actions"]:
        action["title"] = value
    incident = Incident(
        "TG-20260301-0123abcd", TRAIL_ARN + name, IncidentStatus.OPEN, name, at(0), name, agent
    )
    changes: dict[str, Any] = {} if asks else {"ask": None}
    document = notification(
        notice(
            kind=kind,
            incident=incident,
            record=record,
            assessment=assessment,
            note=value,
            owner=agent,
            console_url="https://c.example",
            **changes,
        )
    )
    content = _checked(document)
    _closed(content["description"])
    for step in content["nextSteps"]:
        _closed(step, _PAGE)
    shown = [content["title"].replace("[TG-20260301-0123abcd]", ""), *content["keywords"]]
    for text in (*shown, document["metadata"]["summary"]):
        _closed(text)
        assert re.fullmatch(r"[A-Za-z0-9:,. -]*", text)
