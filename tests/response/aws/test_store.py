"""The incident store: locks that one writer wins, decisions that count once, actions that run once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from moto import mock_aws

from response.aws.actions import ActionStatus, StoredAction
from response.aws.approvals import ApprovalStatus, StoredApproval
from response.aws.claims import Arrival, Disposition
from response.aws.errors import ConflictingStateError, NotFoundError
from response.aws.incidents import ASSESSMENT, STATE
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.baseline import Baseline, BaselineSource
from response.domain.incident import IncidentStatus, TimelineEntry
from response.domain.plan import Action, ActionKind, Call, Gate
from response.domain.trail_state import TrailState
from tests.response.aws.fakes import START
from tests.response.table import NAME, make_table

TRAIL = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
ONE, TWO = "arn:aws:states:eu-west-1:111122223333:execution:x:1", "arn:aws:states:…:2"


@pytest.fixture
def store() -> Iterator[IncidentStore]:
    """An empty store."""
    with mock_aws():
        yield IncidentStore.on(make_table(), table=NAME)


def arrival(event: str = "e-1", execution: str = ONE, at: datetime = START) -> Arrival:
    """A record that arrived."""
    return Arrival(event, event, execution, "eventbridge", at, {"eventID": event, "n": 1.5, "empty": ""})


def incident(id_: str = "TG-20260501-00000001", owner: str = ONE, trail: str = TRAIL) -> StoredIncident:
    """An incident that is opened."""
    return StoredIncident(
        id=id_,
        trail_arn=trail,
        account="111122223333",
        region="eu-west-1",
        status=IncidentStatus.OPEN,
        owner=owner,
        path="eventbridge",
        opened_at=START,
        first_event_id="e-1",
        first_event_at=START - timedelta(seconds=7),
    )


def action(gate: Gate = Gate.AUTO) -> Action:
    """An action with an inverse."""
    call = Call("cloudtrail", "StartLogging", {"Name": TRAIL}, "eu-west-1")
    undo = Call("cloudtrail", "StopLogging", {"Name": TRAIL}, "eu-west-1")
    return Action(
        "start-logging",
        ActionKind.RESTORE,
        "Turn logging on",
        TRAIL,
        gate,
        (call,),
        (undo,),
        {"IsLogging": False},
        {"IsLogging": True},
        10,
    )


def stored_action(owner: str = ONE, round_: int = 1) -> StoredAction:
    """An action about to run."""
    return StoredAction(
        "TG-20260501-00000001", round_, action(), ActionStatus.RUNNING, owner, "d" * 64, "auto", START
    )


def approval(token: str = "token-1", digest: str = "a" * 64) -> StoredApproval:
    """An approval that is asked for."""
    return StoredApproval(
        incident_id="TG-20260501-00000001",
        round=1,
        status=ApprovalStatus.PENDING,
        digest=digest,
        action_ids=("start-logging",),
        token=token,
        asked_at=START,
        expires_at=START + timedelta(hours=1),
    )


def test_an_incident_comes_back_as_it_went_in(store: IncidentStore) -> None:
    """Incident, record, claim, lock and timeline are written together and read back unchanged."""
    store.claims.open(arrival(), incident())
    stored = store.incidents.get("TG-20260501-00000001")
    assert stored == replace(incident(), updated_at=START)
    (record,) = store.incidents.records(stored.id)
    assert record.raw == {"eventID": "e-1", "n": 1.5, "empty": ""}
    claim = store.claims.find("e-1")
    assert claim is not None
    assert (claim.owner, claim.disposition) == (ONE, Disposition.OPENED)
    lock = store.claims.lock(TRAIL)
    assert lock is not None
    assert lock.incident_id == stored.id
    assert [entry.data["path"] for entry in store.incidents.timeline(stored.id)] == ["eventbridge"]
    assert stored.as_incident().trail_name == "main"


def test_an_unknown_incident_is_named(store: IncidentStore) -> None:
    """The error says which incident was asked for."""
    with pytest.raises(NotFoundError, match="TG-0"):
        store.incidents.get("TG-0")


def test_a_record_is_claimed_once(store: IncidentStore) -> None:
    """A second claim on the same record fails as a whole: no incident, no lock is left behind."""
    store.claims.open(arrival(), incident())
    other = incident("TG-20260501-00000002", TWO, TRAIL.replace("main", "other"))
    with pytest.raises(ConflictingStateError):
        store.claims.open(arrival(execution=TWO), other)
    assert store.claims.lock(other.trail_arn) is None
    with pytest.raises(NotFoundError):
        store.incidents.get(other.id)


def test_of_incidents_on_one_trail_one_is_opened(store: IncidentStore) -> None:
    """Different records of one trail, all of which found no open incident: the later ones have to join."""

    def attempt(number: int) -> bool:
        try:
            store.claims.open(
                arrival(f"e-{number}", f"execution-{number}"),
                incident(f"TG-20260501-0000000{number}", f"execution-{number}"),
            )
        except ConflictingStateError:
            return False
        return True

    assert [attempt(number) for number in range(1, 5)] == [True, False, False, False]
    assert len(store.incidents.newest(limit=10)) == 1


def test_a_joined_record_is_counted(store: IncidentStore) -> None:
    """Joining claims the record, keeps it, and counts it on the incident."""
    store.claims.open(arrival(), incident())
    store.claims.join(arrival("e-2", TWO, START + timedelta(seconds=1)), incident().id)
    assert store.incidents.get(incident().id).records_seen == 2
    assert [record.event_id for record in store.incidents.records(incident().id)] == ["e-1", "e-2"]
    with pytest.raises(ConflictingStateError):
        store.claims.join(arrival("e-2", TWO), incident().id)


def test_nothing_joins_a_settled_incident(store: IncidentStore) -> None:
    """After it is closed a record has to open an incident of its own."""
    store.claims.open(arrival(), incident())
    assert store.incidents.close(incident(), records=1, outcome="restored", settled="d", at=START)
    with pytest.raises(ConflictingStateError):
        store.claims.join(arrival("e-2"), incident().id)
    assert store.claims.find("e-2") is None
    store.claims.open(arrival("e-2"), incident("TG-20260501-00000002"))


def test_an_own_change_is_kept_and_not_counted(store: IncidentStore) -> None:
    """The record of an action lies with its incident, and opens or joins nothing."""
    store.claims.open(arrival(), incident())
    store.claims.take_own_change(arrival("e-2", TWO), incident().id)
    assert store.incidents.get(incident().id).records_seen == 1
    assert [record.disposition for record in store.incidents.records(incident().id)] == [
        "opened",
        "own_change",
    ]


def test_an_incident_whose_execution_is_gone_is_taken_over(store: IncidentStore) -> None:
    """It fails, and its trail and its record belong to the new incident, all in one transaction."""
    store.claims.open(arrival(), incident())
    lock, claim = store.claims.lock(TRAIL), store.claims.find("e-1")
    successor = incident("TG-20260501-00000002", TWO)
    store.claims.open(arrival(execution=TWO), successor, lost=lock, stale=claim)
    assert store.incidents.get(incident().id).status is IncidentStatus.FAILED
    assert store.incidents.get(incident().id).outcome == "execution_lost"
    taken, claimed = store.claims.lock(TRAIL), store.claims.find("e-1")
    assert taken is not None
    assert taken.incident_id == successor.id
    assert claimed is not None
    assert claimed.owner == TWO
    with pytest.raises(ConflictingStateError):
        store.claims.open(arrival("e-3", "three"), incident("TG-20260501-00000003", "three"), lost=lock)


def test_closing_loses_to_a_record_that_joined(store: IncidentStore) -> None:
    """An incident closes only over the records that were looked at."""
    store.claims.open(arrival(), incident())
    store.claims.join(arrival("e-2"), incident().id)
    assert not store.incidents.close(incident(), records=1, outcome="restored", settled="d", at=START)
    assert store.claims.lock(TRAIL) is not None
    assert store.incidents.close(incident(), records=2, outcome="restored", settled="d", at=START)
    assert store.incidents.close(incident(), records=2, outcome="restored", settled="d", at=START)
    closed = store.incidents.get(incident().id)
    assert (closed.status, closed.outcome, closed.is_settled) == (IncidentStatus.CLOSED, "restored", True)
    assert store.claims.lock(TRAIL) is None
    assert store.incidents.settled_digest(TRAIL) == "d"


def test_a_failed_incident_releases_its_trail(store: IncidentStore) -> None:
    """Failing twice changes nothing more, and a failed incident is not updated any more."""
    store.claims.open(arrival(), incident())
    assert store.incidents.fail(incident(), outcome="error: X", settled=None, at=START)
    assert not store.incidents.fail(incident(), outcome="error: Y", settled="d", at=START)
    assert store.incidents.get(incident().id).outcome == "error: X"
    assert store.incidents.settled_digest(TRAIL) is None
    assert store.claims.lock(TRAIL) is None
    with pytest.raises(ConflictingStateError):
        store.incidents.update(incident().id, at=START, severity="low")


def test_documents_are_kept_by_round(store: IncidentStore) -> None:
    """A round's document can be written again by a retried step; other rounds keep theirs."""
    store.incidents.put_document("TG-1", STATE, 1, {"a": [1, 2.5, None, ""], "at": START})
    store.incidents.put_document("TG-1", STATE, 2, {"a": 2})
    store.incidents.put_document("TG-1", STATE, 2, {"a": 3})
    first = store.incidents.document("TG-1", STATE, 1)
    assert first is not None
    assert first["a"] == [1, 2.5, None, ""]
    assert [document["a"] for document in store.incidents.documents("TG-1", STATE)] == [[1, 2.5, None, ""], 3]
    assert store.incidents.document("TG-1", ASSESSMENT, 1) is None
    with pytest.raises(TypeError, match="has no JSON form"):
        store.incidents.put_document("TG-1", STATE, 1, object())


