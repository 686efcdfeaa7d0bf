"""Event and insight selectors in one spelling each, so that two lists that log the same compare as equal.

CloudTrail does not care about order, spells defaults out or leaves them out, and takes no selectors at all
for all management events. Records spell the keys with a small first letter; `pascal_case` turns those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from response.domain.errors import MalformedStateError
from response.domain.plan import canonical_json
from response.domain.text import plain

Selector = Mapping[str, Any]

READ_WRITE_TYPES = ("All", "ReadOnly", "WriteOnly")
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
MANAGEMENT, DATA = "Management", "Data"
# What a trail logs on which nobody ever set selectors.
DEFAULT_EVENT_SELECTORS: tuple[Selector, ...] = (
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    },
)


def event_selectors(value: object, path: str = "EventSelectors") -> tuple[Selector, ...]:
    """Basic event selectors in canonical form; MalformedStateError where they are none."""
    return _canonical(value, path, _event_selector)


def advanced_event_selectors(value: object, path: str = "AdvancedEventSelectors") -> tuple[Selector, ...]:
    """Advanced event selectors in canonical form; MalformedStateError where they are none."""
    return _canonical(value, path, _advanced_selector)


def insight_selectors(value: object, path: str = "InsightSelectors") -> tuple[Selector, ...]:
    """Insight selectors in canonical form; MalformedStateError where they are none."""
    return _canonical(value, path, _insight_selector)


def pascal_case(value: object) -> Any:
    """A document of a record (`readWriteType`) in the spelling of the API (`ReadWriteType`)."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: pascal_case(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [pascal_case(member) for member in value]
    return value


def text(value: object, path: str) -> str:
    """Non-empty text, or MalformedStateError."""
    if isinstance(value, str) and value:
        return value
    raise malformed(path, value, "text")


def malformed(path: str, value: object, expected: str) -> MalformedStateError:
    """The error for one place in a trail state: where, what was found, what was expected."""
    found = "absent" if value is None else plain(repr(value), 80)
    return MalformedStateError(f"trail state: {path} is {found}, expected {expected}")


def _event_selector(value: object, path: str) -> Selector:
    known = ("ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources")
    members = _members(value, path, known)
    read_write = members.get("ReadWriteType") or "All"
    if read_write not in READ_WRITE_TYPES:
        raise malformed(f"{path}.ReadWriteType", read_write, "one of " + ", ".join(READ_WRITE_TYPES))
    management = members.get("IncludeManagementEvents", True)
    if not isinstance(management, bool):
        raise malformed(f"{path}.IncludeManagementEvents", management, "true or false")
    excluded = f"{path}.ExcludeManagementEventSources"
    return {
        "ReadWriteType": read_write,
        "IncludeManagementEvents": management,
        "DataResources": _data_resources(members.get("DataResources"), f"{path}.DataResources"),
        "ExcludeManagementEventSources": _texts(members.get("ExcludeManagementEventSources"), excluded),
    }


def _data_resources(value: object, path: str) -> list[dict[str, Any]]:
    """The resources by type, each type once."""
    values_of_type: dict[str, set[str]] = {}
    for index, item in enumerate(_list(value, path)):
        members = _members(item, f"{path}[{index}]", ("Type", "Values"))
        type_ = text(members.get("Type"), f"{path}[{index}].Type")
        values = _texts(members.get("Values"), f"{path}[{index}].Values")
        values_of_type.setdefault(type_, set()).update(values)
    return [{"Type": type_, "Values": sorted(values)} for type_, values in sorted(values_of_type.items())]


def _advanced_selector(value: object, path: str) -> Selector:
    members = _members(value, path, ("Name", "FieldSelectors"))
    fields_path = f"{path}.FieldSelectors"
    fields = _canonical(members.get("FieldSelectors"), fields_path, _field_selector)
    if not fields:
        raise malformed(fields_path, members.get("FieldSelectors"), "at least one field selector")
    named = {"Name": text(members["Name"], f"{path}.Name")} if members.get("Name") else {}
    return {**named, "FieldSelectors": list(fields)}


def _field_selector(value: object, path: str) -> Selector:
    members = _members(value, path, ("Field", *OPERATORS))
    conditions = {
        operator: _texts(members[operator], f"{path}.{operator}")
        for operator in OPERATORS
        if members.get(operator)
    }
    if not conditions:
        raise malformed(path, value, "one of " + ", ".join(OPERATORS))
    return {"Field": text(members.get("Field"), f"{path}.Field"), **conditions}


def _insight_selector(value: object, path: str) -> Selector:
    members = _members(value, path, ("InsightType", "EventCategories"))
    type_ = text(members.get("InsightType"), f"{path}.InsightType")
    categories = _texts(members.get("EventCategories"), f"{path}.EventCategories") or [MANAGEMENT]
    # Management alone is the default and older endpoints do not know the key: leaving it out says the same.
    return {"InsightType": type_} | ({} if categories == [MANAGEMENT] else {"EventCategories": categories})


def _canonical(value: object, path: str, read: Callable[[object, str], Selector]) -> tuple[Selector, ...]:
    """Every member read, each once, in the order of their canonical JSON."""
    members = {
        canonical_json(selector): selector
        for selector in (read(item, f"{path}[{index}]") for index, item in enumerate(_list(value, path)))
    }
    return tuple(members[key] for key in sorted(members))


def _members(value: object, path: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise malformed(path, value, "an object")
    for key in value:
        if key not in known:
            raise malformed(f"{path}.{plain(key)}", value[key], "only the keys " + ", ".join(known))
    return value


def _list(value: object, path: str) -> Sequence[object]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise malformed(path, value, "a list")
    return value


def _texts(value: object, path: str) -> list[str]:
    members = {text(item, f"{path}[{index}]") for index, item in enumerate(_list(value, path))}
    return sorted(members)
