"""How changes, risks, dossiers and plans look on a terminal, wherever they come from; all in JSON form."""

from __future__ import annotations

import json
from typing import Any

from response.domain.report_dossier import QUESTIONS
from toolkit import output

EFFECT_STYLE = {"weakens": "red", "strengthens": "green", "neutral": "dim"}
_BARRED = {
    "approver_is_actor": "this identity, or one that may be the same person, is among those whom it is about",
    "approver_is_responder": "this is a role of the responder itself, or one is linked to you",
}
SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "none": "dim"}


def show_changes(changes: list[dict[str, Any]]) -> None:
    """Print changes in their JSON form: what was, what is, which way it goes, and why it matters."""
    console = output.out()
    for change in changes:
        effect, severity = str(change["effect"]), str(change["severity"])
        console.print(
            f"  [bold]{output.safe(change['field'])}[/bold]  "
            f"[{EFFECT_STYLE.get(effect, 'default')}]{output.safe(effect)}[/], "
            f"[{SEVERITY_STYLE.get(severity, 'default')}]{output.safe(severity)}[/]"
        )
        console.print(f"      {value_text(change['before'])} -> {value_text(change['after'])}")
        console.print(f"      [dim]{output.safe(change['reason'])}[/dim]")


def value_text(value: Any) -> str:
    """One value of a trail state."""
    if value is None:
        return "[dim]none[/dim]"
    return output.safe(value if isinstance(value, str) else json.dumps(value))


def show_dossier(dossier: dict[str, Any] | None) -> None:
    """Print a dossier: each question, what was found, and what is not known; the evidence is in --json."""
    if not dossier:
        return
    console = output.out()
    console.print("[bold]Dossier[/bold]")
    for name in sorted(dossier, key=_place):
        section, title = dossier[name], output.safe(str(name).replace("_", " "))
        first, *others = str(section["finding"]).split("; ")
        console.print(f"  [bold]{title}[/bold]: {output.safe(first)}")
        for fact in others:
            console.print(f"      {output.safe(fact)}")
        if section["missing"]:
            console.print(f"      [yellow]not complete: {output.safe(section['missing'])}[/yellow]")


def _place(name: str) -> int:
    """The place of a section in the report's order; the store keeps none."""
    return list(QUESTIONS).index(name) if name in QUESTIONS else len(QUESTIONS)


def show_risk(assessment: dict[str, Any]) -> None:
    """Print how the risk adds up."""
    console = output.out()
    console.print(f"Risk {assessment['risk']} of 100")
    for term in assessment["risk_terms"]:
        console.print(f"  {output.safe(term['points']):>4}  {output.safe(term['label'])}")


def show_approvals(approval: dict[str, Any]) -> None:
    """How many people have to approve, and who did so far."""
    quorum, given = approval["quorum"], approval["approvals"]
    if quorum == 1 and not given:
        return
    console = output.out()
    console.print(f"  {len(given)} of {quorum} approvals; what all of them approve is carried out")
    for one in given:
        chosen = "all actions" if one["actions"] is None else ", ".join(one["actions"])
        who = f"{one['name']} ({one['by']})" if one["name"] else one["by"]
        comment = f": {one['comment']}" if one["comment"] else ""
        console.print(
            f"  approved by {output.safe(who)} at {output.moment(one['at'])}, {output.safe(chosen + comment)}"
        )


def show_barred(answer: dict[str, Any]) -> bool:
    """Print that the caller may not decide, and why, as the stack says; whether that is so."""
    you = answer.get("you") or {}
    if you.get("may") == "read":
        what = "read, not decide: the group, or the list of principals, of approvers decides (not_entitled)"
    elif code := you.get("refusal"):
        what = f"not decide on this incident: {_BARRED.get(code, 'the stack refuses it')} ({code})"
    else:
        return False
    output.out().print(f"[yellow]You ({output.safe(you['name'])}) may {output.safe(what)}.[/yellow]")
    return True


def show_plan(plan: dict[str, Any]) -> None:
    """Print a plan in its JSON form: each action with its exact API calls, then what is left to a person."""
    console = output.out()
    console.print(f"Plan {plan['digest']}")
    if not plan["actions"]:
        console.print("  no action")
    for action in plan["actions"]:
        console.print(
            f"  [bold]{output.safe(action['id'])}[/bold] ({output.safe(action['gate'])}): "
            f"{output.safe(action['title'])}"
        )
        for note in action.get("notes", []):
            console.print(f"      [dim]note: {output.safe(note)}[/dim]")
        for label, calls in (
            ("", action["calls"]),
            ("if refused ", action.get("if_refused", [])),
            ("undone by ", action["inverse"]),
        ):
            for call in calls:
                parameters = json.dumps(call["parameters"])
                console.print(f"      {label}{call['service']}:{call['operation']} {output.safe(parameters)}")
    for outcome in plan["outcomes"]:
        named = f"[yellow]{output.safe(outcome['name'])}[/yellow] ({output.safe(outcome['target'])})"
        console.print(f"  {named}: {output.safe(outcome['reason'])}")
        for instruction in outcome["instructions"]:
            # Not numbered: some begin a sentence that the command on the next line ends.
            is_command = str(instruction).startswith("aws ")
            prompt = "  $ " if is_command else ""
            # A command is left to the terminal to wrap, so that it can be copied whole.
            console.print(f"      {prompt}{output.safe(instruction)}", soft_wrap=is_command or None)
