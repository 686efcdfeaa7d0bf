"""Users, roles, keys and passwords that the actors made, each with the action that is proposed against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from response.domain.dossier.ages import moment
from response.domain.dossier.section import NOT_KNOWN, Section, listed, names, sentence
from response.domain.findings import Created, CreatedKind, Findings, Part
from response.domain.plan import Action, ActionKind, Plan
from response.domain.text import plain

_NOT_LOOKED_FOR = "nobody is known whose calls could be looked through"
_WORDS = {
    CreatedKind.USER: "user",
    CreatedKind.ROLE: "role",
    CreatedKind.ACCESS_KEY: "access key of user",
    CreatedKind.LOGIN_PROFILE: "console password of user",
}


def made_to_stay(findings: Findings, plan: Plan | None = None, contained: Sequence[Action] = ()) -> Section:
    """What was made; with a plan, what it proposes against each, and what was carried out before."""
    missing = findings.why_missing(Part.CREATED, Part.CONDUCT)
    created = findings.created
    entries = [_entry(one, plan, contained) for one in created]
    if not created:
        looked = findings.conduct is not None
        finding, why = ("nothing found", missing) if looked else (NOT_KNOWN, missing or _NOT_LOOKED_FOR)
        return Section(finding, {"created": listed(entries)}, why)
    told = (
        []
        if plan is None
        else [_count(entries, "actions", "is proposed"), _count(entries, "done", "was carried out")]
    )
    finding = sentence(names((_words(one) for one in created), 160), *told)
    return Section(finding, {"created": listed(entries)}, missing)


def _count(entries: Sequence[Mapping[str, Any]], key: str, word: str) -> str:
    against = sum(bool(entry[key]) for entry in entries)
    return f"an action {word} against {against} of {len(entries)}" if against or key == "actions" else ""


def _words(one: Created) -> str:
    key = f" ({plain(one.access_key_id, 40)})" if one.access_key_id else ""
    return f"{_WORDS[one.kind]} {plain(one.name, 64)}{key}"


def _entry(one: Created, plan: Plan | None, contained: Sequence[Action]) -> dict[str, Any]:
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
    done = [action.id for action in contained if _is_against(action, one)]
    outcomes = [outcome.name for outcome in plan.outcomes if outcome.target in {one.arn, one.access_key_id}]
    proposed = [
        {"id": action.id, "title": plain(action.title), "gate": str(action.gate)}
        for action in plan.actions
        if _is_against(action, one)
    ]
    return {**entry, "actions": proposed, "done": done, "outcomes": outcomes}


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
