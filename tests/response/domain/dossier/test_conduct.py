"""What records say that somebody did and made; the records are hostile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.dossier.conduct import call_seen, conduct_of, created_by
from response.domain.dossier.section import MOST_ENTRIES
from response.domain.findings import CreatedKind, Findings
from tests.response.domain.found import by, create_key, create_user
from tests.response.domain.people import role, user
from tests.response.domain.strategies import ACCOUNT, at, json_values, raw_record, spoiled


def test_calls_are_counted_by_service_and_named_by_catalogue() -> None:
    """Each event once, within the time looked at, refused ones apart."""
    raws = [
        create_user(eventTime="2026-03-01T02:10:00Z"),
        create_user(eventTime="2026-03-01T02:10:00Z"),
        raw_record("StopLogging", eventID="e-2", eventTime="2026-03-01T02:20:00Z"),
        raw_record(
            "GetSecretValue",
            eventID="e-3",
            eventSource="secretsmanager.amazonaws.com",
            errorCode="AccessDenied",
        ),
        raw_record("DescribeTrails", eventID="e-4", eventTime="2026-03-01T01:00:00Z"),
        {"eventID": "not readable"},
    ]
    conduct = conduct_of(raws, since=at(0), until=at(59))
    assert [(count.source, count.calls, count.denied) for count in conduct.services] == [
        ("cloudtrail.amazonaws.com", 1, 0),
        ("iam.amazonaws.com", 1, 0),
        ("secretsmanager.amazonaws.com", 1, 1),
    ]
    assert [call.event_id for call in conduct.persistence] == ["e-user"]
    assert [call.event_id for call in conduct.evasion] == ["e-2"]
    assert [call.event_id for call in conduct.data] == ["e-3"]
    assert [call.error_code for call in conduct.denied] == ["AccessDenied"]
    assert conduct.persistence[0].target == "backdoor"
    assert conduct.left_out == {}


def test_a_flood_is_cut_and_counted() -> None:
    """Whoever makes a thousand calls fills no table; how many are not listed is said."""
    raws = [raw_record("StopLogging", eventID=f"e-{number}") for number in range(MOST_ENTRIES + 7)]
    conduct = conduct_of(raws, since=at(0), until=at(59))
    assert len(conduct.evasion) == MOST_ENTRIES
    assert conduct.left_out == {"evasion": 7}
    assert conduct.services[0].calls == MOST_ENTRIES + 7
    assert len(json.dumps(Findings(conduct=conduct).to_json())) < 350_000


def test_a_failed_call_says_why() -> None:
    """By its error code, or that it failed."""
    assert call_seen(by(user(), errorCode="Throttled")).error_code == "Throttled"
    assert call_seen(by(user(), errorMessage="no")).error_code == "failed"
    assert call_seen(by(user(), errorCode=None)).error_code == ""


def test_users_and_keys_are_made() -> None:
    """With the event that made them, the name and the key, the earliest first."""
    created = created_by([create_key(eventTime="2026-03-01T02:58:00Z"), create_user()])
    assert [(one.kind, one.name, one.access_key_id) for one in created] == [
        (CreatedKind.USER, "backdoor", ""),
        (CreatedKind.ACCESS_KEY, "backdoor", "AKIABACKDOOR00000000"),
    ]
    assert {one.arn for one in created} == {f"arn:aws:iam::{ACCOUNT}:user/backdoor"}


def test_roles_and_passwords_are_made() -> None:
    """A role with its path, a password of the user that it is for."""
    made_role = raw_record(
        "CreateRole",
        eventSource="iam.amazonaws.com",
        requestParameters={"roleName": "backdoor", "path": "/deep/"},
        responseElements=None,
    )
    password = raw_record(
        "CreateLoginProfile",
        eventID="e-2",
        eventSource="iam.amazonaws.com",
        requestParameters={"userName": "bob"},
        responseElements={"loginProfile": {"userName": "bob"}},
    )
    created = created_by([made_role, password])
    assert [(one.kind, one.name, one.arn) for one in created] == [
        (CreatedKind.ROLE, "backdoor", f"arn:aws:iam::{ACCOUNT}:role/deep/backdoor"),
        (CreatedKind.LOGIN_PROFILE, "bob", f"arn:aws:iam::{ACCOUNT}:user/bob"),
    ]


def test_a_key_without_a_named_user_is_the_callers_own() -> None:
    """IAM takes the caller's user where the request names none."""
    raw = create_key()
    raw["requestParameters"] = None
    raw["responseElements"] = {"accessKey": {"accessKeyId": "AKIAOWN0000000000000"}}
    (created,) = created_by([raw])
    assert (created.name, created.access_key_id) == ("mallory", "AKIAOWN0000000000000")


@pytest.mark.parametrize(
    "changes",
    [
        {"errorCode": "EntityAlreadyExists"},
        {"eventSource": "iam.evil.example"},
        {"requestParameters": None, "responseElements": {"user": {"userName": "a; rm -rf"}}},
        {"requestParameters": {"userName": ["x"]}, "responseElements": []},
    ],
)
def test_what_was_not_made_or_has_no_name_is_passed_over(changes: dict[str, Any]) -> None:
    """A refused call made nothing; a name that IAM could not have given is nothing to act on."""
    assert created_by([create_user(**changes)]) == ()


def test_an_arn_of_somebody_else_is_not_taken_over() -> None:
    """The answer may name any ARN; the one that counts is of the account and the name."""
    answer = {"user": {"userName": "backdoor", "arn": "arn:aws:iam::999988887777:user/admin"}}
    (created,) = created_by([create_user(responseElements=answer)])
    assert created.arn == f"arn:aws:iam::{ACCOUNT}:user/backdoor"


_raws = st.lists(
    st.one_of(
        spoiled(create_user()),
        spoiled(create_key()),
        spoiled(raw_record(userIdentity=role())),
        json_values,
    ),
    max_size=5,
)


@given(_raws)
def test_any_records_are_read(raws: list[Any]) -> None:
    """Nothing in a record keeps the others from being counted, and what is found can be stored."""
    found = Findings(conduct=conduct_of(raws, since=at(0), until=at(59)), created=created_by(raws))
    assert Findings.from_json(json.loads(json.dumps(found.to_json()))) == found
    for created in found.created:
        assert created.name.isascii()
        assert created.name.isprintable()
        assert " " not in created.name
    for call in (*found.conduct.evasion, *found.conduct.persistence) if found.conduct else ():
        assert (call.target + call.user_agent + call.source_ip + call.error_code).isprintable()
