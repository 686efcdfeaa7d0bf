"""Under a policy that lets the machine act by itself: attacks, duplicates, exceptions, its own changes."""

from __future__ import annotations

import pytest

from response.domain.diff import diff
from tests.e2e.conftest import Deploy
from tests.e2e.stage import Stage
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-automatic")]

_POLICY = """
version: 1
gates: {restore: auto, contain: auto}
limits: {containments_per_hour: 100}
exceptions:
  - id: pipeline-prefix
    principal: arn:aws:iam::111111111111:user/pipeline
    source: [127.0.0.0/8]
    fields: [S3KeyPrefix]
    max_severity: high
    expires: 2099-12-31
    reason: the pipeline moves the logs of a quarter to a prefix of their own
    reviewed_by: A. Reviewer
"""


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking; one exception."""
    return deployed(_POLICY)


def test_an_attack_is_undone_and_its_author_shut_out(stage: Stage) -> None:
    """The trail is exactly as before, the key switched off, evidence and report sealed, the owner told."""
    before, mallory = stage.trail(), stage.hire("mallory-1")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    assert len(diff(before, stage.trail())) >= 7
    routes = stage.routes()

    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    assert stage.refusal(mallory) in {"UnrecognizedClientException", "InvalidClientTokenId"}
    incident = stage.only_incident()
    assert (incident["status"], incident["outcome"], incident["round"]) == ("closed", "restored", 1)
    assert (incident["severity"], incident["path"]) == ("critical", "eventbridge")
    assert [action["status"] for action in incident["actions"]] == ["done"] * 3
    steps = [entry["step"] for entry in incident["timeline"]]
    assert steps.index("preserve") < steps.index("execute")
    kinds = [message.kind for message in stage.messages_about(incident["id"])]
    assert (kinds[0], kinds[-1]) == ("opened", "closed")
    dispositions = sorted(record["disposition"] for record in incident["records"])
    assert dispositions == ["opened", "own_change"]
    assert routes.count("own_change") == 1
    assert b"mallory-1" in stage.sealed(incident["evidence"][0]) + stage.sealed(incident["evidence"][1])
    closing = incident["timeline"][steps.index("close")]
    report = [stage.sealed(pointer).decode() for pointer in closing["data"]["report"]]
    assert all(incident["id"] in text and "mallory-1" in text for text in report)
