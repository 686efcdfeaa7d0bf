"""Whoever stands behind a session: every caller in the chain, each planned for by itself."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.containment import NOT_CONTAINED, ORIGIN_UNKNOWN, PROTECTED, RESPONDER
from response.domain.findings import Findings, Part
from response.domain.plan import Gate
from tests.response.domain.commands import assert_is_command, commands_in
from tests.response.domain.containment.scenes import chain, ids, names, plan, protecting, shared
from tests.response.domain.people import CONTAINER, KEY, ROOT, SAML, SSO, role, user
from tests.response.domain.strategies import STRANGER

_SESSION = "ASIAEXAMPLESESSION00"


def behind(*callers: Any, **more: Any) -> Any:
    """The plan against a session that was made by these, newest first."""
    whole = more.pop("whole", True)
    return plan(role(), findings=Findings(chains=(chain(*callers, whole=whole),)), **more)


def test_the_user_who_assumed_the_role_loses_key_and_rights() -> None:
    """Under the gate of the policy: the record of AssumeRole shows whose key it was."""
    actions, outcomes = behind(user("eve"))
    assert [action.id for action in actions] == [
        "deny-role-sessions",
        "deactivate-origin-key",
        "deny-origin-user",
    ]
    assert {action.gate for action in actions} == {Gate.AUTO}
    assert actions[1].calls[0].parameters == {"UserName": "eve", "AccessKeyId": KEY, "Status": "Inactive"}
    assert outcomes == ()


def test_a_chain_of_three_is_followed_to_its_beginning() -> None:
    """Each role in between is denied, and the user at its beginning."""
    planned = behind(role("middle", "mm"), role("first", "f"), user("eve", key=_SESSION), user("eve"))
    assert ids(planned) == [
        "deny-role-sessions",
        "deny-origin-role",
        "deny-origin-role-2",
        "deny-origin-user",
        "deactivate-origin-key",
    ]
    roles = [action.calls[0].parameters.get("RoleName") for action in planned[0][:3]]
    assert roles == ["ci-deploy", "middle", "first"]
    assert planned[1] == ()


def test_a_shared_role_in_between_loses_one_session_only() -> None:
    """The choice between narrow and wide is made for every role by itself."""
    middle = role("middle", "mm")
    arn = middle["sessionContext"]["sessionIssuer"]["arn"]
    found = Findings(chains=(chain(middle),), sessions=(shared("other", role=arn),))
    _, origin = plan(role(), findings=found)[0]
    assert "aws:userid" in origin.calls[0].parameters["PolicyDocument"]
    assert origin.id == "deny-origin-role"


@pytest.mark.parametrize(
    ("caller", "command"),
    [
        (ROOT, "aws sts assume-root"),
        (SSO, "identitystore:userId"),
        ({"type": "AWSAccount", "accountId": STRANGER, "principalId": "AIDA"}, f"'{STRANGER}'"),
        (user("eve", account=STRANGER), f"'{STRANGER}'"),
        (role("x", account=STRANGER), f"'{STRANGER}'"),
        (SAML, "aws iam list-saml-providers"),
        ({"type": "Unknown"}, "aws cloudtrail lookup-events"),
        ({}, "aws cloudtrail lookup-events"),
    ],
)
def test_an_origin_that_cannot_be_contained_is_named(caller: Any, command: str) -> None:
    """The session is denied; the rest is told."""
    planned = behind(caller)
    assert ids(planned) == ["deny-role-sessions"]
    (found,) = planned[1]
    assert found.name == NOT_CONTAINED
    assert any(command in step for step in found.instructions)


def test_protected_origins_and_the_responder_are_spared() -> None:
    """The guard is asked for every link, not for the actor only."""
    planned = behind(user("eve"), policy=protecting("arn:aws:iam::*:user/eve"))
    assert (ids(planned), names(planned)) == (["deny-role-sessions"], [PROTECTED])
    planned = behind(role(CONTAINER.rpartition("/")[2], "tg"))
    assert (ids(planned), names(planned)) == (["deny-role-sessions"], [RESPONDER])


@pytest.mark.parametrize("whole", [True, False])
def test_an_origin_that_was_not_reached_is_told(whole: bool) -> None:
    """With the search for the call that made the oldest session that is known."""
    planned = behind(role("middle", "mm"), whole=whole)
    assert names(planned) == ([] if whole else [ORIGIN_UNKNOWN])
    for found in planned[1]:
        assert any("AssumeRoleWithSAML" in step for step in found.instructions)
        for command in commands_in(found.instructions):
            assert_is_command(command)


def test_why_an_origin_is_not_known_is_said() -> None:
    """As the investigation put it."""
    planned = plan(role(), findings=Findings(missing={Part.CHAIN: ("bound of 20 pages reached",)}))
    assert names(planned) == [ORIGIN_UNKNOWN]
    assert "bound of 20 pages reached" in planned[1][0].reason


def test_a_link_that_repeats_the_actor_adds_nothing() -> None:
    """Records of a chain are as hostile as others."""
    assert ids(behind(role(), role())) == ["deny-role-sessions"]
