"""Exceptions: principal, address, fields, severity and date together, or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.exceptions import ExceptionVerdict, weigh
from response.domain.grades import Effect, GradedChange, Severity
from response.domain.policy import parse_policy
from response.domain.record import Record
from tests.response.domain.people import EVERYBODY, ROOT, record_of, role, user
from tests.response.domain.strategies import ACCOUNT, STRANGER, TRAIL_ARN
from tests.response.domain.test_policy import exception, policy_with

_NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
_CI = record_of(role(), sourceIPAddress="198.51.100.9")


def change(field: str = "Tags", severity: Severity = Severity.HIGH) -> GradedChange:
    """A weakening change of a field."""
    return GradedChange(field, "a", "b", Effect.WEAKENS, severity, "because")


def verdict(
    record: Record | None = _CI,
    changes: tuple[GradedChange, ...] = (change(),),
    now: dt.datetime = _NOW,
    **stated: Any,
) -> ExceptionVerdict:
    """What the exception of the examples says, with what a test changes in it."""
    stated = exception(**stated)
    for key in [key for key, value in stated.items() if value is None]:
        del stated[key]
    return weigh(record, changes, parse_policy(policy_with(exceptions=[stated])), now, trail_arn=TRAIL_ARN)


def test_an_exception_that_fits_in_full_applies() -> None:
    """The verdict names it, with its reason and who reviewed it."""
    found = verdict()
    assert found.applies
    assert found.exception_id == "ci-log-group"
    for said in (
        "ci-log-group",
        "198.51.100.9",
        "2026-12-31",
        "rotates the log group",
        "SEC-1234",
        "A. Reviewer",
    ):
        assert said in found.reason


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (
            {"record": record_of(role(), sourceIPAddress="203.0.113.7")},
            "203.0.113.7 is not within 198.51.100.0/24",
        ),
        ({"record": record_of(role(), sourceIPAddress="cloudformation.amazonaws.com")}, "is not within"),
        ({"record": record_of(role(), sourceIPAddress="")}, "is not named"),
        ({"record": record_of(role(), sourceIPAddress="::ffff:198.51.100.9")}, "is not within"),
        ({"now": dt.datetime(2027, 1, 1, tzinfo=dt.UTC)}, "it expired on 2026-12-31"),
        ({"changes": (change(), change("IsLogging"))}, "it does not cover IsLogging"),
        ({"changes": (change(severity=Severity.CRITICAL),)}, "Tags is critical, it covers high at most"),
    ],
)
def test_an_exception_that_comes_near_says_what_is_missing(given_: dict[str, Any], said: str) -> None:
    """Each condition alone keeps it from applying, and is named."""
    found = verdict(**given_)
    assert not found.applies
    assert found.exception_id is None
    assert "ci-log-group does not apply: " in found.reason
    assert said in found.reason


def test_the_last_day_counts_in_utc() -> None:
    """The date of expiry is inclusive, whatever the offset of the clock."""
    east = dt.timezone(dt.timedelta(hours=9))
    assert verdict(now=dt.datetime(2026, 12, 31, 23, 59, 59, tzinfo=dt.UTC)).applies
    assert verdict(now=dt.datetime(2027, 1, 1, 8, 59, tzinfo=east)).applies
    assert not verdict(now=dt.datetime(2027, 1, 1, 9, 0, tzinfo=east)).applies


def test_a_critical_change_is_never_covered() -> None:
    """Not even where trail, fields and severity are as wide as they may be stated."""
    gravest = (change(), change(severity=Severity.CRITICAL))
    assert not verdict(changes=gravest, max_severity="high", fields=None).applies


def test_an_exception_that_names_trails_is_for_no_other() -> None:
    """The pattern is compared with the incident's trail, and without fields any field is covered."""
    assert verdict(trail=TRAIL_ARN).applies
    assert verdict(trail=TRAIL_ARN.rpartition("/")[0] + "/*").applies
    other = verdict(trail=TRAIL_ARN + "-two")
    assert not other.applies
    assert f"it is for {TRAIL_ARN}-two" in other.reason
    assert verdict(changes=(change("IsLogging"), change("KmsKeyId")), fields=None).applies


def test_role_and_session_patterns_both_work() -> None:
    """A pattern fits the issuer's ARN or the session's."""
    assert verdict(principal=f"arn:aws:iam::{ACCOUNT}:role/ci-*").applies
    assert verdict(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/run-*").applies
    assert not verdict(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/other").applies


def test_an_open_account_means_the_trails_own() -> None:
    """A role of the same name in another account is somebody else."""
    stranger = record_of(role(account=STRANGER), sourceIPAddress="198.51.100.9")
    anywhere = "arn:aws:iam::*:role/ci-deploy"
    assert verdict(principal=anywhere).applies
    assert not verdict(stranger, principal=anywhere).applies


def test_another_principal_is_told_that_nothing_is_for_it() -> None:
    """Exceptions for others are not spelled out."""
    found = verdict(record_of(user(), sourceIPAddress="198.51.100.9"))
    assert (found.applies, found.reason) == (False, "None of 1 in the policy is for this principal.")


def test_without_record_change_or_exceptions_there_is_none() -> None:
    """A drift is nobody's, no change needs none, and an empty policy grants none."""
    assert "No record" in verdict(None).reason
    assert "Nothing has changed" in verdict(changes=()).reason
    assert (
        weigh(_CI, (change(),), parse_policy({"version": 1}), _NOW).reason
        == "The policy holds no exceptions."
    )


def test_root_is_never_excepted() -> None:
    """Not even by a pattern that its ARN would fit."""
    root = record_of(ROOT, sourceIPAddress="198.51.100.9")
    found = verdict(root, principal=f"arn:aws:iam::{ACCOUNT}:user/r*")
    assert (found.applies, found.reason) == (False, "The root user is never excepted.")


_sources = st.sampled_from(("198.51.100.9", "2001:db8::1", "203.0.113.1", "AWS Internal", ""))


@given(
    st.sampled_from(sorted(EVERYBODY)),
    _sources,
    st.dates(),
    st.sampled_from(Severity),
    st.sampled_from((Severity.LOW, Severity.MEDIUM, Severity.HIGH)),
)
def test_nothing_applies_unless_everything_fits(
    who: str, source: str, today: dt.date, found: Severity, allowed: Severity
) -> None:
    """The verdict is the conjunction of its conditions, for every kind of principal."""
    now = dt.datetime.combine(today, dt.time(12), dt.UTC)
    record = record_of(EVERYBODY[who], sourceIPAddress=source)
    applies = verdict(record, (change(severity=found),), now, max_severity=str(allowed)).applies
    assert applies == (
        who == "role"
        and source in {"198.51.100.9", "2001:db8::1"}
        and today <= dt.date(2026, 12, 31)
        and found.rank <= allowed.rank
    )
