"""Who can still do anything: each credential of the scene, tried with a real call at each turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.markup import escape

from toolkit import output
from toolkit.demo.scene import Scene
from toolkit.lab.emulator.server import Lab

# Name of a credential, and the error code that its call was refused with; "" where it was not.
Refusals = Mapping[str, str]


@dataclass(frozen=True)
class Access:
    """What was refused to whom: under attack, after the response, after the undo (None: there was none)."""

    attacked: Refusals
    answered: Refusals
    undone: Refusals | None = None


def tried(lab: Lab, scene: Scene) -> Refusals:
    """Read the trail with each credential that anybody holds."""
    return {held.name: held.refusal(lab) for held in scene.held}


def access_told(access: Access) -> Iterator[str]:
    """A line for each credential, a column for each turn."""
    turns = {"under attack": access.attacked, "after the response": access.answered}
    if access.undone is not None:
        turns["after the undo"] = access.undone
    name_width = max(map(len, access.attacked)) + 2
    widths = {
        turn: max(len(turn), *(len(code or "works") for code in codes.values())) + 2
        for turn, codes in turns.items()
    }
    yield f"  {'':<{name_width}}{''.join(f'{turn:<{widths[turn]}}' for turn in turns)}".rstrip()
    for name in access.attacked:
        cells = "".join(_cell(codes[name], widths[turn]) for turn, codes in turns.items())
        yield f"  {output.safe(name):<{name_width}}{cells}".rstrip()


def _cell(code: str, width: int) -> str:
    style = "red" if code else "green"
    text = escape(code or "works")
    return f"[{style}]{text}[/{style}]{' ' * (width - len(code or 'works'))}"
