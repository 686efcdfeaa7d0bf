"""What has moved since an action was carried out, so that taking it back would overwrite somebody's work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from response.domain.diff import diff
from response.domain.plan import Action, ActionKind
from response.domain.text import plain
from response.domain.trail_state import ATTRIBUTES, TrailState

_NAMES = ("UserName", "RoleName", "AccessKeyId", "PolicyName")
_VALUE_LIMIT = 120


def moved(action: Action, values: Mapping[str, Any]) -> tuple[str, ...]:
    """How the world differs from what the action left, in words; empty where it can be taken back.

    Empty also where everything reads as before the action: then somebody was faster.
    """
    if action.kind is ActionKind.CONTAIN and not list(_differing(action.expects, values)):
        return ()
    return tuple(
        f"{action.id}: {name} {_shown(values, name)}, left as {plain(_text(wanted), _VALUE_LIMIT)}"
        for name, wanted in _differing(action.aims, values)
    )


def moved_trail(left: TrailState | None, found: TrailState | None) -> tuple[str, ...]:
    """How the trail differs from the state in which the incident left it."""
    if left is None or found is None:
        return () if left is found else ("the trail is gone" if found is None else "the trail was gone",)
    return tuple(
        f"{change.field} reads {plain(_text(change.after), _VALUE_LIMIT)},"
        f" left as {plain(_text(change.before), _VALUE_LIMIT)}"
        for change in diff(left, found)
    )


def with_aims(state: TrailState | None, actions: Iterable[Action]) -> TrailState | None:
    """The state with the aims of these restore actions in it, one after the other."""
    for action in actions:
        if state is not None and action.kind is ActionKind.RESTORE:
            state = replace(state, **{ATTRIBUTES[name]: value for name, value in action.aims.items()})
    return state


def _differing(wanted: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in wanted.items():
        if name not in values or not is_same(value, values[name]):
            yield name, value


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same; a policy's text and the policy parsed are."""
    return bool(one == other or _loaded(one) == _loaded(other))


def _loaded(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _shown(values: Mapping[str, Any], name: str) -> str:
    return f"reads {plain(_text(values[name]), _VALUE_LIMIT)}" if name in values else "cannot be read"


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def subject(action: Action) -> tuple[Any, ...]:
    """What the action's fields are fields of: the trail, or the credential or policy that its calls name."""
    if action.kind is ActionKind.RESTORE:
        return (str(action.kind),)
    parameters = action.calls[0].parameters if action.calls else {}
    return (str(action.kind), *(str(parameters.get(name, "")) for name in _NAMES))
