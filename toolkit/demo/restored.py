"""The trail's fields before the attack, under it, and now, for those that the attack changed."""

from __future__ import annotations

from collections.abc import Iterator

from response.domain.diff import diff
from response.domain.trail_state import TrailState
from toolkit import output
from toolkit.show import value_text


def fields_told(before: TrailState, attacked: TrailState, now: TrailState) -> Iterator[str]:
    """A line for each field that the attack changed; three where it is not what it was."""
    for change in diff(before, attacked):
        current, field = now.value(change.field), output.safe(change.field)
        if current == change.before:
            attack = f"[dim](the attack: {value_text(change.after)})[/dim]"
            yield f"  [bold]{field}[/bold]  [green]put back[/green] to {value_text(current)}  {attack}"
            continue
        yield f"  [bold]{field}[/bold]  [bold red]NOT put back[/bold red]: {value_text(current)}"
        yield f"      before  {value_text(change.before)}"
        yield f"      attack  {value_text(change.after)}"
