"""IAM principals: described part by part, and what the reader may not see is told and not guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.aws.principals import CHANGES_TO_TRAILS, Principals, counted
from response.domain.findings import Permission, PrincipalType
from tests.response.aws.conftest import ACCOUNT
from tests.response.aws.fakes import client_error

TRAIL = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/audit"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SPACED = json.dumps(ALLOW, indent=8)
LENGTH = len(json.dumps(ALLOW, separators=(",", ":")))
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limits"

Answer = Callable[[dict[str, Any]], Any]


def scripted(client: Any, operation: str, answer: Answer) -> list[dict[str, Any]]:
    """Answer an operation from the test instead of moto; the requests that were made."""
    asked: list[dict[str, Any]] = []

    def before(params: dict[str, Any], **_: Any) -> Any:
        asked.append(params["body"])
        return _Response(), answer(params["body"])

    client.meta.events.register(f"before-call.iam.{operation}", before)
    return asked


class _Response:
    """An answer as botocore looks at it after parsing."""

    status_code = 200


def simulating(client: Any, *pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """SimulatePrincipalPolicy, which moto does not imitate, in so many pages."""

    def answer(body: dict[str, Any]) -> Any:
        page = int(body.get("Marker", 0))
        more = page + 1 < len(pages)
        marker = {"Marker": str(page + 1)} if more else {}
        return {"EvaluationResults": pages[page], "IsTruncated": more, **marker}

    return scripted(client, "SimulatePrincipalPolicy", answer)


def refusing(client: Any, *operations: str, code: str = "AccessDenied") -> None:
    """These operations end in an error."""

    def refuse(_: Any) -> Any:
        raise client_error(code)

    for operation in operations:
        scripted(client, operation, refuse)


@pytest.fixture
def iam(aws: None) -> Any:  # noqa: ARG001  the account must be imitated first
    """An account with the user mallory and the role deployer."""
    client: Any = boto3.client("iam")
    client.create_policy(PolicyName="limits", PolicyDocument=json.dumps(ALLOW))
    client.create_user(
        UserName="mallory",
        Path="/staff/",
        Tags=[{"Key": "team", "Value": "payments"}],
    )
    client.create_group(GroupName="admins")
    client.add_user_to_group(UserName="mallory", GroupName="admins")
    client.put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=SPACED)
    client.put_user_policy(UserName="mallory", PolicyName="more", PolicyDocument=SPACED)
    client.attach_user_policy(UserName="mallory", PolicyArn=BOUNDARY)
    client.create_role(
        RoleName="deployer",
        AssumeRolePolicyDocument=TRUST,
        Tags=[{"Key": "team", "Value": "platform"}],
        PermissionsBoundary=BOUNDARY,
    )
    client.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=SPACED)
    client.attach_role_policy(RoleName="deployer", PolicyArn=BOUNDARY)
    return client


def test_a_user_is_described(iam: Any) -> None:
    """Who it is, since when, with what keys, password, policies, groups, tags and boundary."""
    simulating(iam, [])
    iam.create_login_profile(UserName="mallory", Password="correct-Horse-9")
    key = iam.create_access_key(UserName="mallory")["AccessKey"]["AccessKeyId"]
    off = iam.create_access_key(UserName="mallory")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="mallory", AccessKeyId=off, Status="Inactive")
    facts, reasons = Principals(iam).user("mallory")
    found = iam.get_user(UserName="mallory")["User"]
    assert reasons == ()
    assert (facts.type, facts.name, facts.exists) == (PrincipalType.USER, "mallory", True)
    assert (facts.arn, facts.unique_id) == (f"arn:aws:iam::{ACCOUNT}:user/staff/mallory", found["UserId"])
    assert facts.created_at == found["CreateDate"]
    assert facts.tags == {"team": "payments"}
    assert facts.inline_policies == {"all": LENGTH, "more": LENGTH}
    assert facts.inline_characters == 2 * LENGTH
    assert (facts.attached_policies, facts.groups) == ((BOUNDARY,), ("admins",))
    assert facts.has_login_profile is True
    assert facts.keys is not None
    assert {(one.id, one.status) for one in facts.keys} == {(key, "Active"), (off, "Inactive")}
    assert all(one.created_at is not None for one in facts.keys)


def test_a_role_is_described(iam: Any) -> None:
    """As a user, as far as roles have it: they have no keys, password or groups, and that is known."""
    simulating(iam, [])
    facts, reasons = Principals(iam).role("deployer")
    assert reasons == ()
    assert (facts.type, facts.arn) == (PrincipalType.ROLE, f"arn:aws:iam::{ACCOUNT}:role/deployer")
    assert facts.unique_id.startswith("AROA")
    assert facts.inline_policies == {"deploy": LENGTH}
    assert (facts.attached_policies, facts.tags) == ((BOUNDARY,), {"team": "platform"})
    assert facts.boundary_arn == BOUNDARY
    assert (facts.keys, facts.groups, facts.has_login_profile) == ((), (), False)


def test_the_last_use_of_role_and_key(iam: Any) -> None:
    """When, by which service and where; a key that was never used has none of it."""
    at = datetime(2026, 5, 1, 11, 59, tzinfo=UTC)
    simulating(iam, [])
    used = iam.create_access_key(UserName="mallory")["AccessKey"]["AccessKeyId"]
    unused = iam.create_access_key(UserName="mallory")["AccessKey"]["AccessKeyId"]

    def last_used(body: dict[str, Any]) -> Any:
        seen = {"LastUsedDate": at, "ServiceName": "cloudtrail", "Region": "eu-west-1"}
        never = {"ServiceName": "N/A", "Region": "N/A"}
        return {"UserName": "mallory", "AccessKeyLastUsed": seen if body["AccessKeyId"] == used else never}

    scripted(iam, "GetAccessKeyLastUsed", last_used)
    facts, _ = Principals(iam).user("mallory")
    uses = {
        key.id: (key.last_used_at, key.last_used_service, key.last_used_region) for key in facts.keys or ()
    }
    assert uses == {used: (at, "cloudtrail", "eu-west-1"), unused: (None, "", "")}
    role = {"Arn": "a", "RoleId": "AROAX", "RoleLastUsed": {"LastUsedDate": at, "Region": "eu-west-1"}}
    scripted(iam, "GetRole", lambda _: {"Role": role})
    assert Principals(iam).role("deployer")[0].last_used_at == at


def test_what_it_may_do_to_a_trail(iam: Any) -> None:
    """Each of the four calls is simulated on the trail, page by page, with the policies that decide it."""
    statement = {"SourcePolicyId": "all", "SourcePolicyType": "IAM Policy"}
    results = [
        {"EvalActionName": action, "EvalDecision": "allowed", "MatchedStatements": [statement, statement]}
        for action in CHANGES_TO_TRAILS[:3]
    ]
    denied = {"EvalActionName": CHANGES_TO_TRAILS[3], "EvalDecision": "implicitDeny"}
    asked = simulating(iam, results[:2], [results[2], denied])
    facts, reasons = Principals(iam).user("mallory", trail_arn=TRAIL)
    assert reasons == ()
    assert facts.permissions == (
        *(Permission(action, "allowed", ("all",)) for action in CHANGES_TO_TRAILS[:3]),
        Permission(CHANGES_TO_TRAILS[3], "implicitDeny"),
    )
    assert len(asked) == 2
    assert asked[0]["PolicySourceArn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/mallory"
    assert asked[0]["ResourceArns.member.1"] == TRAIL
    assert {asked[0][f"ActionNames.member.{number}"] for number in range(1, 5)} == set(CHANGES_TO_TRAILS)


def paged(client: Any, operation: str, key: str, *members: Any) -> None:
    """The members of a list, each on a page of its own."""

    def page(body: dict[str, Any]) -> Any:
        at = int(body.get("Marker", 0))
        more = at + 1 < len(members)
        return {key: [members[at]], "IsTruncated": more, **({"Marker": str(at + 1)} if more else {})}

    scripted(client, operation, page)


def test_every_list_is_read_to_its_end(iam: Any) -> None:
    """Keys, policies and groups come in pages."""
    simulating(iam, [])
    keys = [{"AccessKeyId": f"AKIAEXAMPLEEXAMPLE0{number}", "Status": "Active"} for number in range(2)]
    paged(iam, "ListAccessKeys", "AccessKeyMetadata", *keys)
    paged(iam, "ListGroupsForUser", "Groups", {"GroupName": "a"}, {"GroupName": "b"}, {"GroupName": "c"})
    for kind in ("User", "Role"):
        paged(iam, f"List{kind}Policies", "PolicyNames", "p", "q", "r")
        paged(iam, f"ListAttached{kind}Policies", "AttachedPolicies", {"PolicyArn": "a"}, {"PolicyArn": "b"})
        scripted(iam, f"Get{kind}Policy", lambda _: {"PolicyDocument": quote(SPACED)})
    user, _ = Principals(iam).user("mallory")
    role, _ = Principals(iam).role("deployer")
    assert [key.id for key in user.keys or ()] == [key["AccessKeyId"] for key in keys]
    assert user.groups == ("a", "b", "c")
    for facts in (user, role):
        assert facts.inline_characters == 3 * LENGTH
        assert facts.attached_policies == ("a", "b")


@pytest.mark.parametrize("kind", ["user", "role"])
def test_who_is_not_there(iam: Any, kind: str) -> None:
    """It does not exist, which is an answer; nothing more is asked."""
    asked = simulating(iam, [])
    facts, reasons = getattr(Principals(iam), kind)("nobody", arn="arn:of:the:record")
    assert (facts.exists, facts.arn, facts.name, reasons) == (False, "arn:of:the:record", "nobody", ())
    assert asked == []


_USER_PARTS = {
    "ListAccessKeys": "keys",
    "GetLoginProfile": "has_login_profile",
    "ListUserPolicies": "inline_policies",
    "GetUserPolicy": "inline_policies",
    "ListAttachedUserPolicies": "attached_policies",
    "ListGroupsForUser": "groups",
    "SimulatePrincipalPolicy": "permissions",
}
_ROLE_PARTS = {
    "ListRolePolicies": "inline_policies",
    "GetRolePolicy": "inline_policies",
    "ListAttachedRolePolicies": "attached_policies",
    "SimulatePrincipalPolicy": "permissions",
}


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ServiceFailure", "InvalidInput"])
@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        *(("user", operation) for operation in _USER_PARTS),
        *(("role", operation) for operation in _ROLE_PARTS),
    ],
)
def test_a_part_that_fails_is_told_and_costs_no_other(iam: Any, kind: str, operation: str, code: str) -> None:
    """That part is unknown, with its operation and IAM's code as the reason; everything else is read."""
    if operation != "SimulatePrincipalPolicy":
        simulating(iam, [])
    refusing(iam, operation, code=code)
    facts, (reason,) = getattr(Principals(iam), kind)("mallory" if kind == "user" else "deployer")
    assert reason.startswith(f"iam:{operation}: {code}:")
    assert facts.exists
    parts = _USER_PARTS if kind == "user" else _ROLE_PARTS
    assert {part for part in parts.values() if getattr(facts, part) is None} == {parts[operation]}


