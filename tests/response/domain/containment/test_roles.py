"""Roles: how far the deny reaches, and that the plan says why."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from response.domain.containment import CUTOFF, NOT_CONTAINED, settled
from response.domain.findings import Findings, Part
from response.domain.plan import Action, Call, Gate
from tests.response.domain.containment.scenes import (
    AT,
    POLICY_NAME,
    ROLE_ARN,
    ids,
    known,
    of_caller,
    outcome,
    plan,
    role_facts,
    shared,
)
from tests.response.domain.people import role, role_id
from tests.response.domain.strategies import ACCOUNT

_ID = role_id("ci-deploy")


def conditions(action: Action) -> list[Any]:
    """The conditions of all its statements, whose Sids differ."""
    statements = json.loads(action.calls[0].parameters["PolicyDocument"])["Statement"]
    assert len({statement["Sid"] for statement in statements}) == len(statements)
    return [statement["Condition"] for statement in statements]


def condition(action: Action) -> Any:
    """The condition of the one statement that the action puts."""
    (statement,) = json.loads(action.calls[0].parameters["PolicyDocument"])["Statement"]
    assert {name: statement[name] for name in ("Effect", "Action", "Resource")} == {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
    }
    return statement["Condition"]


def only(identity: Any, findings: Findings, **more: Any) -> Action:
    """The one action of a plan."""
    (action,) = plan(identity, findings=findings, **more)[0]
    return action


def test_a_role_that_nobody_else_uses_is_denied_up_to_the_time_of_execution() -> None:
    """The exact calls; the time stays open, for an approval may come an hour later."""
    deny = only(role(), Findings(sessions=(shared(),)))
    policy = {"RoleName": "ci-deploy", "PolicyName": POLICY_NAME}
    document = deny.aims["RolePolicyDocument"]
    assert (deny.id, deny.target, deny.gate) == ("deny-role-sessions", ROLE_ARN, Gate.AUTO)
    assert deny.calls == (Call("iam", "PutRolePolicy", {**policy, "PolicyDocument": document}),)
    assert deny.inverse == (Call("iam", "DeleteRolePolicy", policy),)
    assert deny.expects == {"RolePolicyDocument": None}
    assert condition(deny) == {"DateLessThan": {"aws:TokenIssueTime": CUTOFF}}
    assert condition(settled(deny, AT)) == {"DateLessThan": {"aws:TokenIssueTime": "2026-03-01T02:00:30Z"}}
    assert "2026-03-01 02:00 UTC" in deny.notes[0]


def test_a_role_that_others_use_loses_this_session_only() -> None:
    """Compared for equality, by the role's unique id; the others are named safely."""
    deny = only(role(), Findings(sessions=(shared("nightly", "release\x1b[31m\u202e"),)))
    assert deny.id == "deny-role-session"
    assert condition(deny) == {"StringEquals": {"aws:userid": [f"{_ID}:run-17"]}}
    assert "nightly, release used it lately" in deny.notes[0]
    assert any("under another name" in note for note in deny.notes)


def test_a_source_identity_is_denied_rather_than_a_name_that_can_be_chosen() -> None:
    """It survives role chaining; by name as well, for one of the same name may have another identity."""
    identity = role()
    identity["sessionContext"]["sourceIdentity"] = "alice"
    deny = only(identity, Findings(sessions=(shared("nightly"),)))
    assert conditions(deny) == [
        {"StringEquals": {"aws:SourceIdentity": ["alice"]}},
        {"StringEquals": {"aws:userid": [f"{_ID}:run-17"]}},
    ]
    assert "alice" in deny.title


def test_a_second_session_of_the_same_caller_is_not_spared() -> None:
    """Whoever keeps one open under another name would go on with it; somebody else's is left."""
    sessions = replace(shared("nightly"), others=(*shared("nightly").others, *of_caller("run-99", "run-3")))
    deny = only(role(), Findings(sessions=(sessions,)))
    ids_denied = [f"{_ID}:run-17", f"{_ID}:run-3", f"{_ID}:run-99"]
    assert condition(deny) == {"StringEquals": {"aws:userid": ids_denied}}
    assert "nightly used it lately" in deny.notes[0]
    assert "run-99, run-3, made by the same caller" in deny.notes[0]
    assert deny.title.endswith("and 2 more of the same caller")


def test_sessions_of_the_same_caller_alone_make_no_role_shared() -> None:
    """A second session of one's own narrows nothing."""
    alone = replace(shared(), others=of_caller("run-99"))
    deny = only(role(), Findings(sessions=(alone,)))
    assert (deny.id, deny.gate) == ("deny-role-sessions", Gate.AUTO)
    assert "by the same caller" in deny.notes[0]


@pytest.mark.parametrize(
    ("names", "said"),
    [([f"run-{n}" for n in range(100, 140)], "made 40 others"), (["not a name"], "cannot be told")],
)
def test_what_cannot_be_named_in_full_is_not_denied_in_part(names: list[str], said: str) -> None:
    """All sessions then, and a person decides, since others use the role too."""
    sessions = replace(shared(), others=(*shared("nightly").others, *of_caller(*names)))
    deny = only(role(), Findings(sessions=(sessions,)))
    assert (deny.id, deny.gate) == ("deny-role-sessions", Gate.APPROVE)
    assert said in deny.notes[0]


