"""`trailguard lab up`: the embedded AWS with the stack deployed in it, until a signal ends it."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from toolkit import output
from toolkit.lab.emulator.server import LabError, running
from toolkit.lab.scenario import Scenario, set_up, synthesize_once
from toolkit.lab.telling import codes_told, exports_told, page_told


def run(port: int, json_file: Path | None, policy: Path | None) -> output.ExitCode:
    """Serve until SIGINT or SIGTERM; the JSON file appears when everything is ready."""
    console = output.err()
    if json_file:
        _check_writable(json_file)
    with _stop_signal() as stop, tempfile.TemporaryDirectory(prefix="trailguard-lab-") as scratch:
        console.print("[dim]synthesizing the templates[/dim]")
        assembly = synthesize_once(Path(scratch) / "cdk.out", policy)
        try:
            with running(port or None) as lab, _announced(json_file):
                console.print(f"[dim]embedded AWS on {lab.endpoint}[/dim]")
                scenario = set_up(lab, assembly, lambda text: console.print(f"[dim]{text}[/dim]"))
                if json_file:
                    write_whole(json_file, json.dumps(scenario.to_json(), indent=2) + "\n")
                _say_how(scenario, json_file)
                _wait(stop, scenario, console)
                console.print("stopping")
        except LabError as error:
            raise output.CommandError(f"{error}; choose another port with --port") from error
    return output.ExitCode.DONE


def _check_writable(path: Path) -> None:
    """Raise CommandError before a minute of set-up is spent on what nobody could be told of."""
    output.check_folder(path.parent, path)
    if path.is_dir():
        raise output.CommandError(f"cannot write {path}: it is a folder, expected a file")


@contextmanager
def _announced(path: Path | None) -> Iterator[None]:
    """The file of an earlier lab is gone while this one comes up, and its own with it when it ends."""
    if path:
        path.unlink(missing_ok=True)
    try:
        yield
    finally:
        if path:
            path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step, so that whoever waits for it never reads half of it; keys are in it: 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def _say_how(scenario: Scenario, json_file: Path | None) -> None:
    """Print what to open in a browser, and what to paste into another shell."""
    console = output.out()
    console.print("[bold green]ready[/bold green]; stop with Ctrl-C. In another shell, as mallory:")
    _lines(console, exports_told(scenario, "mallory"))
    console.print(
        f"  aws cloudtrail update-trail --name {scenario.protected.trail_arn.rsplit('/', 1)[-1]} "
        "--no-is-multi-region-trail --no-include-global-service-events --no-enable-log-file-validation",
        soft_wrap=True,
    )
    console.print("then decide on the page, where you sign in with name, password and code:")
    _lines(console, page_told(scenario))
    console.print("or with the command, as alice:")
    _lines(console, exports_told(scenario, "alice"))
    console.print("  trailguard incidents")
    if json_file:
        console.print(f"all addresses, keys and sign-ins: {json_file}")


def _lines(console: Console, lines: Iterable[str]) -> None:
    """Print lines that are made to be copied, so not broken."""
    for line in lines:
        console.print(escape(line), soft_wrap=True)


def _wait(stop: threading.Event, scenario: Scenario, console: Console) -> None:
    """Until the signal; a terminal shows meanwhile what the authenticator apps show."""
    if not console.is_terminal:
        stop.wait()
        return
    with console.status(codes_told(scenario)) as status:
        while not stop.wait(1.0):
            status.update(codes_told(scenario))


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, while the context is open."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
