"""Which events a trail's selectors choose, so that two sets of selectors of either kind can be compared.

Every selector is split into boxes: one category, one direction (read or write), one resource type, and what
conditions are left. A box counts as covered by another where each condition of the other follows from its
own; in doubt it counts as not covered, so a loss may be claimed too often but is never missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from response.domain.selectors import DATA, MANAGEMENT, Selector
from response.domain.trail_state import TrailState

CATEGORY, READ_ONLY, TYPE, ARN, SOURCE = (
    "eventCategory",
    "readOnly",
    "resources.type",
    "resources.ARN",
    "eventSource",
)
_S3_OBJECT = "AWS::S3::Object"
# CloudTrail API, DataResource "Values": these stand for every object and every function of a partition.
_EVERY_RESOURCE = {
    _S3_OBJECT: re.compile(r"arn:aws(?:-[a-z]+)*:s3(?::::)?"),
    "AWS::Lambda::Function": re.compile(r"arn:aws(?:-[a-z]+)*:lambda"),
}
_POSITIVE = frozenset({"Equals", "StartsWith", "EndsWith"})

Values = frozenset[str]
Conditions = Mapping[str, Mapping[str, Values]]


@dataclass(frozen=True)
class Box:
    """Events of one category, direction and resource type, narrowed by field -> operator -> values."""

    category: str
    read_only: bool
    resource_type: str
    conditions: Conditions = field(default_factory=dict)

    def within(self, other: Box) -> bool:
        """Whether every event of this box is certainly one of the other's."""
        same_kind = (self.category, self.read_only, self.resource_type) == (
            other.category,
            other.read_only,
            other.resource_type,
        )
        return same_kind and all(
            _implies(self.conditions.get(name, {}), needed) for name, needed in other.conditions.items()
        )


@dataclass(frozen=True)
class Coverage:
    """The events that a trail chooses: the union of its boxes."""

    boxes: tuple[Box, ...]

    def beyond(self, other: Coverage) -> tuple[Box, ...]:
        """The boxes with events that the other does not certainly choose."""
        return tuple(box for box in self.boxes if not any(box.within(theirs) for theirs in other.boxes))

    def management(self, *, read_only: bool) -> tuple[Box, ...]:
        """The boxes of management events in one direction."""
        return tuple(box for box in self.boxes if (box.category, box.read_only) == (MANAGEMENT, read_only))

    def other_than_management(self) -> tuple[Box, ...]:
        """The boxes of data, network activity and whatever else there is."""
        return tuple(box for box in self.boxes if box.category != MANAGEMENT)


def event_coverage(state: TrailState) -> Coverage:
    """What the event selectors of a state choose."""
    basic = (box for selector in state.event_selectors for box in _basic_boxes(selector))
    advanced = (box for selector in state.advanced_event_selectors for box in _advanced_boxes(selector))
    return Coverage((*basic, *advanced))


def _basic_boxes(selector: Selector) -> Iterator[Box]:
    """A basic selector in the words of the advanced ones."""
    directions = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}
    for read_only in directions[selector["ReadWriteType"]]:
        if selector["IncludeManagementEvents"]:
            excluded = frozenset(selector["ExcludeManagementEventSources"])
            conditions = {SOURCE: {"NotEquals": excluded}} if excluded else {}
            yield Box(MANAGEMENT, read_only, "", conditions)
        for resource in selector["DataResources"]:
            for value in resource["Values"]:
                yield Box(DATA, read_only, resource["Type"], _resource_condition(resource["Type"], value))


def _resource_condition(resource_type: str, value: str) -> Conditions:
    """Basic selectors name S3 objects by the beginning of their ARN, everything else by all of it."""
    every = _EVERY_RESOURCE.get(resource_type)
    if every is not None and every.fullmatch(value):
        return {}
    return {ARN: {"StartsWith" if resource_type == _S3_OBJECT else "Equals": frozenset({value})}}


def _advanced_boxes(selector: Selector) -> Iterator[Box]:
    """An advanced selector, split by category, direction, resource type and resource."""
    fields = {item["Field"]: _operators(item) for item in selector["FieldSelectors"]}
    categories = _pop_equals(fields, CATEGORY) or [""]
    directions = [value == "true" for value in _pop_equals(fields, READ_ONLY) or ("true", "false")]
    types = _pop_equals(fields, TYPE) or [""]
    for category, read_only, type_, one in product(categories, directions, types, _split(fields, ARN)):
        yield Box(category, read_only, type_, one)


def _operators(item: Mapping[str, Any]) -> Mapping[str, Values]:
    return {operator: frozenset(values) for operator, values in item.items() if operator != "Field"}


def _pop_equals(fields: dict[str, Mapping[str, Values]], name: str) -> list[str]:
    """The values of a field that is given by Equals alone, taken out of the fields; else nothing."""
    if fields.get(name, {}).keys() != {"Equals"}:
        return []
    return sorted(fields.pop(name)["Equals"])


def _split(fields: Conditions, name: str) -> list[Conditions]:
    """One set of conditions for each value of a field that has one positive operator only."""
    operators = fields.get(name, {})
    if len(operators) != 1 or not operators.keys() <= _POSITIVE:
        return [fields]
    ((operator, values),) = operators.items()
    return [{**fields, name: {operator: frozenset({value})}} for value in sorted(values)]


def _implies(given: Mapping[str, Values], needed: Mapping[str, Values]) -> bool:
    """Whether what meets the given condition on a field surely meets the needed one."""
    if given == needed:
        return True
    if len(given.keys() & _POSITIVE) > 1:
        return False  # how CloudTrail joins several of these on one field is not documented
    return all(_IMPLIED[operator](given, values) for operator, values in needed.items())


def _equals_only(test: Callable[[str, Values], bool]) -> Callable[[Mapping[str, Values], Values], bool]:
    """A condition that follows where every value allowed by Equals passes the test."""

    def follows(given: Mapping[str, Values], values: Values) -> bool:
        allowed = given.get("Equals", frozenset())
        return bool(allowed) and all(test(value, values) for value in allowed)

    return follows


def _some(operator: str, test: Callable[[str, str], bool]) -> Callable[[Mapping[str, Values], Values], bool]:
    """StartsWith or EndsWith follows from Equals, and from itself with longer values."""

    def follows(given: Mapping[str, Values], values: Values) -> bool:
        allowed = given.get("Equals") or given.get(operator) or frozenset()
        return bool(allowed) and all(any(test(value, part) for part in values) for value in allowed)

    return follows


def _none(operator: str, test: Callable[[str, str], bool]) -> Callable[[Mapping[str, Values], Values], bool]:
    """A negative condition follows from Equals with other values, and from itself if it denies more."""

    def follows(given: Mapping[str, Values], values: Values) -> bool:
        allowed, denied = given.get("Equals"), given.get(operator, frozenset())
        if allowed:
            return not any(test(value, part) for value in allowed for part in values)
        return all(any(test(part, shorter) for shorter in denied) for part in values)

    return follows


_IMPLIED: Mapping[str, Callable[[Mapping[str, Values], Values], bool]] = {
    "Equals": _equals_only(lambda value, values: value in values),
    "StartsWith": _some("StartsWith", str.startswith),
    "EndsWith": _some("EndsWith", str.endswith),
    "NotEquals": _none("NotEquals", str.__eq__),
    "NotStartsWith": _none("NotStartsWith", str.startswith),
    "NotEndsWith": _none("NotEndsWith", str.endswith),
}
