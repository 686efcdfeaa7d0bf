"""Announcing changes over the API: for somebody else, before they are made, from an approved state."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.baseline import Baseline, BaselineSource
from tests.response.aws.fakes import START
from tests.response.console.world import ALICE, MALLORY, Console, session
from tests.response.rules.records import ACCOUNT
from tests.response.steps.reconcile_world import AUDIT, state

PIPELINE = f"arn:aws:iam::{ACCOUNT}:user/pipeline"


def asked(**changes: Any) -> dict[str, Any]:
    """What alice asks for."""
    return {
        "trail_arn": AUDIT,
        "principal": PIPELINE,
        "ticket": "CHG-77",
        "changes": {"S3KeyPrefix": "moved"},
        **changes,
    }


@pytest.fixture
def approved(console: Console) -> Console:
    """A console with an approved trail."""
    console.store.baselines.put(Baseline(AUDIT, state(AUDIT), START, "alice", BaselineSource.APPROVED))
    return console


def test_a_change_is_announced_in_the_callers_name(approved: Console) -> None:
    """201 with what was understood; who asked is who signed, and their unique id stays inside."""
    status, document = approved.call("POST", "/planned-changes", asked())
    assert status == 201
    assert (document["requested_by"], document["status"]) == (ALICE["userArn"], "open")
    assert "requester_id" not in document
    (kept,) = approved.store.planned.of_trail(AUDIT)
    assert (kept.id, kept.requester_id) == (document["id"], ALICE["userId"])
    assert kept.changes == {"S3KeyPrefix": "moved"}


def test_all_are_listed_newest_first(approved: Console) -> None:
    """Whatever became of them."""
    first = approved.call("POST", "/planned-changes", asked())[1]
    approved.clock.sleep(1)
    second = approved.call("POST", "/planned-changes", asked(ticket="CHG-78"))[1]
    approved.store.planned.use(AUDIT, first["id"], "TG-20260501-00000001")
    status, document = approved.call("GET", "/planned-changes")
    assert status == 200
    listed = [(one["id"], one["status"], one["used_by"]) for one in document["planned_changes"]]
    assert listed == [(second["id"], "open", ""), (first["id"], "used", "TG-20260501-00000001")]


def test_one_can_be_withdrawn(approved: Console) -> None:
    """By anybody who may call, once."""
    planned = approved.call("POST", "/planned-changes", asked())[1]
    path = f"/planned-changes/{planned['id']}/withdraw"
    status, document = approved.call("POST", path, caller=MALLORY)
    assert (status, document["status"], document["withdrawn_by"]) == (200, "withdrawn", MALLORY["userArn"])
    status, document = approved.call("POST", path)
    assert (status, document["code"]) == (409, "planned_change_spent")


def test_a_used_one_cannot_be_withdrawn(approved: Console) -> None:
    """The answer names the incident."""
    planned = approved.call("POST", "/planned-changes", asked())[1]
    approved.store.planned.use(AUDIT, planned["id"], "TG-20260501-00000001")
    status, document = approved.call("POST", f"/planned-changes/{planned['id']}/withdraw")
    assert (status, document["code"]) == (409, "planned_change_spent")
    assert "TG-20260501-00000001" in document["detail"]


@pytest.mark.parametrize("planned_id", ["PC-20260501-00000000", "x", "TG-20260501-00000001"])
def test_what_is_not_there_cannot_be_withdrawn(planned_id: str, console: Console) -> None:
    """Nor what is no id."""
    status, document = console.call("POST", f"/planned-changes/{planned_id}/withdraw")
    assert (status, document["code"]) == (404, "no_such_planned_change")


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (asked(changes={"Bucket": "x"}), 400, "malformed", "changes.Bucket: unknown field"),
        (asked(not_before="2020-01-01T00:00:00Z"), 400, "malformed", "not_before: found"),
        (asked(changes={"IsLogging": True}), 400, "malformed", "approved state is that already"),
        (asked(principal=ALICE["userArn"]), 403, "requester_is_principal", "names you"),
        (asked(trail_arn=AUDIT + "-2"), 409, "no_baseline", "Nobody has approved a state"),
        ([], 400, "malformed", "not a JSON object"),
    ],
)
def test_what_cannot_be_announced(body: Any, status: int, code: str, said: str, approved: Console) -> None:
    """Refused with what is wrong, and nothing is kept."""
    answer, document = approved.call("POST", "/planned-changes", body)
    assert (answer, document["code"]) == (status, code)
    assert said in document["detail"]
    assert approved.store.planned.newest() == ()


def test_who_is_involved_announces_nothing(approved: Console) -> None:
    """Neither the actor of the open incident nor a role of the responder."""
    approved.open_incident()
    status, document = approved.call("POST", "/planned-changes", asked(), caller=MALLORY)
    assert (status, document["code"]) == (403, "approver_is_actor")
    caller = session("trailguard-restorer", "tg")
    status, document = approved.call("POST", "/planned-changes", asked(), caller=caller)
    assert (status, document["code"]) == (403, "approver_is_responder")
    assert approved.call("POST", "/planned-changes", asked())[0] == 201


def test_a_withdrawal_takes_no_body_and_lists_no_parameters(approved: Console) -> None:
    """What nobody would read is refused."""
    planned = approved.call("POST", "/planned-changes", asked())[1]
    path = f"/planned-changes/{planned['id']}/withdraw"
    assert approved.call("POST", path, {"reason": "x"})[0] == 400
    assert approved.call("GET", "/planned-changes", queryStringParameters={"limit": "1"})[0] == 400
    assert approved.call("DELETE", "/planned-changes")[0] == 405
