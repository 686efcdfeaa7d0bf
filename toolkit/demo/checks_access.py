"""What must hold of credentials, of the undo and of the dossier at the end of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit.demo.access import Access, Refusals
from toolkit.demo.check import REFUSALS, Check
from toolkit.demo.scene import ABROAD, BACK_DOOR, BYSTANDERS, INTRUDERS, REPORT, REPORT_KEY
from toolkit.lab.scenario import Scenario


def check_access(access: Access, *, rejected: bool) -> list[Check]:
    """Who was shut out, who was not, and what the undo changed of that."""
    everybody = list(access.attacked)
    checks = [_work("every credential worked under attack", access.attacked, everybody)]
    if rejected:
        return [*checks, _work("every credential still works", access.answered, everybody)]
    checks += [
        _refused("the intruder's session, mallory's key and the back door are refused", access.answered),
        _work(
            "a colleague's session in the same role still works, and alice's key", access.answered, BYSTANDERS
        ),
    ]
    if access.undone is None:
        return checks
    was, now = access.answered[REPORT_KEY], access.undone[REPORT_KEY]
    return [
        *checks,
        Check(
            f"what was shut out by mistake was refused, and works again after the undo: {REPORT_KEY}",
            was in REFUSALS and not now,
            f"{was or 'worked'}, then {now or 'works'}",
        ),
        _refused("the undo let nobody else back in", access.undone),
    ]


def check_undone(scenario: Scenario, incident: Mapping[str, Any], *, by: str) -> list[Check]:
    """Nothing of the containment is left on the user for the report, and it is on record who wanted that.

    `by` is who that has to be, or empty where it may be anybody.
    """
    iam = scenario.lab.client("iam")
    policies = iam.list_user_policies(UserName=REPORT)["PolicyNames"]
    statuses = [key["Status"] for key in iam.list_access_keys(UserName=REPORT)["AccessKeyMetadata"]]
    requests = incident["undo_requests"]
    return [
        Check(
            f"the key of {REPORT} is Active, and only its own policy is left",
            policies == ["work"] and statuses == ["Active"],
            f"{', '.join(statuses)}; {', '.join(policies)}",
        ),
        Check(
            "the undo is on record in the incident, with who asked for it",
            [one["outcome"] for one in requests] == ["undone"] and by in {"", requests[0]["requested_by"]},
            ", ".join(f"{one['outcome']} for {one['requested_by']}" for one in requests) or "none",
        ),
    ]


def check_dossier(incident: Mapping[str, Any]) -> Check:
    """The dossier goes back from the session to mallory's key, and names the address and what was made."""
    dossier = incident["dossier"]
    chains = dossier["who"]["evidence"]["chains"]["entries"]
    callers = [link["caller"] for chain in chains for link in chain["links"]]
    addresses = {one["source_ip"] for one in dossier["from_where"]["evidence"]["sources"]["entries"]}
    made = {one["name"] for one in dossier["made_to_stay"]["evidence"]["created"]["entries"]}
    return Check(
        "the dossier names who began the session, the address, and both users that were made",
        any("user mallory" in caller for caller in callers)
        and addresses == {ABROAD}
        and made == {BACK_DOOR, REPORT},
        f"{'; '.join(callers) or 'no chain'}; {', '.join(sorted(addresses))}; {', '.join(sorted(made))}",
    )


def _work(text: str, refusals: Refusals, names: list[str] | tuple[str, ...]) -> Check:
    refused = {name: refusals[name] for name in names if refusals[name]}
    return Check(text, not refused, _said(refused) or "no call was refused")


def _refused(text: str, refusals: Refusals) -> Check:
    found = {name: refusals[name] for name in INTRUDERS}
    return Check(text, all(code in REFUSALS for code in found.values()), _said(found))


def _said(codes: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {code or 'works'}" for name, code in codes.items())
