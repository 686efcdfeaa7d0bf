"""Decisions that count: bound to a digest, in time, by uninvolved and different people, as many as needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.actor import Actor
from response.domain.approval import Decision, PendingApproval, Refusal, RefusalCode, Verdict
from response.domain.approver import Approver, is_same_approver, is_same_person
from response.domain.deciding import DecisionStatus, Taken, mismatch, plan_difference, weigh
from response.domain.plan import Action, ActionKind, Call, Gate, Plan
from tests.response.domain.people import EVERYBODY, RESPONDERS, RESTORER, actor, approver, role, user
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN

_NOW = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)
_DIGEST, _OTHER = "a" * 64, "b" * 64
_IDS = ("start-logging", "restore-trail", "deactivate-access-key")
_PENDING = PendingApproval(
    incident_id="TG-20260301-0123abcd",
    digest=_DIGEST,
    action_ids=_IDS,
    expires_at=_NOW + dt.timedelta(hours=1),
)
_POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example"
_MALLORY = actor(user())


def person(name: str) -> Approver:
    """An IAM user of that name."""
    return approver(user(name, key=f"AKIAEXAMPLE{name.upper()}"))


def signed_in(name: str, *linked: str) -> Approver:
    """Somebody who signed in, and the IAM identities that are linked to them."""
    return Approver("", f"sub-of-{name}", issuer=_POOL, name=f"{name}@example.com", linked=linked)


_ALICE = person("alice")
_APPROVAL = Decision(_DIGEST, Verdict.APPROVE, _ALICE)
# Everything that mallory, who made the change, can decide as.
_GUISES = (
    approver(user()),
    approver(user(key="AKIAEXAMPLESECOND000")),
    approver(user("renamed") | {"principalId": user()["principalId"]}),
    Approver(f"arn:aws:sts::{ACCOUNT}:federated-user/alice", f"{ACCOUNT}:alice", "ASIAEXAMPLEALICE0000"),
    signed_in("mallory", user()["arn"]),
    signed_in("somebody", "arn:aws:iam::999999999999:user/x", user()["arn"]),
)
_PEOPLE = (_ALICE, person("bob"), person("carol"), signed_in("pat"), signed_in("sam", person("sam").arn))
_MACHINE = approver(role("trailguard-restorer", "tg-x"))


def take(
    pending: PendingApproval | None = _PENDING,
    decision: Decision = _APPROVAL,
    *,
    now: dt.datetime = _NOW,
    actors: Iterable[Actor] = (_MALLORY,),
) -> Taken | Refusal:
    """What becomes of the approval; mallory is the actor."""
    return weigh(pending, decision, now=now, actors=actors, responder_arns=RESPONDERS)


def refusal(*args: Any, **parameters: Any) -> str | None:
    """The code with which a decision is refused."""
    found = take(*args, **parameters)
    return str(found.code) if isinstance(found, Refusal) else None


def run(
    pending: PendingApproval, decisions: Sequence[Decision]
) -> tuple[PendingApproval, list[Taken | Refusal]]:
    """One decision after the other, each on what the ones before it made of the approval."""
    answers: list[Taken | Refusal] = []
    for decision in decisions:
        answer = take(pending, decision)
        answers.append(answer)
        if isinstance(answer, Taken):
            decided = "" if answer.status is DecisionStatus.WAITING else decision.approver.id
            pending = replace(pending, approvals=answer.approvals, decided_by=decided)
    return pending, answers


def test_an_uninvolved_person_may_decide() -> None:
    """Approve or reject, all of it or a part; one is enough unless the policy says otherwise."""
    assert take() == Taken(DecisionStatus.APPROVED, 0, _IDS, (_APPROVAL,))
    part = replace(_APPROVAL, actions=("restore-trail",))
    assert take(decision=part) == Taken(DecisionStatus.APPROVED, 0, ("restore-trail",), (part,))
    rejected = take(decision=replace(_APPROVAL, verdict=Verdict.REJECT))
    assert rejected == Taken(DecisionStatus.REJECTED, 0, (), ())


@pytest.mark.parametrize(
    ("decision", "pending", "later", "code"),
    [
        (_APPROVAL, None, 0, "no_pending_approval"),
        (replace(_APPROVAL, digest=_OTHER), _PENDING, 0, "digest_mismatch"),
        (_APPROVAL, _PENDING, 60, "expired"),
        (_APPROVAL, replace(_PENDING, decided_by="arn:aws:iam::1:user/bob"), 0, "already_decided"),
        (_APPROVAL, replace(_PENDING, decided_by="arn:aws:iam::1:user/bob"), 90, "already_decided"),
        *[(replace(_APPROVAL, approver=guise), _PENDING, 0, "approver_is_actor") for guise in _GUISES],
        (replace(_APPROVAL, approver=_MACHINE), _PENDING, 0, "approver_is_responder"),
        (replace(_APPROVAL, approver=Approver(RESTORER)), _PENDING, 0, "approver_is_responder"),
        (replace(_APPROVAL, approver=signed_in("x", RESTORER)), _PENDING, 0, "approver_is_responder"),
        (replace(_APPROVAL, approver=Approver("")), _PENDING, 0, "malformed"),
        (replace(_APPROVAL, actions=("delete-everything",)), _PENDING, 0, "malformed"),
        (replace(_APPROVAL, actions=()), _PENDING, 0, "malformed"),
    ],
)
def test_every_refusal_has_its_code(
    decision: Decision, pending: PendingApproval | None, later: int, code: str
) -> None:
    """Each condition alone refuses, also a rejection, with its own code."""
    now = _NOW + dt.timedelta(minutes=later)
    assert refusal(pending, decision, now=now) == code
    if decision.actions is None:
        assert refusal(pending, replace(decision, verdict=Verdict.REJECT), now=now) == code


def test_without_a_record_anybody_but_the_responder_may_decide() -> None:
    """A drift has no actor."""
    assert refusal(actors=()) is None
    assert refusal(decision=replace(_APPROVAL, approver=_MACHINE), actors=()) == "approver_is_responder"


def test_a_quorum_waits_for_others() -> None:
    """The first approvals count and wait; the same person counts once, in whatever guise."""
    pending = replace(_PENDING, quorum=2)
    pending, (first,) = run(pending, [_APPROVAL])
    assert first == Taken(DecisionStatus.WAITING, 1, _IDS, (_APPROVAL,))
    again = (_ALICE, replace(_ALICE, access_key_id="AKIAEXAMPLEOTHER0000"), signed_in("alice", _ALICE.arn))
    for guise in again:
        found = take(pending, replace(_APPROVAL, approver=guise))
        assert isinstance(found, Refusal)
        assert (found.code, found.more) == (RefusalCode.ALREADY_COUNTED, {"missing": 1})
    assert isinstance(take(pending, Decision(_DIGEST, Verdict.APPROVE, person("bob"))), Taken)


def test_one_rejection_ends_it() -> None:
    """Also by somebody who approved before and thought again."""
    pending, _ = run(replace(_PENDING, quorum=2), [_APPROVAL])
    for decider in (_ALICE, person("bob")):
        found = take(pending, Decision(_DIGEST, Verdict.REJECT, decider))
        assert isinstance(found, Taken)
        assert found.status is DecisionStatus.REJECTED
        assert found.actions == ()


def test_an_approval_that_would_leave_nothing_is_told() -> None:
    """Two people who approve different actions have approved none together."""
    pending, _ = run(replace(_PENDING, quorum=2), [replace(_APPROVAL, actions=_IDS[:1])])
    other = Decision(_DIGEST, Verdict.APPROVE, person("bob"), actions=_IDS[1:])
    found = take(pending, other)
    assert isinstance(found, Refusal)
    assert found.code is RefusalCode.NOTHING_IN_COMMON
    assert "start-logging" in found.text


_subsets = st.none() | st.lists(st.sampled_from(_IDS), min_size=1, unique=True).map(tuple)
_decisions = st.builds(
    Decision,
    digest=st.sampled_from((_DIGEST, _DIGEST, _DIGEST, _OTHER)),
    verdict=st.sampled_from((Verdict.APPROVE, Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT)),
    approver=st.sampled_from((*_PEOPLE, *_GUISES, signed_in("alice", _ALICE.arn), _MACHINE)),
    actions=_subsets,
)


@given(st.integers(1, 4), st.lists(_decisions, max_size=8))
def test_a_plan_is_approved_by_enough_different_people_only(quorum: int, decisions: list[Decision]) -> None:
    """Whatever comes in: never by fewer, by one twice, by the actor, by the machine, or of another digest."""
    pending, answers = run(replace(_PENDING, quorum=quorum), decisions)
    taken = [one for one in answers if isinstance(one, Taken)]
    assert len(pending.approvals) <= quorum
    for approval in pending.approvals:
        assert approval.digest == _DIGEST
        assert approval.verdict is Verdict.APPROVE
        assert not is_same_person(approval.approver, _MALLORY)
        assert approval.approver not in (*_GUISES, _MACHINE)
    for one, other in combinations(pending.approvals, 2):
        assert not is_same_approver(one.approver, other.approver)
    for answer in taken:
        assert (answer.status is DecisionStatus.APPROVED) == (
            answer.missing == 0 and answer.status is not DecisionStatus.REJECTED
        )
        if answer.status is DecisionStatus.APPROVED:
            assert len(answer.approvals) == quorum
        if answer.status is DecisionStatus.WAITING:
            assert answer.missing == quorum - len(answer.approvals) > 0
    # Nothing counts after the end.
    ends = [i for i, one in enumerate(answers) if isinstance(one, Taken) and one.status != "waiting"]
    assert len(ends) <= 1
    for late in answers[ends[0] + 1 :] if ends else ():
        assert isinstance(late, Refusal)


@given(st.data(), st.lists(st.sampled_from(_PEOPLE), min_size=1, max_size=4, unique=True))
def test_the_order_of_decisions_makes_no_difference(data: st.DataObject, people: list[Approver]) -> None:
    """The same approvals in any order come to the same: what everybody approved, or not yet enough people."""
    shared = data.draw(st.sampled_from(_IDS))
    choices = [data.draw(_subsets) for _ in people]
    decisions = [
        Decision(_DIGEST, Verdict.APPROVE, who, actions=None if some is None else tuple({*some, shared}))
        for who, some in zip(people, choices, strict=True)
    ]
    pending = replace(_PENDING, quorum=data.draw(st.integers(len(people), 5)))
    ends = []
    for order in (decisions, data.draw(st.permutations(decisions))):
        after, answers = run(pending, order)
        last = answers[-1]
        assert isinstance(last, Taken)
        assert {one.approver.id for one in after.approvals} == {one.id for one in people}
        ends.append((last.status, last.missing, last.actions))
    assert ends[0] == ends[1]
    chosen = [set(_IDS if one.actions is None else one.actions) for one in decisions]
    assert set(ends[0][2]) == set.intersection(*chosen)


_identities = st.sampled_from(
    [*EVERYBODY.values(), user("alice", key="AKIAEXAMPLEALICE0000"), role("trailguard-restorer", "tg-x"), {}]
)


@given(
    digest=st.sampled_from((_DIGEST, _OTHER)),
    decider=_identities,
    suspect=_identities,
    minutes=st.integers(-120, 120),
    decided=st.sampled_from(("", "arn:aws:iam::1:user/bob")),
    actions=st.none() | st.lists(st.sampled_from((*_IDS, "other")), unique=True),
    waits=st.booleans(),
)
def test_an_approval_passes_only_when_all_of_it_holds(
    *,
    digest: str,
    decider: Mapping[str, Any],
    suspect: Mapping[str, Any],
    minutes: int,
    decided: str,
    actions: list[str] | None,
    waits: bool,
) -> None:
    """Bound to the digest, in time, undecided, on waiting actions, by an uninvolved and known principal."""
    chosen = None if actions is None else tuple(actions)
    decision = Decision(digest, Verdict.APPROVE, approver(decider), "", chosen)
    pending = replace(_PENDING, decided_by=decided) if waits else None
    now = _NOW + dt.timedelta(minutes=minutes)
    if isinstance(take(pending, decision, now=now, actors=(actor(suspect),)), Taken):
        assert waits
        assert digest == _DIGEST
        assert minutes < 60
        assert not decided
        assert actions is None or (actions and "other" not in actions)
        assert decider.get("arn")
        assert "trailguard" not in decider["arn"]
        for key in ("arn", "accessKeyId"):
            assert not decider.get(key) or decider.get(key) != suspect.get(key)


def action(name: str, title: str = "", bucket: str = "log") -> Action:
    """An action of a plan."""
    call = Call("cloudtrail", "UpdateTrail", {"Name": TRAIL_ARN, "S3BucketName": bucket}, "eu-west-1")
    return Action(name, ActionKind.RESTORE, title or name, TRAIL_ARN, Gate.APPROVE, (call,), (call,))


def plan(*actions: Action, created_at: str = "one") -> Plan:
    """A plan of these actions."""
    return Plan(_PENDING.incident_id, TRAIL_ARN, "c" * 64, "approved", created_at, actions)


def test_a_renewed_plan_is_told_by_how_it_differs() -> None:
    """Whoever decided on the earlier one sees what is new, what fell away, and what became different."""
    before = plan(action("a"), action("b"), action("c", "old"))
    after = plan(action("b"), action("c", "new", "evil"), action("d", "turn on"))
    assert plan_difference(before, after) == {
        "added": [{"id": "d", "title": "turn on"}],
        "removed": [{"id": "a", "title": "a"}],
        "changed": [{"id": "c", "title": "new"}],
    }
    told = mismatch(before, after)
    assert told.code is RefusalCode.DIGEST_MISMATCH
    assert told.more == {"digest": after.digest, "difference": plan_difference(before, after)}
    assert "added: d; removed: a; changed: c." in told.text
    assert after.digest in told.text


def test_an_unknown_digest_and_a_plan_made_anew_are_told_apart() -> None:
    """A digest of no plan has nothing to be compared with; a plan may be renewed with the same actions."""
    present = plan(action("a"), created_at="two")
    unknown = mismatch(None, present)
    assert unknown.more == {"digest": present.digest, "difference": None}
    assert unknown.text.startswith("The digest is of no plan of this incident.")
    assert "the same actions on a state read anew" in mismatch(plan(action("a")), present).text
