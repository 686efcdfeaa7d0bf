"""Approvals by several people in the table: counted by conditional writes, and a token that serves once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest
from moto import mock_aws

from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.store import IncidentStore
from tests.response.aws.fakes import START
from tests.response.aws.test_store import approval
from tests.response.table import NAME, make_table


@pytest.fixture
def store() -> Iterator[IncidentStore]:
    """An empty store."""
    with mock_aws():
        yield IncidentStore.on(make_table(), table=NAME)


def given(name: str) -> dict[str, Any]:
    """Somebody's approval, as it is kept."""
    return {"digest": "a" * 64, "decision": "approve", "approver": {"arn": name}}


def test_approvals_add_up_and_the_last_one_decides(store: IncidentStore) -> None:
    """Each is kept with its time; what was read before another one came is not written over it."""
    asked = replace(approval(), quorum=2, on_timeout="escalate")
    store.approvals.ask(asked)
    assert store.approvals.count(asked, given("alice"), at=START)
    assert not store.approvals.count(asked, given("bob"), at=START)
    waiting = store.approvals.get(asked.incident_id, 1)
    assert waiting is not None
    assert (waiting.status, waiting.quorum, waiting.on_timeout) == (ApprovalStatus.PENDING, 2, "escalate")
    assert waiting.approvals == ({**given("alice"), "at": "2026-05-01T12:00:00.000000Z"},)
    assert store.approvals.ask(replace(asked, token="token-2"))
    assert store.approvals.count(waiting, given("bob"), at=START, decision={"actions": ["start-logging"]})
    done = store.approvals.get(asked.incident_id, 1)
    assert done is not None
    assert (done.status, done.decision) == (ApprovalStatus.APPROVED, {"actions": ["start-logging"]})
    assert [one["approver"]["arn"] for one in done.approvals] == ["alice", "bob"]
    assert not store.approvals.count(done, given("carol"), at=START)


def test_of_approvals_at_the_same_time_none_is_lost(store: IncidentStore) -> None:
    """Six people at once, each looking again until counted or told that it is decided: three are counted."""
    store.approvals.ask(replace(approval(), quorum=3))
    one_write = Lock()  # DynamoDB writes an item as a whole; its imitation does not promise that

    def approve(name: str) -> str:
        while True:
            seen = store.approvals.get(approval().incident_id, 1)
            assert seen is not None
            if seen.status is not ApprovalStatus.PENDING:
                return "late"
            last = len(seen.approvals) + 1 == seen.quorum
            with one_write:
                counted = store.approvals.count(seen, given(name), at=START, decision={} if last else None)
            if counted:
                return "last" if last else "counted"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(approve, "abcdef"))
    assert sorted(answers) == ["counted", "counted", "last", "late", "late", "late"]
    done = store.approvals.get(approval().incident_id, 1)
    assert done is not None
    assert done.status is ApprovalStatus.APPROVED
    assert len({one["approver"]["arn"] for one in done.approvals}) == 3


def test_a_rejection_wins_over_waiting(store: IncidentStore) -> None:
    """It needs no look at who approved; an approval that was read before comes too late."""
    asked = replace(approval(), quorum=2)
    store.approvals.ask(asked)
    store.approvals.count(asked, given("alice"), at=START)
    waiting = store.approvals.get(asked.incident_id, 1)
    assert waiting is not None
    assert store.approvals.settle(asked, ApprovalStatus.REJECTED, at=START, decision={"decision": "reject"})
    assert not store.approvals.count(waiting, given("bob"), at=START, decision={})
    rejected = store.approvals.get(asked.incident_id, 1)
    assert rejected is not None
    assert rejected.status is ApprovalStatus.REJECTED
    assert len(rejected.approvals) == 1


def test_a_token_serves_once(store: IncidentStore) -> None:
    """It is gone when it has served or the wait is over, but not when it was renewed meanwhile."""
    store.approvals.ask(approval())
    store.approvals.ask(approval("token-2"))
    store.approvals.spend(approval("token-1"))
    renewed = store.approvals.get(approval().incident_id, 1)
    assert renewed is not None
    assert renewed.token == "token-2"
    store.approvals.spend(renewed)
    spent = store.approvals.get(approval().incident_id, 1)
    assert spent is not None
    assert spent.token == ""
    other = replace(approval("token-3"), round=2)
    store.approvals.ask(other)
    store.approvals.settle(other, ApprovalStatus.EXPIRED, at=START)
    expired = store.approvals.get(other.incident_id, 2)
    assert expired is not None
    assert expired.token == ""


def test_half_of_the_time_is_when_to_remind(store: IncidentStore) -> None:
    """Between asking and expiry."""
    store.approvals.ask(approval())
    stored = store.approvals.latest(approval().incident_id)
    assert stored is not None
    assert stored.remind_at == START + timedelta(minutes=30)


def test_an_approval_asked_for_by_an_earlier_release_needs_one() -> None:
    """It says nothing of a quorum; a decision counts on it all the same."""
    item = {key: value for key, value in approval().to_item().items() if key not in ("quorum", "on_timeout")}
    old = StoredApproval.from_item(item)
    assert (old.quorum, old.on_timeout, old.approvals) == (1, "", ())
