"""Approved trail states in the incident table: the one in force, and every one before it."""

from __future__ import annotations

from dataclasses import replace

from response.aws import documents, keys
from response.aws.errors import ConflictingStateError, RetryableError
from response.aws.table import Condition, Item, Put, Table
from response.domain.baseline import Baseline

_ATTEMPTS = 5


class Baselines:
    """The baselines of all trails."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, trail_arn: str) -> Baseline | None:
        """The approved state of a trail; None if nobody approved one."""
        item = self._table.get(keys.baseline(trail_arn))
        return None if item is None else Baseline.from_json(documents.load(item))

    def all(self, *, limit: int = 1000) -> tuple[Baseline, ...]:
        """The approved states of all trails, by their ARN; may lag behind by a moment."""
        items = self._table.newest(keys.BASELINES, limit=limit)
        found = (Baseline.from_json(documents.load(item)) for item in items)
        return tuple(sorted(found, key=lambda baseline: baseline.trail_arn))

    def put(self, baseline: Baseline) -> Baseline:
        """Put a baseline in force under the next version number; approving the same again changes nothing."""
        for _ in range(_ATTEMPTS):
            current = self.get(baseline.trail_arn)
            if current is not None and _is_same(current, baseline):
                return current
            version = 1 if current is None else current.version + 1
            numbered = replace(baseline, version=version)
            unchanged = (
                Condition(absent=("pk",))
                if current is None
                else Condition(equals={"version": current.version})
            )
            try:
                self._table.transact(
                    Put(_item(keys.baseline(baseline.trail_arn), numbered, listed=True), unchanged),
                    Put(_item(keys.baseline_version(baseline.trail_arn, version), numbered)),
                )
            except ConflictingStateError:
                continue  # somebody else approved a state at the same moment: theirs is the one before ours
            return numbered
        raise RetryableError(
            "dynamodb:TransactWriteItems", "Contention", f"baseline of {baseline.trail_arn}: too many writers"
        )


def _item(key: keys.Key, baseline: Baseline, *, listed: bool = False) -> Item:
    item: Item = {
        "pk": key[0],
        "sk": key[1],
        "version": baseline.version,
        "document": documents.dump(baseline.to_json()),
    }
    return {**item, "gsi_pk": keys.BASELINES, "gsi_sk": baseline.trail_arn} if listed else item


def _is_same(one: Baseline, other: Baseline) -> bool:
    return one.state == other.state and one.approved_by == other.approved_by and one.source is other.source
