"""`python app.py` writes templates on a machine that has Python and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.assembly import ROOT, default_outdir, file_context, synthesize
from stacks.config import ConfigurationError


def _app(cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run app.py without PATH, without credentials, and with proxies at which every request would fail."""
    nothing = str(cwd / "nothing")
    base = {
        "HOME": os.environ.get("HOME", nothing),  # where jsii keeps what it has unpacked
        "PATH": nothing,
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=cwd,
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _template(assembly: Path) -> dict[str, Any]:
    template: dict[str, Any] = json.loads((assembly / "Trailguard.template.json").read_text())
    return template


def test_it_needs_neither_cli_nor_credentials_nor_node(tmp_path: Path) -> None:
    """Without CDK_OUTDIR a complete assembly is in cdk.out; nothing is said; it is always the same."""
    done = _app(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assembly = tmp_path / "cdk.out"
    assets = json.loads((assembly / "Trailguard.assets.json").read_text())["files"]
    assert {item["source"]["packaging"] for item in assets.values()} == {"file", "zip"}
    for item in assets.values():
        assert (assembly / item["source"]["path"]).exists()
    assert _template(assembly) == _template(synthesize(tmp_path / "again"))


def test_it_obeys_the_cdk_command_line(tmp_path: Path) -> None:
    """The CLI says where to write, and what `-c` has set: always as text."""
    context = {"trailguard:retention-days": "7", "trailguard:log-group-name": "mine"}
    outdir = tmp_path / "elsewhere"
    done = _app(tmp_path, CDK_OUTDIR=str(outdir), CDK_CONTEXT_JSON=json.dumps(context))
    assert done.returncode == 0, done.stderr
    document = _template(outdir)
    assert document["Outputs"]["LogGroupName"]["Value"] == "mine"
    locks = [
        item["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"]
        for item in document["Resources"].values()
        if "ObjectLockConfiguration" in item.get("Properties", {})
    ]
    assert locks == [7]


def test_a_wrong_value_is_one_line_not_a_traceback(tmp_path: Path) -> None:
    """The operator sees the key, what it held and what was expected."""
    done = _app(tmp_path, CDK_CONTEXT_JSON='{"trailguard:removal": "maybe"}')
    assert done.returncode == 1
    assert done.stderr == "app.py: trailguard:removal: expected retain or destroy, found 'maybe'\n"
    assert not (tmp_path / "cdk.out" / "Trailguard.template.json").exists()


def test_the_command_in_cdk_json_sets_up_by_itself() -> None:
    """The stock CDK CLI runs make, which makes the virtual environment in a fresh clone."""
    document = json.loads((ROOT / "cdk.json").read_text())
    assert document["app"] == "make --silent synth"
    assert "synth:" in (ROOT / "Makefile").read_text()


def test_the_default_folder_is_the_cdks(monkeypatch: pytest.MonkeyPatch) -> None:
    """cdk.out, unless CDK_OUTDIR is set to something."""
    monkeypatch.setenv("CDK_OUTDIR", "")
    assert default_outdir() == Path("cdk.out")
    monkeypatch.setenv("CDK_OUTDIR", "there")
    assert default_outdir() == Path("there")


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read as JSON"), ("[]", "expected an object"), ('{"context": 1}', "expected an object")],
)
def test_a_broken_cdk_json_is_named(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file."""
    path = tmp_path / "cdk.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=rf"cdk\.json: {message}"):
        file_context(path)


def test_a_missing_cdk_json_is_named(tmp_path: Path) -> None:
    """The error names the file that is not there."""
    with pytest.raises(ConfigurationError, match=r"cdk\.json: cannot be read"):
        file_context(tmp_path / "cdk.json")


def test_the_configuration_can_be_read_without_the_cdk() -> None:
    """Importing it does not start Node.js, so that the command line stays quick."""
    program = "import stacks.config, sys; sys.exit('aws_cdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ.copy(), check=False)
    assert done.returncode == 0
