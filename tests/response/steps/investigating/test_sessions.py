"""Other live sessions of a role: those that a wide denial would shut out as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from response.domain.findings import RoleSessions
from response.steps.investigating.case import Case
from response.steps.investigating.chain import chains
from response.steps.investigating.sessions import sessions
from tests.response.aws.fakes import START
from tests.response.steps.fakes import World
from tests.response.steps.investigating.cases import CHANGE, ROLE, case, issued, session, user
from tests.response.steps.reader_fakes import FakeHistory
from tests.response.steps.scenes import record

HOUR = timedelta(hours=1)
OWN = record(userIdentity=session("s-1", "ASIAOWN"))
SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}


def _issue(event_id: str, key: str, to: str, at: Any = START - HOUR / 2, **fields: Any) -> dict[str, Any]:
    return issued(event_id, fields.pop("by", user("alice", "AKIAALICE")), key, to=to, at=at, **fields)


def _sessions(made: Case) -> RoleSessions:
    (found,) = sessions(made, ())
    return found


def _why(made: Case) -> str:
    return "; ".join(made.gaps.to_findings().get("sessions", ()))


def test_others_are_told_with_their_last_sign_of_life() -> None:
    """Issued in the last twelve hours and not ended yet; the incident's own session is none of them."""
    history = [
        _issue("a-1", "ASIAOWN", "s-1"),
        _issue("a-2", "ASIAOTHER", "pipeline"),
        _issue("a-3", "ASIAENDED", "yesterday", at=START - 2 * HOUR),
        _issue("a-4", "ASIALONG", "long", at=START - 10 * HOUR, asked={"durationSeconds": 43_200}),
        _issue("a-5", "ASIAOTHERROLE", "x", role=ROLE + "-two"),
        _issue("a-6", "ASIADENIED", "denied", errorCode="AccessDenied"),
    ]
    made = case([OWN], history)
    found = _sessions(made)
    assert found.role_arn == ROLE
    assert {seen.session_name: seen.access_key_id for seen in found.others} == {
        "pipeline": "ASIAOTHER",
        "long": "ASIALONG",
    }
    assert found.others[0].last_seen == START - HOUR / 2
    assert _why(made) == ""


def test_credentials_that_a_service_renews_last_longer() -> None:
    """EC2 and its like say no duration: their sessions count for as long as any session may last."""
    history = [
        _issue("a-1", "ASIAOWN", "s-1"),
        _issue("a-2", "ASIAEC2", "i-0abc", by=SERVICE, at=START - 5 * HOUR),
    ]
    assert [seen.session_name for seen in _sessions(case([OWN], history)).others] == ["i-0abc"]


def test_several_keys_of_one_session_name_are_one() -> None:
    """A denial is by the session's name."""
    history = [_issue(f"a-{n}", f"ASIA{n}", "pipeline") for n in range(3)]
    assert len(_sessions(case([OWN], [_issue("a-9", "ASIAOWN", "s-1"), *history])).others) == 1


def test_where_the_role_finds_nothing_all_of_sts_is_read(monkeypatch: Any) -> None:
    """A history that lists no roles as resources must not look like a role without sessions."""
    plain = FakeHistory.lookup

    def by_name(self: FakeHistory, attribute: Any, value: str, **bounds: Any) -> Any:
        found = plain(self, attribute, value, **bounds)
        return type(found)(()) if str(attribute) == "ResourceName" else found

    monkeypatch.setattr(FakeHistory, "lookup", by_name)
    made = case([OWN], [_issue("a-1", "ASIAOWN", "s-1"), _issue("a-2", "ASIAOTHER", "pipeline")])
    assert [seen.session_name for seen in _sessions(made).others] == ["pipeline"]
    assert _why(made) == ""


def test_a_history_that_does_not_show_the_own_session_is_not_relied_on() -> None:
    """Then others may be missing as well, and the assessment is told."""
    made = case([OWN], [_issue("a-2", "ASIAOTHER", "pipeline")])
    assert [seen.session_name for seen in _sessions(made).others] == ["pipeline"]
    assert "others may be missing too" in _why(made)


def _alike(history: list[Any], actor: Any = OWN) -> dict[str, bool]:
    """Whether each further session is the same caller's, as far as the chain of the first one tells."""
    made = case([actor], history)
    (found, *_) = sessions(made, chains(made))
    return {seen.session_name: seen.same_caller for seen in found.others}


def test_a_session_that_the_same_caller_made_is_told_as_such() -> None:
    """By another key of the same user too, and what such a session has made in its turn."""
    deeper = session("second", "ASIASECOND")
    history = [
        _issue("a-1", "ASIAOWN", "s-1", at=CHANGE - HOUR / 2),
        _issue("a-2", "ASIASECOND", "second", by=user("alice", "AKIAALICETWO")),
        _issue("a-3", "ASIATHIRD", "third", by=deeper, at=START - HOUR / 3),
        _issue("a-4", "ASIABOB", "bob", by=user("bob", "AKIABOB")),
        _issue("a-5", "ASIAEC2", "i-0abc", by=SERVICE),
    ]
    assert _alike(history) == {"second": True, "third": True, "bob": False, "i-0abc": False}


def test_callers_of_other_accounts_and_providers_are_told_apart_by_their_ids() -> None:
    """Their records show no ARN."""
    mine, theirs = (
        {"type": "AWSAccount", "principalId": f"AIDA{who}", "accountId": "222222222222"} for who in "AB"
    )
    history = [
        _issue("a-1", "ASIAOWN", "s-1", by=mine, at=CHANGE - HOUR / 2),
        _issue("a-2", "ASIATWO", "two", by=mine),
        _issue("a-3", "ASIATHREE", "three", by=theirs),
    ]
    assert _alike(history) == {"two": True, "three": False}


def test_very_many_sessions_of_the_caller_do_not_hide_the_others() -> None:
    """The role stays one that others use, however many sessions the actor opens."""
    history = [
        _issue("a-1", "ASIAOWN", "s-1", at=CHANGE - HOUR / 2),
        *(_issue(f"b-{n}", f"ASIA{n}", f"mine-{n}", at=START - HOUR / 4) for n in range(60)),
        _issue("a-2", "ASIABOB", "bob", by=user("bob", "AKIABOB")),
    ]
    alike = _alike(history)
    assert alike["bob"] is False
    assert sum(alike.values()) == 50


def test_roles_of_a_chain_are_looked_at_too() -> None:
    """The origin's role may be shared; users and roles of other accounts have no sessions here."""
    hub, foreign = ROLE + "-hub", "arn:aws:iam::222222222222:role/x"
    history = [
        issued("a-1", session("hub", "ASIAHUB", role=hub), "ASIAOWN"),
        issued("a-2", session("x", "ASIAX", role=foreign), "ASIAHUB", to="hub", role=hub),
    ]
    made = case([OWN], history)
    assert [found.role_arn for found in sessions(made, chains(made))] == [ROLE, hub]


def test_a_user_has_no_other_sessions_to_spare() -> None:
    """Only roles are shared."""
    world = World()
    assert sessions(case([record()], world=world), ()) == ()
    assert world.readable.lookups == []
