"""`trailguard demo`: an attack on a trail and the answer to it, told as it happens, then checked afresh."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from toolkit import output
from toolkit.demo.checks import Check, Ending, check_all
from toolkit.demo.deciding import decide
from toolkit.demo.keeping import keep
from toolkit.demo.restored import fields_told
from toolkit.demo.watching import Watcher
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.lab.emulator.server import Lab, LabError, running
from toolkit.lab.reading import read_trail
from toolkit.lab.scenario import Scenario, set_up, synthesize_for_lab

# Long enough for a busy machine; on an idle one an incident takes some fifteen seconds.
SECONDS_TO_ANSWER = 120.0


def run(output_dir: Path, *, interactive: bool, as_json: bool) -> output.ExitCode:
    """Tell the whole story; exit code 0 only if every check of the end state holds."""
    output.check_folder(output_dir, output_dir)
    console = output.err() if as_json else output.out()
    console.rule("Trailguard demonstration: everything runs on this machine, nothing leaves it", style="dim")
    started = time.monotonic()
    console.print("[bold]Set-up[/bold]")
    console.print("  synthesizing the templates")
    templates = output_dir / "templates"
    shutil.rmtree(templates, ignore_errors=True)
    assembly = synthesize_for_lab(templates)
    try:
        with running() as lab:
            console.print(f"  embedded AWS on {lab.endpoint}, IAM enforced")
            scenario = set_up(lab, assembly, lambda text: console.print(f"  {text}"))
            console.print(f"  [dim]ready after {time.monotonic() - started:.0f} s[/dim]")
            checks = _story(lab, scenario, output_dir, interactive=interactive, as_json=as_json)
    except LabError as error:
        raise output.CommandError(str(error), output.ExitCode.UNREACHABLE) from error
    held = all(check.holds for check in checks)
    return output.ExitCode.DONE if held else output.ExitCode.REFUSED


def _story(
    lab: Lab, scenario: Scenario, output_dir: Path, *, interactive: bool, as_json: bool
) -> list[Check]:
    """Attack, detection, answer, end state."""
    console = output.err() if as_json else output.out()
    before = read_trail(lab, scenario.protected.trail_arn)
    attack, mallory = MINIMIZE_AND_REDIRECT, scenario.key("mallory")
    console.print(f"\n[bold red]Attack[/bold red]  mallory, with her own key {mallory.access_key_id}:")
    console.print(f"  cloudtrail:{attack.operation} {output.safe(dict(attack.parameters))}")
    watcher = Watcher(scenario, console)
    attack.detonate(lab, mallory)
    attacked = read_trail(lab, scenario.protected.trail_arn)

    console.print("\n[bold]Detection and response[/bold]  [dim](seconds since the attack)[/dim]")
    incident = watcher.until({"awaiting_approval", "closed", "failed"}, SECONDS_TO_ANSWER)
    if incident["status"] == "awaiting_approval":
        verdict = decide(scenario, incident["id"], console, interactive=interactive)
        incident = watcher.until({"closed", "failed"}, SECONDS_TO_ANSWER)
    else:
        verdict = "none asked"
    watcher.settle()

    restored = read_trail(lab, scenario.protected.trail_arn)
    console.print("\n[bold]The trail, field by field[/bold]")
    for line in fields_told(before, attacked, restored):
        console.print(line)
    refusal = ""
    if verdict != "rejected":  # where nobody shut her out, she would only do it again
        refusal = attack.refusal(lab, mallory)
        console.print(f"\n[bold]mallory tries again[/bold]: {output.safe(refusal or 'and is not refused')}")

    checks = check_all(scenario, watcher, Ending(incident["id"], verdict, before, attacked, refusal))
    console.print("\n[bold]Checked by fresh API calls[/bold]")
    for check in checks:
        mark = "[green]ok[/green]    " if check.holds else "[bold red]FAILED[/bold red]"
        console.print(f"  {mark} {output.safe(check.text)}  [dim]{output.safe(check.found)}[/dim]")
    kept = keep(scenario, watcher, output_dir, incident_id=incident["id"], checks=checks, verdict=verdict)
    console.print(f"\nKept in {output.safe(output_dir)}: {output.safe(', '.join(kept))}")
    if as_json:
        output.json_line(watcher.summary(checks, verdict, incident))
    return checks
