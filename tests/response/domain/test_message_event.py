"""The event for machines: the same keys always, ids and numbers, bounded whatever a record holds."""

from __future__ import annotations

import json
import string

from hypothesis import given
from hypothesis import strategies as st

from response.domain.incident import Incident, IncidentStatus
from response.domain.message_event import detail, plain_detail, trail_arn
from response.domain.notice import Answer, Notice, NoticeKind
from tests.response.domain.people import EVERYBODY, hostile_texts, record_of
from tests.response.domain.strategies import ACCOUNT, REGION, TRAIL_ARN, at
from tests.response.domain.test_assessment import assessed
from tests.response.domain.test_message import notice


def test_a_question_can_be_routed_by_numbers_and_ids() -> None:
    """Risk, counts, the digest, the actions asked for, until when and what follows."""
    told = detail(notice(console_url="https://c.example"))
    assert told == {
        "version": "1",
        "kind": "approval",
        "incident_id": "TG-20260301-0123abcd",
        "severity": "critical",
        "status": "awaiting_approval",
        "account": ACCOUNT,
        "region": REGION,
        "trail_arn": TRAIL_ARN,
        "owner": "security team",
        "round": 1,
        "opened_at": at(0).isoformat(),
        "closed_at": None,
        "risk": assessed().to_json()["risk"],
        "changes": 8,
        "weakening_changes": 8,
        "actions_done": 2,
        "approval": {
            "digest": "a" * 64,
            "actions": told["approval"]["actions"],
            "expires_at": at(59).isoformat(),
            "on_timeout": "escalate",
            "quorum": 1,
        },
        "answer": None,
        "url": "https://c.example/#TG-20260301-0123abcd",
    }
    assert "restore-trail" in told["approval"]["actions"]


def test_an_answer_names_who_and_what() -> None:
    """And why it did not count."""
    answer = Answer("arn:aws:iam::111122223333:user/mallory", "approve", "approver_is_actor")
    told = detail(notice(kind=NoticeKind.ATTEMPT, ask=None, answer=answer))
    assert told["answer"] == {"by": answer.by, "verb": "approve", "code": "approver_is_actor"}
    assert told["approval"] is None


def test_nothing_known_is_null_under_the_same_keys() -> None:
    """Without assessment, and without an incident."""
    bare = detail(
        Notice(NoticeKind.FAILED, Incident("TG-20260301-0123abcd", "", IncidentStatus.FAILED, "", at(0)))
    )
    assert (bare["severity"], bare["risk"], bare["trail_arn"], bare["url"]) == (None, None, None, None)
    plain = plain_detail({"kind": "escalated", "severity": "critical", "trail": "x"})
    assert list(plain) == list(bare)
    known = {key: value for key, value in plain.items() if value is not None}
    assert known == {"version": "1", "kind": "escalated", "severity": "critical"}


@given(hostile_texts, hostile_texts, st.sampled_from(NoticeKind), st.integers(0, 150))
def test_it_is_small_and_printable_ascii_whatever_a_record_holds(
    name: str, value: str, kind: NoticeKind, many: int
) -> None:
    """No text of the record's fields is in it, and ever so many actions do not make it large."""
    identity = {**EVERYBODY["role"], "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name}"}
    record = record_of(identity, userAgent="agent-of-mallory")
    assessment = assessed(record=record).to_json()
    action = {**assessment["plan"]["actions"][0], "gate": "approve", "id": value * 20}
    plan = {**assessment["plan"], "actions": [action] * many}
    incident = Incident("TG-20260301-0123abcd", TRAIL_ARN + name, IncidentStatus.OPEN, name, at(0), name)
    hostile = notice(
        kind=kind,
        incident=incident,
        record=record,
        assessment={**assessment, "plan": plan},
        note=value,
        owner=value * 50,
        answer=Answer(name * 50, value, value),
    )
    text = json.dumps(detail(hostile), ensure_ascii=False)
    assert len(text.encode()) < 64 * 1024
    assert set(text) <= set(string.printable) - set("\n\r\t\x0b\x0c")
    assert "agent-of-mallory" not in text
    arn = trail_arn(hostile)
    assert arn is None or arn.startswith(TRAIL_ARN)
