"""What a search for records brings back, and what it leaves out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """Raw records as parsed JSON, how many could not be parsed, and whether the limit cut the search off."""

    records: tuple[Any, ...]
    unreadable: int = 0
    more: bool = False


class Collector:
    """Gathers records from their JSON text, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._records: list[Any] = []
        self._unreadable = 0

    def add(self, text: str) -> bool:
        """Take one record; False if it no longer fits. Text that is not JSON is counted and fits always."""
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            self._unreadable += 1
            return True
        if len(self._records) >= self._limit:
            return False
        self._records.append(record)
        return True

    def found(self, *, more: bool) -> Found:
        """What was gathered."""
        return Found(tuple(self._records), self._unreadable, more)
