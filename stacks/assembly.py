"""From a CDK context to a cloud assembly on disk: what `app.py`, the lab and the tests have in common."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.config import ConfigurationError, DeploymentConfig
from stacks.packaging import build_asset, build_layer
from stacks.quickstart import QuickstartStack

ROOT = Path(__file__).resolve().parent.parent
STACK_ID = "Trailguard"


def default_outdir() -> Path:
    """Where the CDK command line wants the assembly, else where it would look for it."""
    return Path(os.environ.get("CDK_OUTDIR") or "cdk.out")


def file_context(path: Path = ROOT / "cdk.json") -> dict[str, Any]:
    """The context of `cdk.json`, which only the CDK command line would hand over by itself."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON: {error}") from error
    context = document.get("context", {}) if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise ConfigurationError(f"{path}: expected an object with an object `context` in it")
    return context


def synthesize(
    outdir: Path, context: Mapping[str, Any] | None = None, *, plugins: tuple[Any, ...] = ()
) -> Path:
    """Write the assembly to `outdir`; `context` goes over that of `cdk.json`, and `cdk -c` over both."""
    app = cdk.App(
        context={**file_context(), **(context or {})}, outdir=str(outdir), analytics_reporting=False
    )
    config = DeploymentConfig.from_context(app.node.get_all_context(), root=ROOT)
    if plugins:
        cdk.Validations.of(app).add_plugins(*plugins)
    with TemporaryDirectory(prefix="trailguard-asset-") as scratch:
        asset = build_asset(Path(scratch) / "asset", source=ROOT / "response", policy=config.policy)
        code = lambda_.Code.from_asset(str(asset))
        databases = None
        if config.geoip_files:
            layer = build_layer(Path(scratch) / "layer", databases=config.geoip_files)
            databases = lambda_.Code.from_asset(str(layer))
        QuickstartStack(
            app,
            STACK_ID,
            config=config,
            code=code,
            databases=databases,
            description="Trailguard: detects and answers changes to trails",
        )
        app.synth()
    return outdir
