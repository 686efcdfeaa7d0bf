"""How documents and moments lie in the incident table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from response.aws import keys
from response.aws.table import Item
from response.domain.incident import TimelineEntry

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


def moment(at: datetime) -> str:
    """A time as text of fixed width, so that text order is time order."""
    return at.astimezone(UTC).strftime(_MOMENT)


def at_moment(text: str) -> datetime:
    """The time that `moment` wrote."""
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def dump(document: Any) -> str:
    """A JSON document as text; times in it become text, as in `moment`."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), default=_special)


def load(item: Mapping[str, Any] | None) -> Any:
    """The document of an item; None where there is no item."""
    return None if item is None else json.loads(item["document"])


def event_item(incident_id: str, entry: TimelineEntry) -> Item:
    """A timeline entry; two at the same moment differ in what they say."""
    at = moment(entry.at)
    body = dump({"at": at, "step": entry.step, "text": entry.text, "data": entry.data})
    tail = hashlib.sha256(body.encode()).hexdigest()[:8]
    return {"pk": keys.incident(incident_id), "sk": f"{keys.EVENT}{at}#{tail}", "document": body}


def entry_of(item: Item) -> TimelineEntry:
    """The timeline entry that `event_item` wrote."""
    body = load(item)
    return TimelineEntry(at=at_moment(body["at"]), step=body["step"], text=body["text"], data=body["data"])


def _special(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} {value!r:.80} has no JSON form")
