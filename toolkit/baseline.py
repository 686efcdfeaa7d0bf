"""`trailguard baseline`: the approved state of each trail, shown, or taken anew from what is there now."""

from __future__ import annotations

from typing import Any

from toolkit import output
from toolkit.decide import confirm
from toolkit.show import value_text
from toolkit.stack_client import StackClient


def show(client: StackClient, trail: str | None, *, as_json: bool) -> None:
    """Print the approved states; JSON is the trail state alone, as `trailguard assess --before` reads it."""
    baselines = [item for item in client.get("baselines")["baselines"] if _is(item, trail)]
    if trail and not baselines:
        raise output.CommandError(
            f"no baseline of trail {trail!r}; take one with `trailguard baseline capture`",
            output.ExitCode.REFUSED,
        )
    for baseline in baselines:
        if as_json:
            output.json_line(baseline["state"])
        else:
            _print(baseline)
    if not baselines and not as_json:
        output.out().print("No baselines. Take them with `trailguard baseline capture`.")


def capture(client: StackClient, trail: str | None, *, yes: bool, as_json: bool) -> None:
    """Approve what the trails are now, in the caller's name."""
    confirm(f"Approve the present state of {trail or 'every trail'} as its baseline?", yes=yes)
    body = {"trail_arn": trail} if trail else {}
    answer = client.post("baselines", body=body)
    refused = answer.get("refused", [])
    for baseline in answer["captured"]:
        if as_json:
            output.json_line(baseline["state"])
        else:
            console = output.out()
            console.print(f"[green]captured[/green] {output.safe(baseline['trail_arn'])}")
    for refusal in refused:
        output.warn(f"{refusal['trail_arn']}: {refusal['detail']} ({refusal['code']})")
    if refused:
        raise output.CommandError(f"{len(refused)} trail(s) not captured", output.ExitCode.REFUSED)


def _is(baseline: dict[str, Any], trail: str | None) -> bool:
    """Whether it is the baseline of the trail of that ARN or name."""
    arn = str(baseline["trail_arn"])
    return trail is None or trail in {arn, arn.rpartition("/")[2]}


def _print(baseline: dict[str, Any]) -> None:
    console = output.out()
    console.print(f"[bold]{output.safe(baseline['trail_arn'])}[/bold]")
    console.print(
        f"  approved by {output.safe(baseline['approved_by'])} at {output.moment(baseline['captured_at'])}"
        f"  (version {output.safe(baseline['version'])})"
    )
    for field, value in (baseline["state"] or {"Trail": "absent"}).items():
        console.print(f"  {output.safe(field)}: {value_text(value)}")