def test_a_key_is_known_where_its_use_is_not(iam: Any) -> None:
    """A refused GetAccessKeyLastUsed leaves id and status."""
    simulating(iam, [])
    iam.create_access_key(UserName="mallory")
    refusing(iam, "GetAccessKeyLastUsed")
    facts, (reason,) = Principals(iam).user("mallory")
    assert reason.startswith("iam:GetAccessKeyLastUsed")
    assert [(key.status, key.last_used_at) for key in facts.keys or ()] == [("Active", None)]


def test_the_parts_are_read_where_the_principal_itself_may_not_be(iam: Any) -> None:
    """Without GetUser the ARN is the record's, and the simulation is asked about that one."""
    asked = simulating(iam, [])
    refusing(iam, "GetUser", "GetRole")
    arn = f"arn:aws:iam::{ACCOUNT}:user/staff/mallory"
    facts, (reason,) = Principals(iam).user("mallory", arn=arn)
    assert reason.startswith("iam:GetUser: AccessDenied")
    assert (facts.arn, facts.unique_id, facts.tags, facts.groups) == (arn, "", None, ("admins",))
    assert asked[0]["PolicySourceArn"] == arn
    facts, (first, second) = Principals(iam).role("deployer")
    assert (facts.permissions, first[:11]) == (None, "iam:GetRole")
    assert second == "iam:SimulatePrincipalPolicy: not asked, the principal's ARN is not known"


