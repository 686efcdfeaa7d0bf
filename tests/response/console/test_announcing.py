"""The owners hear of every decision, and of attempts by those involved, but not of each of a thousand."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.attempts import MOST_PEOPLE
from response.aws.executions import Answered
from response.aws.stored_incident import StoredIncident
from response.console import announcing
from response.domain.approver import Approver
from response.domain.notice import NoticeKind
from tests.response.console.test_decisions import APPROVE, REJECT, ROLE_RECORD, decide
from tests.response.console.test_verdicts import judge, waiting
from tests.response.console.world import ALICE, MALLORY, Console, session, user
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import AUDIT, record, state

_ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
_MALLORY = f"arn:aws:iam::{ACCOUNT}:user/mallory"


def asked(console: Console, **more: Any) -> StoredIncident:
    """An incident whose plan waits."""
    incident = console.open_incident(**more)
    console.ask(incident)
    return incident


def told(console: Console) -> list[str]:
    """What was said."""
    return [said for _, _, said in console.announced]


@pytest.mark.parametrize(
    ("body", "verb", "said"),
    [
        (APPROVE, "approve", f"{_ALICE} approved restore-trail, deactivate-access-key."),
        ({**APPROVE, "actions": ["restore-trail"]}, "approve", f"{_ALICE} approved restore-trail."),
        (REJECT, "reject", f"{_ALICE} rejected the plan: nothing of it is carried out."),
    ],
)
def test_a_decision_is_told(body: dict[str, Any], verb: str, said: str, console: Console) -> None:
    """Who decided what, of which actions, and the comment; once."""
    incident = asked(console)
    assert decide(console, incident, body)[0] == 200
    ((kind, answer, text),) = console.announced
    assert (kind, answer.by, answer.verb, answer.code) == (NoticeKind.DECIDED, _ALICE, verb, "")
    assert text == f"{said} Comment: agreed with the owner"
    assert decide(console, incident, body)[0] == 409
    assert len(console.announced) == 1


def test_a_decision_that_comes_late_is_told_too(console: Console) -> None:
    """It stands in the store, whether or not the workflow waited for it."""
    console.answered = Answered.LATE
    assert decide(console, asked(console))[0] == 409
    assert len(told(console)) == 1


def test_a_decision_counts_although_nobody_could_be_told(console: Console) -> None:
    """The failure is logged."""
    console.cannot_tell = True
    assert decide(console, asked(console))[0] == 200
    assert len(console.woken) == 1
    assert any("telling of decided" in failure for failure in console.failures)


def test_an_attempt_by_the_actor_is_told_once(console: Console) -> None:
    """However often, and in whatever way; the refusal stays the same when nobody can be told."""
    incident = asked(console)
    for body in (APPROVE, REJECT, APPROVE):
        assert decide(console, incident, body, MALLORY)[0] == 403
    assert judge(console, waiting_as(console, incident), caller=MALLORY)[0] == 403
    ((kind, answer, said),) = console.announced
    assert (kind, answer.by) == (NoticeKind.ATTEMPT, _MALLORY)
    assert (answer.verb, answer.code) == ("approve", "approver_is_actor")
    assert said == f"{_MALLORY} tried to approve and was refused: approver_is_actor."


def waiting_as(console: Console, incident: StoredIncident) -> StoredIncident:
    """The same incident, read again."""
    return console.store.incidents.get(incident.id)


def test_whoever_signed_in_is_named_as_people_know_them() -> None:
    """With issuer and subject behind, since a name can be changed."""
    person = Approver("", user_id="s-1", issuer="https://idp.example", name="alice@example.com")
    assert announcing._named(person) == "alice@example.com (https://idp.example#s-1)"
    assert announcing._person(person) == "https://idp.example#s-1"


def test_all_sessions_of_a_role_are_one_person(console: Console) -> None:
    """Whoever can assume it can take any session name."""
    incident = asked(console, raw=record(userIdentity=ROLE_RECORD))
    for number in range(3):
        assert decide(console, incident, caller=session("admin", f"try-{number}"))[0] == 403
    assert len(console.announced) == 1


def test_a_crowd_of_those_involved_is_told_of_in_part(console: Console) -> None:
    """A flood of attempts is no flood of mails."""
    incident = asked(console)
    names = [f"mallory{number}" for number in range(MOST_PEOPLE + 3)]
    for name in names:
        identity = {"type": "IAMUser", "arn": user(name)["userArn"], "accountId": ACCOUNT, "userName": name}
        console.join(incident, f"e-{name}", userIdentity=identity)
    for name in names:
        assert decide(console, incident, caller=user(name))[0] == 403
    assert len(console.announced) == MOST_PEOPLE


@pytest.mark.parametrize("body", [{**APPROVE, "digest": "0" * 64}, {**APPROVE, "actions": ["no-such"]}])
def test_a_mistake_of_somebody_else_is_not_told(body: dict[str, Any], console: Console) -> None:
    """It is answered, and noted in the timeline."""
    assert decide(console, asked(console), body)[0] in {400, 409}
    assert console.announced == []


def test_a_verdict_that_ends_the_wait_is_told_once(console: Console) -> None:
    """It rejects the plan; saying it again says nothing new."""
    incident = waiting(console)
    for _ in range(2):
        judge(console, incident)
    ((kind, answer, said),) = console.announced
    assert (kind, answer.by, answer.verb) == (NoticeKind.DECIDED, ALICE["userArn"], "authorised")
    assert said == f"{_ALICE} judged the change: authorised. The plan is rejected. Reason: CHG-77"


@pytest.mark.parametrize(
    ("caller", "code"),
    [(MALLORY, "approver_is_actor"), (session("trailguard-restorer", "x"), "approver_is_responder")],
)
def test_an_attempt_to_approve_the_changed_state_is_told_once(
    caller: dict[str, str], code: str, console: Console
) -> None:
    """It would make the attack the baseline; it stands in the timeline of the incident that is in the way."""
    incident = asked(console)
    console.states = {AUDIT: state(AUDIT, is_logging=False)}
    for _ in range(2):
        assert console.call("POST", "/baselines", {"trail_arn": AUDIT}, caller=caller)[0] == 403
        console.clock.sleep(60)
    ((kind, answer, said),) = console.announced
    assert (kind, answer.verb, answer.code) == (
        NoticeKind.ATTEMPT,
        "approve the state of the trail",
        code,
    )
    assert said.endswith(f"tried to approve the state of the trail and was refused: {code}.")
    noted = [entry.data for entry in console.store.incidents.timeline(incident.id) if "tried" in entry.text]
    assert noted == [{"by": answer.by, "code": code}] * 2
