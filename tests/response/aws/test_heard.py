"""When each path of detection was last heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws

from response.aws import heard
from response.aws.store import IncidentStore
from tests.response.aws.fakes import START
from tests.response.table import NAME, make_table


@pytest.fixture
def store() -> Iterator[IncidentStore]:
    """An empty store."""
    with mock_aws():
        yield IncidentStore.on(make_table(), table=NAME)


def test_nothing_was_heard_yet(store: IncidentStore) -> None:
    """Every path is named, so that silence is seen."""
    assert store.heard.all() == dict.fromkeys(heard.PATHS)


def test_each_path_by_itself(store: IncidentStore) -> None:
    """The last time counts, and one path says nothing of another."""
    later = START + timedelta(minutes=10)
    store.heard.note(heard.CLOCK, START)
    store.heard.note(heard.EVENT, START)
    store.heard.note(heard.CLOCK, later)
    assert store.heard.all() == {
        heard.EVENT: START,
        heard.RESPONDER: None,
        heard.ALARM: None,
        heard.CLOCK: later,
    }


def test_what_is_no_path_of_detection_is_not_noted(store: IncidentStore) -> None:
    """The name comes from the input of an execution."""
    store.heard.note("pk", START)
    assert set(store.heard.all().values()) == {None}
