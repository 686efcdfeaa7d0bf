"""Who comes in by the console's two doors on the embedded AWS, with real tokens and real signatures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from response.settings import Environment
from tests.e2e.cast import api_as
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.signing_in import FrontDoor, packed, part
from tests.e2e.stage import Stage
from toolkit.lab.emulator.internals import ministack
from toolkit.stack_client import ApiRefusalError

APPROVERS, READERS = "trailguard-approvers", "trailguard-readers"
_CONSOLE = "trailguard-console"
NO_INCIDENT = "/people/incidents/TG-20260501-00000000"


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """The stack, with a user pool in it."""
    return deployed(AUTOMATIC)


@pytest.fixture(scope="module")
def door(deployment: Stage) -> FrontDoor:
    """The console with its people: alice approves, carol reads, the others are let in by nothing."""
    door = FrontDoor(deployment)
    door.hire("alice-signs-in", APPROVERS)
    door.hire("carol-signs-in", READERS)
    door.hire("olga-signs-in")
    # In groups, and of much the same names; but in none of the two.
    door.hire("wim-signs-in", "administrators", f"{APPROVERS}-of-old", APPROVERS.upper(), "approvers")
    door.hire("mona-signs-in", APPROVERS, linked="mona")
    return door


@pytest.fixture(scope="module")
def tokens(door: FrontDoor) -> Callable[[str], dict[str, str]]:
    """The tokens of a person, who signs in once."""
    known: dict[str, dict[str, str]] = {}

    def of(name: str) -> dict[str, str]:
        if name not in known:
            known[name] = door.sign_in(name)
        return known[name]

    return of


def test_the_page_is_there_for_everybody(door: FrontDoor) -> None:
    """And says where to sign in; it may call that place and itself."""
    page = door.ask("GET", "/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-store"
    token_endpoint = door.settings["token_endpoint"]
    origin = token_endpoint.removesuffix("/oauth2/token")
    assert f"connect-src 'self' {origin};" in page.headers["content-security-policy"]
    assert door.ask("GET", "/console.js").status == 200
    assert door.ask("POST", "/").status == 404


def test_an_approver_comes_in_and_so_does_a_reader_as_far_as_she_may(
    door: FrontDoor, tokens: Callable[[str], dict[str, str]]
) -> None:
    """By group, and by nothing else."""
    alice, carol, olga, wim = (
        tokens(f"{name}-signs-in")["access_token"] for name in ("alice", "carol", "olga", "wim")
    )
    assert part(alice, 1)["custom:principals"] == "none"
    assert len(part(wim, 1)["cognito:groups"]) == 4
    shut_out = (403, "not_entitled", "not_entitled")
    expected = (
        (alice, 200, "malformed", "no_such_incident"),
        (carol, 200, "not_entitled", "not_entitled"),
        (olga, *shut_out),
        (wim, *shut_out),
    )
    for token, reads, approves, decides in expected:
        assert door.ask("GET", "/people/incidents", token=token).status == reads
        of_state = door.ask("POST", "/people/baselines", token=token, body={"trail_arn": "x"})
        assert of_state.json["code"] == approves
        for what in ("decision", "verdict", "undo"):
            assert door.ask("POST", f"{NO_INCIDENT}/{what}", token=token, body={}).json["code"] == decides


def test_whose_link_cannot_be_read_is_kept_out(
    door: FrontDoor, tokens: Callable[[str], dict[str, str]]
) -> None:
    """What an administrator wrote into the attribute comes with the access token, mistakes and all."""
    token = tokens("mona-signs-in")["access_token"]
    assert part(token, 1)["custom:principals"] == "mona"
    refused = door.ask("GET", "/people/incidents", token=token)
    assert (refused.status, refused.json["code"]) == (403, "not_entitled")


def test_nobody_links_or_unlinks_themselves(door: FrontDoor, tokens: Callable[[str], dict[str, str]]) -> None:
    """The token that opens the console does not open Cognito's own API."""
    cognito = door.stage.lab.client("cognito-idp")
    with pytest.raises(ClientError) as refusal:
        cognito.update_user_attributes(
            AccessToken=tokens("alice-signs-in")["access_token"],
            UserAttributes=[{"Name": "custom:principals", "Value": "none"}],
        )
    assert refusal.value.response["Error"]["Code"] == "NotAuthorizedException"


def _forgeries(tokens: dict[str, str], other: str) -> dict[str, str]:
    header, claims, signature = tokens["access_token"].split(".")
    key = part(tokens["access_token"], 0)
    approver = packed({**part(other, 1), "cognito:groups": [APPROVERS]})
    last = "A" if signature[-3] != "A" else "B"
    return {
        "nothing": "",
        "no token": "Bearer",
        "another signature": f"{header}.{claims}.{signature[:-3]}{last}{signature[-2:]}",
        "another's claims": f"{header}.{approver}.{signature}",
        "alg none": f"{packed({'alg': 'none'})}.{claims}.",
        "alg none, with the key's id": f"{packed({**key, 'alg': 'none'})}.{claims}.",
        "unknown key": f"{packed({'alg': 'RS256', 'kid': 'mine'})}.{claims}.{signature}",
    }


def test_forged_tokens_are_refused(door: FrontDoor, tokens: Callable[[str], dict[str, str]]) -> None:
    """By the API itself: the function is not asked."""
    forged = _forgeries(tokens("alice-signs-in"), tokens("carol-signs-in")["access_token"])
    for what, token in forged.items():
        for method, path in (("GET", "/people/incidents"), ("POST", f"{NO_INCIDENT}/decision")):
            answer = door.ask(method, path, token=token, body={} if method == "POST" else None)
            assert (answer.status, answer.json) == (401, {"message": "Unauthorized"}), what


