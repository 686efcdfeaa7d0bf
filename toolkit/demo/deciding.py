"""What people decide: alice with the command, or whoever is there in her place."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from toolkit import output
from toolkit.demo.person import Person
from toolkit.demo.scene import REPORT, TICKET
from toolkit.lab.scenario import Scenario
from toolkit.project import PROJECT

UNDO_REASON = f"{REPORT} was asked for: {TICKET}"


@dataclass(frozen=True)
class Decided:
    """What became of a question: in a word, and whether it is what alice would have done in the story."""

    word: str
    as_told: bool = True


def decide(scenario: Scenario, incident_id: str, console: Console, person: Person | None) -> Decided:
    """Approve with alice's key by the `trailguard` command, or let the person decide."""
    if person is not None:
        return _decided_by(person, incident_id)
    console.print("\n[bold]Approval[/bold]  alice, with her own key:")
    console.print(f"  $ trailguard approve {output.safe(incident_id)} --yes")
    console.print("  [dim](it shows each call of the plan, with what takes it back; left out here)[/dim]")
    said = _approve(scenario, incident_id, console)
    console.print(f"  {output.safe(said.splitlines()[-1])}")
    console.print("\n[bold]Execution[/bold]")
    return Decided("approved")


def undo(
    scenario: Scenario, incident: dict[str, Any], console: Console, person: Person | None
) -> Decided | None:
    """Have what was done to the user for the report taken back; None where the person goes on without."""
    actions = [
        action["id"]
        for action in incident["actions"]
        if action["status"] == "done"
        and any(call["parameters"].get("UserName") == REPORT for call in action["calls"])
    ]
    if not actions:
        return None
    console.print(f"\n[bold]A mistake[/bold]  the reporting team asks for {REPORT} back: ticket {TICKET}")
    words = (incident["id"], *actions)
    console.print(f'  $ trailguard undo {output.safe(" ".join(words))} --reason "{UNDO_REASON}" --yes')
    if person is not None:
        return _undone_by(person, incident["id"], set(actions))
    _command(scenario, console, "undo", *words, "--reason", UNDO_REASON, "--yes")
    return Decided("undone")


def _decided_by(person: Person, incident_id: str) -> Decided:
    """What somebody decided, by whichever way; CommandError where nobody did."""
    person.console.print("\n[bold]Approval[/bold]")
    person.invite()
    incident = person.until(incident_id, lambda found: found["status"] != "awaiting_approval")
    approval = (incident or {}).get("approval") or {}
    word = str(approval.get("status"))
    if word not in {"approved", "rejected"}:
        raise output.CommandError(f"the approval is {word}: nobody decided", output.ExitCode.REFUSED)
    chosen = approval["decision"].get("actions")
    whole = chosen is None or set(chosen) == set(approval["action_ids"])
    person.console.print(f"\n[bold]Execution[/bold]  {word}{'' if whole else ', in part'}")
    return Decided(word, as_told=word == "rejected" or whole)


def _undone_by(person: Person, incident_id: str, actions: set[str]) -> Decided | None:
    """What somebody had taken back; None where they go on without."""
    person.console.print("  That, or Undo on the page. Enter goes on without it.")

    def ended(incident: dict[str, Any]) -> bool:
        requests = incident["undo_requests"]
        return bool(requests) and all(request["outcome"] for request in requests)

    incident = person.until(incident_id, ended, may_pass=True)
    if incident is None:
        return None
    (request, *others) = incident["undo_requests"]
    whole = set(request["actions"] or ()) == actions and request["outcome"] == "undone" and not others
    return Decided(str(request["outcome"]), as_told=whole)


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
