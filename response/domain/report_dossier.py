"""The dossier in the report: each question with its finding, what is missing of it, and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from response.domain.markdown import cell, table

QUESTIONS: Mapping[str, str] = {
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
_DEPTH = 4
# The order of tables and of their columns; whatever is not named here comes after it.
_LISTS = (
    "actors",
    "chains",
    "principals",
    "earlier_changes",
    "sources",
    "addresses",
    "seen_before",
    "services",
)
_COLUMNS = (
    *(
        "at",
        "event_id",
        "field",
        "kind",
        "name",
        "call",
        "source",
        "arn",
        "address",
        "value",
        "before",
        "after",
    ),
    *("what", "from", "until", "instead", "target", "trail", "region", "error_code", "source_ip", "calls"),
    *("denied", "first", "last", "access_key_id", "actions", "outcomes"),
)
_MOST_SECTIONS = 40


def dossier(bundle: Mapping[str, Any]) -> Iterator[str]:
    """Every section, those with a place in the order first."""
    document = _mapping(bundle.get("dossier"))
    known = [name for name in QUESTIONS if name in document]
    others = [name for name in document if name not in QUESTIONS]
    for place, name in enumerate((*known, *others)[:_MOST_SECTIONS]):
        section = _mapping(document[name])
        if place:
            yield ""
        yield from (f"### {QUESTIONS.get(name) or cell(str(name))}", "")
        yield cell(_capitalised(section.get("finding")), _FINDING_LIMIT)
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


def _capitalised(finding: Any) -> Any:
    """A finding as a sentence."""
    return f"{finding[:1].upper()}{finding[1:]}" if isinstance(finding, str) else finding


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
    """Lists as tables of their own, all else as one table of names and values; what is empty in one line."""
    if isinstance(evidence, list):
        evidence = {"entries": evidence}
    if not isinstance(evidence, Mapping):
        return
    if "entries" in evidence:
        evidence = {"evidence": evidence}
    lists = {str(key): value for key, value in evidence.items() if _is_list(value)}
    single = [
        (str(key).replace("_", " "), _flat(value)) for key, value in evidence.items() if key not in lists
    ]
    if single:
        yield from ("", *table(("", ""), single))
    for name in sorted(lists, key=_place(_LISTS)):
        yield from _entries(name, lists[name])
    empty = [name.replace("_", " ") for name, value in lists.items() if not value["entries"]]
    if empty:
        yield from ("", f"Nothing to list under: {cell(', '.join(sorted(empty)))}.")


def _is_list(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("entries"), list | tuple)


def _entries(name: str, listed: Mapping[str, Any]) -> Iterator[str]:
    """One list of evidence, without the columns in which nothing stands; a cut one says by how much."""
    rows = [
        {str(key): _flat(value) for key, value in (_mapping(entry) or {"value": entry}).items()}
        for entry in listed["entries"]
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row if row[key] not in (None, "")))
    columns = sorted(columns, key=_place(_COLUMNS))[:_MOST_COLUMNS]
    if not columns:
        return
    left_out = f" ({cell(listed['left_out'])} more are not shown)" if listed.get("left_out") else ""
    yield from ("", f"{cell(name.replace('_', ' ').capitalize())}{left_out}:", "")
    header = [cell(column.replace("_", " ")) for column in columns]
    yield from table(header, ([row.get(column) for column in columns] for row in rows))


def _place(order: Sequence[str]) -> Callable[[str], tuple[int, str]]:
    """Sorts names by their place in the order, the others after them: what is stored has lost its own."""
    places = {name: place for place, name in enumerate(order)}
    return lambda name: (places.get(name, len(places)), name)


def _flat(value: Any, depth: int = 0) -> Any:
    """A value as a cell shows it: lists and objects as text, without the marks of JSON."""
    if depth < _DEPTH and isinstance(value, Mapping):
        told = ((str(key).replace("_", " "), _flat(member, depth + 1)) for key, member in value.items())
        return ", ".join(f"{key}: {_word(member)}" for key, member in told if member not in (None, ""))
    if depth < _DEPTH and isinstance(value, list | tuple):
        return "; ".join(_word(_flat(member, depth + 1)) for member in value)
    return value


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else []
