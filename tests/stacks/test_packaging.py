"""The Lambda asset is complete, minimal and reproducible."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from stacks.assembly import ROOT
from stacks.packaging import PackagingError, build_asset, build_layer, deployed_path
from stacks.policy_file import load_policy

_SOURCE = ROOT / "response"


def _build(target: Path, *, source: Path = _SOURCE, **changes: object) -> Path:
    return build_asset(target, source=source, policy={**load_policy(ROOT / "policy.yaml"), **changes})


def _digest(folder: Path) -> str:
    lines = [
        f"{path.relative_to(folder)} {path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return "\n".join(lines)


def test_two_builds_are_equal(tmp_path: Path) -> None:
    """The same sources give the same files, byte for byte and mode for mode."""
    assert _digest(_build(tmp_path / "a")) == _digest(_build(tmp_path / "b"))


def test_a_changed_policy_changes_the_asset(tmp_path: Path) -> None:
    """Editing policy.yaml is a deployment."""
    assert _digest(_build(tmp_path / "a")) != _digest(
        _build(tmp_path / "b", owners={"default": "somebody else"})
    )


def test_a_second_build_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    """Files that are gone from the sources are gone from the asset."""
    stale = _build(tmp_path / "a") / "response" / "stale.py"
    stale.write_text("")
    _build(tmp_path / "a")
    assert not stale.exists()


def test_nothing_is_written_beside_it(tmp_path: Path) -> None:
    """A distribution lists its scripts too, as ../../../bin/NAME: they stay where they are."""
    nested = tmp_path / "a" / "b" / "c" / "d"
    _build(nested)
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if nested not in path.parents] == [
        Path("a"),
        Path("a/b"),
        Path("a/b/c"),
        Path("a/b/c/d"),
    ]


def test_only_modules_and_documents_are_in_it(tmp_path: Path) -> None:
    """No bytecode, no metadata of distributions, no tests, no third party but Powertools and its needs."""
    asset = _build(tmp_path / "a")
    suffixes = {path.suffix for path in asset.rglob("*") if path.is_file()}
    assert suffixes == {".py", ".json", ".html", ".css", ".js"}
    assert {path.name for path in asset.iterdir()} == {
        "aws_lambda_powertools",
        "jmespath",
        "typing_extensions.py",
        "policy.json",
        "response",
    }
    assert not [path for path in asset.rglob("*") if path.name in {"tests", "__pycache__"}]


def test_the_policy_lies_where_the_functions_look(tmp_path: Path) -> None:
    """policy.json beside the package is the validated policy."""
    asset = _build(tmp_path / "a")
    assert json.loads((asset / "policy.json").read_text()) == load_policy(ROOT / "policy.yaml")


def test_every_module_of_response_is_in_it(tmp_path: Path) -> None:
    """Nothing of the deployed package is left behind, definition and page included."""
    asset = _build(tmp_path / "a")
    wanted = {
        path.relative_to(ROOT)
        for path in _SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.relative_to(asset) for path in (asset / "response").rglob("*") if path.is_file()} == wanted


def test_it_imports_with_nothing_but_the_runtime_beside_it(tmp_path: Path) -> None:
    """A Python that sees the asset and boto3, as Lambda's does, imports all of it and logs and counts."""
    asset, runtime = _build(tmp_path / "a"), tmp_path / "runtime"
    _link_boto3(runtime)
    modules = sorted(
        ".".join(path.relative_to(asset).with_suffix("").parts).removesuffix(".__init__")
        for path in (asset / "response").rglob("*.py")
    )
    program = (
        "import importlib, sys\n"
        f"sys.path[:0] = [{str(asset)!r}, {str(runtime)!r}]\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "from aws_lambda_powertools import Logger, Metrics\n"
        "from aws_lambda_powertools.metrics import MetricUnit\n"
        "from aws_lambda_powertools.utilities.typing import LambdaContext\n"
        "Logger(service='trailguard').info('hello')\n"
        "metrics = Metrics(namespace='Trailguard', service='trailguard')\n"
        "metrics.add_metric(name='Runs', unit=MetricUnit.Count, value=1)\n"
        "metrics.flush_metrics()\n"
        "assert 'aws_cdk' not in sys.modules\n"
    )
    # -I and -S: no site-packages, no PYTHONPATH, no folder of this project.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={},  # not even a LOG_LEVEL of whoever runs the tests
    )
    assert done.returncode == 0, done.stderr
    assert '"message":"hello"' in done.stdout
    assert '"Runs":[1.0]' in done.stdout


def _link_boto3(runtime: Path) -> None:
    """Lay out what the Lambda runtime has: boto3 and what it needs."""
    runtime.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"):
        tops = {file.parts[0] for file in importlib.metadata.files(name) or () if file.suffix == ".py"}
        for top in sorted(tops - {".."}):
            (runtime / top).symlink_to(Path(str(importlib.metadata.distribution(name).locate_file(top))))


def test_a_library_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which library is missing and what to run."""
    monkeypatch.setattr("stacks.packaging._DISTRIBUTIONS", ("no-such-library",))
    with pytest.raises(PackagingError, match=r"no-such-library is not installed; run make"):
        _build(tmp_path / "a")


def test_the_layer_has_the_databases_and_a_reader_in_pure_python(tmp_path: Path) -> None:
    """A Python that sees the layer and nothing else reads a database; no extension module is in it."""
    database = tmp_path / "country.mmdb"
    writer = MMDBWriter(ip_version=4)
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country": {"iso_code": "FR"}})
    writer.to_db_file(str(database))
    layer = build_layer(tmp_path / "layer", databases=[database])
    kept = [path for path in layer.rglob("*") if path.is_file() and path.suffix not in {".py", ".mmdb"}]
    assert [path.name for path in kept] == ["METADATA"]
    placed = layer / deployed_path(database).relative_to("/opt")
    program = (
        f"import sys; sys.path.insert(0, {str(layer / 'python')!r}); import maxminddb\n"
        f"reader = maxminddb.open_database({str(placed)!r}, maxminddb.MODE_FILE)\n"
        "print(reader.get('198.51.100.7'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "{'country': {'iso_code': 'FR'}}\n", done.stderr


def test_two_layers_are_equal(tmp_path: Path) -> None:
    """The same files give the same layer."""
    database = tmp_path / "asn.mmdb"
    database.write_bytes(b"x")
    first, second = (build_layer(tmp_path / name, databases=[database]) for name in ("a", "b"))
    assert _digest(first) == _digest(second)
