"""Waits for the person at the terminal, who decides on the page or with the command in another shell."""

from __future__ import annotations

import os
import select
import sys
import time
import webbrowser
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape

from toolkit import output
from toolkit.lab.scenario import Scenario, api_of
from toolkit.lab.telling import codes_told, exports_told, page_told

SECONDS = 30 * 60.0
_PAUSE_SECONDS = 1.0

Incident = dict[str, Any]


def _enter_was_pressed(seconds: float) -> bool:
    """Wait that long for a line on standard input; where none can come (a pipe, Windows) only wait."""
    if sys.stdin is None or not sys.stdin.isatty() or os.name == "nt":
        time.sleep(seconds)
        return False
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(ready) and bool(sys.stdin.readline())


@dataclass(frozen=True)
class Person:
    """Somebody in front of this console, and how long they are waited for."""

    scenario: Scenario
    console: Console
    seconds: float = SECONDS
    pause: Callable[[float], bool] = field(default=_enter_was_pressed)

    def invite(self) -> None:
        """Say where to decide, and show it where there is a screen."""
        self.console.print("  You decide. On the page, where you sign in with name, password and code:")
        for line in page_told(self.scenario):
            self.console.print(escape(line), soft_wrap=True)
        self.console.print("  or in another shell, as alice, with trailguard show, approve or reject:")
        for line in exports_told(self.scenario, "alice"):
            self.console.print(escape(line), soft_wrap=True)
        if self.console.is_terminal and _has_screen():
            webbrowser.open(self.scenario.page_url)

    def until(
        self, incident_id: str, happened: Callable[[Incident], bool], *, may_pass: bool = False
    ) -> Incident | None:
        """The incident once that has happened; None if the person passes; CommandError if nobody comes."""
        api = api_of(self.scenario, "alice")
        deadline = time.monotonic() + self.seconds
        live = self.console.is_terminal
        with self.console.status("") if live else nullcontext() as status:
            while time.monotonic() < deadline:
                incident: Incident = api.get("incidents", incident_id)
                if happened(incident):
                    return incident
                if status is not None:
                    status.update(f"waiting for you; {codes_told(self.scenario)}")
                if self.pause(_PAUSE_SECONDS) and may_pass:
                    return None
        raise output.CommandError(
            f"nobody decided within {self.seconds / 60:.0f} minutes", output.ExitCode.REFUSED
        )


def _has_screen() -> bool:
    """Whether opening a browser would open a window, and not take this terminal over."""
    return sys.platform in {"darwin", "win32"} or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
