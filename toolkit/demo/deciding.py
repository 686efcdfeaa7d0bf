"""What people decide: alice with the command, or whoever sits at the terminal in her place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import typer
from rich.console import Console

from toolkit import output
from toolkit.demo.scene import REPORT, TICKET
from toolkit.lab.scenario import Scenario
from toolkit.project import PROJECT

UNDO_REASON = f"{REPORT} was asked for: {TICKET}"


def decide(scenario: Scenario, incident_id: str, console: Console, *, interactive: bool) -> str:
    """Approve or reject with alice's key by the `trailguard` command; what was decided, in a word."""
    console.print("\n[bold]Approval[/bold]  alice, with her own key:")
    if interactive:
        return _ask(scenario, incident_id, console)
    console.print(f"  $ trailguard approve {output.safe(incident_id)} --yes")
    console.print("  [dim](it shows each call of the plan, with what takes it back; left out here)[/dim]")
    said = _approve(scenario, incident_id, console)
    console.print(f"  {output.safe(said.splitlines()[-1])}")
    console.print("\n[bold]Execution[/bold]")
    return "approved"


def undo(scenario: Scenario, incident: dict[str, Any], console: Console, *, interactive: bool) -> bool:
    """Have what was done to the user for the report taken back by the command; whether it was."""
    actions = [
        action["id"]
        for action in incident["actions"]
        if action["status"] == "done"
        and any(call["parameters"].get("UserName") == REPORT for call in action["calls"])
    ]
    if not actions:
        return False
    console.print(f"\n[bold]A mistake[/bold]  the reporting team asks for {REPORT} back: ticket {TICKET}")
    words = (incident["id"], *actions)
    console.print(f'  $ trailguard undo {output.safe(" ".join(words))} --reason "{UNDO_REASON}" --yes')
    if interactive and not typer.confirm("Have it taken back?"):
        return False
    _command(scenario, console, "undo", *words, "--reason", UNDO_REASON, "--yes")
    return True


def _ask(scenario: Scenario, incident_id: str, console: Console) -> str:
    """Show the incident, and let the person decide as alice."""
    console.print("  You are alice now. This is what you are asked to approve:\n")
    _command(scenario, console, "incidents", incident_id)
    if typer.confirm("Approve this plan?"):
        _approve(scenario, incident_id, console)
        console.print("\n[bold]Execution[/bold]")
        return "approved"
    reason = typer.prompt("Reason for the rejection")
    _command(scenario, console, "reject", incident_id, "--reason", reason, "--yes")
    return "rejected"


def _approve(scenario: Scenario, incident_id: str, console: Console) -> str:
    """What the command printed; the plan was shown already."""
    words = ("approve", incident_id, "--yes", "--comment", "demonstration")
    return _command(scenario, console, *words, quiet=True)


def _command(scenario: Scenario, console: Console, *words: str, quiet: bool = False) -> str:
    """Run the command as a user would, as alice; what it printed, if quiet; CommandError where it fails."""
    key = scenario.key("alice")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": scenario.lab.endpoint,
        "AWS_REGION": scenario.lab.region,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "toolkit", *words],
        env=environment,
        cwd=PROJECT,
        check=False,
        stdout=subprocess.PIPE if quiet else console.file,
        text=True,
    )
    if ran.returncode:
        raise output.CommandError(
            f"trailguard {words[0]} ended with {ran.returncode}", output.ExitCode(output.ExitCode.REFUSED)
        )
    return ran.stdout or ""
