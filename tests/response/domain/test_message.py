"""The message to the owners: complete, in order, and closed to whatever a record holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.incident import Incident, IncidentStatus
from response.domain.message import Ask, Notice, NoticeKind, attributes, body, subject
from response.domain.policy import OnTimeout, Policy
from response.domain.quoting import quoted
from tests.response.domain.people import EVERYBODY, hostile_texts, record_of, user
from tests.response.domain.strategies import ACCOUNT, REGION, TRAIL_ARN, approved_state, at
from tests.response.domain.test_assessment import assessed

_INCIDENT = Incident(
    id="TG-20260301-0123abcd",
    trail_arn=TRAIL_ARN,
    status=IncidentStatus.AWAITING_APPROVAL,
    severity="critical",
    opened_at=at(0),
    account=ACCOUNT,
    region=REGION,
)
_ASK = Ask("a" * 64, at(59), OnTimeout.ESCALATE)


def notice(**changes: Any) -> Notice:
    """The notice of mallory's change, waiting for approval."""
    known: dict[str, Any] = {
        "kind": NoticeKind.APPROVAL,
        "incident": _INCIDENT,
        "record": record_of(user()),
        "assessment": assessed(policy=Policy()).to_json(),
        "owner": "security team",
        "done": ("The evidence is sealed.", "Logging was switched on again."),
        "ask": _ASK,
        "evidence": "s3://trailguard-evidence/TG-20260301-0123abcd/",
    }
    return Notice(**(known | changes))


def test_the_message_answers_the_questions_in_order() -> None:
    """What, how bad, who, from where, what was done, what is asked, the commands, the evidence."""
    text = body(notice())
    titles = [line for line in text.splitlines() if line and not line.startswith(" ")][1:]
    assert titles == [
        "WHAT HAPPENED",
        "SEVERITY",
        "WHO",
        "FROM WHERE",
        "DONE SO FAR",
        "ASKED OF YOU",
        "COMMANDS",
        "EVIDENCE",
    ]
    for said in (
        "Trail audit: approval needed. Incident TG-20260301-0123abcd, awaiting_approval.",
        "S3BucketName: central-logs -> stranger-logs (weakens, critical)",
        "IsMultiRegionTrail: true -> false",
        "KmsKeyId: arn:aws:kms:eu-west-1:111122223333:key/11aa-22bb -> (none)",
        "of 100",
        "The trail does less than was approved: 8 of 8 changes weaken it.",
        "digest " + "a" * 64 + ":",
        "Principal: IAM user mallory",
        "Address: 203.0.113.7",
        "User agent: aws-cli/2.30",
        "- Logging was switched on again.",
        "- restore-trail: ",
        "- deactivate-access-key: Switch off access key",
        "Until 2026-03-01 02:59:00 UTC.",
        "If nobody answers until then, nothing of it is done and the incident is escalated.",
        "  trailguard incidents TG-20260301-0123abcd\n",
        "  trailguard approve TG-20260301-0123abcd\n",
        '  trailguard reject TG-20260301-0123abcd --reason "..."\n',
        "s3://trailguard-evidence/TG-20260301-0123abcd/",
    ):
        assert said in text


_DOSSIER = {
    "who": {"finding": "IAM user mallory; with MFA", "evidence": {}, "missing": ""},
    "from_where": {"finding": "203.0.113.7, a public address", "evidence": {}, "missing": "no database"},
    "blind_window": {"finding": "from 02:57 until now", "evidence": {}, "missing": ""},
    "what_else": {"finding": "3 calls", "evidence": {}, "missing": ""},
    "made_to_stay": {"finding": "user backdoor", "evidence": {}, "missing": ""},
    "who_to_tell": {"finding": "security team", "evidence": {}, "missing": ""},
}


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.OPENED, NoticeKind.APPROVAL, NoticeKind.REMINDER, NoticeKind.ESCALATED, NoticeKind.FAILED],
)
def test_who_decides_is_told_what_was_found_out(kind: NoticeKind) -> None:
    """The findings that bear on a decision, a line each, with what is not known."""
    text = body(notice(kind=kind, dossier=_DOSSIER))
    told = text[text.index("INVESTIGATION") : text.index("DONE SO FAR")].splitlines()
    assert told == [
        "INVESTIGATION",
        "  Who: IAM user mallory; with MFA",
        "  From where: 203.0.113.7, a public address",
        "    Not known or not complete: no database",
        "  Blind window: from 02:57 until now",
        "  What else: 3 calls",
        "  Made to stay: user backdoor",
        "",
    ]


