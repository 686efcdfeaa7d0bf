"""Undos in the table: a request is written once and answered once, attempts are counted, a trail is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from response.aws.actions import ActionStatus, StoredAction
from response.aws.errors import ConflictingStateError
from response.aws.incidents import STATE, VERIFICATION
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.aws.undoing import carried_out, held_by, left_state
from response.aws.undos import StoredRequest, StoredUndo
from response.domain.incident import IncidentStatus
from response.domain.plan import Action, Gate
from response.domain.restore import plan_restore
from response.domain.undo import reversed_action
from tests.response.aws.fakes import START
from tests.response.domain.strategies import approved_state
from tests.response.table import create_store

ID = "TG-20260501-0123abcd"
GOOD = approved_state()
TAMPERED = replace(GOOD, is_logging=False, s3_bucket_name="theirs")
LOGGING, RESTORE = sorted(plan_restore(TAMPERED, GOOD, Gate.AUTO)[0], key=lambda action: action.order)
ONE, OTHER = (f"arn:aws:states:eu-west-1:111122223333:execution:machine:{name}" for name in ("one", "other"))
INCIDENT = StoredIncident(
    id=ID,
    trail_arn=GOOD.trail_arn,
    account=GOOD.account,
    region=GOOD.home_region,
    status=IncidentStatus.CLOSED,
    owner="opened",
    path="eventbridge",
    opened_at=START,
)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[IncidentStore]:
    """An empty store on an imitated table."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield create_store()


def stored(action: Action, **changes: Any) -> StoredAction:
    """An action of the first round that was done."""
    entry = StoredAction(ID, 1, action, ActionStatus.DONE, ONE, "digest", "alice", START, START)
    return replace(entry, **changes)


def attempt(action: Action, number: int = 1, **changes: Any) -> StoredUndo:
    """An attempt at taking it back."""
    entry = stored(
        reversed_action(action), **{"status": ActionStatus.RUNNING, "finished_at": None, **changes}
    )
    return StoredUndo(entry, action.id, number, "announced")


def test_a_request_is_written_once_and_answered_once(store: IncidentStore) -> None:
    """By name or ARN of its execution; the first to say what came of it is kept."""
    request = StoredRequest(ID, "one", "alice", "announced", ("a",), START)
    assert store.undos.ask(request)
    assert not store.undos.ask(replace(request, execution=ONE, reason="other"))
    store.undos.settle(request, outcome="undone", text="done", at=START)
    store.undos.settle(request, outcome="undo_failed", text="too late", at=START)
    expected = replace(request, outcome="undone", text="done", finished_at=START)
    assert store.undos.request(ID, ONE) == expected
    assert store.undos.requests(ID) == (expected,)


def test_attempts_are_entered_once_and_finished_by_their_owner(store: IncidentStore) -> None:
    """Apart from the actions: whoever counts those does not see them."""
    first = attempt(LOGGING)
    assert store.undos.enter(first)
    assert not store.undos.enter(replace(first, reason="again"))
    stranger = replace(first, entry=replace(first.entry, owner=OTHER))
    with pytest.raises(ConflictingStateError):
        store.undos.finish(stranger, ActionStatus.DONE, at=START)
    store.undos.finish(first, ActionStatus.FAILED, at=START, outcome="refused", detail="no")
    assert store.undos.enter(attempt(LOGGING, 2))
    latest = store.undos.latest(ID, LOGGING.id, 1)
    assert latest is not None
    assert (latest.attempt, latest.entry.action) == (2, reversed_action(LOGGING))
    assert [undo.entry.status for undo in store.undos.named(ID, LOGGING.id)] == ["failed", "running"]
    assert store.actions.all(ID) == ()


def test_what_is_taken_back_counts_for_others_only(store: IncidentStore) -> None:
    """A later attempt of the same execution comes to the selection of the first."""
    for number, action in enumerate((LOGGING, RESTORE)):
        assert store.actions.enter(stored(action, started_at=START.replace(second=number)))
    assert store.undos.enter(attempt(RESTORE, status=ActionStatus.DONE))
    assert [(one.action.id, one.undone) for one in carried_out(store, ID)] == [
        ("start-logging", False),
        ("restore-trail", True),
    ]
    assert not any(one.undone for one in carried_out(store, ID, besides=ONE))


def test_the_state_that_was_left_is_the_last_that_was_seen(store: IncidentStore) -> None:
    """Verified, else as found with what was done to it; and without what was taken back since."""
    assert left_state(store, INCIDENT) is None
    store.incidents.put_document(ID, STATE, 1, {"found": TAMPERED.to_json()})
    assert store.actions.enter(stored(RESTORE))
    assert left_state(store, INCIDENT) == replace(GOOD, is_logging=False)
    store.incidents.put_document(ID, VERIFICATION, 1, {"state": GOOD.to_json()})
    assert left_state(store, INCIDENT) == GOOD
    assert store.undos.enter(attempt(LOGGING, status=ActionStatus.DONE))
    assert left_state(store, INCIDENT) == replace(GOOD, is_logging=False)
    assert left_state(store, INCIDENT, besides=ONE) == GOOD
    store.incidents.put_document(ID, STATE, 2, {"found": None})
    assert left_state(store, replace(INCIDENT, round=2)) is None


def test_a_trail_is_kept_by_one(store: IncidentStore) -> None:
    """For as long as it takes; nobody lets go what another holds."""
    trail = GOOD.trail_arn
    assert store.claims.hold(trail, ID, execution=ONE, at=START)
    assert store.claims.hold(trail, ID, execution=ONE, at=START)
    assert not store.claims.hold(trail, ID, execution=OTHER, at=START)
    assert held_by(store, trail) == f"An undo of {ID}"
    assert held_by(store, trail, besides=ONE) == ""
    assert not store.claims.release(trail, OTHER)
    assert store.claims.release(trail, ONE)
    assert held_by(store, trail) == ""
