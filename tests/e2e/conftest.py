"""Deploys Trailguard into the embedded AWS, once for each policy that the tests run under."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from toolkit.lab.emulator import cloudwatch, lambda_, server
from toolkit.lab.scenario import set_up, synthesize_for_lab

Deploy = Callable[[str], Stage]


@pytest.fixture(scope="module")
def deployed(running_lab: server.Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploy]:
    """Synthesize the templates with a policy, deploy them into an empty lab, and start every function."""
    outdir = tmp_path_factory.mktemp("e2e")
    with pytest.MonkeyPatch.context() as patch:
        # An alarm that went off for one test has to be silent again for the next.
        patch.setattr(cloudwatch, "period_scale", 0.01)
        server.reset(running_lab.endpoint)

        def deploy(policy: str) -> Stage:
            path = _written(outdir, policy)
            scenario = set_up(running_lab, synthesize_for_lab(outdir / "assembly", path))
            lambda_.warm_up()
            return Stage(scenario)

        yield deploy
        server.reset(running_lab.endpoint)


def _written(folder: Path, policy: str) -> Path | None:
    """The policy as a file; none is the one that the project comes with."""
    if not policy:
        return None
    path = folder / "policy.yaml"
    path.write_text(policy, encoding="utf-8")
    return path


@pytest.fixture
def stage(deployment: Stage) -> Iterator[Stage]:
    """The deployment of the module, quiet; afterwards the trail is as it was, without a trace."""
    deployment.begin()
    before = deployment.trail()
    yield deployment
    deployment.executions_ended()
    if deployment.trail() != before:
        deployment.trail_as(before)
