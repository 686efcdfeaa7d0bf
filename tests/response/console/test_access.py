"""Two doors: signed requests at the path itself, people below /people; and what whoever comes in may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.access_settings import AccessSettings
from response.console.caller import caller_of
from response.console.http import ProblemError, Request
from response.domain.entitlement import Entitlement, Standing
from response.routes import ROUTES, Route
from tests.response.console.world import ALICE, DIGEST, MALLORY, Console, event, user
from tests.response.steps.reconcile_world import AUDIT

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf"
OWN_POOL = AccessSettings(issuer=ISSUER, client_id="page", sign_in_url="https://tg.auth.example.com")
CLAIMS = {
    "sub": "2f1c",
    "iss": ISSUER,
    "token_use": "access",
    "username": "alice",
    "client_id": "page",
    "cognito:groups": "[everybody trailguard-approvers]",
    "custom:principals": "none",
}


def person(method: str, path: str, body: Any = None, **claims: str) -> dict[str, Any]:
    """A request of somebody who signed in, as API Gateway hands it on; an empty claim is left out."""
    known = {name.replace("__", ":"): value for name, value in claims.items()}
    told = {name: value for name, value in {**CLAIMS, **known}.items() if value}
    return _with({"jwt": {"claims": told, "scopes": ["trailguard/console"]}}, method, path, body)


def _with(authorizer: Any, method: str, path: str, body: Any = None) -> dict[str, Any]:
    request = event(method, path, body)
    request["requestContext"]["authorizer"] = authorizer
    return request


def answered(console: Console, request: Mapping[str, Any]) -> tuple[int, Any]:
    """Status, and code of a refusal."""
    answer = console.handle(request)
    return answer["statusCode"], json.loads(answer["body"]).get("code")


@pytest.fixture
def pool(console: Console) -> Console:
    """A console at which people sign in with the stack's own pool."""
    console.settings = replace(console.settings, access=OWN_POOL)
    return console


def test_people_see_and_decide_what_signed_requests_do(pool: Console) -> None:
    """The same incident, and a decision in the person's own name."""
    incident = pool.open_incident()
    pool.ask(incident)
    assert answered(pool, person("GET", "/people/incidents")) == (200, None)
    body = {"digest": DIGEST, "decision": "approve"}
    answer = pool.handle(person("POST", f"/people/incidents/{incident.id}/decision", body))
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["decided_by"] == f"{ISSUER}#2f1c"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        {"iam": ALICE},
        {"iam": ALICE, "jwt": {"claims": CLAIMS}},
        {"jwt": None},
        {"jwt": {}},
        {"jwt": {"claims": None}},
        {"jwt": {"claims": {**CLAIMS, "sub": ""}}},
        {"jwt": {"claims": {**CLAIMS, "iss": 5}}},
        {"jwt": {"claims": {**CLAIMS, "token_use": "id"}}},
        {"lambda": {"sub": "2f1c"}},
    ],
    ids=str,
)
def test_nobody_else_comes_in_by_the_door_of_people(pool: Console, route: Route, authorizer: Any) -> None:
    """Neither without a token, nor by a signature, nor by both, nor with a token that names nobody."""
    path = route.for_people().path.replace("{id}", "TG-20260501-00000000")
    assert answered(pool, _with(authorizer, route.method, path)) == (401, "unauthenticated")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("authorizer", [{"jwt": {"claims": CLAIMS}}, {"jwt": {}, "iam": ALICE}], ids=str)
def test_a_token_does_not_open_the_door_of_signed_requests(
    pool: Console, route: Route, authorizer: Any
) -> None:
    """Not with a signature beside it either."""
    path = route.path.replace("{id}", "TG-20260501-00000000")
    assert answered(pool, _with(authorizer, route.method, path)) == (401, "unauthenticated")


def test_what_the_request_says_of_the_caller_is_not_read(pool: Console) -> None:
    """Headers, query and body tell what somebody wants, never who they are."""
    request = event("GET", "/people/incidents", headers={"authorization": "Bearer x", "x-user": "alice"})
    request["requestContext"]["authorizer"] = None
    assert answered(pool, request) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/people", "/people/", "/people/people/incidents", "/peoples/incidents"])
def test_there_is_nothing_else_behind_the_door(pool: Console, path: str) -> None:
    """A prefix that only looks like the door's is none."""
    status, _ = answered(pool, person("GET", path))
    assert status in (401, 404)


@pytest.mark.parametrize(
    ("groups", "reads", "decides"),
    [
        ("[trailguard-approvers]", True, True),
        ("[x trailguard-readers]", True, False),
        ("[trailguard-readers trailguard-approvers]", True, True),
        ("[]", False, False),
        ("", False, False),
        ("[trailguard-approvers-eu]", False, False),
        ("[[trailguard-approvers]]", False, False),
        ("[a] [trailguard-approvers]", False, False),
        ("[trailguard-approvers", False, False),
        ("[a,trailguard-approvers]", False, False),
    ],
)
def test_groups_say_what_a_person_may(pool: Console, groups: str, reads: bool, decides: bool) -> None:
    """As API Gateway writes a list; what is written in another way entitles to nothing."""
    read = answered(pool, person("GET", "/people/incidents", cognito__groups=groups))
    wrote = answered(pool, person("POST", "/people/baselines", {"trail_arn": "x"}, cognito__groups=groups))
    assert read == ((200, None) if reads else (403, "not_entitled"))
    assert wrote == ((400, "malformed") if decides else (403, "not_entitled"))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_reader_only_reads(pool: Console, route: Route) -> None:
    """Each route that changes something is refused before the body is looked at."""
    path = route.for_people().path.replace("{id}", "TG-20260501-00000000")
    status, code = answered(pool, person(route.method, path, "{", cognito__groups="[trailguard-readers]"))
    assert (code == "not_entitled") == (route.method == "POST")
    assert status in (200, 404) or (status, code) == (403, "not_entitled")


