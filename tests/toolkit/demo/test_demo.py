"""`trailguard demo`: the whole story on the embedded AWS, its checks, and what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolkit.command import trailguard
from toolkit.demo.scene import BYSTANDERS, INTRUDERS, REPORT_KEY
from toolkit.project import PROJECT

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> "tuple[subprocess.CompletedProcess[str], Path]":
    """The demonstration in a process of its own, from a folder that is not the project's."""
    folder = tmp_path_factory.mktemp("demo")
    ran = subprocess.run(
        [sys.executable, "-m", "toolkit", "demo", "--json", "--output", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ran, folder


def test_every_check_holds(demo: "tuple[subprocess.CompletedProcess[str], Path]") -> None:
    """The demonstration ends with 0, and each of its checks names what it found."""
    ran, _ = demo
    assert ran.returncode == 0, ran.stderr
    story = json.loads(ran.stdout)
    assert len(story["checks"]) >= 10
    assert all(check["holds"] and check["found"] for check in story["checks"])
    assert story["decision"] == "approved"
    assert story["incident"]["status"] == "closed"


def test_it_tells_the_story_in_order(demo: "tuple[subprocess.CompletedProcess[str], Path]") -> None:
    """Attack, states, message, dossier, approval, restore, refusal and undo are told, no colour piped."""
    told = demo[0].stderr
    places = [
        told.index(part)
        for part in (
            "Attack",
            "state intake",
            "state assess",
            "the owner's inbox",
            "made to stay  ",
            "trailguard approve",
            "state execute",
            "field by field",
            "tries the same again: AccessDenied",
            "trailguard undo",
            "undone TG-",
            "Who can still read the trail",
            "Checked by fresh API calls",
        )
    ]
    assert places == sorted(places)
    assert "\x1b[" not in told


def test_each_turn_is_told_by_who_is_refused(
    demo: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    """The response refuses intruders and one by mistake, the undo lets only that one back in."""
    refused = json.loads(demo[0].stdout)["refused"]
    assert set(refused["attacked"]) == {*INTRUDERS, *BYSTANDERS, REPORT_KEY}
    assert not any(refused["attacked"].values())
    assert {name for name, code in refused["answered"].items() if code} == {*INTRUDERS, REPORT_KEY}
    assert {name for name, code in refused["undone"].items() if code} == {*INTRUDERS}


def test_it_keeps_incident_report_messages_and_templates(
    demo: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    """The folder has the incident as JSON, the sealed report, the messages and the templates."""
    _, folder = demo
    incident = json.loads((folder / "incident.json").read_text())
    assert {action["status"] for action in incident["actions"]} == {"done"}
    assert (folder / "report.md").read_text().startswith(f"# Incident {incident['id']}")
    kinds = {path.stem.partition("-")[2] for path in (folder / "messages").iterdir()}
    assert {"opened", "closed", "undone"} <= kinds
    assert (folder / "templates" / "Trailguard.template.json").exists()


def test_what_it_kept_can_be_assessed_offline(
    demo: "tuple[subprocess.CompletedProcess[str], Path]", tmp_path: Path
) -> None:
    """The record and the approved state from the demonstration give the same changes again, offline."""
    _, folder = demo
    incident = json.loads((folder / "incident.json").read_text())
    record = next(one["record"] for one in incident["records"] if one["disposition"] == "opened")
    (tmp_path / "event.json").write_text(json.dumps(record))
    found = json.loads(next((folder / "evidence").rglob("round-1/found-state.json")).read_text())["found"]
    before = {**found, **{change["field"]: change["before"] for change in incident["assessment"]["changes"]}}
    (tmp_path / "before.json").write_text(json.dumps(before))
    ran = trailguard(
        *("assess", "--event", str(tmp_path / "event.json"), "--before", str(tmp_path / "before.json")),
        "--json",
    )
    assert ran.returncode == 0, ran.stderr
    told = {change["field"]: change["effect"] for change in json.loads(ran.stdout)["changes"]}
    assert told == {change["field"]: change["effect"] for change in incident["assessment"]["changes"]}


def test_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything is set up, in one line that names it."""
    (tmp_path / "file").write_text("")
    ran = trailguard("demo", "--output", str(tmp_path / "file" / "demo"))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("trailguard: cannot write ")
