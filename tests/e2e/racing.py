"""Several people who call the console at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e.cast import api_as
from tests.e2e.signing_in import FrontDoor
from tests.e2e.stage import Stage
from toolkit.lab.account import AccessKey
from toolkit.stack_client import ApiRefusalError

# Status and word of an answer: what became of the plan, or why the decision does not count.
Told = tuple[int, str]
Post = Callable[[str, Mapping[str, Any] | None], Told]


def by_key(stage: Stage, key: AccessKey) -> Post:
    """Somebody with an IAM user's key; without a body, they only look."""
    api = api_as(stage, key.credentials)
    assert api.outputs  # looked up now, and not in the race

    def post(incident_id: str, body: Mapping[str, Any] | None) -> Told:
        try:
            if body is None:
                return 200, str(api.get("incidents", incident_id)["id"])
            return 200, str(api.post("incidents", incident_id, "decision", body=dict(body))["status"])
        except ApiRefusalError as refusal:
            return refusal.status, str(refusal.problem["code"])

    return post


def by_page(door: FrontDoor, name: str) -> Post:
    """Somebody of the user pool, who signs in now; without a body, they only look."""
    token = door.sign_in(name)["access_token"]

    def post(incident_id: str, body: Mapping[str, Any] | None) -> Told:
        path = f"/people/incidents/{incident_id}"
        if body is None:
            return 200, str(door.ask("GET", path, token=token).json["id"])
        answer = door.ask("POST", f"{path}/decision", token=token, body=body)
        return answer.status, str(answer.json.get("code") or answer.json["status"])

    return post


def race(incident_id: str, *runners: tuple[Post, Mapping[str, Any]]) -> list[Told]:
    """Let all decide at once; what each is told, in their order.

    All look at once before, so that the decisions find as many functions at work, and none has to be started.
    """
    start = threading.Barrier(len(runners))

    def run(post: Post, body: Mapping[str, Any]) -> Told:
        start.wait()
        assert post(incident_id, None) == (200, incident_id)
        start.wait()
        return post(incident_id, body)

    with ThreadPoolExecutor(len(runners)) as pool:
        return [ran.result() for ran in [pool.submit(run, *runner) for runner in runners]]
