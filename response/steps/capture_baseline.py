"""Step `capture_baseline`: at deployment, the state that each trail has is put in force as its baseline.

A custom resource calls it. Creating the stack captures every trail of the Region that has none; an update
captures only a trail of the stack's own that is new; nothing that somebody approved is ever replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.capturing import capture
from response.aws.cfn_response import RequestType, Result
from response.aws.store import IncidentStore
from response.domain.arns import parse_trail_arn
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Clock, Members

PHYSICAL_ID = "trailguard-baselines"
_SESSION = "tg-capture-baseline"


def run(
    event: Mapping[str, Any], *, store: IncidentStore, members: Members, settings: Settings, clock: Clock
) -> Result:
    """What CloudFormation is to be told. A trail that cannot be read does not hold up the deployment.

    It fails only where nothing at all could be looked at, since then the reader role does not work.
    """
    failures = Failures()
    captured: list[str] = []
    for trail_arn in _trails(event, members, settings, failures):
        with failures.noted(trail_arn):
            if store.baselines.get(trail_arn) is None and capture(
                trail_arn,
                readers=members,
                baselines=store.baselines,
                session_name=_SESSION,
                approved_by=_approver(event),
                now=clock.now(),
            ):
                captured.append(trail_arn)
    said = f"{len(captured)} baselines captured"
    if failures.texts:
        said += f"; {len(failures.texts)} failed: {'; '.join(failures.texts)}"
    succeeded = bool(captured) or not failures.texts
    return Result(succeeded, said, {"Captured": str(len(captured)), "Failed": str(len(failures.texts))})


def _trails(
    event: Mapping[str, Any], members: Members, settings: Settings, failures: Failures
) -> tuple[str, ...]:
    """The trails that this request is about."""
    request = event.get("RequestType")
    own = _own_trail(event, "ResourceProperties")
    if request == RequestType.CREATE:
        with failures.noted(f"trails of {settings.account} in {settings.hub_region}"):
            reader = members.trails(settings.account, _SESSION)
            return tuple(dict.fromkeys((*reader.list_trails(settings.hub_region), *own)))
        return own
    if request == RequestType.UPDATE and own != _own_trail(event, "OldResourceProperties"):
        return own
    return ()


def _own_trail(event: Mapping[str, Any], properties: str) -> tuple[str, ...]:
    """The trail that the stack provisions itself, if it does."""
    given = event.get(properties)
    arn = given.get("TrailArn") if isinstance(given, Mapping) else None
    return (arn,) if isinstance(arn, str) and parse_trail_arn(arn) else ()


def _approver(event: Mapping[str, Any]) -> str:
    """Whoever deployed the stack approved it; CloudFormation does not say who that was."""
    return f"deployment of {event.get('StackId') or 'an unnamed stack'}"
