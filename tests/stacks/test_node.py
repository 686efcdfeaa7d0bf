"""The CDK finds a Node.js that serves, whatever the machine has."""

from __future__ import annotations

import os
import subprocess

import pytest

from stacks.node import bundled_node, select_node


def test_the_bundled_node_runs() -> None:
    """The wheel's Node.js is there and is at least version 22."""
    node = bundled_node()
    assert node is not None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    assert int(version.removeprefix("v").split(".")[0]) >= 22


def test_it_is_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody has chosen, the bundled Node.js is taken."""
    monkeypatch.delenv("JSII_NODE", raising=False)
    select_node()
    assert os.environ["JSII_NODE"] == str(bundled_node())


def test_a_choice_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has set JSII_NODE keeps it."""
    monkeypatch.setenv("JSII_NODE", "/opt/node")
    select_node()
    assert os.environ["JSII_NODE"] == "/opt/node"
