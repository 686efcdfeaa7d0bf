"""Of refused attempts the owners hear once for each person, and of a few people only."""

from __future__ import annotations

from response.aws.attempts import MOST_PEOPLE
from response.aws.store import IncidentStore
from tests.response.aws.fakes import START
from tests.response.aws.test_undos import store

__all__ = ["store"]
_ID = "TG-20260501-0123abcd"


def test_each_person_is_news_once(store: IncidentStore) -> None:
    """And again on another incident."""
    assert store.attempts.is_news(_ID, "mallory", at=START)
    assert not store.attempts.is_news(_ID, "mallory", at=START)
    assert store.attempts.is_news(_ID, "oscar", at=START)
    assert store.attempts.is_news("TG-20260501-ffffffff", "mallory", at=START)


def test_a_crowd_is_no_news(store: IncidentStore) -> None:
    """Whoever makes identities cannot make as many mails."""
    told = [
        store.attempts.is_news(_ID, f"\ud800user-{number}", at=START) for number in range(MOST_PEOPLE + 5)
    ]
    assert told == [True] * MOST_PEOPLE + [False] * 5
