"""Planned changes in the incident table: kept as announced, used once, or withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from moto import mock_aws

from response.aws.store import IncidentStore
from tests.response.domain.planned import NOW, planned
from tests.response.domain.strategies import TRAIL_ARN
from tests.response.table import NAME, make_table

ONE, TWO = "TG-20260301-00000001", "TG-20260301-00000002"


@pytest.fixture
def store() -> Iterator[IncidentStore]:
    """An empty store."""
    with mock_aws():
        yield IncidentStore.on(make_table(), table=NAME)


def test_what_was_announced_is_kept(store: IncidentStore) -> None:
    """Once, whole, below its trail and in the list of all."""
    change = planned(reason="the topic moves")
    assert store.planned.add(change)
    assert not store.planned.add(change)
    assert store.planned.get(TRAIL_ARN, change.id) == change
    assert store.planned.of_trail(TRAIL_ARN) == (change,)
    assert store.planned.newest() == (change,)
    assert store.planned.of_trail(TRAIL_ARN + "-2") == ()
    assert store.planned.get(TRAIL_ARN, "PC-20260301-00000000") is None


def test_the_newest_come_first(store: IncidentStore) -> None:
    """By when they were asked for."""
    old = planned()
    new = replace(planned(ticket="CHG-78"), requested_at=NOW + timedelta(minutes=1))
    for change in (old, new):
        store.planned.add(change)
    assert store.planned.newest() == (new, old)
    assert store.planned.newest(limit=1) == (new,)


def test_it_serves_one_incident(store: IncidentStore) -> None:
    """The same again for a retried step; no other, and then it cannot be withdrawn."""
    change = planned()
    store.planned.add(change)
    assert store.planned.use(TRAIL_ARN, change.id, ONE)
    assert store.planned.use(TRAIL_ARN, change.id, ONE)
    assert not store.planned.use(TRAIL_ARN, change.id, TWO)
    assert not store.planned.withdraw(change, by="alice", at=NOW)
    assert store.planned.get(TRAIL_ARN, change.id) == replace(change, used_by=ONE)


def test_what_is_withdrawn_serves_none(store: IncidentStore) -> None:
    """And is withdrawn once."""
    change = planned()
    store.planned.add(change)
    assert store.planned.withdraw(change, by="alice", at=NOW)
    assert not store.planned.withdraw(change, by="bob", at=NOW)
    assert not store.planned.use(TRAIL_ARN, change.id, ONE)
    assert store.planned.get(TRAIL_ARN, change.id) == replace(change, withdrawn_at=NOW, withdrawn_by="alice")


def test_nothing_is_made_by_using_what_is_not_there(store: IncidentStore) -> None:
    """No half item appears."""
    assert not store.planned.use(TRAIL_ARN, "PC-20260301-00000000", ONE)
    assert not store.planned.withdraw(planned(), by="alice", at=NOW)
    assert store.planned.of_trail(TRAIL_ARN) == ()
