"""The story in its order: attack, dossier, decision, response, a mistake taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from response.domain.trail_state import TrailState
from toolkit import output
from toolkit.demo.access import Access, Refusals, access_told, tried
from toolkit.demo.deciding import Decided, decide, undo
from toolkit.demo.dossier import dossier_told
from toolkit.demo.person import Person
from toolkit.demo.restored import fields_told
from toolkit.demo.scene import ABROAD, INTRUDER, Scene
from toolkit.demo.watching import Watcher
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.lab.emulator.server import Lab
from toolkit.lab.reading import read_trail
from toolkit.lab.scenario import Scenario, api_of

# Long enough for a busy machine; on an idle one an incident takes some fifteen seconds.
SECONDS_TO_ANSWER = 120.0


@dataclass(frozen=True)
class Ending:
    """What the end state is compared with; a person may have decided other than the story goes."""

    incident: dict[str, Any]
    verdict: str
    as_told: bool
    undone_by: str
    before: TrailState
    attacked: TrailState
    refusal: str
    access: Access


class Story:
    """One telling of it, with the watcher that saw it."""

    def __init__(self, lab: Lab, scenario: Scenario, console: Console, *, interactive: bool) -> None:
        self._lab = lab
        self._scenario = scenario
        self._console = console
        self._person = Person(scenario, console) if interactive else None
        self._scene = Scene(scenario)
        self.watcher = Watcher(scenario, console)

    def tell(self) -> Ending:
        """Everything up to the end state, which the checks then look at afresh."""
        before = self._trail()
        refused_before = self._attack()
        attacked = self._trail()
        decided = self._answer()
        rejected = decided.word == "rejected"
        refusal = "" if rejected else self._once_more(before, attacked)
        answered = tried(self._lab, self._scene)
        undo = None if rejected else self._take_back()
        undone = None if undo is None else tried(self._lab, self._scene)
        access = Access(refused_before, answered, undone)
        as_told = decided.as_told and (undo is None or undo.as_told)
        self._console.print("\n[bold]Who can still read the trail[/bold]  [dim](each cell is a call)[/dim]")
        self._print(access_told(access))
        alice = "" if self._person else f"arn:aws:iam::{self._lab.account}:user/alice"
        incident = self._incident()
        return Ending(incident, decided.word, as_told, alice, before, attacked, refusal, access)

    def _attack(self) -> Refusals:
        """The day before it, and the attack; what each credential was refused then."""
        self._console.print("\n[bold]At work[/bold]")
        self._print(f"  {output.safe(line)}" for line in self._scene.work())
        self._console.print(f"\n[bold red]Attack[/bold red]  somebody who has mallory's key, from {ABROAD}:")
        self._print(f"  {output.safe(line)}" for line in self._scene.intrude())
        refused = tried(self._lab, self._scene)
        sent = MINIMIZE_AND_REDIRECT
        self._console.print(f"  cloudtrail:{sent.operation} {output.safe(dict(sent.parameters))}")
        self.watcher.begin()
        self._scene.attack()
        return refused

    def _answer(self) -> Decided:
        """Detection and response; what was decided."""
        console, watcher = self._console, self.watcher
        console.print("\n[bold]Detection and response[/bold]  [dim](seconds since the attack)[/dim]")
        incident = watcher.until({"awaiting_approval", "closed", "failed"}, SECONDS_TO_ANSWER)
        hint = output.safe(f"in short; all of it: trailguard show {incident['id']}")
        console.print(f"\n[bold]Dossier[/bold]  [dim]{hint}[/dim]")
        self._print(dossier_told(self._api_incident(incident["id"])["dossier"] or {}))
        if incident["status"] != "awaiting_approval":
            return Decided("none asked")
        decided = decide(self._scenario, incident["id"], console, self._person)
        watcher.until({"closed", "failed"}, SECONDS_TO_ANSWER)
        watcher.settle()
        return decided

    def _once_more(self, before: TrailState, attacked: TrailState) -> str:
        """What became of the trail, and what a second attempt is refused with, if it is."""
        self._console.print("\n[bold]The trail, field by field[/bold]")
        self._print(fields_told(before, attacked, self._trail()))
        refusal = self._scene.attack_again()
        said = output.safe(refusal or "and is not refused")
        self._console.print(f"\n[bold]session {INTRUDER} tries the same again[/bold]: {said}")
        return refusal

    def _take_back(self) -> Decided | None:
        """One containment was a mistake: what became of taking it back, if anybody wanted that."""
        undone = undo(self._scenario, self._incident(), self._console, self._person)
        if undone is not None:
            self.watcher.settle()
        return undone

    def _incident(self) -> dict[str, Any]:
        """The incident of this story, whole: the only one, unless something went wrong."""
        return self._api_incident(self.watcher.incident_ids()[-1])

    def _api_incident(self, incident_id: str) -> dict[str, Any]:
        incident: dict[str, Any] = api_of(self._scenario, "alice").get("incidents", incident_id)
        return incident

    def _trail(self) -> TrailState:
        return read_trail(self._lab, self._scenario.protected.trail_arn)

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.print(line)