def test_an_ended_incident_needs_no_investigation() -> None:
    """The report holds it."""
    assert "INVESTIGATION" not in body(notice(kind=NoticeKind.CLOSED, ask=None, dossier=_DOSSIER))


def test_notes_stand_beside_what_is_asked() -> None:
    """What an action leaves open is read before it is approved."""
    document = json.loads(json.dumps(assessed().to_json()))
    for action in document["plan"]["actions"]:
        action["gate"] = "approve"
        action["notes"] = ["Others <share> the role."]
    text = body(notice(assessment=document))
    assert "\n    Note: Others (share) the role.\n" in text


def test_a_planned_change_is_named() -> None:
    """Which one it is, and what differs."""
    document = assessed().to_json()
    document["planned"] = {"kind": "part", "id": "PC-20260301-0123abcd", "reason": "Tags differ."}
    assert "Planned change: Tags differ." in body(notice(assessment=document))


def test_what_happens_without_an_answer_is_said_for_both_policies() -> None:
    """Escalated, or carried out."""
    text = body(notice(ask=Ask("a" * 64, at(59), OnTimeout.EXECUTE)))
    assert "If nobody answers until then, the plan is carried out without an answer." in text


def test_nothing_is_asked_without_a_question() -> None:
    """No approve command where nothing waits; and that nothing was changed is said."""
    text = body(notice(kind=NoticeKind.OPENED, ask=None, done=()))
    assert "trailguard approve" not in text
    assert "- The evidence is preserved. Nothing has been changed." in text
    assert "Nothing now." in text


def test_an_escalation_says_that_a_person_has_to_act_and_how() -> None:
    """With its reason, and the steps by hand for what the machine cannot do."""
    root = assessed(record=record_of(EVERYBODY["root"]), policy=Policy()).to_json()
    text = body(notice(kind=NoticeKind.ESCALATED, ask=None, note="Nobody answered in time.", assessment=root))
    assert "Nobody answered in time." in text
    assert "Take over this incident" in text
    assert "If it is not done yet: Put the trail back" in text
    assert "\n    aws cloudtrail update-trail --name arn:aws:cloudtrail:" in text
    assert "\n    aws sts assume-root --region us-east-1" in text


def test_the_page_is_named_by_the_incident_alone() -> None:
    """One address, which shows and decides nothing; none where there is no console."""
    text = body(notice(console_url="https://c.example/"))
    assert "\n  https://c.example/#TG-20260301-0123abcd\n" in text
    assert text.count("https://") == 1
    odd = Incident("TG-1/approve", TRAIL_ARN, IncidentStatus.OPEN, "high", at(0))
    assert "https://" not in body(notice(console_url="https://c.example", incident=odd))


def test_a_refused_attempt_asks_to_look_into_it() -> None:
    """Who tried is in the note; there is nothing to decide, and no command to copy."""
    text = body(notice(kind=NoticeKind.ATTEMPT, ask=None, note="mallory tried to approve"))
    assert "mallory tried to approve" in text
    assert "Find out who acts with that identity" in text
    assert "BY HAND" not in text


def test_a_closing_message_tells_no_steps() -> None:
    """Nothing is left to be done by hand."""
    root = assessed(record=record_of(EVERYBODY["root"])).to_json()
    text = body(notice(kind=NoticeKind.CLOSED, ask=None, note="The trail is as approved.", assessment=root))
    assert "BY HAND" not in text
    assert "The trail is as approved." in text


def test_a_trail_that_was_left_as_found_is_still_told_how_to_put_back() -> None:
    """Closed is not done: where the plan had nothing to run, the last message holds the steps again."""
    gone = assessed(None).to_json()
    text = body(notice(kind=NoticeKind.CLOSED, ask=None, assessment=gone, left=True))
    assert "Do what stands under BY HAND" in text
    assert "\n    aws cloudtrail create-trail --name audit" in text
    assert "The trail does less than was approved" in text


def test_a_harmless_change_that_was_left_asks_nothing() -> None:
    """Nothing stands under BY HAND, so nothing is asked."""
    better = assessed(approved_state(), record=record_of(EVERYBODY["root"])).to_json()
    text = body(notice(kind=NoticeKind.CLOSED, ask=None, assessment=better, left=True))
    assert "Nothing now." in text
    assert "BY HAND" not in text


def test_what_only_goes_along_takes_one_line() -> None:
    """Changes that follow from a graver one are named together, without a meaning of their own."""
    text = body(notice())
    assert "Changed along with it: CloudWatchLogsRoleArn, IncludeGlobalServiceEvents" in text
    assert "Goes along with" not in text


