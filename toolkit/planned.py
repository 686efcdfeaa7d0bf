"""`trailguard expect` and `trailguard expected`: announced changes, left in place when they come."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from response.domain.trail_state import ATTRIBUTES, TEXTS
from toolkit import output
from toolkit.show import value_text
from toolkit.stack_client import StackClient

STATUS_STYLE = {"open": "green", "waiting": "cyan", "used": "dim", "withdrawn": "dim", "expired": "dim"}


@dataclass(frozen=True)
class Expected:
    """What a person asks for, as the words of the command say it."""

    trail: str
    principal: str
    ticket: str
    changes: list[str]
    since: str | None = None
    until: str | None = None
    reason: str | None = None


def expect(client: StackClient, asked: Expected, *, as_json: bool) -> None:
    """Announce a change and print what Trailguard understood."""
    body: dict[str, Any] = {
        "principal": asked.principal,
        "ticket": asked.ticket,
        "changes": parse_changes(asked.changes),
    }
    optional = {"not_before": asked.since, "not_after": asked.until, "reason": asked.reason}
    body |= {key: value for key, value in optional.items() if value is not None}
    body["trail_arn"] = _trail_arn(client, asked.trail)
    planned = client.post("planned-changes", body=body)
    if as_json:
        output.json_line(planned)
    else:
        _print(planned)


def list_expected(client: StackClient, *, as_json: bool) -> None:
    """Print what was announced, newest first."""
    listed = client.get("planned-changes")["planned_changes"]
    for planned in listed:
        if as_json:
            output.json_line(planned)
        else:
            _print(planned)
    if not listed and not as_json:
        output.out().print("No planned changes. Announce one with `trailguard expect`.")


def withdraw(client: StackClient, planned_id: str, *, as_json: bool) -> None:
    """Take an announcement back."""
    planned = client.post("planned-changes", planned_id, "withdraw", body={})
    if as_json:
        output.json_line(planned)
    else:
        output.out().print(f"[green]withdrawn[/green] {output.safe(planned['id'])}")


def parse_changes(words: Iterable[str]) -> dict[str, Any]:
    """`field=value` words as a mapping; a value is JSON where it is JSON, else text."""
    changes: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in ATTRIBUTES:
            raise output.CommandError(
                f"--change {word!r:.120}: expected FIELD=VALUE with a field of the trail state: "
                + ", ".join(ATTRIBUTES)
            )
        if name in changes:
            raise output.CommandError(f"--change {word!r:.120}: {name} is there twice")
        changes[name] = _value(name, text)
    return changes


def _value(name: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # A field that holds text takes 2026 or true as the text that it is; null clears it.
    is_text = name in TEXTS and not (value is None or isinstance(value, str))
    return text if is_text else value


def _trail_arn(client: StackClient, trail: str) -> str:
    """The trail's ARN; a name is looked up among the approved trails, since only they can be planned for."""
    if trail.startswith("arn:"):
        return trail
    arns = [str(baseline["trail_arn"]) for baseline in client.get("baselines")["baselines"]]
    named = [arn for arn in arns if arn.rpartition("/")[2] == trail]
    if len(named) == 1:
        return named[0]
    known = ", ".join(sorted(named or arns)) or "none"
    raise output.CommandError(
        f"--trail {trail!r:.120}: {len(named)} trails of that name have an approved state; give the ARN "
        f"of one that has: {known:.1000}"
    )


def _print(planned: dict[str, Any]) -> None:
    console = output.out()
    status = str(planned["status"])
    console.print(
        f"[bold]{output.safe(planned['id'])}[/bold]  [{STATUS_STYLE.get(status, 'default')}]"
        f"{output.safe(status)}[/]  {output.safe(planned['ticket'])}  {output.safe(planned['trail_arn'])}"
    )
    console.print(f"  by {output.safe(planned['principal'])}")
    console.print(
        f"  from {output.moment(planned['not_before'])} until {output.moment(planned['not_after'])}"
    )
    console.print(
        f"  asked for by {output.safe(planned['requested_by'])} at {output.moment(planned['requested_at'])}"
    )
    if planned["reason"]:
        console.print(f"  {output.safe(planned['reason'])}")
    for name, value in planned["changes"].items():
        console.print(f"  {output.safe(name)}: {value_text(value)}")
    for key, said in (("used_by", "used by"), ("withdrawn_by", "withdrawn by")):
        if planned[key]:
            console.print(f"  {said} {output.safe(planned[key])}")
