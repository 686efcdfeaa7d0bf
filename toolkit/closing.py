"""`trailguard close`: a person's verdict on an incident, after showing what it is about."""

from __future__ import annotations

from toolkit import output
from toolkit.decide import confirm
from toolkit.show import show_barred, show_changes
from toolkit.stack_client import StackClient


def close(
    client: StackClient, incident_id: str, *, verdict: str, reason: str, yes: bool, as_json: bool
) -> None:
    """Show the incident, ask, and judge it; what follows is said."""
    incident = client.get("incidents", incident_id)
    if not as_json and (assessment := incident["assessment"]):
        output.out().print(output.safe(assessment["summary"]))
        show_changes(assessment["changes"])
        show_barred(incident)
    confirm(f"Judge {incident_id} ({incident['status']}) as {verdict}?", yes=yes)
    body = {"verdict": verdict, "reason": reason}
    answer = client.post("incidents", incident_id, "verdict", body=body)
    if as_json:
        output.json_line(answer)
        return
    console = output.out()
    console.print(f"[green]{output.safe(answer['verdict'])}[/green] {output.safe(incident_id)}")
    console.print(output.safe(answer["detail"]))
