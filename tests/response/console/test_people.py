"""Whom the investigation found with the actors of an incident: they judge it as little as the actors do."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.incidents import FINDINGS
from response.console.people import actors_of
from response.domain.findings import Chain, ChainLink, Created, CreatedKind, Findings
from tests.response.aws.fakes import START
from tests.response.console.world import ACTIONS, ALICE, DIGEST, Console, user
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import record

_APPROVE = {"digest": DIGEST, "decision": "approve", "actions": list(ACTIONS)}
_ALICE_ACTED = {"type": "IAMUser", "arn": ALICE["userArn"], "accountId": ACCOUNT}
_LINK = ChainLink("e-7", "AssumeRole", START, "arn:aws:sts::1:assumed-role/r/s", _ALICE_ACTED)


def _made(kind: CreatedKind, name: str = "alice", key: str = "") -> Findings:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return Findings(created=(Created(kind, name, arn, "e-8", START, key),))


def _decided(console: Console, findings: Findings, caller: dict[str, str]) -> Any:
    """What a decision on an incident with these findings is answered."""
    incident = console.open_incident()
    console.store.incidents.put_document(incident.id, FINDINGS, 1, findings.to_json())
    console.ask(incident)
    return console.call("POST", f"/incidents/{incident.id}/decision", _APPROVE, caller=caller)


@pytest.mark.parametrize(
    "findings",
    [
        Findings(chains=(Chain("e-1", (_LINK,), whole=True),)),
        Findings(discovered=({"nothing": "of a record"}, record("e-9", userIdentity=_ALICE_ACTED))),
        _made(CreatedKind.USER),
        _made(CreatedKind.ACCESS_KEY, "mallory", "AKIAMADEBYMALLORY000"),
    ],
    ids=["made the session", "changed it unrecorded", "was made", "signs with a key that was made"],
)
def test_whoever_was_found_with_them_may_not_decide(findings: Findings, console: Console) -> None:
    """Somebody with a session of a role, or a user of their own making, is the same person."""
    caller = user("alice", accessKey="AKIAMADEBYMALLORY000")
    status, document = _decided(console, findings, caller)
    assert (status, document["code"]) == (403, "approver_is_actor")


@pytest.mark.parametrize("kind", [CreatedKind.ACCESS_KEY, CreatedKind.LOGIN_PROFILE])
def test_a_key_made_for_an_approver_keeps_nobody_from_deciding(kind: CreatedKind, console: Console) -> None:
    """An intruder could make one for each of them; signed with their own key they decide."""
    made = _made(kind, key="AKIAMADEBYMALLORY000" if kind is CreatedKind.ACCESS_KEY else "")
    assert _decided(console, made, user("alice", accessKey="AKIAALICESOWN0000000"))[0] == 200


def test_findings_of_every_round_count(console: Console) -> None:
    """What a later round no longer finds was found all the same; each actor is named once."""
    incident = console.open_incident()
    first = Findings(chains=(Chain("e-1", (_LINK,), whole=True),))
    for number, findings in enumerate((first, first, Findings()), start=1):
        console.store.incidents.put_document(incident.id, FINDINGS, number, findings.to_json())
    assert [actor.arn for actor in actors_of(console.store, incident.id)].count(ALICE["userArn"]) == 1
