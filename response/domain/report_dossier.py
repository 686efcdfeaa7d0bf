"""The dossier in the report: each question with its finding, what is missing of it, and its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from response.domain.markdown import cell, table

_TITLES: Mapping[str, str] = {
    "who": "Who was it?",
    "from_where": "From where?",
    "what_changed": "What exactly changed?",
    "blind_window": "What went unrecorded, and when?",
    "what_else": "What else did they do?",
    "made_to_stay": "What did they make in order to stay?",
    "was_it_approved": "Was it approved?",
    "who_to_tell": "Who must be told?",
}
_FINDING_LIMIT = 8_000
_MOST_COLUMNS = 16
_MOST_SECTIONS = 40


def dossier(bundle: Mapping[str, Any]) -> Iterator[str]:
    """Every section, those with a place in the order first."""
    document = _mapping(bundle.get("dossier"))
    known = [name for name in _TITLES if name in document]
    others = [name for name in document if name not in _TITLES]
    for name in (*known, *others)[:_MOST_SECTIONS]:
        section = _mapping(document[name])
        yield from ("", f"### {_TITLES.get(name) or cell(str(name))}", "")
        yield cell(section.get("finding"), _FINDING_LIMIT)
        if name == "blind_window":
            yield from _closed(bundle)
        if section.get("missing"):
            yield from ("", f"Not known or not complete: {cell(section['missing'], _FINDING_LIMIT)}")
        yield from _evidence(section.get("evidence"))


def undone(bundle: Mapping[str, Any]) -> Iterator[str]:
    """What was taken back of what was done, by whom and why."""
    entries = [item for item in _list(bundle.get("undone")) if isinstance(item, Mapping)]
    if not entries:
        return
    yield from ("", "### Taken back afterwards", "")
    header = ("Action", "Attempt", "Result", "By", "Reason", "Started", "Finished", "Detail")
    keys = ("undoes", "attempt", "status", "requested_by", "reason", "started_at", "finished_at", "detail")
    yield from table(header, ([entry.get(key) for key in keys] for entry in entries))


def _closed(bundle: Mapping[str, Any]) -> Iterator[str]:
    """When the last action that put the trail back was done: then the window that the finding tells ended."""
    plan = _mapping(_mapping(bundle.get("assessment")).get("plan"))
    restoring = {
        str(action.get("id"))
        for action in map(_mapping, _list(plan.get("actions")))
        if action.get("kind") == "restore"
    }
    ended = [
        str(action["finished_at"])
        for action in map(_mapping, _list(bundle.get("actions")))
        if str(action.get("id")) in restoring and action.get("status") == "done" and action.get("finished_at")
    ]
    if ended:
        yield from ("", f"It ended at {cell(max(ended))}, when the trail had been put back.")


def _evidence(evidence: Any) -> Iterator[str]:
    """Lists as tables of their own, all else as one table of names and values."""
    if isinstance(evidence, list):
        evidence = {"entries": evidence}
    if not isinstance(evidence, Mapping):
        return
    if "entries" in evidence:
        yield from _entries("", evidence)
        return
    lists = {key: value for key, value in evidence.items() if _is_list(value)}
    single = [(str(key), value) for key, value in evidence.items() if key not in lists]
    if single:
        yield from ("", *table(("", ""), single))
    for key, value in lists.items():
        yield from _entries(str(key), value)


def _is_list(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("entries"), list | tuple)


def _entries(title: str, listed: Mapping[str, Any]) -> Iterator[str]:
    """One list of evidence; an empty one is said to be empty, a cut one by how much."""
    entries = _list(listed.get("entries"))
    named = cell(title.replace("_", " ")).capitalize() if title else "Evidence"
    left_out = f" ({cell(listed['left_out'])} more are not shown)" if listed.get("left_out") else ""
    yield from ("", f"{named}{left_out}:" if entries else f"{named}: none")
    if not entries:
        return
    yield ""
    rows = [_mapping(entry) or {"value": entry} for entry in entries]
    columns = list(dict.fromkeys(str(key) for row in rows for key in row))[:_MOST_COLUMNS]
    yield from table(_header(columns), ([row.get(column) for column in columns] for row in rows))


def _header(columns: Sequence[str]) -> list[str]:
    return [cell(column.replace("_", " ")) for column in columns]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else []
