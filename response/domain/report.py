"""The report of a whole incident, as Markdown for people and as JSON for machines, from one bundle.

The bundle is a mapping of JSON values; every part may be absent, and is then said to be:

- `incident`: Incident.to_json();
- `records`: raw CloudTrail records, the one that opened the incident first;
- `dossier`: section name -> {finding, evidence, missing};
- `observation`: the trail state as found, TrailState.to_json(), or null where the trail was gone;
- `assessment`: Assessment.to_json();
- `actions`: what became of the plan's actions: `{id, status, started_at, finished_at, error}`;
- `undone`: attempts at taking them back: `{undoes, attempt, status, requested_by, reason, …}`;
- `approval`: `{digest, status, expires_at, decision: Decision.to_json() or null}`, or null;
- `timeline`: TimelineEntry.to_json() each;
- `evidence`: `{key, version_id, sha256}` each;
- `metrics`: Metrics.to_json();
- `end_state`: `{text, state}`: how the trail was left, in words and as a state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from response.domain.approver import decided_by
from response.domain.errors import MalformedRecordError
from response.domain.markdown import cell, code, json_code, table
from response.domain.record import parse_record
from response.domain.report_dossier import dossier, undone

Bundle = Mapping[str, Any]

_UNKNOWN = "Not known."
_METRICS: Mapping[str, str] = {
    "detection_delay_seconds": "Detection delay",
    "time_to_restore_seconds": "Time to restore",
    "time_to_contain_seconds": "Time to contain",
}


def render_json(bundle: Bundle) -> str:
    """The bundle as JSON: sorted, indented, ASCII, so that nothing in it can command a terminal."""
    return json.dumps(bundle, indent=2, sort_keys=True, ensure_ascii=True, default=str) + "\n"


def render_markdown(bundle: Bundle) -> str:
    """The report. No markup, link, image, HTML or mention in a string of a record survives."""
    incident = _mapping(bundle.get("incident"))
    trail = str(incident.get("trail_arn", "")).rpartition("/")[2]
    lines = [f"# Incident {cell(incident.get('id'))}: trail {cell(trail)}", "", *_summary(bundle)]
    for title, section in _SECTIONS:
        content = list(section(bundle))
        lines += ["", f"## {title}", "", *(content or [_UNKNOWN])]
    return "\n".join(lines) + "\n"


def _summary(bundle: Bundle) -> Iterator[str]:
    incident, assessment = _mapping(bundle.get("incident")), _mapping(bundle.get("assessment"))
    yield cell(assessment.get("summary"), 2_000)
    yield ""
    yield from table(
        ("", ""),
        (
            ("Trail", incident.get("trail_arn")),
            ("Status", incident.get("status")),
            ("Severity", incident.get("severity")),
            ("Opened", incident.get("opened_at")),
            ("Closed", incident.get("closed_at")),
            ("Rounds", incident.get("round")),
            ("Compared with", assessment.get("baseline_source")),
            ("Exception", _mapping(assessment.get("exception")).get("reason")),
            ("Planned change", _mapping(assessment.get("planned")).get("reason")),
            ("Verdict", _verdict(_mapping(incident.get("verdict")))),
        ),
    )


def _verdict(verdict: Mapping[str, Any]) -> str:
    """What a person said it was; nobody may have said so yet when the report is written."""
    if not verdict:
        return "none yet"
    return f"{verdict.get('verdict')} by {verdict.get('by')}: {verdict.get('reason')}"


def _timeline(bundle: Bundle) -> Iterator[str]:
    entries = _items(bundle, "timeline")
    if entries:
        rows = ((entry.get("at"), entry.get("step"), entry.get("text")) for entry in entries)
        yield from table(("Time", "Step", "What"), rows)


def _changes(bundle: Bundle) -> Iterator[str]:
    assessment = _mapping(bundle.get("assessment"))
    changes = _items(assessment, "changes")
    if changes:
        keys = ("field", "before", "after", "effect", "severity", "reason")
        rows = ([change.get(key) for key in keys] for change in changes)
        yield from table(("Field", "Before", "After", "Effect", "Severity", "Meaning"), rows)
    elif assessment:
        yield "Nothing differs from the state that was approved."


def _risk(bundle: Bundle) -> Iterator[str]:
    assessment = _mapping(bundle.get("assessment"))
    if "risk" in assessment:
        rows = [(term.get("label"), term.get("points")) for term in _items(assessment, "risk_terms")]
        total = f"Risk {assessment['risk']} of 100: {assessment.get('severity')}"
        yield from table(("What counts", "Points"), [*rows, (total, assessment["risk"])])


def _who(bundle: Bundle) -> Iterator[str]:
    records = bundle.get("records")
    if isinstance(records, list | tuple) and records:
        header = ("Time", "Call", "Principal", "ARN", "Address", "User agent", "Event id")
        yield from table(header, map(_record_row, records))


def _record_row(raw: object) -> tuple[Any, ...]:
    try:
        record = parse_record(raw)
    except MalformedRecordError as error:
        return ("-", "-", f"not readable: {error}", "-", "-", "-", "-")
    return (
        record.event_time.isoformat(),
        record.event_name,
        record.actor.describe(),
        record.actor.arn,
        record.source_ip,
        record.user_agent,
        record.event_id,
    )


def _plan(bundle: Bundle) -> Iterator[str]:
    plan = _mapping(_mapping(bundle.get("assessment")).get("plan"))
    if not plan:
        return
    yield f"Digest {cell(plan.get('digest'))}."
    results = {str(action.get("id")): action for action in _items(bundle, "actions")}
    for action in _items(plan, "actions"):
        yield from _action(action, results.get(str(action.get("id")), {}))
    for outcome in _items(plan, "outcomes"):
        yield from _outcome(outcome)
    if not plan.get("actions") and not plan.get("outcomes"):
        yield ""
        yield "No action was planned."
    yield from undone(bundle)


def _action(action: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### {cell(action.get('id'))}: {cell(action.get('title'))}", "")
    rows = (
        ("Kind and gate", f"{action.get('kind')}, {action.get('gate')}"),
        ("Target", action.get("target")),
        ("Result", result.get("status") or "not carried out"),
        ("Started", result.get("started_at")),
        ("Finished", result.get("finished_at")),
        ("Error", result.get("error")),
    )
    yield from table(("", ""), rows)
    for note in _texts(action.get("notes")):
        yield from ("", f"Note: {cell(note, 2_000)}")
    yield from ("", "Calls:", "", *json_code(action.get("calls")))
    if action.get("if_refused"):
        yield from ("", "If AWS refuses them, each of these by itself:", "", *json_code(action["if_refused"]))
    yield from ("", "Taken back by:", "", *json_code(action.get("inverse")))


def _outcome(outcome: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### {cell(outcome.get('name'))}: {cell(outcome.get('target'))}", "")
    yield cell(outcome.get("reason"), 2_000)
    yield ""
    yield from code(_texts(outcome.get("instructions")))


def _decision(bundle: Bundle) -> Iterator[str]:
    approval = _mapping(bundle.get("approval"))
    if not approval:
        yield "No approval was asked for."
        return
    decision = _mapping(approval.get("decision"))
    yield from table(
        ("", ""),
        (
            ("Status", approval.get("status")),
            ("Digest", approval.get("digest")),
            ("Expires", approval.get("expires_at")),
            ("Decision", decision.get("decision")),
            ("By", decided_by(decision)),
            ("Actions", decision.get("actions")),
            ("Comment", decision.get("comment")),
            ("Approvals needed", approval.get("quorum")),
            *(("Approved by", _approved(given)) for given in approval.get("approvals") or ()),
        ),
    )


def _approved(given: Mapping[str, Any]) -> str:
    """One approval of several that a plan needed, in a line."""
    actions = given.get("actions")
    what = "all" if actions is None else ", ".join(map(str, actions))
    return f"{decided_by(given)} at {given.get('at')}, {what}: {given.get('comment')}"


def _evidence(bundle: Bundle) -> Iterator[str]:
    evidence = _items(bundle, "evidence")
    if evidence:
        rows = ((item.get("key"), item.get("version_id"), item.get("sha256")) for item in evidence)
        yield from table(("Object", "Version", "SHA-256"), rows)


def _metrics(bundle: Bundle) -> Iterator[str]:
    metrics = _mapping(bundle.get("metrics"))
    if metrics:
        yield from table(("Metric", "Seconds"), ((name, metrics.get(key)) for key, name in _METRICS.items()))


def _observation(bundle: Bundle) -> Iterator[str]:
    if "observation" in bundle:
        yield from json_code(bundle["observation"])


def _end_state(bundle: Bundle) -> Iterator[str]:
    end_state = _mapping(bundle.get("end_state"))
    if end_state:
        yield cell(end_state.get("text"), 2_000)
        if "state" in end_state:
            yield from ("", *json_code(end_state["state"]))


_SECTIONS: tuple[tuple[str, Callable[[Bundle], Iterable[str]]], ...] = (
    ("What changed", _changes),
    ("Who", _who),
    ("Dossier", dossier),
    ("Risk", _risk),
    ("Plan", _plan),
    ("Decision", _decision),
    ("Timeline", _timeline),
    ("Metrics, in seconds", _metrics),
    ("End state", _end_state),
    ("State as found", _observation),
    ("Evidence", _evidence),
)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(source: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = source.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
