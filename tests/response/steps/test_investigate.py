"""Step `investigate`: the findings as data, the dossier in words, and both for the assessment."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.errors import AccessDeniedError
from response.aws.found import Found
from response.domain.findings import NOTHING, CalendarState, Contact, Findings
from response.steps.assess import findings_of
from tests.response.steps.investigating.cases import CHANGE, ROLE, issued, session, user
from tests.response.steps.reader_fakes import FakeHistory
from tests.response.steps.scenes import AUTO, MINIMIZED, Deploy, event, incident, record
from tests.response.steps.walker import Walker

ONE = "execution-1"
DENIED = AccessDeniedError("sts:AssumeRole", "AccessDenied", "not this time")


def _investigated(walker: Walker, **fields: Any) -> Any:
    """The first three steps; what the fourth is handed."""
    given: Any = event(**fields)
    walker.world.executions[ONE] = "RUNNING"
    for name in ("intake", "preserve", "investigate"):
        given = walker.run_step(name, {"execution": ONE, "input": given})
    return given


def _document(walker: Walker, kind: str) -> Any:
    document = walker.store.incidents.document(incident(walker).id, kind, 1)
    assert document is not None
    return document


def test_findings_and_dossier_are_kept(deploy: Deploy) -> None:
    """The findings read back as data; the dossier has a section for each question, told from them."""
    walker = deploy()
    walker.world.readable.contact = Contact("Sam Soc", email="soc@example.com")
    _investigated(walker)
    findings = findings_of(walker.store, incident(walker).id, 1)
    assert findings == Findings.from_json(_document(walker, "FINDINGS"))
    assert findings.contact == Contact("Sam Soc", email="soc@example.com")
    assert list(findings.principals) == ["arn:aws:iam::111111111111:user/mallory"]
    dossier = _document(walker, "DOSSIER")
    assert set(dossier) == {"who", "from_where", "what_else", "made_to_stay", "who_to_tell"}
    assert "mallory" in dossier["who"]["finding"]
    assert "198.51.100.23" in dossier["from_where"]["finding"]
    assert "soc@example.com" in str(dossier["who_to_tell"])


def test_the_assessment_has_the_findings_and_completes_the_dossier(deploy: Deploy) -> None:
    """What only the comparison can tell is added; a role shared with others is not denied as a whole."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.principals_there.add(("role", "deployer"))
    walker.world.history_records = [
        issued("a-1", user("alice", "AKIAALICE"), "ASIA1", to="s-1"),
        issued("a-2", user("bob", "AKIABOB"), "ASIA2", to="pipeline"),
    ]
    given = _investigated(walker, userIdentity=session("s-1", "ASIA1"))
    walker.run_step("assess", {"execution": ONE, "input": given})
    findings = findings_of(walker.store, incident(walker).id, 1)
    shared = findings.sessions_of(ROLE)
    assert shared is not None
    assert [seen.session_name for seen in shared.others] == ["pipeline"]
    dossier = _document(walker, "DOSSIER")
    assert {"what_changed", "blind_window", "was_it_approved", "who"} <= set(dossier)
    actions = [action["id"] for action in _document(walker, "ASSESSMENT")["plan"]["actions"]]
    assert "deny-role-session" in actions
    assert "deny-role-sessions" not in actions


def test_change_calendars_of_the_policy_are_asked_at_the_moment_of_the_change(deploy: Deploy) -> None:
    """One that does not answer is named; the others are told."""
    walker = deploy(change_calendars=["freeze", "unknown"])
    walker.world.readable.change_calendars["freeze"] = "CLOSED"
    _investigated(walker)
    findings = findings_of(walker.store, incident(walker).id, 1)
    assert findings.calendars == (CalendarState("freeze", "CLOSED", CHANGE),)
    assert findings.missing["calendar"] == ("unknown: ssm:GetCalendarState: InvalidDocument: there is none",)


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("lookup", "conduct"),
        ("principals", "principal"),
        ("interfaces", "address"),
        ("ranges", "address"),
        ("contact", "contact"),
        ("contacts", "contact"),
    ],
)
def test_each_part_fails_by_itself(deploy: Deploy, operation: str, part: str) -> None:
    """The reason is in the findings and in the timeline, and the workflow goes on."""
    walker = deploy()
    walker.world.fail[operation] = DENIED
    assert _investigated(walker, sourceIPAddress="52.95.110.1")["route"] == "respond"
    findings = findings_of(walker.store, incident(walker).id, 1)
    assert any("sts:AssumeRole: AccessDenied" in reason for reason in findings.missing[part])
    timeline = walker.store.incidents.timeline(incident(walker).id)
    (entry,) = [entry for entry in timeline if entry.step == "investigate"]
    assert entry.text == "The dossier is incomplete."
    assert "not this time" in str(entry.data["missing"])


def test_where_nothing_answers_the_record_itself_is_told(deploy: Deploy) -> None:
    """Who and from where need no AWS call; the trail is put back all the same."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    for operation in ("lookup", "principals", "interfaces", "ranges", "contacts"):
        walker.world.fail[operation] = DENIED
    assert walker.walk(event()) == "SUCCEEDED"
    dossier = _document(walker, "DOSSIER")
    assert "mallory" in dossier["who"]["finding"]
    assert "198.51.100.23" in dossier["from_where"]["finding"]
    assert "UpdateTrail" in walker.world.operations()


def test_an_investigation_takes_no_longer_than_it_may(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow history is given up after three minutes and what is under way; each search not made is named."""
    walker = deploy()

    def slow(*_: Any, **__: Any) -> Found:
        walker.world.clock.sleep(50)
        return Found(())

    monkeypatch.setattr(FakeHistory, "lookup", slow)
    before = walker.world.clock.now()
    _investigated(walker)
    assert (walker.world.clock.now() - before).total_seconds() <= 180 + 2 * 60
    findings = findings_of(walker.store, incident(walker).id, 1)
    assert "the time of the investigation was used up" in str(findings.missing)


def test_a_usual_incident_takes_few_searches(deploy: Deploy) -> None:
    """A user with a key costs seven, a session of a role five more: issue, others, who is behind it."""
    walker = deploy()
    walker.world.history_records = [record()]
    _investigated(walker)
    assert len(walker.world.readable.lookups) == 7
    other, identity = deploy(), session("s-1", "ASIA1")
    other.world.history_records = [
        issued("a-1", user("alice", "AKIAALICE"), "ASIA1", to="s-1"),
        record(userIdentity=identity),
    ]
    _investigated(other, userIdentity=identity)
    assert len(other.world.readable.lookups) == 12


def test_a_round_without_findings_has_none(deploy: Deploy) -> None:
    """An investigation that did not come to its end leaves the assessment with nothing, not without work."""
    walker = deploy()
    _investigated(walker)
    assert findings_of(walker.store, incident(walker).id, 2) == NOTHING
