"""Reading policy.yaml: strict, and precise about what is wrong where."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from response.domain.errors import PolicyError
from response.domain.grades import Severity
from response.domain.plan import Gate
from response.domain.policy import FLOOR_FIELDS, OnTimeout, Policy, parse_policy
from response.domain.trail_state import ATTRIBUTES
from tests.response.domain.strategies import TRAIL_ARN, json_values

_ROOT = Path(__file__).parents[3]


def exception(**changes: Any) -> dict[str, Any]:
    """An exception as a team would write it."""
    document: dict[str, Any] = {
        "id": "ci-log-group",
        "principal": "arn:aws:iam::111122223333:role/ci-deploy",
        "source": ["198.51.100.0/24", "2001:db8::/32"],
        "fields": ["CloudWatchLogsLogGroupArn", "Tags"],
        "expires": "2026-12-31",
        "reason": "the pipeline rotates the log group",
        "ticket": "SEC-1234",
        "reviewed_by": "A. Reviewer",
    }
    return document | changes


def policy_with(**changes: Any) -> dict[str, Any]:
    """The smallest policy, and what a test adds."""
    return {"version": 1, **changes}


def test_the_repositorys_policy_asks_before_it_acts() -> None:
    """policy.yaml is valid, and a fresh deployment changes nothing without a person's approval."""
    policy = parse_policy(yaml.safe_load((_ROOT / "policy.yaml").read_text(encoding="utf-8")))
    assert (policy.gates.restore, policy.gates.contain) == (Gate.APPROVE, Gate.APPROVE)
    assert policy.approval.on_timeout is OnTimeout.ESCALATE
    assert policy.exceptions == ()


def test_what_is_left_out_takes_sober_defaults() -> None:
    """A version alone is a policy."""
    policy = parse_policy({"version": 1})
    assert policy == Policy()
    assert policy.require == dict.fromkeys(FLOOR_FIELDS, True)


def test_who_is_protected_by_tag_and_when_changes_are_usual_is_read() -> None:
    """Tag values may hold wildcards and be empty; a calendar has a name or an ARN."""
    calendars = ["trail-changes", "arn:aws:ssm:eu-west-1:111122223333:document/freeze"]
    policy = parse_policy(
        policy_with(protected_tags={"break-glass": "*", "team": ""}, change_calendars=calendars)
    )
    assert policy.protected_tags == {"break-glass": "*", "team": ""}
    assert policy.change_calendars == tuple(calendars)
    assert parse_policy(policy.to_json()) == policy


def test_own_sessions_are_denied_only_where_the_policy_says_so() -> None:
    """Left out, the gate is off; unquoted off is the gate here too."""
    assert Policy().gates.responder is Gate.OFF
    document = yaml.safe_load("version: 1\ngates: {responder: off}\n")
    assert parse_policy(document).gates.responder is Gate.OFF
    assert parse_policy(policy_with(gates={"responder": "approve"})).gates.responder is Gate.APPROVE


def test_yamls_unquoted_off_is_a_gate() -> None:
    """YAML 1.1 reads `off` as false; the team meant the gate."""
    document = yaml.safe_load("version: 1\ngates: {restore: off, contain: auto}\n")
    assert parse_policy(document).gates.restore is Gate.OFF


def test_an_exception_is_read_with_its_defaults() -> None:
    """Up to high, unless less is said; any trail and field; dates as text or as YAML reads them."""
    dated = exception(id="other", expires=dt.date(2027, 1, 2), max_severity="low", trail=TRAIL_ARN)
    del dated["fields"]
    policy = parse_policy(policy_with(exceptions=[exception(), dated]))
    assert [item.max_severity for item in policy.exceptions] == [Severity.HIGH, Severity.LOW]
    assert [item.trail for item in policy.exceptions] == [None, TRAIL_ARN]
    assert [item.fields for item in policy.exceptions] == [("CloudWatchLogsLogGroupArn", "Tags"), ()]
    assert [item.expires for item in policy.exceptions] == [dt.date(2026, 12, 31), dt.date(2027, 1, 2)]


