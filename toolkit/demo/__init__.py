"""`trailguard demo`: an attack on a trail, the answer, a mistake taken back; told live, checked afresh."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from rich.console import Console

from toolkit import output
from toolkit.demo.check import Check
from toolkit.demo.checks import check_all
from toolkit.demo.keeping import keep
from toolkit.demo.story import Story
from toolkit.lab.emulator.server import LabError, running
from toolkit.lab.scenario import set_up, synthesize_once


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
    assembly = synthesize_once(templates)
    try:
        with running() as lab:
            console.print(f"  embedded AWS on {lab.endpoint}, IAM enforced")
            scenario = set_up(lab, assembly, lambda text: console.print(f"  {text}"))
            console.print(f"  [dim]ready after {time.monotonic() - started:.0f} s[/dim]")
            told = Story(lab, scenario, console, interactive=interactive)
            ending = told.tell()
            checks = check_all(scenario, told.watcher, ending)
            _show(console, checks)
            story = told.watcher.summary(checks, ending)
            kept = keep(scenario, told.watcher, output_dir, story=story)
            console.print(f"\nKept in {output.safe(output_dir)}: {output.safe(', '.join(kept))}")
            if as_json:
                output.json_line(story)
    except LabError as error:
        raise output.CommandError(str(error), output.ExitCode.UNREACHABLE) from error
    held = all(check.holds for check in checks)
    return output.ExitCode.DONE if held else output.ExitCode.REFUSED


def _show(console: Console, checks: list[Check]) -> None:
    """Each check in a line."""
    console.print("\n[bold]Checked by fresh API calls[/bold]")
    for check in checks:
        mark = "[green]ok[/green]    " if check.holds else "[bold red]FAILED[/bold red]"
        console.print(f"  {mark} {output.safe(check.text)}  [dim]{output.safe(check.found)}[/dim]")
