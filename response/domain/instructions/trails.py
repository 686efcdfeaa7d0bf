"""What a person does by hand where a trail, or the record of its change, is not to be found."""

from __future__ import annotations

from response.domain.arns import parse_trail_arn
from response.domain.instructions.commands import Steps, lookup


def for_unknown_trail(trail_arn: str) -> Steps:
    """Find how a trail was, where it is gone and nothing was kept of it."""
    parsed = parse_trail_arn(trail_arn)
    region = f" --region {parsed.region}" if parsed else ""
    return (
        "Look for the trail's last settings in the event history, then create it again:",
        lookup("EventName", "UpdateTrail") + region,
        lookup("EventName", "CreateTrail") + region,
        "Console: CloudTrail, Trails, Create trail.",
    )


def for_unrecorded(trail_arn: str) -> Steps:
    """Find the record of a change that was found without one."""
    parsed = parse_trail_arn(trail_arn)
    region = f" --region {parsed.region}" if parsed else ""
    name = parsed.resource.removeprefix("trail/") if parsed else "TRAIL_NAME"
    return (
        "Look for the change in the event history of the trail's home Region; contain who made it by hand:",
        lookup("ResourceName", name) + region,
    )
