"""One CloudTrail record, read tolerantly: what identifies it must be there, all else may be odd or absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from response.domain.actor import Actor, actor_of
from response.domain.arns import is_account, is_region, is_trail_name, parse_trail_arn, trail_arn
from response.domain.errors import MalformedRecordError
from response.domain.text import plain

# Where the operations on trails name the trail, in the order in which they are looked at.
_TRAIL_PARAMETERS = ("name", "trailName", "resourceId", "resourceArn")
# AWS's are GUIDs of 36 characters; longer ones could not be keys of the incident table.
_ID_LIMIT = 128
_NAME_LIMIT = 256


@dataclass(frozen=True)
class Record:
    """A parsed record. Text that it does not hold is `""`; `raw` is the record as it came."""

    event_id: str
    event_time: datetime
    event_source: str
    event_name: str
    account: str
    region: str
    actor: Actor
    source_ip: str
    user_agent: str
    request_parameters: Mapping[str, Any] | None
    response_elements: Mapping[str, Any] | None
    request_id: str
    shared_event_id: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def dedup_id(self) -> str:
        """The id under which the event is handled once: all accounts' copies share the shared event id."""
        return self.shared_event_id or self.event_id

    @property
    def failed(self) -> bool:
        """Whether the call was refused or failed: an error code or message that is neither null nor empty."""
        return any(self.raw.get(key) not in (None, "") for key in ("errorCode", "errorMessage"))

    def trail_name_or_arn(self) -> str | None:
        """The trail as the caller named it: a name or an ARN."""
        parameters = self.request_parameters or {}
        named = (parameters.get(key) for key in _TRAIL_PARAMETERS)
        return next((value for value in named if isinstance(value, str) and value), None)

    def trail_arn(self) -> str | None:
        """The trail's ARN: as AWS answered it, as the caller gave it, or made of region, account and name."""
        answered = (self.response_elements or {}).get("trailARN")
        named = self.trail_name_or_arn()
        for value in (answered, named):
            if isinstance(value, str) and parse_trail_arn(value):
                return value
        if named is None or not (
            is_trail_name(named) and is_region(self.region) and is_account(self.account)
        ):
            return None
        return trail_arn(self.region, self.account, named)


def parse_record(value: object) -> Record:
    """Read one raw record; MalformedRecordError where what identifies it is missing or not usable."""
    if not isinstance(value, Mapping):
        raise MalformedRecordError(f"record: found {_shown(value)}, expected a JSON object")
    event_id = _identifier(value, "eventID", _ID_LIMIT, "")
    identity = value.get("userIdentity")
    actor = actor_of(identity)
    recipient = value.get("recipientAccountId")
    return Record(
        event_id=event_id,
        event_time=_event_time(value, event_id),
        event_source=_identifier(value, "eventSource", _NAME_LIMIT, event_id),
        event_name=_identifier(value, "eventName", _NAME_LIMIT, event_id),
        account=recipient if isinstance(recipient, str) and is_account(recipient) else actor.account,
        region=_text(value.get("awsRegion")),
        actor=actor,
        source_ip=_text(value.get("sourceIPAddress")),
        user_agent=_text(value.get("userAgent")),
        request_parameters=_mapping(value.get("requestParameters")),
        response_elements=_mapping(value.get("responseElements")),
        request_id=_text(value.get("requestID")),
        shared_event_id=_shared_id(value.get("sharedEventID")),
        raw=value,
    )


def _identifier(record: Mapping[str, Any], key: str, limit: int, event_id: str) -> str:
    """What identifies a record: printable ASCII of bounded length."""
    value = record.get(key)
    if _is_identifier(value, limit):
        return str(value)
    raise MalformedRecordError(
        f"record {plain(event_id) or 'without an eventID'}: {key} is {_shown(value)}, "
        f"expected 1 to {limit} printable ASCII characters"
    )


def _is_identifier(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit and value.isascii() and value.isprintable()


def _shared_id(value: object) -> str:
    """The shared event id where it can serve as one; else the event's own id has to do."""
    return str(value) if _is_identifier(value, _ID_LIMIT) else ""


def _event_time(record: Mapping[str, Any], event_id: str) -> datetime:
    """When the event happened. CloudTrail writes UTC; a time without an offset is taken as that."""
    value = record.get("eventTime")
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        if parsed is not None:
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedRecordError(
        f"record {plain(event_id)}: eventTime is {_shown(value)}, expected a time like 2026-01-31T09:30:00Z"
    )


def _text(value: object) -> str:
    """Text as it is; a list of texts (seen for addresses) joined; anything else as absent."""
    if isinstance(value, list):
        return ", ".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any] | None:
    """A JSON object; None for null, for anything else, and for what CloudTrail left out as too large."""
    if not isinstance(value, Mapping) or value.get("omitted") is True:
        return None
    return value


def _shown(value: object) -> str:
    """A hostile value for an error message."""
    return "absent" if value is None else plain(repr(value), 80)
