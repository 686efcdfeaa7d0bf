"""Users, roles, keys and passwords that the actors made, each with the action that is proposed against it."""

from __future__ import annotations

from typing import Any

from response.domain.dossier.ages import moment
from response.domain.dossier.section import Section, listed, names, sentence
from response.domain.findings import Created, CreatedKind, Findings, Part
from response.domain.plan import Action, ActionKind, Plan
from response.domain.text import plain

_WORDS = {
    CreatedKind.USER: "user",
    CreatedKind.ROLE: "role",
    CreatedKind.ACCESS_KEY: "access key of user",
    CreatedKind.LOGIN_PROFILE: "console password of user",
}


def made_to_stay(findings: Findings, plan: Plan | None = None) -> Section:
    """What was made; with a plan, what it proposes against each."""
    missing = findings.why_missing(Part.CREATED, Part.CONDUCT)
    created = findings.created
    entries = [_entry(one, plan) for one in created]
    if not created:
        return Section("nothing found", {"created": listed(entries)}, missing)
    against = [entry for entry in entries if entry.get("actions")]
    proposed = "" if plan is None else f"an action is proposed against {len(against)} of {len(created)}"
    finding = sentence(names((_words(one) for one in created), 160), proposed)
    return Section(finding, {"created": listed(entries)}, missing)


def _words(one: Created) -> str:
    key = f" ({plain(one.access_key_id, 40)})" if one.access_key_id else ""
    return f"{_WORDS[one.kind]} {plain(one.name, 64)}{key}"


def _entry(one: Created, plan: Plan | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "event_id": one.event_id,
        "at": moment(one.at),
        "kind": str(one.kind),
        "name": plain(one.name),
        "arn": plain(one.arn),
        "access_key_id": plain(one.access_key_id),
    }
    if plan is None:
        return entry
    actions = [action for action in plan.actions if _is_against(action, one)]
    outcomes = [outcome.name for outcome in plan.outcomes if outcome.target in {one.arn, one.access_key_id}]
    proposed = [{"id": action.id, "title": action.title, "gate": str(action.gate)} for action in actions]
    return {**entry, "actions": proposed, "outcomes": outcomes}


def _is_against(action: Action, one: Created) -> bool:
    """Whether an action shuts this one out: its own key, or whatever its user or role holds."""
    if action.kind is not ActionKind.CONTAIN:
        return False
    for call in action.calls:
        parameters = call.parameters
        if one.kind is CreatedKind.ROLE:
            if parameters.get("RoleName") == one.name:
                return True
        elif parameters.get("UserName") == one.name and parameters.get("AccessKeyId") in {
            None,
            one.access_key_id,
        }:
            return True
    return False
