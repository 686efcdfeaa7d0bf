"""When each path of detection was last heard: one item, so that silence shows before anything is missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from response.aws import documents, keys
from response.aws.table import Table, Update

EVENT = "eventbridge"
RESPONDER = "responder"
CLOCK = "reconcile"
ALARM = "alarm"
PATHS = (EVENT, RESPONDER, ALARM, CLOCK)


class Heard:
    """The paths of one deployment."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, path: str, at: datetime) -> None:
        """It was heard; what is no path of detection (an undo) is none of this."""
        if path in PATHS:
            self._table.write(Update(keys.HEARD, values={path: documents.moment(at)}))

    def all(self) -> Mapping[str, datetime | None]:
        """Every path, and when it was last heard; None where it never was."""
        item = self._table.get(keys.HEARD) or {}
        return {path: documents.at_moment(item[path]) if path in item else None for path in PATHS}
