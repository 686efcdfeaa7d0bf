"""Gap: ministack 1.5.33 has no documents in Systems Manager, so no change calendars and no GetCalendarState.

Systems Manager API reference, CreateDocument and GetCalendarState; only documents of type ChangeCalendar.
"""

import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator import change_calendar
from toolkit.lab.emulator.change_calendar import CalendarError, ChangeCalendar
from toolkit.lab.emulator.internals import ministack

_WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


class _RefusalError(Exception):
    """What Systems Manager answers instead of a result."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@functools.cache
def install() -> None:
    """Keep calendars in each account and Region, and evaluate them."""
    service, responses = ministack("services.ssm"), ministack("core.responses")
    documents = responses.AccountRegionScopedDict()
    handle, forget = service.handle_request, service.reset
    operations = {
        "CreateDocument": _create,
        "GetDocument": _get,
        "DeleteDocument": _delete,
        "GetCalendarState": _state,
    }

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if answer is None:
            return await handle(method, path, headers, body, query)
        try:
            return responses.json_response(answer(documents, json.loads(body or b"{}")))
        except _RefusalError as refusal:
            return responses.error_response_json(refusal.code, str(refusal), 400)

    def reset() -> None:
        documents.clear()
        forget()

    service.handle_request, service.reset = handle_request, reset


def _create(documents: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    name, text = str(asked.get("Name", "")), str(asked.get("Content", ""))
    if asked.get("DocumentType") != "ChangeCalendar":
        raise _RefusalError(
            "InvalidDocumentSchemaVersion", "only documents of type ChangeCalendar are kept here"
        )
    if name in documents:
        raise _RefusalError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    try:
        change_calendar.parse(text)
    except CalendarError as error:
        raise _RefusalError("InvalidDocumentContent", str(error)) from error
    documents[name] = text
    return {"DocumentDescription": {**_description(name), "Status": "Active"}}


def _get(documents: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    name = str(asked.get("Name", ""))
    return {**_description(name), "Content": _text(documents, name), "Status": "Active"}


def _delete(documents: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    name = str(asked.get("Name", ""))
    _text(documents, name)
    del documents[name]
    return {}


def _state(documents: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Open if all of the calendars are; the first that changes is the next transition."""
    calendars = [_calendar(documents, str(name)) for name in asked.get("CalendarNames") or ()]
    at = _moment(str(asked["AtTime"])) if asked.get("AtTime") else datetime.now(tz=UTC).replace(microsecond=0)
    answer = {
        "State": "OPEN" if all(calendar.is_open(at) for calendar in calendars) else "CLOSED",
        "AtTime": at.strftime(_WRITTEN),
    }
    following = [moment for each in calendars if (moment := each.next_transition(at)) is not None]
    if following:
        answer["NextTransitionTime"] = min(following).astimezone(UTC).strftime(_WRITTEN)
    return answer


def _description(name: str) -> dict[str, str]:
    return {"Name": name, "DocumentType": "ChangeCalendar", "DocumentFormat": "TEXT", "DocumentVersion": "1"}


def _text(documents: Any, name: str) -> str:
    text = documents.get(name)
    if text is None:
        raise _RefusalError("InvalidDocument", f"Document with name {name} does not exist.")
    return str(text)


def _calendar(documents: Any, name: str) -> ChangeCalendar:
    """Find a calendar by its name, or by its ARN in whichever account and Region that is."""
    if not name.startswith("arn:"):
        return change_calendar.parse(_text(documents, name))
    parts = name.split(":", 5)
    own = parts[-1].rpartition("document/")[2]
    text = documents.get_scoped(parts[4], parts[3], own) if len(parts) > 5 else None  # noqa: PLR2004  # an ARN's
    if text is None:
        raise _RefusalError("InvalidDocument", f"Document with name {name} does not exist.")
    return change_calendar.parse(str(text))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise _RefusalError(
            "ValidationException", f"AtTime is {text!r}; expected an ISO 8601 time"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