def test_an_id_token_opens_nothing(door: FrontDoor, tokens: Callable[[str], dict[str, str]]) -> None:
    """It is signed, and meant for this client, but it has no scope."""
    answer = door.ask("GET", "/people/incidents", token=tokens("alice-signs-in")["id_token"])
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"exp": lambda now: now - 1}, 401),
        ({"nbf": lambda now: now + 600}, 401),
        ({"client_id": lambda _: "another-client"}, 401),
        ({"aud": lambda _: "another-audience"}, 401),
        ({"iss": lambda _: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"}, 401),
        ({"scope": lambda _: "openid aws.cognito.signin.user.admin"}, 403),
        ({"custom:principals": lambda _: ""}, 403),
        ({"token_use": lambda _: "id"}, 401),
        ({}, 200),
    ],
    ids=[
        "expired",
        "too early",
        "another client",
        "another audience",
        "another issuer",
        "another scope",
        "without who else it is",
        "another use",
        "good",
    ],
)
def test_a_signature_alone_is_not_enough(
    door: FrontDoor, tokens: Callable[[str], dict[str, str]], changes: dict[str, Any], status: int
) -> None:
    """Tokens that the pool's own key has signed: what they are for, and until when, counts."""
    claims, now = part(tokens("alice-signs-in")["access_token"], 1), int(time.time())
    claims |= {name: made(now) for name, made in changes.items()}
    pool = door.stage.scenario.outputs["UserPoolId"]
    signed = ministack("services.cognito")._signed_jwt(claims, pool, "access")
    assert door.ask("GET", "/people/incidents", token=signed).status == status


def test_each_door_takes_its_own(
    door: FrontDoor, tokens: Callable[[str], dict[str, str]], deployment: Stage
) -> None:
    """A signed call to the people's path and a token at the path of signed calls are refused."""
    assert door.ask("GET", "/incidents").status == 403
    assert door.ask("GET", "/people/incidents").status == 401
    assert door.ask("GET", "/incidents", token=tokens("alice-signs-in")["access_token"]).status in (401, 403)
    with pytest.raises(ApiRefusalError) as refusal:
        deployment.api.get("people", "incidents")
    assert refusal.value.status == 401
    assert deployment.api.get("incidents")


def test_a_code_is_good_for_whoever_asked_and_once(door: FrontDoor) -> None:
    """Without the verifier a stolen code is worth nothing, and with it nothing any more afterwards."""
    code, signing_in = door.ask_for_code("alice-signs-in")
    assert signing_in.redeem(code, "x" * 43).status == 400
    code, signing_in = door.ask_for_code("alice-signs-in")
    assert [signing_in.redeem(code).status for _ in range(2)] == [200, 400]


def test_the_reader_policy_reads_only(deployment: Stage) -> None:
    """An IAM user with it sees incidents, and gets no further."""
    iam, key = deployment.lab.client("iam"), deployment.hire("reads-only")
    deployment.entitle(key)
    iam.detach_user_policy(UserName=key.user, PolicyArn=deployment.scenario.outputs["ApproverPolicyArn"])
    iam.attach_user_policy(UserName=key.user, PolicyArn=deployment.scenario.outputs["ReaderPolicyArn"])
    api = api_as(deployment, key.credentials)
    assert "incidents" in api.get("incidents")
    with pytest.raises(ApiRefusalError) as refusal:
        api.post("baselines", body={})
    assert refusal.value.status == 403


def test_where_principals_are_named_only_they_decide(deployment: Stage) -> None:
    """Whoever IAM lets in is asked for by name all the same: of those named to read, and of nobody else."""
    account, uninvited = deployment.lab.account, deployment.hire("uninvited")
    deployment.entitle(uninvited)
    named = {
        Environment.APPROVER_PRINCIPALS: [f"arn:aws:iam::{account}:user/alice"],
        Environment.READER_PRINCIPALS: [f"arn:aws:iam::{account}:user/bo?"],
    }
    body = {"trail_arn": "x"}
    with _named(deployment, {str(key): json.dumps(value) for key, value in named.items()}):
        for key, reads, approves in (
            (deployment.scenario.key("alice"), "", "malformed"),
            (deployment.scenario.key("bob"), "", "not_entitled"),
            (uninvited, "not_entitled", "not_entitled"),
        ):
            api = api_as(deployment, key.credentials)
            assert _code(api.get, "incidents") == reads
            assert _code(api.post, "baselines", body=body) == approves
    assert _code(api_as(deployment, uninvited.credentials).get, "incidents") == ""


@contextmanager
def _named(stage: Stage, variables: dict[str, str]) -> Iterator[None]:
    """The console's function as a deployment that names principals configures it; afterwards as before."""
    functions = stage.lab.client("lambda")
    configured = functions.get_function_configuration(FunctionName=_CONSOLE)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=_CONSOLE, Environment={"Variables": {**configured, **variables}}
    )
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=_CONSOLE, Environment={"Variables": configured})


def _code(call: Callable[..., Any], *path: str, **more: Any) -> str:
    """The code with which the API refuses a call; "" where it does not."""
    try:
        call(*path, **more)
    except ApiRefusalError as error:
        return str(error.problem["code"])
    return ""
