"""What must hold at the end of the demonstration, each found out by an API call of its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from response.domain.diff import diff
from response.domain.trail_state import TrailState
from toolkit.demo.check import REFUSALS, Check
from toolkit.demo.checks_access import check_access, check_dossier, check_undone
from toolkit.lab.reading import read_trail
from toolkit.lab.scenario import Scenario, api_of

if TYPE_CHECKING:  # they tell what these checks look at
    from toolkit.demo.story import Ending
    from toolkit.demo.watching import Watcher

DETECTION_ALARMS = ("trailguard-trail-updated", "trailguard-cloudtrail-configuration-changes")


def check_all(scenario: Scenario, watcher: Watcher, ending: Ending) -> list[Check]:
    """Every check, in the order in which they are shown.

    Where a person chose other actions than alice would have, nothing says how trail and people should be
    left: only the rest is checked.
    """
    incident = ending.incident
    return [
        *(_as_told(scenario, ending) if ending.as_told else []),
        check_dossier(incident),
        *_detected(watcher, incident),
        *_evidence_holds(scenario, incident),
        *_workflow_ended(watcher, incident),
        _owners_were_told(watcher, undone=ending.access.undone is not None),
    ]


def _as_told(scenario: Scenario, ending: Ending) -> list[Check]:
    """How trail and people were left, by a plan that was approved or rejected whole."""
    rejected = ending.verdict == "rejected"
    return [
        *(_left_alone(scenario, ending) if rejected else _answered(scenario, ending)),
        *check_access(ending.access, rejected=rejected),
        *(
            []
            if ending.access.undone is None
            else check_undone(scenario, ending.incident, by=ending.undone_by)
        ),
    ]


def _answered(scenario: Scenario, ending: Ending) -> list[Check]:
    """An approved plan: the trail is back, its author shut out, and our own call was no new incident."""
    refusal, incident = ending.refusal, ending.incident
    own = [one["record"]["eventName"] for one in incident["records"] if one["disposition"] == "own_change"]
    opened = len(api_of(scenario, "alice").get("incidents")["incidents"])
    sealed = [entry["at"] for entry in incident["timeline"] if entry["step"] == "preserve"]
    started = [action["started_at"] for action in incident["actions"]]
    return [
        _trail_is_back(scenario, ending.before),
        _is_contained(scenario),
        Check("the same attack is refused now", refusal in REFUSALS, refusal or "it was allowed"),
        Check(
            "the responder's own UpdateTrail was recognised and opened nothing",
            "UpdateTrail" in own and opened == 1 and incident["round"] == 1,
            f"own calls {', '.join(own) or 'not seen'}; {opened} incident, round {incident['round']}",
        ),
        Check(
            "the state as found was sealed before anything was changed",
            bool(sealed and started) and min(sealed) < min(started),
            f"sealed {min(sealed, default='never')}, first action {min(started, default='never')}",
        ),
    ]


def _left_alone(scenario: Scenario, ending: Ending) -> list[Check]:
    """A rejected plan: nothing of it was done."""
    changes = diff(ending.attacked, read_trail(scenario.lab, scenario.protected.trail_arn))
    keys = scenario.lab.client("iam").list_access_keys(UserName="mallory")["AccessKeyMetadata"]
    return [
        Check(
            "the trail is left as the attack made it",
            not changes,
            ", ".join(change.field for change in changes) or "no field differs",
        ),
        Check(
            "mallory's key is left alone",
            all(key["Status"] == "Active" for key in keys),
            ", ".join(key["Status"] for key in keys),
        ),
    ]


def _trail_is_back(scenario: Scenario, before: TrailState) -> Check:
    changes = diff(before, read_trail(scenario.lab, scenario.protected.trail_arn))
    found = ", ".join(change.field for change in changes) or "no field differs"
    return Check("the trail is exactly as it was before the attack, and logging", not changes, found)


def _is_contained(scenario: Scenario) -> Check:
    iam = scenario.lab.client("iam")
    keys = iam.list_access_keys(UserName="mallory")["AccessKeyMetadata"]
    policies = iam.list_user_policies(UserName="mallory")["PolicyNames"]
    inactive = all(key["Status"] == "Inactive" for key in keys)
    denied = [name for name in policies if name.startswith("TrailguardDeny-")]
    found = f"{', '.join(key['Status'] for key in keys)}; {', '.join(denied) or 'no deny policy'}"
    return Check("mallory's key is Inactive and her sessions are denied", inactive and bool(denied), found)


def _detected(watcher: Watcher, incident: dict[str, Any]) -> list[Check]:
    alarms = [name for name in DETECTION_ALARMS if name in watcher.alarmed]
    paths = {record["path"] for record in incident["records"] if record["disposition"] == "opened"}
    return [
        Check("EventBridge opened the incident", "eventbridge" in paths, ", ".join(sorted(paths))),
        Check("both alarms went to ALARM", len(alarms) == len(DETECTION_ALARMS), ", ".join(alarms)),
    ]


def _evidence_holds(scenario: Scenario, incident: dict[str, Any]) -> list[Check]:
    """Every sealed object is there in the version noted, unaltered, and cannot be deleted."""
    s3, bucket = scenario.lab.client("s3"), scenario.outputs["EvidenceBucket"]
    sealed = incident["evidence"]
    intact = sum(
        hashlib.sha256(
            s3.get_object(Bucket=bucket, Key=one["key"], VersionId=one["version_id"])["Body"].read()
        ).hexdigest()
        == one["sha256"]
        for one in sealed
    )
    refused = 0
    for one in sealed:
        try:
            s3.delete_object(Bucket=bucket, Key=one["key"], VersionId=one["version_id"])
        except ClientError as error:
            refused += error.response["Error"]["Code"] == "AccessDenied"
    return [
        Check(
            "every sealed object has the checksum that was noted",
            bool(sealed) and intact == len(sealed),
            f"{intact} of {len(sealed)}",
        ),
        Check(
            "a sealed version cannot be deleted, not even by the root user without the right to bypass",
            bool(sealed) and refused == len(sealed),
            f"{refused} of {len(sealed)} deletions refused",
        ),
    ]


def _workflow_ended(watcher: Watcher, incident: dict[str, Any]) -> list[Check]:
    others = {name: status for name, status in watcher.executions.items() if status != "SUCCEEDED"}
    ended = ", ".join(sorted(set(watcher.executions.values())))
    return [
        Check("the incident is closed", incident["status"] == "closed", incident["status"]),
        Check("every execution succeeded", not others, f"{len(watcher.executions)} executions: {ended}"),
    ]


def _owners_were_told(watcher: Watcher, *, undone: bool) -> Check:
    kinds = [message.attributes.get("kind", "") for message in watcher.messages if message.attributes]
    wanted = {"opened", "closed"} | ({"undone"} if undone else set())
    when = "at the opening, at the end, and of the undo" if undone else "at the opening and at the end"
    return Check(f"the owners were told {when}", wanted <= set(kinds), ", ".join(kinds))
