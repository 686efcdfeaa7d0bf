"""The records that a dossier rests on: those that came, else those found later of a change without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from response.domain.diff import TRAIL
from response.domain.errors import MalformedRecordError
from response.domain.findings import Findings
from response.domain.record import Record, parse_record

NO_RECORD = "the change was found by comparing states; no record of it is known"
DISCOVERED = "the change was found by comparing states; these records were looked up afterwards and fit it"

# Field -> the call that changes it, where it is not UpdateTrail.
_CALL_OF: Mapping[str, str] = {
    "IsLogging": "StopLogging",
    TRAIL: "DeleteTrail",
    "EventSelectors": "PutEventSelectors",
    "AdvancedEventSelectors": "PutEventSelectors",
    "InsightSelectors": "PutInsightSelectors",
}


def at_hand(records: Sequence[Record], findings: Findings) -> tuple[tuple[Record, ...], str]:
    """The records, and what speaks against relying on them (`""` for those that came by themselves)."""
    if records:
        return tuple(records), ""
    found = []
    for raw in findings.discovered:
        try:
            found.append(parse_record(raw))
        except MalformedRecordError:
            continue  # whoever fetched the records says how many could not be read
    return tuple(found), DISCOVERED if found else NO_RECORD


def made_by(field: str, records: Sequence[Record]) -> Record | None:
    """The record that made a change: the first of a call that makes such changes, else the first of all."""
    done = sorted((record for record in records if not record.failed), key=lambda record: record.event_time)
    fitting = [record for record in done if record.event_name == _CALL_OF.get(field, "UpdateTrail")]
    return next(iter([*fitting, *done]), None)
