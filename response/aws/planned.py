"""Announced changes in the incident table, below their trail; each serves one incident, or is withdrawn.

What was announced never changes; what became of it lies beside it, and every way out of `open` is one
conditional write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from response.aws import documents, keys
from response.aws.table import Condition, Item, Put, Table, Update
from response.domain.planned_change import PlannedChange

MOST_LISTED = 500


class PlannedChanges:
    """The planned changes of all trails."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, planned: PlannedChange) -> bool:
        """Store a planned change; False if there is one of that id already."""
        return self._table.written(Put(_item(planned), Condition(absent=("pk",))))

    def get(self, trail_arn: str, planned_id: str) -> PlannedChange | None:
        """One planned change of a trail."""
        item = self._table.get(keys.planned(trail_arn, planned_id))
        return None if item is None else _planned(item)

    def of_trail(self, trail_arn: str) -> tuple[PlannedChange, ...]:
        """All that were ever announced for a trail, by id."""
        return tuple(_planned(item) for item in self._table.query(keys.trail(trail_arn), keys.PLANNED))

    def newest(self, *, limit: int = MOST_LISTED) -> tuple[PlannedChange, ...]:
        """The ones announced last, of all trails; may lag behind by a moment."""
        return tuple(_planned(item) for item in self._table.newest(keys.PLANNED_CHANGES, limit=limit))

    def use(self, trail_arn: str, planned_id: str, incident_id: str) -> bool:
        """Use it up for that incident, again if need be; False if it is withdrawn or served another one."""
        return self._table.written(
            Update(
                keys.planned(trail_arn, planned_id),
                values={"used_by": incident_id},
                condition=Condition(equals={"withdrawn_at": ""}, among={"used_by": ("", incident_id)}),
            )
        )

    def withdraw(self, planned: PlannedChange, *, by: str, at: datetime) -> bool:
        """Take it back; False if it was used or withdrawn before."""
        return self._table.written(
            Update(
                keys.planned(planned.trail_arn, planned.id),
                values={"withdrawn_at": documents.moment(at), "withdrawn_by": by},
                condition=Condition(equals={"withdrawn_at": "", "used_by": ""}),
            )
        )


def _item(planned: PlannedChange) -> Item:
    pk, sk = keys.planned(planned.trail_arn, planned.id)
    return {
        "pk": pk,
        "sk": sk,
        "gsi_pk": keys.PLANNED_CHANGES,
        "gsi_sk": f"{documents.moment(planned.requested_at)}#{planned.id}",
        "document": documents.dump(planned.to_json()),
        "used_by": "",
        "withdrawn_at": "",
        "withdrawn_by": "",
    }


def _planned(item: Item) -> PlannedChange:
    withdrawn = item["withdrawn_at"]
    return replace(
        PlannedChange.from_json(documents.load(item)),
        used_by=item["used_by"],
        withdrawn_at=documents.at_moment(withdrawn) if withdrawn else None,
        withdrawn_by=item["withdrawn_by"],
    )
