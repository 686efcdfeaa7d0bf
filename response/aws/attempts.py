"""Of whose refused attempts to decide the owners were told: of each person once, of a few people in all.

Whoever can call the API can call it a thousand times, and a thousand mails hide the one that counts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from response.aws import documents, keys
from response.aws.table import Condition, Put, Table

MOST_PEOPLE: Final = 5


class Attempts:
    """The attempts on all incidents."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def is_news(self, incident_id: str, person: str, *, at: datetime) -> bool:
        """Whether to tell of this person's attempt: True once for each, and of no more than the first few."""
        if len(self._table.query(keys.incident(incident_id), keys.ATTEMPT)) >= MOST_PEOPLE:
            return False
        name = hashlib.sha256(person.encode(errors="surrogatepass")).hexdigest()
        pk, sk = keys.attempt(incident_id, name)
        item = {"pk": pk, "sk": sk, "at": documents.moment(at)}
        return self._table.written(Put(item, Condition(absent=("pk",))))
