"""An answer says who asks and what they may do: as much as the decision would tell, by the same check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from response.access_settings import AccessSettings
from response.domain.entitlement import Entitlement
from tests.response.console.test_access import ISSUER, OWN_POOL, person
from tests.response.console.world import ALICE, DIGEST, MALLORY, Console, event, session, user
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import SETTINGS

READERS = "[trailguard-readers]"
RESPONDER = SETTINGS.container_role_name
NAMED = Entitlement(approver_principals=(ALICE["userArn"],), reader_principals=("arn:aws:*::*:*/carol",))


def answered(console: Console, request: Mapping[str, Any]) -> Any:
    """The document of the answer."""
    return json.loads(console.handle(request)["body"])


@pytest.mark.parametrize(
    ("claims", "name", "may"),
    [
        ({"email": "alice@example.com"}, "alice@example.com", "decide"),
        ({"username": "carol", "cognito__groups": READERS}, "carol", "read"),
        ({"username": ""}, f"{ISSUER}#2f1c", "decide"),
    ],
)
def test_who_signed_in_is_told_who_they_are(
    claims: dict[str, str], name: str, may: str, console: Console
) -> None:
    """By the name that people know, else by issuer and subject; in the list and with each incident."""
    console.settings = replace(console.settings, access=OWN_POOL)
    incident = console.open_incident()
    you = {"id": f"{ISSUER}#2f1c", "name": name, "may": may}
    assert answered(console, person("GET", "/people/incidents", **claims))["you"] == you
    shown = answered(console, person("GET", f"/people/incidents/{incident.id}", **claims))["you"]
    assert shown == {**you, "refusal": None}


@pytest.mark.parametrize(
    ("caller", "name", "may"),
    [
        (ALICE, "alice", "decide"),
        (user("x", userArn=f"arn:aws:iam::{ACCOUNT}:user/abroad/carol"), "carol", "read"),
        (session("ops", "carol"), "carol", "read"),
    ],
)
def test_who_signed_the_request_is_told_who_they_are(
    caller: dict[str, str], name: str, may: str, console: Console
) -> None:
    """By the last part of the ARN; what they may do is as the configuration names them."""
    console.settings = replace(console.settings, access=AccessSettings(entitlement=NAMED))
    you = console.call("GET", "/incidents", caller=caller)[1]["you"]
    assert you == {"id": caller["userArn"], "name": name, "may": may}


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ALICE, None),
        (MALLORY, "approver_is_actor"),
        (user("eve", accessKey="AKIAEXAMPLEMALLORY"), "approver_is_actor"),
        (session(RESPONDER, "anybody"), "approver_is_responder"),
    ],
    ids=["uninvolved", "actor", "key of the actor", "responder"],
)
def test_refusal_is_what_a_decision_meets(caller: dict[str, str], code: str | None, console: Console) -> None:
    """Told before, the same afterwards; a look at it leaves no line in the story and tells nobody."""
    incident = console.open_incident()
    console.ask(incident)
    story = console.store.incidents.timeline(incident.id)
    shown = console.call("GET", f"/incidents/{incident.id}", caller=caller)[1]
    assert shown["you"]["refusal"] == code
    assert (console.store.incidents.timeline(incident.id), console.announced) == (story, [])
    body = {"digest": DIGEST, "decision": "reject"}
    decided = console.call("POST", f"/incidents/{incident.id}/decision", body, caller=caller)[1]
    assert decided.get("code") == code


def test_a_newer_record_makes_somebody_an_actor(console: Console) -> None:
    """The next look says so."""
    incident = console.open_incident()
    path = f"/incidents/{incident.id}"
    assert console.call("GET", path)[1]["you"]["refusal"] is None
    acted = {"type": "IAMUser", "arn": ALICE["userArn"], "accountId": ACCOUNT}
    console.join(incident, "e-2", userIdentity=acted)
    assert console.call("GET", path)[1]["you"]["refusal"] == "approver_is_actor"


def test_a_reader_is_told_no_more_than_a_decision_would(console: Console) -> None:
    """Whoever may only read is refused for that alone, the actor among them."""
    console.settings = replace(console.settings, access=OWN_POOL)
    incident = console.open_incident()
    console.ask(incident)
    claims = {"cognito__groups": READERS, "custom__principals": MALLORY["userArn"]}
    you = answered(console, person("GET", f"/people/incidents/{incident.id}", **claims))["you"]
    assert (you["may"], you["refusal"]) == ("read", None)
    body = {"digest": DIGEST, "decision": "reject"}
    request = person("POST", f"/people/incidents/{incident.id}/decision", body, **claims)
    assert answered(console, request)["code"] == "not_entitled"


def test_what_a_request_says_of_the_caller_is_in_no_answer(console: Console) -> None:
    """Only what the authorizer says; and no key of the caller's."""
    request = event("GET", "/incidents", headers={"x-user": "root"}, queryStringParameters={})
    text = console.handle(request)["body"]
    assert "root" not in text
    assert ALICE["accessKey"] not in text
