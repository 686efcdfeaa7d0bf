"""The sections: each question is answered, or "not known" with the reason, whatever the findings are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from response.domain.assessment import Assessment, AssessmentInput, assess
from response.domain.baseline import Baseline, BaselineSource
from response.domain.dossier import Section, assessed_sections, investigated_sections
from response.domain.dossier.conduct import conduct_of
from response.domain.dossier.made_to_stay import made_to_stay
from response.domain.dossier.section import MOST_ENTRIES, fitted, listed, names
from response.domain.findings import NOTHING, AddressFacts, Findings, Part
from response.domain.plan import Action, ActionKind, Call, Gate, Outcome, Plan
from response.domain.policy import Policy, parse_policy
from response.domain.record import Record
from response.domain.trail_state import Surroundings, TrailState
from tests.response.domain.found import CI_DEPLOY, MALLORY, by, example, findings, records
from tests.response.domain.people import role, user
from tests.response.domain.strategies import TRAIL_ARN, approved_state, at, hostile_text, raw_record, states

_INVESTIGATED = {"who", "from_where", "what_else", "made_to_stay", "who_to_tell"}
_ASSESSED = {"what_changed", "blind_window", "was_it_approved", "made_to_stay"}
_POLICY = parse_policy({"version": 1, "owners": {"default": "security team"}})
_RECORD = by(role())
_FOUND = approved_state(is_logging=False)


def _investigated(
    found: Findings, *given_records: Record, tags: dict[str, str] | None = None
) -> dict[str, Section]:
    return investigated_sections(
        given_records, found, now=at(59), policy=_POLICY, trail_tags=tags or {}, trail_arn=TRAIL_ARN
    )


def _assessment(found: Findings, *given_records: Record, state: TrailState | None = _FOUND) -> Assessment:
    return assess(
        AssessmentInput(
            "TG-20260301-0123abcd",
            TRAIL_ARN,
            given_records[0] if given_records else None,
            state,
            Surroundings(),
            _baseline(),
            Policy(),
            at(59),
            joined=given_records[1:],
            findings=found,
        )
    )


def _baseline() -> Baseline:
    return Baseline(TRAIL_ARN, approved_state(), at(0), "alice", BaselineSource.APPROVED)


def _assessed(
    found: Findings, *given_records: Record, state: TrailState | None = _FOUND
) -> dict[str, Section]:
    assessment = _assessment(found, *given_records, state=state)
    return assessed_sections(assessment, given_records, found, found=state, baseline=_baseline(), now=at(59))


def test_who() -> None:
    """The principal, the chain to its origin, ages, rights, groups, and whether it changed trails before."""
    section = _investigated(example(_RECORD), _RECORD)["who"]
    for said in (
        "role ci-deploy (session run-17",
        "through the API (cli)",
        "the session was issued by AssumeRole at 2026-03-01T02:01:00Z to IAM user mallory",
        "where it began",
        "role ci-deploy is 59 minutes old",
        "user mallory is 400 days old",
        "it may call cloudtrail:UpdateTrail",
        "tagged team=build",
        "in the groups developers",
        "it was not seen changing trails in eu-west-1 in the 90 days before",
    ):
        assert said in section.finding
    assert section.missing == ""
    principals = section.evidence["principals"]["entries"]
    assert [entry["arn"] for entry in principals] == [CI_DEPLOY, MALLORY]
    assert principals[1]["tags"] == {"team": "build"}


def test_the_key_in_use_has_an_age() -> None:
    """With when it was last used; other keys of the user are evidence only."""
    record = by(user())
    finding = _investigated(example(record), record)["who"].finding
    assert "access key AKIAEXAMPLEMALLORY00 is 59 minutes old" in finding
    assert "last used at 2026-03-01T02:05:00Z for cloudtrail in eu-west-1, Active" in finding


def test_from_where() -> None:
    """The address, whose it is, whether it is new; the client, and whether that is."""
    section = _investigated(example(_RECORD), _RECORD)["from_where"]
    for said in (
        "203.0.113.7, a public address",
        "network interface eni-1 of instance i-1 (bastion) in eu-west-1",
        "in a range of EC2, where any customer may be, eu-west-1",
        "in NL, AS1 Example",
        "the address 203.0.113.7 is new for this principal: not in 40 calls since 2026-03-01",
        "client: cli (aws-cli/2.30)",
        "the client cli was seen before: in 12 of 40 calls",
    ):
        assert said in section.finding


def test_what_else() -> None:
    """Counts, and by name what makes somebody stay or blinds; a gap is said."""
    section = _investigated(example(_RECORD), _RECORD)["what_else"]
    window = "from 2026-03-01T02:00:00Z to 2026-03-01T02:59:00Z, with the change itself"
    assert f"3 calls to 2 services {window}" in section.finding
    assert "most to iam.amazonaws.com 2, cloudtrail.amazonaws.com 1" in section.finding
    assert "2 that make somebody stay: CreateUser, CreateAccessKey" in section.finding
    assert "1 that blind a defender: StopLogging" in section.finding
    assert section.missing == "us-east-1: throttled"
    assert [entry["event_id"] for entry in section.evidence["evasion"]["entries"]] == ["e-stop"]
    assert [entry["session"] for entry in section.evidence["other_sessions"]["entries"]] == ["run-18"]


def test_the_regions_that_were_looked_at_are_said() -> None:
    """What was done in another Region is not in these calls, and nobody is to think so."""
    for given_records in ([raw_record()], []):
        seen = conduct_of(given_records, since=at(0), until=at(59))
        found = Findings(conduct=replace(seen, regions=("eu-west-1", "us-east-1")))
        section = _investigated(found, by(user()))["what_else"]
        assert "in eu-west-1, us-east-1, the Regions looked at" in section.finding
        assert section.evidence["regions"] == ["eu-west-1", "us-east-1"]


def test_the_change_itself_is_nothing_else() -> None:
    """What the incident is about does not stand in the list of what else blinds."""
    found = Findings(conduct=conduct_of([raw_record()], since=at(0), until=at(59)))
    section = _investigated(found, by(user()))["what_else"]
    assert "1 call to 1 service" in section.finding
    assert "none of them, beside it, was refused or is in the lists" in section.finding
    assert section.evidence["evasion"] == {"entries": []}


def test_what_was_made_and_what_is_proposed_against_it() -> None:
    """Each thing with its event; with the plan, each with the action and its gate."""
    before = _investigated(example(_RECORD), _RECORD)["made_to_stay"]
    assert before.finding == "user backdoor, access key of user backdoor (AKIABACKDOOR00000000)"
    deny = _action("deny-created-user", Call("iam", "PutUserPolicy", {"UserName": "backdoor"}))
    key = {"UserName": "backdoor", "AccessKeyId": "AKIABACKDOOR00000000", "Status": "Inactive"}
    deactivate = _action("deactivate-created-key", Call("iam", "UpdateAccessKey", key))
    other = _action("deny-user-sessions", Call("iam", "PutUserPolicy", {"UserName": "mallory"}))
    plan = Plan("TG-1", TRAIL_ARN, "d", "approved", "now", (deny, deactivate, other))
    section = made_to_stay(example(_RECORD), plan)
    assert "an action is proposed against 2 of 2" in section.finding
    proposed = {entry["event_id"]: entry["actions"] for entry in section.evidence["created"]["entries"]}
    assert [action["id"] for action in proposed["e-user"]] == ["deny-created-user"]
    assert [action["id"] for action in proposed["e-key"]] == ["deny-created-user", "deactivate-created-key"]
    assert proposed["e-user"][0]["gate"] == "approve"


def test_what_was_done_against_a_thing_before_is_told() -> None:
    """A later round proposes nothing anew, and says that it was done."""
    deny = _action("deny-created-user", Call("iam", "PutUserPolicy", {"UserName": "backdoor"}))
    section = made_to_stay(example(_RECORD), Plan("TG-1", TRAIL_ARN, "d", "approved", "now"), (deny,))
    assert "an action is proposed against 0 of 2; an action was carried out against 2 of 2" in section.finding
    assert section.evidence["created"]["entries"][0]["done"] == ["deny-created-user"]


def test_a_thing_that_nothing_is_proposed_against_says_why() -> None:
    """The outcome of the plan that is about it is named beside it."""
    arn = example(_RECORD).created[0].arn
    plan = Plan("TG-1", TRAIL_ARN, "d", "approved", "now", (), (Outcome("protected_principal", arn, "why"),))
    section = made_to_stay(example(_RECORD), plan)
    assert "an action is proposed against 0 of 2" in section.finding
    assert section.evidence["created"]["entries"][0]["outcomes"] == ["protected_principal"]


def _action(action_id: str, call: Call) -> Action:
    target = str(call.parameters["UserName"])
    return Action(action_id, ActionKind.CONTAIN, action_id, target, Gate.APPROVE, (call,), ())


def test_nothing_made_is_said_with_what_was_not_looked_at() -> None:
    """To find nothing is worth as much as the search was."""
    seen = conduct_of([raw_record()], since=at(0), until=at(59))
    found = Findings(conduct=seen, missing={Part.CREATED: ("us-east-1: AccessDenied",)})
    section = _investigated(found, _RECORD)["made_to_stay"]
    assert (section.finding, section.missing) == ("nothing found", "us-east-1: AccessDenied")


def test_what_was_not_looked_for_is_not_nothing() -> None:
    """Where no calls of anybody could be looked through, whether somebody was made is not known."""
    section = _investigated(NOTHING)["made_to_stay"]
    assert (section.finding, bool(section.missing)) == ("not known", True)


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}, "no root"),
        ({"type": "AWSService", "invokedBy": "config.amazonaws.com"}, "neither user nor role"),
        ({"type": "AWSAccount", "principalId": "AROA:x", "accountId": "999999999999"}, "another account"),
        (user("eve", account="999999999999"), "IAM of account 999999999999 cannot be asked"),
        ({}, "does not name a user or role"),
        (user("eve"), "IAM was not asked"),
    ],
)
def test_whom_iam_does_not_describe_is_said(identity: dict[str, Any], why: str) -> None:
    """Age, groups and permissions are a question of the guide: without an answer there is a reason."""
    section = _investigated(NOTHING, by(identity))["who"]
    assert "age, tags, groups and permissions of " in section.missing
    assert why in section.missing


def test_a_place_that_nobody_could_tell_is_said() -> None:
    """No address database comes along: then country and network of a public address are not known."""
    for address, told in (("203.0.113.7", True), ("10.0.0.7", False)):
        found = Findings(addresses=(AddressFacts(address, None),))
        finding = _investigated(found, _RECORD)["from_where"].finding
        assert ("country and network are not known" in finding) is told


def test_who_must_be_told() -> None:
    """Owner tags of the trail, the policy's owner, the account's contact."""
    tags = {"Owner": "payments", "cost-centre": "7", "owner_email": "p@example.com"}
    section = _investigated(example(_RECORD), _RECORD, tags=tags)["who_to_tell"]
    for said in ("Owner=payments", "owner_email=p@example.com", "security team", "desk@example.com"):
        assert said in section.finding
    assert "cost-centre" not in section.finding


def test_what_changed() -> None:
    """Field by field, as graded."""
    section = _assessed(NOTHING, _RECORD)["what_changed"]
    assert section.finding == "IsLogging weakens (critical)"
    (entry,) = section.evidence["entries"]
    assert (entry["before"], entry["event_id"]) == ("true", _RECORD.event_id)


def test_was_it_approved() -> None:
    """Planned changes, exceptions, calendars and tickets, each said."""
    record = by(role(session="SEC-12"))
    section = _assessed(example(record), record)["was_it_approved"]
    for said in (
        "it is no planned change",
        "no exception covers it: The policy holds no exceptions",
        "the change calendar freeze did not allow changes at that time (CLOSED)",
        "tickets named by the caller, not checked: SEC-12",
    ):
        assert said in section.finding


def test_a_drift_is_not_known() -> None:
    """No record and none found later: the sections about somebody say why they are not known."""
    sections = _investigated(Findings(missing={Part.DISCOVERED: ("eu-west-1: throttled",)}))
    for name in ("who", "from_where", "what_else"):
        assert sections[name].finding == "not known"
        assert "no record of it is known" in sections[name].missing
    assert "eu-west-1: throttled" in sections["who"].missing


def test_a_drift_whose_record_was_found_later_is_told_with_a_doubt() -> None:
    """The records that fit are used, and it is said that they were looked up."""
    found = Findings(discovered=(raw_record(), {"odd": 1}))
    section = _investigated(found)["who"]
    assert "IAM user mallory" in section.finding
    assert "looked up afterwards" in section.missing
    assert "from 2026-03-01T02:57:00Z" in _assessed(found)["blind_window"].finding


def test_an_empty_investigation_claims_nothing() -> None:
    """What nobody could look up is called unknown."""
    sections = _investigated(NOTHING, _RECORD)
    assert "whether it changed trails before is not known" in sections["who"].finding
    assert sections["what_else"].finding == "not known"
    assert sections["what_else"].missing


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(findings(), records(), st.none() | states(), st.dictionaries(hostile_text, hostile_text, max_size=3))
def test_any_findings_of_any_records_are_told(
    found: Findings, given_records: list[Record], state: TrailState | None, tags: dict[str, str]
) -> None:
    """Never an error; every finding is one printable line; all of it fits the incident table as JSON."""
    if state is not None:
        state = replace(state, trail_arn=TRAIL_ARN)
    sections = {
        **_investigated(found, *given_records, tags=tags),
        **_assessed(found, *given_records, state=state),
    }
    assert sections.keys() == _INVESTIGATED | _ASSESSED
    document: dict[str, Any] = {name: section.to_json() for name, section in sections.items()}
    assert len(json.dumps(document)) < 400_000
    for section in sections.values():
        assert section.finding
        assert section.finding.isprintable()
        assert len(section.finding) < 40_000


@given(st.lists(st.text(max_size=300), max_size=400), st.integers(0, 50))
def test_a_list_is_cut_and_says_so(entries: list[str], left_out: int) -> None:
    """What is shown and what is left out add up."""
    evidence = listed(entries, left_out)
    assert len(evidence["entries"]) <= MOST_ENTRIES
    assert len(evidence["entries"]) + evidence.get("left_out", 0) == len(entries) + left_out


def test_too_much_evidence_is_shortened_until_it_fits() -> None:
    """An attacker who writes long strings makes the lists shorter, not the incident unwritable."""
    entries = [{"what": chr(0x1F600) * 1_000, "more": listed(["x"] * 90)}] * MOST_ENTRIES
    (section,) = fitted({"who": Section("f", {"a": listed(entries)}, "m")}).values()
    assert len(json.dumps(section.to_json())) <= 180_000
    shown = section.evidence["a"]
    assert len(shown["entries"]) + shown["left_out"] == MOST_ENTRIES
    assert (section.finding, section.missing) == ("f", "m")


def test_names_are_told_once_and_not_endlessly() -> None:
    """The first twenty, and how many more."""
    assert names(["a", "b", "a", ""]) == "a, b"
    assert names(str(number) for number in range(25)).endswith("18, 19 and 5 more")