def test_owners_are_found_by_the_trails_arn() -> None:
    """A pattern for the trail goes before the default."""
    trails = {"arn:aws:cloudtrail:*:111122223333:trail/audit*": "audit team"}
    owners = parse_policy(policy_with(owners={"default": "security", "trails": trails})).owners
    assert owners.of(TRAIL_ARN) == "audit team"
    assert owners.of(TRAIL_ARN.replace("audit", "other")) == "security"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], "policy: found [], expected a mapping"),
        (None, "policy: found None, expected a mapping"),
        ({}, "version: missing"),
        ({"version": 2}, "version: found 2, expected a whole number from 1 to 1"),
        ({"version": True}, "version: found True"),
        (policy_with(gate={}), "gate: unknown key, expected one of version, gates"),
        ({"version": 1, True: 1}, "True: a key that is not text"),
        (
            policy_with(gates={"restor": "auto"}),
            "gates.restor: unknown key, expected one of restore, contain, responder",
        ),
        (
            policy_with(gates={"restore": "Auto"}),
            "gates.restore: found 'Auto', expected one of off, approve, auto",
        ),
        (policy_with(gates={"restore": True}), "gates.restore: found True"),
        (policy_with(gates=[]), "gates: found [], expected a mapping"),
        (
            policy_with(approval={"expires_after_minutes": 4}),
            "approval.expires_after_minutes: found 4, expected a whole number from 5 to 10080",
        ),
        (policy_with(approval={"expires_after_minutes": 10_081}), "approval.expires_after_minutes"),
        (policy_with(approval={"expires_after_minutes": "60"}), "approval.expires_after_minutes"),
        (policy_with(approval={"on_timeout": "approve"}), "approval.on_timeout: found 'approve'"),
        (
            policy_with(approval={"on_timeout": {"critical": True}}),
            "approval.on_timeout.critical: found True, expected one of escalate, execute",
        ),
        (
            policy_with(approval={"quorum": 0}),
            "approval.quorum: found 0, expected a whole number from 1 to 5",
        ),
        (policy_with(approval={"quorum": True}), "approval.quorum: found True"),
        (policy_with(approval={"quorum": {"critical": 6}}), "approval.quorum.critical: found 6"),
        (
            policy_with(approval={"quorum": {"worst": 2}}),
            "approval.quorum.worst: unknown key, expected one of none, low, medium, high, critical",
        ),
        (policy_with(trails={"require": {"IsLogging": False}}), "trails.require.IsLogging: found False"),
        (policy_with(trails={"require": {"KmsKeyId": True}}), "trails.require.KmsKeyId: unknown key"),
        (policy_with(protected_principals="arn:aws:iam::*:root"), "protected_principals: found"),
        (policy_with(protected_principals=["ok*", "arn:*"]), "protected_principals[0]: found 'ok*'"),
        (policy_with(protected_principals=["arn:*", 7]), "protected_principals[1]: found 7"),
        (policy_with(gates={"responder": True}), "gates.responder: found True, expected one of off"),
        (policy_with(protected_tags=[]), "protected_tags: found [], expected a mapping of tag keys"),
        (policy_with(protected_tags={"a\n": "b"}), "protected_tags.a\n: not the key of a tag"),
        (policy_with(protected_tags={"a": 1}), "protected_tags.a: found 1, expected text"),
        (policy_with(protected_tags={"a": "b[x]"}), "protected_tags.a: found 'b[x]'"),
        (policy_with(change_calendars={}), "change_calendars: found {}, expected a list"),
        (policy_with(change_calendars=["ok-name", "a/b"]), "change_calendars[1]: found 'a/b'"),
        (policy_with(limits={"rounds": 0}), "limits.rounds: found 0"),
        (policy_with(limits={"containments_per_hour": 101}), "limits.containments_per_hour: found 101"),
        (policy_with(owners={"trails": {"audit": "x"}}), "owners.trails.audit: not a trail's ARN"),
        (policy_with(owners={"default": "a\nb"}), "owners.default: found 'a\\nb'"),
        (policy_with(exceptions={}), "exceptions: found {}, expected a list"),
    ],
)
def test_a_faulty_policy_is_refused_by_the_path(document: object, expected: str) -> None:
    """The message begins with the path of the offending key, and says what was expected."""
    with pytest.raises(PolicyError) as refused:
        parse_policy(document)
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": "CI"}, "exceptions[1].id: found 'CI'"),
        ({"id": "ci-log-group"}, "exceptions[1].id: 'ci-log-group' is the id of exceptions[0] too"),
        ({"principal": "*"}, "exceptions[1].principal: found '*'"),
        ({"principal": "arn:*"}, "exceptions[1].principal"),
        ({"principal": "arn:aws:iam::111122223333:*"}, "exceptions[1].principal"),
        ({"principal": "arn:aws:iam::111122223333:role/*"}, "exceptions[1].principal"),
        ({"principal": "arn:aws:iam::111122223333:root"}, "exceptions[1].principal"),
        ({"principal": "arn:aws:sts::111122223333:assumed-role/*/ci"}, "exceptions[1].principal"),
        ({"principal": "arn:aws:sts::111122223333:assumed-role/*ci"}, "exceptions[1].principal"),
        ({"principal": 5}, "exceptions[1].principal: found 5"),
        ({"source": []}, "exceptions[1].source: found []"),
        (
            {"source": ["198.51.100.0/24", "198.51.100.7/24"]},
            "exceptions[1].source[1]: found '198.51.100.7/24'",
        ),
        ({"source": ["198.51.100.7"]}, "exceptions[1].source[0]"),
        ({"source": ["0.0.0.0/0"]}, "exceptions[1].source[0]: found '0.0.0.0/0', expected a range no wider"),
        ({"source": ["::/0"]}, "exceptions[1].source[0]"),
        ({"source": "198.51.100.0/24"}, "exceptions[1].source"),
        ({"fields": []}, "exceptions[1].fields: found []"),
        ({"fields": ["Tags", "TrailARN"]}, "exceptions[1].fields[1]: found 'TrailARN', expected one of"),
        ({"max_severity": "worst"}, "exceptions[1].max_severity: found 'worst', expected one of low, medium"),
        ({"max_severity": "none"}, "exceptions[1].max_severity: found 'none', expected one of low, medium"),
        (
            {"max_severity": "critical"},
            "exceptions[1].max_severity: found 'critical', expected one of low, medium, high: no exception",
        ),
        ({"trail": "audit"}, "exceptions[1].trail: found 'audit', expected the ARN pattern of a trail"),
        ({"trail": "arn:aws:s3:::bucket"}, "exceptions[1].trail"),
        ({"trail": 5}, "exceptions[1].trail: found 5"),
        ({"ticket": ""}, "exceptions[1].ticket: found ''"),
        ({"ticket": "T" * 101}, "exceptions[1].ticket"),
        (
            {"expires": "31.12.2026"},
            "exceptions[1].expires: found '31.12.2026', expected a date as YYYY-MM-DD",
        ),
        ({"expires": "2026-02-30"}, "exceptions[1].expires"),
        ({"expires": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "exceptions[1].expires"),
        ({"reason": " "}, "exceptions[1].reason: found ' '"),
        ({"approver": "alice"}, "exceptions[1].approver: unknown key"),
    ],
)
def test_a_faulty_exception_is_refused_by_the_path(change: dict[str, Any], expected: str) -> None:
    """An exception that would cover everybody, from everywhere or for ever is not accepted."""
    with pytest.raises(PolicyError) as refused:
        parse_policy(policy_with(exceptions=[exception(), exception(**{"id": "second"} | change)]))
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize("key", ["id", "principal", "source", "expires", "reason", "ticket", "reviewed_by"])
def test_an_exception_must_say_everything(key: str) -> None:
    """Only the severity, the trail and the fields may be left out."""
    document = exception()
    del document[key]
    with pytest.raises(PolicyError, match=rf"^exceptions\[0\]\.{key}: missing"):
        parse_policy(policy_with(exceptions=[document]))