def test_the_timeline_is_in_order(store: IncidentStore) -> None:
    """Entries come back oldest first, also two of the same moment."""
    for number in (3, 1, 2, 2):
        entry = TimelineEntry(START + timedelta(seconds=number), "assess", f"entry {number}", {"n": number})
        store.incidents.note("TG-1", entry)
    store.incidents.note("TG-1", TimelineEntry(START + timedelta(seconds=1), "assess", "another", {}))
    texts = [entry.text for entry in store.incidents.timeline("TG-1")]
    assert texts[-2:] == ["entry 2", "entry 3"]
    assert set(texts[:2]) == {"entry 1", "another"}


def test_incidents_are_listed_newest_first(store: IncidentStore) -> None:
    """The list goes by the time of opening and stops at the limit."""
    for number in range(5):
        one = replace(
            incident(f"TG-20260501-0000000{number}", trail=f"{TRAIL}{number}"),
            opened_at=START + timedelta(minutes=number),
        )
        store.claims.open(arrival(f"e-{number}"), one)
    assert [one.id[-1] for one in store.incidents.newest(limit=3)] == ["4", "3", "2"]


@pytest.mark.parametrize(
    "ways",
    list(permutations((ApprovalStatus.APPROVED, ApprovalStatus.EXPIRED, ApprovalStatus.SUPERSEDED))),
)
def test_an_approval_is_decided_once(store: IncidentStore, ways: tuple[ApprovalStatus, ...]) -> None:
    """Of a decision, an expiry and a newer record the first wins, whichever it is."""
    assert store.approvals.ask(approval())
    won = [store.approvals.settle(approval(), status, at=START) for status in ways]
    assert won == [True, False, False]
    stored = store.approvals.get(incident().id, 1)
    assert stored is not None
    assert stored.status is ways[0]
    assert not store.approvals.ask(approval("token-2"))