def test_what_an_earlier_deny_names_is_not_denied_again() -> None:
    """A later round may find fewer sessions of the caller, since one of them has joined the incident."""
    sessions = replace(shared(), others=(*shared("nightly").others, *of_caller("run-18")))
    first = only(role(), Findings(sessions=(sessions,)))
    later = Findings(sessions=(shared("nightly"),))
    assert plan(role(session="run-18"), findings=later, standing=[first])[0] == ()
    assert ids(plan(role(session="run-19"), findings=later, standing=[first])) == ["deny-role-session"]


def test_many_others_are_listed_in_part() -> None:
    """Five names, and how many more."""
    deny = only(role(), Findings(sessions=(shared(*(f"s-{n}" for n in range(9)), "s-0"),)))
    assert "s-0, s-1, s-2, s-3, s-4 and 4 more" in deny.notes[0]


def test_where_it_was_not_looked_for_others_the_plan_says_so() -> None:
    """The wide deny, with what is not known and why."""
    deny = only(role(), Findings(missing={Part.SESSIONS: ("LookupEvents was refused",)}))
    assert deny.id == "deny-role-sessions"
    assert "not known (LookupEvents was refused)" in deny.notes[0]


def test_another_session_of_the_same_name_cannot_be_spared() -> None:
    """A deny by the name reaches both, so there is nothing to be narrow for."""
    assert only(role(), Findings(sessions=(shared("run-17"),))).id == "deny-role-sessions"


@pytest.mark.parametrize(
    "changes",
    [
        {"principalId": f"{_ID}:a session*"},
        {"principalId": "AROAEXAMPLEANOTHER:run-17"},
        {"principalId": "", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy"},
        {"principalId": "", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/x*y"},
    ],
    ids=["odd id", "another role's id", "no session", "a wildcard"],
)
def test_what_cannot_be_told_apart_is_not_widened_unasked(changes: dict[str, Any]) -> None:
    """Others would be denied too: a person decides, whatever the gate says."""
    identity = role() | changes
    if "arn" in changes:
        identity["sessionContext"]["sessionIssuer"]["principalId"] = "not-an-id"
    elif "*" in changes["principalId"]:
        identity["arn"] = f"arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/a session*"
    deny = only(identity, Findings(sessions=(shared("nightly"),)))
    assert (deny.id, deny.gate) == ("deny-role-sessions", Gate.APPROVE)
    assert "cannot be told from the others" in deny.notes[0]


def test_the_roles_id_may_come_from_iam() -> None:
    """Where the record leaves it out."""
    identity = role() | {"principalId": ""}
    identity["sessionContext"]["sessionIssuer"]["principalId"] = ""
    found = known(role_facts(unique_id=_ID), sessions=(shared("nightly"),))
    assert condition(only(identity, found)) == {"StringEquals": {"aws:userid": [f"{_ID}:run-17"]}}


@pytest.mark.parametrize(
    "identity",
    [
        role() | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/another/run-17"},
        role() | {"arn": "", "sessionContext": None},
        role("x; rm -rf"),
        role("r" * 65),
        role() | {"accountId": "not-an-account"},
    ],
)
def test_a_role_that_is_not_named_in_one_way_is_left_to_a_person(identity: dict[str, Any]) -> None:
    """Nothing is put on a role that the record only may mean."""
    actions, outcomes = plan(identity)
    assert actions == ()
    assert NOT_CONTAINED in {found.name for found in outcomes}


def test_a_role_of_identity_center_without_its_path_is_known_by_its_name() -> None:
    """IAM would refuse the call; a role that somebody else called so, under another path, is contained."""
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    bare = {key: value for key, value in role(name).items() if key != "sessionContext"}
    assert outcome(bare).name == NOT_CONTAINED
    assert ids(plan(role(name, path="/x/"))) == ["deny-role-sessions"]


def test_a_second_document_gets_a_name_of_its_own() -> None:
    """Two sessions of one role are denied side by side: nothing is overwritten, each is undone by itself."""
    found = Findings(sessions=(shared("nightly"),))
    first = only(role(), found)
    second = only(role(session="run-18"), found, standing=[first])
    assert second.calls[0].parameters["PolicyName"] == f"{POLICY_NAME}-2"
    assert second.inverse[0].parameters["PolicyName"] == f"{POLICY_NAME}-2"
    assert second.expects == {"RolePolicyDocument": None}
    assert plan(role(), findings=found, standing=[first])[0] == ()


def test_a_session_that_was_issued_after_an_earlier_cut_off_is_denied_anew() -> None:
    """One from before it is denied already, whatever time the new plan would name."""
    early, late = role(), role(session="run-18")
    early["sessionContext"]["attributes"] = {"creationDate": "2026-03-01T01:00:00Z"}
    late["sessionContext"]["attributes"] = {"creationDate": "2026-03-01T02:50:00Z"}
    found = Findings(sessions=(shared(),))
    carried_out = settled(only(early, found), AT + dt.timedelta(minutes=20))
    assert plan(early, findings=found, standing=[carried_out])[0] == ()
    again = only(late, found, standing=[carried_out])
    assert again.calls[0].parameters["PolicyName"] == f"{POLICY_NAME}-2"
