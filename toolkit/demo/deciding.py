"""The decision on the plan: by alice with the command, or by whoever sits at the terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import typer
from rich.console import Console

from toolkit import output
from toolkit.lab.scenario import Scenario
from toolkit.project import PROJECT


def decide(scenario: Scenario, incident_id: str, console: Console, *, interactive: bool) -> str:
    """Approve or reject with alice's key by the `trailguard` command; what was decided, in a word."""
    console.print("\n[bold]Approval[/bold]  alice, with her own key:")
    if interactive:
        return _ask(scenario, incident_id, console)
    console.print(f"  $ trailguard approve {output.safe(incident_id)} --yes")
    _command(scenario, "approve", incident_id, "--yes", "--comment", "demonstration")
    console.print("\n[bold]Execution[/bold]")
    return "approved"


def _ask(scenario: Scenario, incident_id: str, console: Console) -> str:
    """Show the incident, and let the person decide as alice."""
    console.print("  You are alice now. This is what you are asked to approve:\n")
    _command(scenario, "incidents", incident_id)
    if typer.confirm("Approve this plan?"):
        _command(scenario, "approve", incident_id, "--yes", "--comment", "demonstration")
        return "approved"
    reason = typer.prompt("Reason for the rejection")
    _command(scenario, "reject", incident_id, "--reason", reason)
    return "rejected"


def _command(scenario: Scenario, *words: str) -> None:
    """Run the command as a user would, as alice; CommandError where it fails."""
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
        stdout=sys.stderr,
    )
    if ran.returncode:
        raise output.CommandError(
            f"trailguard {words[0]} ended with {ran.returncode}", output.ExitCode(output.ExitCode.REFUSED)
        )
