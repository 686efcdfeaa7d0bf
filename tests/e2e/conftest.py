"""Deploys Trailguard into the embedded AWS, once for each policy that the tests run under."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from stacks.assembly import STACK_ID
from tests.e2e.stage import Stage
from toolkit.lab.deploy import DeployError, outputs
from toolkit.lab.emulator import cloudwatch, lambda_, server
from toolkit.lab.scenario import set_up, synthesize_for_lab

Deploy = Callable[[str], Stage]

AUTOMATIC = """
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
    ticket: SEC-1234
    reviewed_by: A. Reviewer
"""


@pytest.fixture(scope="session")
def deployments(running_lab: server.Lab, tmp_path_factory: pytest.TempPathFactory) -> _Deployments:
    """What is deployed in this process's lab; modules that follow each other under one policy share it."""
    return _Deployments(running_lab, tmp_path_factory)


@pytest.fixture(scope="module")
def deployed(deployments: _Deployments) -> Iterator[Deploy]:
    """Deploy under a policy, written as YAML. The one that the project comes with is the demonstration's."""
    with pytest.MonkeyPatch.context() as patch:
        # An alarm that went off for one test has to be silent again for the next.
        patch.setattr(cloudwatch, "period_scale", 0.01)
        yield deployments.under


@pytest.fixture
def stage(deployment: Stage) -> Iterator[Stage]:
    """The deployment of the module, quiet; afterwards trail and baseline are as they were."""
    deployment.begin()
    before, approved = deployment.trail(), deployment.baseline()
    yield deployment
    deployment.end()
    if deployment.trail() != before:
        deployment.trail_as(before)
    if deployment.baseline() != approved:
        deployment.approve_state()


class _Deployments:
    """The stage that stands in the lab, as long as nobody has emptied it."""

    def __init__(self, lab: server.Lab, folders: pytest.TempPathFactory) -> None:
        self._lab = lab
        self._folders = folders
        self._stages: dict[str, Stage] = {}
        self._assemblies: dict[str, Path] = {}

    def under(self, policy: str) -> Stage:
        """The stage under a policy: as it stands, or synthesized and deployed into an empty lab."""
        if policy in self._stages and self._stands():
            return self._stages[policy]
        server.reset(self._lab.endpoint)
        scenario = set_up(self._lab, self._assembly(policy))
        lambda_.warm_up()
        self._stages = {policy: Stage(scenario)}
        return self._stages[policy]

    def _assembly(self, policy: str) -> Path:
        """The templates under a policy, synthesized once."""
        if policy not in self._assemblies:
            folder = self._folders.mktemp("e2e")
            path = folder / "policy.yaml"
            path.write_text(policy, encoding="utf-8")
            self._assemblies[policy] = synthesize_for_lab(folder / "assembly", path)
        return self._assemblies[policy]

    def _stands(self) -> bool:
        """Whether the stack is still there: other tests of this process empty the lab."""
        lab = self._lab
        try:
            return bool(outputs(STACK_ID, endpoint=lab.endpoint, account=lab.account, region=lab.region))
        except (ClientError, DeployError):
            return False
