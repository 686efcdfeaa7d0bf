"""The time that stands in for the placeholder, wherever the placeholder is."""

from __future__ import annotations

import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from response.domain.containment.cutoff import CUTOFF, is_open, settled
from response.domain.plan import Action, ActionKind, Call, Gate

AT = dt.datetime(2026, 1, 31, 23, 59, 45, 999_999, tzinfo=dt.UTC)
DOCUMENT = json.dumps({"Condition": {"DateLessThan": {"aws:TokenIssueTime": CUTOFF}}})


def action(document: str, **more: object) -> Action:
    """An action that puts this document on a role."""
    parameters = {"RoleName": "ops", "PolicyName": "p", "PolicyDocument": document}
    return Action(
        id="deny-role-sessions",
        kind=ActionKind.CONTAIN,
        title="t",
        target="arn:aws:iam::111122223333:role/ops",
        gate=Gate.APPROVE,
        calls=(Call("iam", "PutRolePolicy", parameters),),
        inverse=(Call("iam", "DeleteRolePolicy", {"RoleName": "ops", "PolicyName": "p"}),),
        expects={"RolePolicyDocument": None},
        aims={"RolePolicyDocument": document, **more},
    )


def test_time_is_thirty_seconds_ahead_in_calls_and_aims() -> None:
    """What is put and what must be read back are the same text."""
    done = settled(action(DOCUMENT), AT)
    document = done.calls[0].parameters["PolicyDocument"]
    assert json.loads(document)["Condition"]["DateLessThan"]["aws:TokenIssueTime"] == "2026-02-01T00:00:15Z"
    assert done.aims["RolePolicyDocument"] == document
    assert done.inverse == action(DOCUMENT).inverse
    assert not is_open(done)


def test_another_time_zone_is_told_in_utc() -> None:
    """IAM reads the Z as UTC."""
    there = AT.astimezone(dt.timezone(dt.timedelta(hours=-7)))
    assert settled(action(DOCUMENT), there) == settled(action(DOCUMENT), AT)


def test_refused_calls_and_nested_values_are_settled_too() -> None:
    """Wherever a plan may put the placeholder, nothing of it reaches AWS."""
    nested = action(DOCUMENT, more=[{"x": CUTOFF}, 1, None])
    assert is_open(nested)
    assert settled(nested, AT).aims["more"] == [{"x": "2026-02-01T00:00:15Z"}, 1, None]


@given(
    st.text().filter(lambda text: CUTOFF not in text),
    st.timedeltas(dt.timedelta(0), dt.timedelta(days=3_650)).map(AT.__add__),
)
def test_action_without_a_placeholder_is_left_alone(document: str, at: dt.datetime) -> None:
    """Not a character of any other document changes."""
    assert settled(action(document), at) == action(document)


def test_settling_twice_is_settling_once() -> None:
    """An action that is tried again keeps the time under which it was stored."""
    once = settled(action(DOCUMENT), AT)
    assert settled(once, AT + dt.timedelta(hours=1)) == once
