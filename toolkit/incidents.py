"""`trailguard incidents`: the incidents of a deployed stack, or one of them whole."""

from __future__ import annotations

from typing import Any

from rich.table import Column, Table

from response.domain.approver import decided_by
from toolkit import output
from toolkit.show import (
    SEVERITY_STYLE,
    show_approvals,
    show_barred,
    show_changes,
    show_dossier,
    show_plan,
    show_risk,
)
from toolkit.stack_client import StackClient
from toolkit.undo import show_undone

STATUS_STYLE = {
    "open": "yellow",
    "awaiting_approval": "bold yellow",
    "executing": "cyan",
    "closed": "green",
    "failed": "bold red",
}


_COLUMNS = ("status", "severity", "opened", "trail", "outcome", "verdict")


def list_incidents(client: StackClient, *, as_json: bool) -> None:
    """Print one incident a line, newest first."""
    answer = client.get("incidents")
    incidents = answer["incidents"]
    if as_json:
        for incident in incidents:
            output.json_line(incident)
        return
    show_barred(answer)
    if not incidents:
        output.out().print("No incidents.")
        return
    # Nothing is cut on a narrow terminal, and the id, which goes into the next command, is not even wrapped.
    others = (Column(name, overflow="fold") for name in _COLUMNS)
    table = Table(Column("id", no_wrap=True), *others, box=None, header_style="bold")
    rows = [_row(incident) for incident in incidents]
    for row in rows:
        table.add_row(*row)
    narrow = [
        line for row in rows for line in ("  ".join(row[:4]), "    " + "  ".join(filter(None, row[4:])))
    ]
    output.print_table(table, narrow)


def _row(incident: dict[str, Any]) -> list[str]:
    """The cells of an incident in the list."""
    return [
        output.safe(incident["id"]),
        styled(STATUS_STYLE, incident["status"]),
        styled(SEVERITY_STYLE, incident["severity"]),
        output.moment(incident["opened_at"]),
        output.safe(incident["trail_arn"]),
        output.safe(incident["outcome"]),
        output.safe(incident["verdict"]),
    ]


def show_incident(client: StackClient, incident_id: str, *, as_json: bool) -> None:
    """Print one incident: what changed, who, what was done, what is asked, and what happened when."""
    incident = client.get("incidents", incident_id)
    if as_json:
        output.json_line(incident)
        return
    console = output.out()
    console.print(
        f"[bold]{output.safe(incident['id'])}[/bold]  {styled(STATUS_STYLE, incident['status'])}  "
        f"{styled(SEVERITY_STYLE, incident['severity'])}  {output.safe(incident['trail_arn'])}  "
        f"opened {output.moment(incident['opened_at'])}"
    )
    is_barred = show_barred(incident)
    if incident["verdict"]:
        console.print(
            f"[bold]Verdict[/bold] {output.safe(incident['verdict'])} "
            f"by {output.safe(incident['verdict_by'])} at {output.moment(incident['verdict_at'])}: "
            f"{output.safe(incident['verdict_reason'])}"
        )
    if assessment := incident["assessment"]:
        console.print(output.safe(assessment["summary"]))
        show_changes(assessment["changes"])
        show_risk(assessment)
    show_dossier(incident["dossier"])
    if assessment:
        show_plan(assessment["plan"])
    _show_actions(incident["actions"])
    show_undone(incident)
    _show_approval(incident, is_barred=is_barred)
    left_out = incident["left_out"]["timeline"]
    for heading, lines in (
        (
            "Evidence",
            [f"{e['key']}  version {e['version_id']}  sha256 {e['sha256']}" for e in incident["evidence"]],
        ),
        (
            f"Timeline ({left_out} entries in its middle are not shown)" if left_out else "Timeline",
            [f"{output.moment(e['at'])}  {e['step']}: {e['text']}" for e in incident["timeline"]],
        ),
    ):
        console.print(f"[bold]{heading}[/bold]")
        for line in lines:
            console.print(f"  {output.safe(line)}")


def styled(styles: dict[str, str], word: Any) -> str:
    """A status or severity in its colour."""
    return f"[{styles.get(str(word), 'default')}]{output.safe(word)}[/]"


def _show_actions(actions: list[dict[str, Any]]) -> None:
    console = output.out()
    if actions:
        console.print("[bold]Actions[/bold]")
    for action in actions:
        line = f"{action['id']}  {action['status']}  {action['outcome'] or ''}  {action['detail'] or ''}"
        console.print(f"  {output.safe(line.rstrip())}")


def _show_approval(incident: dict[str, Any], *, is_barred: bool) -> None:
    """What is asked; how to answer only to whoever may."""
    approval = incident["approval"]
    if not approval:
        return
    console = output.out()
    console.print(
        f"[bold]Approval[/bold] {output.safe(approval['status'])} for "
        f"{output.safe(', '.join(approval['action_ids']))}, expires {output.moment(approval['expires_at'])}"
    )
    show_approvals(approval)
    if decision := approval["decision"]:
        who, comment = decided_by(decision), decision.get("comment")
        console.print(
            f"  {output.safe(decision.get('decision'))} by {output.safe(who)}: {output.safe(comment)}"
        )
    elif incident["status"] == "awaiting_approval" and not is_barred:
        console.print(f"  trailguard approve {output.safe(incident['id'])}")
        console.print(f"  trailguard reject {output.safe(incident['id'])} --reason TEXT")
