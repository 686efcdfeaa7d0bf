"""The moment up to which a role's sessions are denied: fixed when the action runs, not when it is planned.

An approval may come an hour after the plan, and the sessions made in that hour have to be denied too. So a
plan holds a placeholder, which is covered by the plan's digest like everything else, and whoever carries the
action out puts the time in its place before the action is stored.
Source: IAM user guide, "Revoke IAM role temporary security credentials" (30 seconds ahead, since a policy
takes a while to reach every endpoint).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from response.domain.plan import Action, Call

CUTOFF = "{execution time + 30 s}"
AHEAD = dt.timedelta(seconds=30)


def settled(action: Action, at: dt.datetime) -> Action:
    """The action as it runs at that time; unchanged where it holds no placeholder."""
    if not is_open(action):
        return action
    until = (at.astimezone(dt.UTC) + AHEAD).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(
        action,
        calls=_calls(action.calls, until),
        if_refused=_calls(action.if_refused, until),
        aims=_filled(action.aims, until),
    )


def is_open(action: Action) -> bool:
    """Whether the action still holds the placeholder."""
    parameters = [call.parameters for call in (*action.calls, *action.if_refused)]
    return any(_holds(value) for value in (*parameters, action.aims))


def _calls(calls: tuple[Call, ...], until: str) -> tuple[Call, ...]:
    return tuple(replace(call, parameters=_filled(call.parameters, until)) for call in calls)


def _filled(value: Any, until: str) -> Any:
    if isinstance(value, str):
        return value.replace(CUTOFF, until)
    if isinstance(value, Mapping):
        return {key: _filled(member, until) for key, member in value.items()}
    return [_filled(member, until) for member in value] if isinstance(value, list | tuple) else value


def _holds(value: Any) -> bool:
    if isinstance(value, str):
        return CUTOFF in value
    members = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    )
    return any(_holds(member) for member in members)