def test_a_principal_that_only_its_parts_show_to_be_gone(iam: Any) -> None:
    """GetUser is refused, and the lists find no such user."""
    refusing(iam, "GetUser")
    facts, (reason,) = Principals(iam).user("nobody")
    assert reason.startswith("iam:GetUser")
    assert facts.exists is False


def test_a_policy_that_goes_while_it_is_read(iam: Any) -> None:
    """Listed and then not there: it takes no room any more, and the user is there all the same."""
    simulating(iam, [])
    refusing(iam, "GetUserPolicy", code="NoSuchEntity")
    facts, reasons = Principals(iam).user("mallory")
    assert (facts.inline_policies, facts.exists, reasons) == ({}, True, ())


@pytest.mark.parametrize("name", ["", "a" * 300, "../admin", "x\u0000y", "*"])
def test_a_name_that_no_principal_can_have(iam: Any, name: str) -> None:
    """The names come from records: such a one is not sent to IAM, and that is told."""
    refusing(iam, "GetUser", "GetRole", "ListAccessKeys", code="Asked")
    for facts, (reason,) in (Principals(iam).user(name), Principals(iam).role(name)):
        assert "is not a name that IAM could have given" in reason
        assert (facts.name, facts.unique_id) == (name, "")


_inner = st.recursive(
    st.text(st.characters(exclude_categories=("Z", "C")), max_size=5) | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["Version", "Statement"]), _inner), st.integers(0, 9))
def test_white_space_takes_no_room(document: dict[str, Any], indent: int) -> None:
    """A policy is as long however it is laid out, parsed or not, and a text is counted as its characters."""
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    laid_out = json.dumps(document, indent=indent, ensure_ascii=False)
    assert counted(json.loads(laid_out)) == counted(laid_out) == len(compact)
