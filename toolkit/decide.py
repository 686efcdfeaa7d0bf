"""`trailguard approve` and `trailguard reject`: a person's decision on the plan of an incident.

What will be done is shown before it is asked, and the decision is bound to the digest that was shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import typer

from toolkit import output
from toolkit.show import show_approvals, show_barred, show_changes, show_plan
from toolkit.stack_client import StackClient

_WAITING = "waiting"


def approve(
    client: StackClient,
    incident_id: str,
    *,
    actions: list[str] | None,
    comment: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show the plan, ask, and approve it (or the named actions of it)."""
    incident = client.get("incidents", incident_id)
    approval = _pending(incident)
    plan = {**incident["assessment"]["plan"]}
    wanted = _wanted(approval, actions)
    plan["actions"] = [action for action in plan["actions"] if action["id"] in wanted]
    question = f"Approve {len(plan['actions'])} action(s) of {incident_id}?"
    ask(lambda: _show(incident, plan), question, yes=yes, as_json=as_json)
    body: dict[str, Any] = {"digest": approval["digest"], "decision": "approve"}
    if comment:
        body["comment"] = comment
    if actions:
        body["actions"] = actions
    _decide(client, incident_id, body, as_json=as_json, done="approved")


def reject(client: StackClient, incident_id: str, *, reason: str, yes: bool, as_json: bool) -> None:
    """Show the plan, ask, and reject it: nothing of it is done."""
    incident = client.get("incidents", incident_id)
    approval = _pending(incident)
    question = f"Reject the plan of {incident_id}, so that nothing of it is done?"
    ask(lambda: _show(incident, incident["assessment"]["plan"]), question, yes=yes, as_json=as_json)
    body = {"digest": approval["digest"], "decision": "reject", "comment": reason}
    _decide(client, incident_id, body, as_json=as_json, done="rejected")


def _wanted(approval: dict[str, Any], actions: list[str] | None) -> set[str]:
    """The ids of what is to be approved; CommandError for one of which nothing is asked."""
    asked = set(approval["action_ids"])
    if unknown := [name for name in actions or () if name not in asked]:
        raise output.CommandError(
            f"no action {', '.join(unknown)} waits for approval, only {', '.join(sorted(asked)) or 'none'} "
            "(unknown_action)",
            output.ExitCode.REFUSED,
        )
    return set(actions) if actions else asked


def _show(incident: dict[str, Any], plan: dict[str, Any]) -> None:
    """What the decision is about."""
    output.out().print(output.safe(incident["assessment"]["summary"]))
    show_changes(incident["assessment"]["changes"])
    show_plan(plan)
    show_approvals(incident["approval"])
    show_barred(incident)


def _pending(incident: dict[str, Any]) -> dict[str, Any]:
    """The approval that waits for a decision; CommandError says why there is none."""
    approval: dict[str, Any] | None = incident["approval"]
    if approval is None:
        raise output.CommandError(
            f"incident {incident['id']} is {incident['status']}: no approval was asked for "
            "(no_pending_approval)",
            output.ExitCode.REFUSED,
        )
    return approval


def ask(show: Callable[[], None], question: str, *, yes: bool, as_json: bool) -> None:
    """Show what will be done, then ask; a script that wants JSON and says --yes gets nothing else."""
    if as_json and yes:
        return
    with output.beside(as_json):
        show()
    confirm(question, yes=yes)


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person, unless they said --yes; CommandError where the answer is no or nobody is there."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise output.CommandError("nobody can be asked here; say --yes to do it without a question")
    if not typer.confirm(question, err=True):
        raise output.CommandError("nothing was decided", output.ExitCode.REFUSED)


def _decide(client: StackClient, incident_id: str, body: dict[str, Any], *, as_json: bool, done: str) -> None:
    answer = client.post("incidents", incident_id, "decision", body=body)
    if as_json:
        output.json_line(answer)
        return
    what = f"{output.safe(incident_id)}, plan {body['digest'][:12]}"
    if answer["status"] == _WAITING:
        output.out().print(
            f"[yellow]recorded, waiting[/yellow] {what}: your approval counts, {answer['missing']} more of"
            f" {answer['quorum']} people have to approve before anything is done"
        )
        return
    output.out().print(f"[green]{done}[/green] {what}")
    if not answer["woken"]:
        output.out().print("  the workflow could not be told at once; it takes the decision up later")
