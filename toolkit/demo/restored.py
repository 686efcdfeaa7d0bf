"""The trail's fields before the attack, under it, and now, for those that the attack changed."""

from __future__ import annotations

from collections.abc import Iterator

from response.domain.diff import diff
from response.domain.trail_state import TrailState
from toolkit import output
from toolkit.show import value_text


def fields_told(before: TrailState, attacked: TrailState, now: TrailState) -> Iterator[str]:
    """One block for each field that the attack changed."""
    for change in diff(before, attacked):
        current = now.value(change.field)
        back = "[green]put back[/green]" if current == change.before else "[bold red]NOT put back[/bold red]"
        yield f"  [bold]{output.safe(change.field)}[/bold]  {back}"
        yield f"      before  {value_text(change.before)}"
        yield f"      attack  {value_text(change.after)}"
        yield f"      now     {value_text(current)}"