def test_outsiders_do_not_learn_what_is_there(pool: Console) -> None:
    """An incident that exists and one that does not look the same."""
    incident = pool.open_incident()
    for known in (incident.id, "TG-20260501-00000000"):
        request = person("GET", f"/people/incidents/{known}", cognito__groups="[]")
        assert answered(pool, request) == (403, "not_entitled")


def test_the_actor_is_the_actor_in_whatever_guise(pool: Console) -> None:
    """A Cognito identity linked to the user who changed the trail does not approve."""
    incident = pool.open_incident()  # by mallory
    pool.ask(incident)
    body = {"digest": DIGEST, "decision": "approve"}
    linked = f"arn:aws:iam::111111111111:user/other {MALLORY['userArn']}"
    request = person("POST", f"/people/incidents/{incident.id}/decision", body, custom__principals=linked)
    assert answered(pool, request) == (403, "approver_is_actor")


@pytest.mark.parametrize(
    "claim", ["", "mallory", "[[x]]", "arn:aws:iam::111111111111:user/a, mallory", "arn:aws:iam " * 3]
)
def test_a_link_that_cannot_be_read_keeps_out(pool: Console, claim: str) -> None:
    """Left out, it could be the one that makes somebody the actor."""
    assert answered(pool, person("GET", "/people/incidents", custom__principals=claim)) == (
        403,
        "not_entitled",
    )


def test_more_links_than_anybody_has_keep_out(pool: Console) -> None:
    """A token is no place for lists."""
    claim = " ".join(f"arn:aws:iam::111111111111:user/u{number}" for number in range(21))
    assert answered(pool, person("GET", "/people/incidents", custom__principals=claim)) == (
        403,
        "not_entitled",
    )


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "alice@example.com"}, "alice@example.com"),
        ({"email": "ciso@example.com", "email_verified": "false"}, "alice"),
        ({}, "alice"),
        ({"username": ""}, ""),
    ],
)
def test_what_a_person_is_called(claims: dict[str, str], name: str) -> None:
    """By an address that somebody verified, else by the user name."""
    request = Request.of(person("GET", "/people/incidents", **claims))
    assert caller_of(request, OWN_POOL).approver.name == name


def test_another_provider_tells_groups_in_its_own_claim() -> None:
    """And need not tell of links; Cognito's claim is nothing there."""
    access = AccessSettings(issuer="https://login.example.com", client_id="page")
    claims = {"iss": access.issuer, "token_use": "", "custom__principals": ""}
    request = Request.of(person("GET", "/people/incidents", **claims, groups="[trailguard-readers]"))
    caller = caller_of(request, access)
    assert (caller.standing, caller.approver.linked) == (Standing.READER, ())


def test_named_principals_are_let_in_and_nobody_else(console: Console) -> None:
    """By signed requests; mallory may have the policy of approvers and is refused all the same."""
    entitlement = Entitlement(
        approver_principals=(ALICE["userArn"],), reader_principals=("arn:aws:iam::111111111111:user/c*",)
    )
    console.settings = replace(console.settings, access=AccessSettings(entitlement=entitlement))
    carol = user("carol")
    body = {"trail_arn": "x"}
    assert console.call("POST", "/baselines", body)[0] == 400
    assert console.call("GET", "/incidents", caller=carol)[0] == 200
    assert console.call("POST", "/baselines", body, caller=carol)[1]["code"] == "not_entitled"
    assert console.call("GET", "/incidents", caller=MALLORY)[1]["code"] == "not_entitled"


def test_a_new_thing_is_where_the_caller_can_reach_it(pool: Console) -> None:
    """Answers without a place are as they are."""
    pool.states = {}
    request = person("POST", "/people/baselines", {"trail_arn": AUDIT})
    assert "location" not in pool.handle(request)["headers"]


@given(
    claims=st.dictionaries(
        st.sampled_from([*CLAIMS, "email", "groups"]), st.text() | st.integers() | st.none(), max_size=5
    ),
    path=st.sampled_from(["/people/incidents", "/people", "/incidents", "/people/x"]),
)
def test_whatever_a_token_says_is_answered_or_refused(claims: dict[str, Any], path: str) -> None:
    """No claim breaks the console; nobody is an approver whose groups do not say so exactly."""
    request = Request(method="GET", path=path, authorizer={"jwt": {"claims": {**CLAIMS, **claims}}})
    with suppress(ProblemError):
        caller = caller_of(request, OWN_POOL)
        groups = str({**CLAIMS, **claims}["cognito:groups"])
        says_so = "trailguard-approvers" in groups.strip("[] \t\n").split()
        assert (caller.standing is Standing.APPROVER) == says_so
        assert caller.approver.arn == ""
