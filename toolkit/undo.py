"""`trailguard undo`: have what was done in an incident taken back, and see how it ends.

What will be called is shown before it is asked; the stack checks again, and refuses if the world has moved.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from response.domain.plan import Action
from response.domain.undo import Carried, Selection, UndoRefusal, reversed_action, select
from toolkit import output
from toolkit.decide import ask
from toolkit.show import show_barred
from toolkit.stack_client import StackClient

DONE = "undone"
_TAKEN_BACK = ("done", "already_done")
_PAUSE_SECONDS = 1.0
STATUS_STYLE = {
    "done": "green",
    "already_done": "green",
    "running": "cyan",
    "moved": "yellow",
    "failed": "red",
}


@dataclass(frozen=True)
class Waiting:
    """How long to wait for the end, if at all, and by which clock."""

    seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def undo(
    client: StackClient,
    incident_id: str,
    *,
    actions: list[str] | None,
    reason: str,
    yes: bool,
    as_json: bool,
    waiting: Waiting | None,
) -> None:
    """Show, ask, have it taken back, and wait for the end; without `waiting`, return once it is started."""
    incident = client.get("incidents", incident_id)
    selection = _selection(incident, actions)
    question = f"Take back {len(selection.actions)} action(s) of {incident_id}?"
    # There is nothing to say yes to where all of it was taken back before.
    ask(lambda: _show(incident, selection), question, yes=yes or not selection.actions, as_json=as_json)
    body: dict[str, Any] = {"reason": reason, **({"actions": actions} if actions else {})}
    answer = client.post("incidents", incident_id, "undo", body=body)
    if answer["execution"] is None or waiting is None:
        _say(answer, as_json=as_json)
        return
    request = _end(client, incident_id, answer["execution"], waiting, quiet=as_json)
    if as_json:
        output.json_line(request)
    if request["outcome"] != DONE:
        raise output.CommandError(f"{request['text']} ({request['outcome']})", output.ExitCode.REFUSED)
    if not as_json:
        output.out().print(
            f"[green]undone[/green] {output.safe(incident_id)}: {output.safe(request['text'])}"
        )


def show_undone(incident: dict[str, Any]) -> None:
    """Print what was taken back, by whom, and how each request ended."""
    console = output.out()
    if incident["undo_requests"]:
        console.print("[bold]Undone[/bold]")
    for request in incident["undo_requests"]:
        console.print(
            f"  {output.moment(request['requested_at'])}  {output.safe(request['outcome'] or 'at work')}"
            f"  by {output.safe(request['requested_by'])}: {output.safe(request['reason'])}"
        )
        if request["text"]:
            console.print(f"      {output.safe(request['text'])}")
    for entry in incident["undone"]:
        console.print(f"  {_entry(entry)}")


def _entry(entry: dict[str, Any]) -> str:
    """One attempt at taking an action back, in a line."""
    style = STATUS_STYLE.get(str(entry["status"]), "default")
    rest = ": ".join(str(entry[key]) for key in ("outcome", "detail") if entry[key])
    status = f"[{style}]{output.safe(entry['status'])}[/]"
    return f"{output.safe(entry['id'])}  {status}  {output.safe(rest)}".rstrip()


def _selection(incident: dict[str, Any], actions: list[str] | None) -> Selection:
    """What would be taken back, by the same rules as the stack; CommandError where there is nothing."""
    taken_back = {
        (entry["undoes"], entry["round"]) for entry in incident["undone"] if entry["status"] in _TAKEN_BACK
    }
    carried = [
        Carried(
            action=Action.from_json(document),
            round=document["round"],
            done=document["status"] == "done",
            undone=(document["id"], document["round"]) in taken_back,
        )
        for document in incident["actions"]
    ]
    selection = select(carried, actions)
    if isinstance(selection, UndoRefusal):
        raise output.CommandError(f"{selection.text} ({selection.code})", output.ExitCode.REFUSED)
    return selection


def _show(incident: dict[str, Any], selection: Selection) -> None:
    """What will be called, in that order."""
    console = output.out()
    show_barred(incident)
    for name in selection.already:
        console.print(f"  [dim]{output.safe(name)}: taken back before[/dim]")
    for one in selection.actions:
        action = reversed_action(one.action)
        console.print(f"  [bold]{output.safe(action.id)}[/bold]: {output.safe(action.title)}")
        for call in action.calls:
            parameters = output.safe(json.dumps(dict(call.parameters)))
            console.print(f"      {call.service}:{call.operation} {parameters}")
    if selection.restores:
        console.print("  [yellow]The trail as it then reads becomes its approved baseline.[/yellow]")


def _say(answer: dict[str, Any], *, as_json: bool) -> None:
    """The stack's answer, where nothing is waited for."""
    if as_json:
        output.json_line(answer)
    elif answer["execution"] is None:
        output.out().print("[green]nothing to do[/green]: all of it was taken back before")
    else:
        incident, execution = output.safe(answer["incident_id"]), output.safe(answer["execution"])
        output.out().print(f"started {execution}; see `trailguard show {incident}`")


def _end(
    client: StackClient, incident_id: str, execution: str, waiting: Waiting, *, quiet: bool
) -> dict[str, Any]:
    """The request once it has come to its end, telling what becomes of each action meanwhile."""
    deadline = waiting.clock() + waiting.seconds
    told: set[str] = set()
    while True:
        incident = client.get("incidents", incident_id)
        for entry in incident["undone"]:
            line = _entry(entry)
            if entry["execution"].rpartition(":")[2] == execution and line not in told and not quiet:
                output.err().print(f"  {line}")
                told.add(line)
        known = [one for one in incident["undo_requests"] if one["execution"] == execution]
        if known and known[0]["outcome"]:
            request: dict[str, Any] = known[0]
            return request
        if waiting.clock() >= deadline:
            raise output.CommandError(
                f"the undo {execution} has not ended after {waiting.seconds:.0f} seconds; "
                f"see `trailguard show {incident_id}`",
                output.ExitCode.REFUSED,
            )
        waiting.sleep(_PAUSE_SECONDS)
