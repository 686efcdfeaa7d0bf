"""The dossier in the report: question by question, with its evidence, and nothing of a record acted upon."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from response.domain.dossier import investigated_sections
from response.domain.findings import Findings
from response.domain.policy import Policy
from response.domain.record import Record
from response.domain.report import render_markdown
from tests.response.domain.found import by, example, findings, records
from tests.response.domain.people import role
from tests.response.domain.strategies import TRAIL_ARN, at, json_values
from tests.response.domain.test_assessment import assessed
from tests.response.domain.test_report import bundle, tokens

_RECORD = by(role())
_ACTED_UPON = {
    "html_inline",
    "html_block",
    "link_open",
    "image",
    "em_open",
    "strong_open",
    "code_inline",
    "fence",
    "blockquote_open",
    "bullet_list_open",
    "ordered_list_open",
    "hr",
}


def _dossier(found: Findings, *given_records: Record) -> dict[str, Any]:
    sections = investigated_sections(
        given_records, found, now=at(59), policy=Policy(), trail_tags={"team": "<b>"}, trail_arn=TRAIL_ARN
    )
    return {name: section.to_json() for name, section in sections.items()}


def test_each_question_has_its_finding_its_evidence_and_its_gap() -> None:
    """As a chapter with headings, tables of event ids, and what is not complete."""
    text = render_markdown(bundle(dossier=_dossier(example(_RECORD), _RECORD)))
    for said in (
        "## Dossier",
        "### Who was it?",
        "### From where?",
        "### What did they make in order to stay?",
        "Role ci-deploy \\(session run-17",
        "Not known or not complete: us-east-1: throttled",
        "Evasion:",
        "| at | event id | name | source | target | region |",
        "| 2026-03-01T02:57:00Z | e-stop | StopLogging | cloudtrail.amazonaws.com | second | eu-west-1 |",
        "Nothing to list under: data, denied.",
        "id: AKIAEXAMPLEMALLORY00, status: Active",
    ):
        assert said in text


def test_how_many_entries_are_left_out_is_said() -> None:
    """A cut list is not taken for all of it."""
    section = {"finding": "x", "evidence": {"calls": {"entries": [{"event_id": "e"}], "left_out": 12}}}
    text = render_markdown(bundle(dossier={"what_else": section}))
    assert "Calls (12 more are not shown):" in text


def test_when_the_window_ended_is_told_by_the_actions() -> None:
    """The dossier was written before the trail was put back."""
    section = {"finding": "from 02:57 until now", "evidence": {}, "missing": ""}
    actions = [
        {"id": "restore-trail", "status": "done", "finished_at": at(9).isoformat()},
        {"id": "start-logging", "status": "failed", "finished_at": at(12).isoformat()},
    ]
    text = render_markdown(bundle(dossier={"blind_window": section}, actions=actions))
    assert f"It ended at {at(9).isoformat()}, when the trail had been put back." in text
    assert "It ended" not in render_markdown(bundle(dossier={"blind_window": section}, actions=[]))


def test_notes_of_actions_and_what_was_taken_back_are_told() -> None:
    """Why this and not less, and what became of it later."""
    assessment = json.loads(json.dumps(assessed().to_json()))
    assessment["plan"]["actions"][0]["notes"] = ["Other <i>sessions</i> live on."]
    undone = {
        "undoes": "restore-trail",
        "attempt": 1,
        "status": "done",
        "requested_by": "arn:x",
        "reason": "*slip*",
    }
    text = render_markdown(bundle(assessment=assessment, undone=[undone]))
    assert "Note: Other &lt;i&gt;sessions&lt;/i&gt; live on." in text
    assert "### Taken back afterwards" in text
    assert "| restore-trail | 1 | done | arn:x | \\*slip\\* |" in text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(findings(), records())
def test_no_string_of_a_record_is_acted_upon(found: Findings, given_records: list[Record]) -> None:
    """No HTML, link, emphasis, list or line of theirs, whatever was found."""
    text = render_markdown(bundle(dossier=_dossier(found, *given_records)))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parsed = parser.parse(text)
    every = {token.type for token in parsed} | {
        child.type for token in parsed for child in token.children or ()
    }
    assert not every & _ACTED_UPON
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "<b>" not in parser.renderer.render(parsed, parser.options, {})


@given(st.dictionaries(st.sampled_from(("who", "blind_window", "<i>x</i>", "# y")), json_values), json_values)
def test_any_dossier_is_rendered(dossier: dict[str, Any], undone: Any) -> None:
    """Of another shape, or with names of another's choosing."""
    spoiled = {
        name: {"finding": value, "evidence": {"a": {"entries": [value, {"<b>": value}]}, "b": value}}
        for name, value in dossier.items()
    }
    for odd in (dossier, spoiled):
        text = render_markdown(bundle(dossier=odd, undone=undone))
        assert not {token.type for token in tokens(text)} & _ACTED_UPON