def test_a_pending_approval_takes_the_new_token_and_keeps_its_time(store: IncidentStore) -> None:
    """A retried task has a new token; the deadline that people were told stays."""
    store.approvals.ask(approval())
    later = replace(approval("token-2"), expires_at=START + timedelta(hours=9))
    assert store.approvals.ask(later)
    stored = store.approvals.latest(incident().id)
    assert stored is not None
    assert stored.token == "token-2"
    assert stored.expires_at == START + timedelta(hours=1)
    assert not store.approvals.ask(approval("token-3", digest="b" * 64))


def test_a_decision_on_another_digest_does_not_count(store: IncidentStore) -> None:
    """Approvals are given to a digest; the store refuses any other."""
    store.approvals.ask(approval())
    assert not store.approvals.settle(approval(digest="b" * 64), ApprovalStatus.APPROVED, at=START)
    decision: dict[str, Any] = {"actions": None, "approver": {"arn": "arn:…:user/alice"}}
    assert store.approvals.settle(approval(), ApprovalStatus.APPROVED, at=START, decision=decision)
    stored = store.approvals.get(incident().id, 1)
    assert stored is not None
    assert stored.decision == decision
    assert stored.action_ids == ("start-logging",)
    assert len(store.approvals.all(incident().id)) == 1


def test_the_token_does_not_show() -> None:
    """Whoever has the token can wake the workflow: it is not printed with the approval."""
    assert "token-1" not in repr(approval())


def test_an_action_is_entered_once_a_round_with_its_inverse(store: IncidentStore) -> None:
    """The entry is there before the action runs; a second entry of the round is refused."""
    assert store.actions.enter(stored_action())
    assert not store.actions.enter(stored_action(TWO))
    assert store.actions.enter(stored_action(round_=2))
    kept = store.actions.get(incident().id, "start-logging", 1)
    assert kept == stored_action()
    assert kept.action.inverse[0].operation == "StopLogging"
    assert [one.round for one in store.actions.named(incident().id, "start-logging")] == [1, 2]
    assert store.actions.named(incident().id, "start") == ()