def _by_severity(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One value, or one for each of some severities."""
    return values | st.dictionaries(st.sampled_from([str(one) for one in Severity]), values)


_documents = st.fixed_dictionaries(
    {"version": st.just(1)},
    optional={
        "gates": st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("restore", "contain"), st.sampled_from(Gate))
        ),
        "approval": st.fixed_dictionaries(
            {},
            optional={
                "expires_after_minutes": st.integers(5, 10_080),
                "on_timeout": _by_severity(st.sampled_from(("escalate", "execute"))),
                "quorum": _by_severity(st.integers(1, 5)),
            },
        ),
        "trails": st.fixed_dictionaries(
            {"require": st.dictionaries(st.sampled_from(FLOOR_FIELDS), st.just(value=True))}
        ),
        "protected_principals": st.lists(st.sampled_from(("arn:*", "arn:aws:iam::*:role/break-*", "*"))),
        "limits": st.fixed_dictionaries({"rounds": st.integers(1, 20)}),
        "owners": st.fixed_dictionaries({"default": st.sampled_from(("", "security"))}),
        "exceptions": st.lists(
            st.builds(
                exception,
                fields=st.lists(st.sampled_from(sorted(ATTRIBUTES)), min_size=1),
                max_severity=st.sampled_from(("low", "medium", "high")),
                trail=st.sampled_from((TRAIL_ARN, "arn:aws:cloudtrail:*:*:trail/*")),
                expires=st.dates().map(dt.date.isoformat),
            ),
            max_size=1,
        ),
    },
)


@given(_documents)
def test_the_deployed_copy_says_the_same(document: dict[str, Any]) -> None:
    """What is written as JSON reads back as a policy that says the same of every severity."""
    policy = parse_policy(document)
    copy = parse_policy(json.loads(json.dumps(policy.to_json())))
    assert replace(copy, approval=policy.approval) == policy
    for severity in Severity:
        assert copy.approval.quorum_of(severity) == policy.approval.quorum_of(severity)
        assert copy.approval.on_timeout_of(severity) is policy.approval.on_timeout_of(severity)


def test_quorum_and_time_out_may_be_told_by_severity() -> None:
    """What is left out of such a mapping has the default: one person, and a person is called."""
    approval = parse_policy(
        policy_with(approval={"quorum": {"critical": 2}, "on_timeout": {"low": "execute"}})
    ).approval
    assert [approval.quorum_of(severity) for severity in Severity] == [1, 1, 1, 1, 2]
    assert [str(approval.on_timeout_of(severity)) for severity in Severity] == [
        "escalate",
        "execute",
        "escalate",
        "escalate",
        "escalate",
    ]
    same = parse_policy(policy_with(approval={"quorum": 3, "on_timeout": "execute"})).approval
    assert {same.quorum_of(severity) for severity in Severity} == {3}
    assert {same.on_timeout_of(severity) for severity in Severity} == {OnTimeout.EXECUTE}


@given(json_values)
def test_any_document_is_read_or_refused(document: object) -> None:
    """No document raises anything but PolicyError."""
    for candidate in (document, {"version": 1, "exceptions": [document]}, {"version": 1, "owners": document}):
        try:
            parse_policy(candidate)
        except PolicyError as error:
            assert ": " in str(error)  # noqa: PT017 - raising is allowed, not demanded