def test_an_ended_incident_is_told_in_the_past() -> None:
    """Once the trail is back, the message says what it did, not what it does."""
    text = body(notice(kind=NoticeKind.CLOSED, ask=None))
    assert "The trail did less than was approved" in text


def test_what_the_policy_switches_off_is_said() -> None:
    """Gate off: shown, never run."""
    document = json.loads(json.dumps(assessed().to_json()))
    for action in document["plan"]["actions"]:
        action["gate"] = "off"
    text = body(notice(assessment=document, ask=None, kind=NoticeKind.OPENED))
    assert "Switched off in the policy: Put the trail back" in text
    assert "\n    aws cloudtrail update-trail --name arn:aws:cloudtrail:" in text


def test_a_drift_says_that_nobody_is_known() -> None:
    """No record: no principal and no address."""
    text = body(notice(record=None, assessment=assessed(record=None).to_json()))
    assert "Not known: the change was found by comparing states" in text
    assert "FROM WHERE" not in text


def test_a_message_without_assessment_is_still_a_message() -> None:
    """A failure may come before the assessment; the person is told what there is."""
    text = body(Notice(NoticeKind.ESCALATED, _INCIDENT, note="The step preserve failed."))
    assert "The step preserve failed." in text
    assert "trailguard incidents" in text


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_the_subject_begins_with_severity_and_trail(kind: NoticeKind) -> None:
    """Readable in a list of mails, with the incident's id."""
    text = subject(notice(kind=kind))
    assert text.startswith("CRITICAL audit: ")
    assert text.endswith("[TG-20260301-0123abcd]")


def test_attributes_serve_filter_policies() -> None:
    """All of them, all text, none empty."""
    assert attributes(notice()) == {
        "incident_id": "TG-20260301-0123abcd",
        "severity": "critical",
        "kind": "approval",
        "account": ACCOUNT,
        "region": REGION,
        "trail": "audit",
        "status": "awaiting_approval",
        "owner": "security team",
        "asks": "yes",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a b"),
        ("\x1b[31mred", "red"),
        ("<!here> <@U1>", "(!here) ((at)U1)"),
        ("@channel", "(at)channel"),
        ("alice@example.com", "alice@example.com"),
        ("https://evil.example", "https[:]//evil.example"),
        ("WWW.evil.example", "www[.]evil.example"),
        ("`x`", "'x'"),
        (None, ""),
    ],
)
def test_quoting(text: str | None, shown: str) -> None:
    """No line, colour, mention, address or markup; mail addresses stay."""
    assert quoted(text) == shown


@given(hostile_texts, hostile_texts, hostile_texts, hostile_texts, st.sampled_from(NoticeKind))
def test_hostile_strings_stay_where_they_are_put(
    name: str, agent: str, source: str, event: str, kind: NoticeKind
) -> None:
    """No string of a record makes a line, a control character, a mention or a link."""
    identity = {**EVERYBODY["role"], "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name}"}
    record = record_of(identity, userAgent=agent, sourceIPAddress=source)
    assessment = assessed(record=record).to_json()
    assessment["changes"][0]["after"] = event
    incident = Incident("TG-20260301-0123abcd", TRAIL_ARN + name, IncidentStatus.OPEN, "high", at(0))
    dossier = {"who": {"finding": agent, "missing": source}, "what_else": {"finding": event, "missing": name}}
    hostile = notice(kind=kind, incident=incident, record=record, assessment=assessment, dossier=dossier)
    calm = notice(kind=kind, assessment=assessed(record=record_of(EVERYBODY["role"])).to_json())
    text = body(hostile)
    assert all(character == "\n" or character.isprintable() for character in text)
    own = (
        " ",
        "Trail ",
        "WHAT",
        "SEVERITY",
        "WHO",
        "FROM",
        "INVESTIGATION",
        "DONE",
        "ASKED",
        "COMMANDS",
        "BY HAND",
        "EVIDENCE",
    )
    assert all(line == "" or line.startswith(own) for line in text.split("\n"))
    assert text.count("\n  trailguard ") == body(calm).count("\n  trailguard ")
    assert "https://" not in text
    assert "<" not in text.replace("<=", "")
    assert " @" not in text

    line = subject(hostile)
    assert line.isascii()
    assert line.isprintable()
    assert 0 < len(line) < 100
    assert all(value and value.isprintable() for value in attributes(hostile).values())
