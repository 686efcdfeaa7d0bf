"""Synthesizes each variant of the stack once, with the AwsSolutions checks running."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.assembly import synthesize
from tests.stacks.template import Template

# The stack with a trail of its own, and the one that watches the log group of an existing trail.
VARIANTS: dict[str, dict[str, Any]] = {
    "own trail": {"trailguard:owner-emails": ["soc@example.com", "owner@example.com"]},
    "existing trail": {
        "trailguard:log-group-name": "org/cloudtrail",
        "trailguard:name-prefix": "tg-2",
        "trailguard:removal": "destroy",
        "trailguard:object-lock-mode": "COMPLIANCE",
        "trailguard:retention-days": "30",
        "trailguard:log-retention-days": "30",
        "trailguard:lookups-per-second": "0.5",
        "trailguard:oidc-issuer": "https://login.example.com/soc",
        "trailguard:oidc-client-id": "trailguard-page",
        "trailguard:oidc-scope": "console.use",
        "trailguard:approver-principals": ["arn:aws:iam::111122223333:role/soc-lead"],
    },
}


def _load(variant: str, factory: pytest.TempPathFactory) -> Template:
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - a second to import, for these tests only

    outdir = factory.mktemp("assembly")
    return Template.load(synthesize(outdir, VARIANTS[variant], plugins=(AwsSolutionsChecks(),)))


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The stack that brings its own trail."""
    return _load("own trail", tmp_path_factory)


@pytest.fixture(scope="session")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The stack that watches an existing trail, with every other option changed as well."""
    return _load("existing trail", tmp_path_factory)


@pytest.fixture(scope="session", params=sorted(VARIANTS))
def template(request: pytest.FixtureRequest) -> Template:
    """Each of the two."""
    loaded: Template = request.getfixturevalue(request.param.split()[0])
    return loaded
