"""What a search for records brings back, and what it leaves out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """Raw records as parsed JSON, how many could not be parsed, and whether the search was cut off.

    `cut_by` says by what, where it was, and `pages` how many were read.
    """

    records: tuple[Any, ...]
    unreadable: int = 0
    more: bool = False
    cut_by: str = ""
    pages: int = 0


class Collector:
    """Gathers records from their JSON text, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._records: list[Any] = []
        self._unreadable = 0
        self._pages = 0

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

    def turn(self) -> int:
        """Count a page; how many there were so far."""
        self._pages += 1
        return self._pages

    def all(self) -> Found:
        """What was gathered, and it is everything there is."""
        return Found(tuple(self._records), self._unreadable, pages=self._pages)

    def cut(self, by: str) -> Found:
        """What was gathered until something cut the search off."""
        return Found(tuple(self._records), self._unreadable, more=True, cut_by=by, pages=self._pages)

    def full(self) -> Found:
        """What was gathered until the limit was reached."""
        return self.cut(f"the limit of {self._limit} records")
