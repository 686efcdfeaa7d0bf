"""The report: everything of an incident, and nothing of a record that a Markdown reader would act upon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from response.domain.approval import Approver, Decision, Verdict
from response.domain.incident import Incident, IncidentStatus, TimelineEntry, metrics
from response.domain.report import render_json, render_markdown
from tests.response.domain.people import EVERYBODY, hostile_texts, record_of, user
from tests.response.domain.strategies import (
    ACCOUNT,
    REGION,
    TRAIL_ARN,
    approved_state,
    at,
    json_values,
    raw_record,
)
from tests.response.domain.test_assessment import assessed

_SECTIONS = [
    "What changed",
    "Who",
    "Dossier",
    "Risk",
    "Plan",
    "Decision",
    "Timeline",
    "Metrics, in seconds",
    "End state",
    "State as found",
    "Evidence",
]


def bundle(**changes: Any) -> dict[str, Any]:
    """The bundle of mallory's incident, closed."""
    assessment = assessed()
    alice = Approver(f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE", "AKIAALICESECRETKEY00", ACCOUNT)
    known = {
        "incident": Incident(
            id="TG-20260301-0123abcd",
            trail_arn=TRAIL_ARN,
            status=IncidentStatus.CLOSED,
            severity="critical",
            opened_at=at(0),
            account=ACCOUNT,
            region=REGION,
            closed_at=at(9),
        ).to_json(),
        "records": [raw_record(userIdentity=user())],
        "observation": approved_state(is_logging=False).to_json(),
        "assessment": assessment.to_json(),
        "actions": [
            {"id": "restore-trail", "status": "done", "started_at": at(5).isoformat(), "error": None},
            {"id": "deactivate-access-key", "status": "failed", "error": "AccessDenied"},
        ],
        "approval": {
            "digest": assessment.plan.digest,
            "status": "approved",
            "expires_at": at(59).isoformat(),
            "decision": Decision(assessment.plan.digest, Verdict.APPROVE, alice, "looks | right").to_json(),
        },
        "timeline": [TimelineEntry(at(0), "intake", "opened by EventBridge").to_json()],
        "evidence": [{"key": "TG-1/record.json", "version_id": "v1", "sha256": "ab" * 32}],
        "metrics": metrics(event_time=at(0), detected_at=at(1), restored_at=at(6)).to_json(),
        "end_state": {"text": "The trail is as approved.", "state": approved_state().to_json()},
    }
    return known | changes


def tokens(markdown: str) -> Iterator[Token]:
    """All tokens of a document, as a reader with tables, HTML and bare addresses would see them."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        yield token
        yield from token.children or ()


def headings(markdown: str) -> list[str]:
    """The document's headings of the second level."""
    found = list(tokens(markdown))
    return [after.content for token, after in pairwise(found) if token.tag == "h2" and after.type == "inline"]


def test_the_report_holds_the_whole_incident() -> None:
    """Every section, and in them what happened."""
    text = render_markdown(bundle())
    assert headings(text) == _SECTIONS
    for said in (
        "# Incident TG-20260301-0123abcd: trail audit",
        "| S3BucketName | central-logs | stranger-logs | weakens | critical |",
        "IAM user mallory",
        "203.0.113.7",
        "| made with a long-term access key | 5 |",
        '"operation": "UpdateTrail"',
        "Taken back by:",
        "| Result | done |",
        "| Error | AccessDenied |",
        f"| By | arn:aws:iam::{ACCOUNT}:user/alice |",
        "looks \\| right",
        "opened by EventBridge",
        "| Time to restore | 360.0 |",
        "| Time to contain | (none) |",
        "The trail is as approved.",
        "| TG-1/record.json | v1 | " + "ab" * 32 + " |",
        '"IsLogging": false',
    ):
        assert said in text
    assert "AKIAALICESECRETKEY00" not in text


def test_an_outcome_is_told_with_its_commands() -> None:
    """What a person has to do by hand stands as code."""
    text = render_markdown(bundle(assessment=assessed(record=record_of(EVERYBODY["root"])).to_json()))
    assert "\n    aws sts assume-root --region us-east-1" in text
    assert "\\_contained\\_automatically" in text


def test_missing_parts_are_said_to_be_missing() -> None:
    """An empty bundle is a report all the same."""
    text = render_markdown({})
    assert headings(text) == _SECTIONS
    assert text.count("Not known.") == len(_SECTIONS) - 1
    assert "No approval was asked for." in text


def test_an_unreadable_record_is_named() -> None:
    """It does not keep the report from being written."""
    assert "not readable: record" in render_markdown(bundle(records=[{"eventID": "x"}]))


def test_the_json_is_the_bundle() -> None:
    """Nothing added, nothing lost, in ASCII."""
    text = render_json(bundle())
    assert json.loads(text) == bundle()
    assert text.isascii()


@given(hostile_texts, hostile_texts, hostile_texts, hostile_texts, hostile_texts)
def test_no_string_of_a_record_is_acted_upon(
    name: str, agent: str, tag: str, comment: str, error: str
) -> None:
    """No HTML, link, image, emphasis, heading, row or mention comes from a string."""
    identity = {**EVERYBODY["role"], "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name}"}
    raw = raw_record(userIdentity=identity, userAgent=agent, sourceIPAddress=tag)
    before = approved_state(tags={"team": "a"})
    assessment = assessed(approved_state(tags={"team": tag}), record=record_of(identity, userAgent=agent))
    hostile = bundle(
        records=[raw],
        assessment=assessment.to_json(),
        timeline=[{"at": "now", "step": name, "text": error}],
        actions=[{"id": "restore-tags", "status": error, "error": error}],
        approval={"status": "approved", "decision": {"comment": comment, "decision": "approve"}},
        evidence=[{"key": name, "version_id": agent, "sha256": tag}],
        end_state={"text": comment, "state": before.to_json()},
    )
    text = render_markdown(hostile)
    assert all(character == "\n" or character.isprintable() for character in text)
    kinds = {token.type for token in tokens(text)}
    assert not kinds & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "em_open",
        "strong_open",
        "code_inline",
    }
    assert not kinds & {"fence", "blockquote_open", "bullet_list_open", "ordered_list_open", "hr"}
    assert headings(text) == _SECTIONS
    rows = sum(token.type == "tr_open" for token in tokens(text))
    calm = bundle(
        records=[raw_record(userIdentity=EVERYBODY["role"])],
        assessment=json.loads(json.dumps(assessment.to_json())),
        timeline=[{"at": "now"}],
        actions=[],
        approval={"status": "approved"},
        evidence=[{"key": "x"}],
    )
    assert rows == sum(token.type == "tr_open" for token in tokens(render_markdown(calm)))
    outside_code = "\n".join(line for line in text.split("\n") if not line.startswith("    "))
    assert "://" not in outside_code.replace("\\://", "")
    assert " @" not in outside_code
    assert json.loads(render_json(hostile)) == hostile


@given(st.dictionaries(st.sampled_from(sorted(bundle())), json_values))
def test_any_bundle_is_rendered(odd: dict[str, Any]) -> None:
    """Parts of another shape never keep a report from being written."""
    assert headings(render_markdown(odd)) == _SECTIONS
    assert json.loads(render_json(odd)) == json.loads(json.dumps(odd))
