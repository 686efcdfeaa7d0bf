"""The event bus on which machines are told of incidents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from response.aws.errors import RefusedCallError, RetryableError, translated
from response.domain.message_event import DETAIL_TYPE, SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_OPERATION = "events:PutEvents"
# EventBridge API reference, PutEventsResultEntry: these may succeed when they are tried again.
_RETRYABLE = ("ThrottlingException", "InternalFailure", "InternalException")


class EventBus:
    """One EventBridge bus."""

    def __init__(self, client: EventBridgeClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, detail: Mapping[str, Any], resources: Sequence[str]) -> str:
        """Put an event; its id. PutEvents succeeds as a call even where it refuses the one entry."""
        with translated(_OPERATION):
            answer = self._client.put_events(
                Entries=[
                    {
                        "Source": SOURCE,
                        "DetailType": DETAIL_TYPE,
                        "Detail": json.dumps(detail, sort_keys=True),
                        "Resources": list(resources),
                        "EventBusName": self._name,
                    }
                ]
            )
        (entry,) = answer["Entries"]
        code = entry.get("ErrorCode")
        if code:
            kind = RetryableError if code in _RETRYABLE else RefusedCallError
            raise kind(_OPERATION, code, entry.get("ErrorMessage", ""))
        return entry["EventId"]
