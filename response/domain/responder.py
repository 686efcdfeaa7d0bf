"""Recognising the responder's own changes, so that putting a trail back opens no incident, and nothing hides.

Only what an executed action planned is the responder's own: role, session, call, parameters and time all have
to fit. The same role doing anything else is the gravest incident there is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from response.domain import patterns
from response.domain.arns import parse_trail_arn, trail_arn
from response.domain.errors import MalformedPlanError
from response.domain.plan import Action, Call
from response.domain.record import Record

SESSION_NAME_LIMIT = 64
# Record times are whole seconds, and the clocks of a function and of CloudTrail differ.
_SLACK = dt.timedelta(seconds=5)
# Parameters that name a trail, by its name or its ARN.
_TRAIL_PARAMETERS = frozenset({"name", "trailName"})
_JSON_PARAMETERS = frozenset({"policyDocument"})


@dataclass(frozen=True)
class ActionRun:
    """One action as it was executed: by which role, and when. `finished_at` is None while it runs."""

    incident_id: str
    action: Action
    role_arn: str
    started_at: dt.datetime
    finished_at: dt.datetime | None = None

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read a stored run; MalformedPlanError where it is none."""
        if not isinstance(document, Mapping):
            raise MalformedPlanError(f"action run: found {document!r:.80}, expected an object")
        finished = document.get("finished_at")
        return cls(
            incident_id=_text(document, "incident_id"),
            action=Action.from_json(document.get("action")),
            role_arn=_text(document, "role_arn"),
            started_at=_time(document, "started_at"),
            finished_at=None if finished is None else _time(document, "finished_at"),
        )

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {
            "incident_id": self.incident_id,
            "action": self.action.to_json(),
            "role_arn": self.role_arn,
            "started_at": self.started_at.isoformat(),
            "finished_at": None if self.finished_at is None else self.finished_at.isoformat(),
        }


def session_name(incident_id: str, action_id: str) -> str:
    """The role session in which an action runs; STS allows 64 characters."""
    return f"tg-{incident_id}-{action_id}"[:SESSION_NAME_LIMIT]


def own_change(record: Record, run: ActionRun) -> bool:
    """Whether the record is of a call that this run planned, by its role, in its session, while it ran."""
    actor = record.actor
    end = None if run.finished_at is None else run.finished_at + _SLACK
    return (
        actor.issuer_arn == run.role_arn
        and actor.session_name == session_name(run.incident_id, run.action.id)
        and run.started_at - _SLACK <= record.event_time
        and (end is None or record.event_time <= end)
        and any(_is_call(record, call) for call in (*run.action.calls, *run.action.if_refused))
    )


def is_responder(record: Record, responder_arns: Iterable[str]) -> bool:
    """Whether one of the responder's roles made the call."""
    return patterns.is_one_of(record.actor, responder_arns)


def _is_call(record: Record, call: Call) -> bool:
    """Whether the record shows exactly this call: same API, region and parameters, no more, no less."""
    return (
        record.event_source == f"{call.service}.amazonaws.com"
        and record.event_name == call.operation
        and call.region in {"", record.region}
        and _are_equal(
            _parameters(call.parameters, record), _parameters(record.request_parameters or {}, record)
        )
    )


def _are_equal(planned: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    """Whether what was logged is what was planned. A planned `""` may be logged as if it were absent.

    The other way round counts: a `""` that nobody planned has cleared something.
    """
    unlogged = planned.keys() - recorded.keys()
    return all(planned[key] == "" for key in unlogged) and all(
        key in planned and planned[key] == value for key, value in recorded.items()
    )


def _parameters(parameters: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """Request parameters in one spelling: API names begin with a capital, a record's with a small letter.

    An absent parameter is logged as null or not at all.
    """
    named = ((_camel(key), value) for key, value in parameters.items() if value is not None)
    return {key: _value(key, value, record) for key, value in named}


def _value(key: str, value: Any, record: Record) -> Any:
    if key in _TRAIL_PARAMETERS and isinstance(value, str):
        return _trail(value, record)
    if key in _JSON_PARAMETERS and isinstance(value, str):
        return _parsed(value)
    return _normal(value)


def _trail(value: str, record: Record) -> str:
    """A trail's ARN; a bare name is of the region and account in which the call was made."""
    return value if parse_trail_arn(value) else trail_arn(record.region, record.account, value)


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _normal(value: Any) -> Any:
    """Keys as records spell them, all the way down; truth values may be logged as text."""
    if isinstance(value, Mapping):
        return {_camel(key): _normal(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(member) for member in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value


def _camel(key: object) -> str:
    text = str(key)
    return text[:1].lower() + text[1:]


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise MalformedPlanError(f"action run: {key!r} is {value!r:.80}, expected text")
    return value


def _time(document: Mapping[str, Any], key: str) -> dt.datetime:
    text = _text(document, key)
    try:
        parsed = dt.datetime.fromisoformat(text)
    except ValueError:
        raise MalformedPlanError(f"action run: {key!r} is {text!r:.80}, expected an ISO 8601 time") from None
    if parsed.tzinfo is None:
        raise MalformedPlanError(f"action run: {key!r} is {text!r:.80}, expected a time with its offset")
    return parsed