def test_only_a_running_action_of_ours_is_finished(store: IncidentStore) -> None:
    """What is finished stays as it is."""
    store.actions.enter(stored_action())
    with pytest.raises(ConflictingStateError):
        store.actions.finish(stored_action(TWO), ActionStatus.DONE, at=START)
    store.actions.finish(stored_action(), ActionStatus.DONE, at=START, request_ids=("r-1",))
    with pytest.raises(ConflictingStateError):
        store.actions.finish(stored_action(), ActionStatus.FAILED, at=START, outcome="refused")
    (done,) = store.actions.all(incident().id)
    assert (done.status, done.request_ids, done.finished_at) == (ActionStatus.DONE, ("r-1",), START)


def test_containments_are_limited_in_any_hour(store: IncidentStore) -> None:
    """The limit counts principals of the last sixty minutes; one that was admitted stays admitted."""
    admit = partial(store.actions.admit_containment, principal="mallory")
    assert admit("TG-1", limit=2, at=START)
    assert admit("TG-2", limit=2, at=START + timedelta(minutes=50))
    assert admit("TG-1", limit=2, at=START + timedelta(minutes=55))
    assert not admit("TG-3", limit=2, at=START + timedelta(minutes=59))
    assert admit("TG-3", limit=2, at=START + timedelta(minutes=61))
    assert not admit("TG-4", limit=2, at=START + timedelta(minutes=62))
    assert not admit("TG-5", limit=0, at=START + timedelta(hours=9))


def test_every_principal_of_an_incident_counts(store: IncidentStore) -> None:
    """One incident may concern many principals; the limit is on them, and two actions on one count once."""
    admit = partial(store.actions.admit_containment, "TG-1", limit=2, at=START)
    assert admit(principal="mallory")
    assert admit(principal="mallory")
    assert admit(principal="deployer")
    assert not admit(principal="created-user")


def test_what_a_person_decides_is_admitted_and_counts(store: IncidentStore) -> None:
    """Above the limit too; and then the machine waits until that hour is over as well."""
    admit = partial(store.actions.admit_containment, principal="mallory", limit=1)
    assert admit("TG-1", at=START)
    assert not admit("TG-2", at=START + timedelta(minutes=30))
    assert admit("TG-2", at=START + timedelta(minutes=30), by_person=True)
    assert not admit("TG-3", at=START + timedelta(minutes=61))
    assert admit("TG-3", at=START + timedelta(minutes=91))


def overtaken(store: IncidentStore, overtaking: Callable[[], object], method: str) -> None:
    """Let another writer in between reading and writing, once."""
    table = store.actions._table
    original = getattr(table, method)

    def overtaken_once(*writes: Any) -> Any:
        setattr(table, method, original)
        overtaking()
        return original(*writes)

    setattr(table, method, overtaken_once)


def test_the_limit_holds_for_incidents_at_the_same_moment(store: IncidentStore) -> None:
    """One place, two incidents that both read it as free: one is admitted."""
    admit = partial(store.actions.admit_containment, principal="mallory")
    other: list[bool] = []
    overtaken(store, lambda: other.append(admit("TG-2", limit=1, at=START)), "written")
    assert [admit("TG-1", limit=1, at=START), *other] == [False, True]


def baseline(prefix: str | None = None, by: str = "arn:aws:iam::111122223333:user/alice") -> Baseline:
    """An approved state."""
    state = TrailState(
        trail_arn=TRAIL,
        s3_bucket_name="logs",
        include_global_service_events=True,
        is_multi_region_trail=True,
        log_file_validation_enabled=True,
        is_organization_trail=False,
        is_logging=True,
        s3_key_prefix=prefix,
    )
    return Baseline(TRAIL, state, START, by, BaselineSource.APPROVED)


def test_baselines_are_numbered_and_listed(store: IncidentStore) -> None:
    """The one in force is found by its trail; approving the same again makes no new version."""
    assert store.baselines.get(TRAIL) is None
    assert store.baselines.put(baseline()).version == 1
    assert store.baselines.put(baseline()).version == 1
    assert store.baselines.put(baseline("changed")).version == 2
    found = store.baselines.get(TRAIL)
    assert found is not None
    assert found.state == baseline("changed").state
    assert [one.version for one in store.baselines.all()] == [2]


def test_baselines_of_two_approvers_at_once_are_both_kept(store: IncidentStore) -> None:
    """Each gets its own version; none is lost."""
    other: list[Baseline] = []
    overtaken(store, lambda: other.append(store.baselines.put(baseline("b"))), "transact")
    assert store.baselines.put(baseline("a")).version == 2
    assert [one.version for one in other] == [1]
