"""The containments that stand already: carried out in an earlier round, or planned against another actor.

They count by what they do (operation, principal, key, how far a deny reaches), never by their text: the time
in a deny of older sessions differs each time it is carried out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from response.domain.containment.cutoff import CUTOFF
from response.domain.containment.target import Target
from response.domain.denials import DENY_ALL, ISSUED
from response.domain.findings import PrincipalType
from response.domain.plan import Action, Call

_PUTS = {
    PrincipalType.USER: ("PutUserPolicy", "UserName"),
    PrincipalType.ROLE: ("PutRolePolicy", "RoleName"),
}


def is_key_off(actions: Iterable[Action], user: str, key: str) -> bool:
    """Whether one of them switches that key off."""
    wanted = {"UserName": user, "AccessKeyId": key, "Status": "Inactive"}
    return any(
        call.operation == "UpdateAccessKey" and dict(call.parameters) == wanted for call in _calls(actions)
    )


def policies(actions: Iterable[Action], target: Target) -> Iterator[tuple[str, str]]:
    """Names and documents of the inline policies that they put on that principal."""
    operation, parameter = _PUTS[target.type]
    for call in _calls(actions):
        if call.operation == operation and call.parameters.get(parameter) == target.name:
            yield str(call.parameters.get("PolicyName")), str(call.parameters.get("PolicyDocument"))


def is_denied_all(actions: Iterable[Action], target: Target) -> bool:
    """Whether everything is denied to the principal, whenever its session was made."""
    return any(document == DENY_ALL for _, document in policies(actions, target))


def is_session_denied(
    actions: Iterable[Action], target: Target, document: str, issued_before: dt.datetime | None
) -> bool:
    """Whether a session is denied that was issued before that time (None: not known when).

    By denies that name all that this one names, by one of everything, or by one of all sessions up to a later
    time.
    """
    standing = [text for _, text in policies(actions, target)]
    wanted, named = _named(document), frozenset[tuple[str, str]]().union(*map(_named, standing))
    if DENY_ALL in standing or (wanted and wanted <= named):
        return True
    return any(_reaches(text, issued_before) for text in standing)


def _named(document: str) -> frozenset[tuple[str, str]]:
    """The sessions and source identities that the document denies by name; none where it names none."""
    try:
        conditions = [
            statement["Condition"]["StringEquals"] for statement in json.loads(document)["Statement"]
        ]
        return frozenset((key, value) for known in conditions for key in known for value in known[key])
    except (ValueError, KeyError, TypeError):
        return frozenset()


def _reaches(document: str, issued_before: dt.datetime | None) -> bool:
    until = _cutoff(document)
    if until == CUTOFF:
        return True
    try:
        limit = dt.datetime.fromisoformat(until)
    except ValueError:
        return False
    return issued_before is not None and limit.tzinfo is not None and issued_before < limit


def _cutoff(document: str) -> str:
    """The time up to which the document denies sessions; "" where it names none."""
    try:
        found: Any = json.loads(document)["Statement"][0]["Condition"]["DateLessThan"][ISSUED]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def _calls(actions: Iterable[Action]) -> Iterator[Call]:
    return (call for action in actions for call in action.calls if isinstance(call.parameters, Mapping))
