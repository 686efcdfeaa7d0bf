"""Step `capture_baseline`: at deployment, the state that each trail has is put in force as its baseline.

A custom resource calls it. Creating the stack captures every trail of the Region that has none; an update
captures only a trail of the stack's own that is new; nothing that somebody approved is ever replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from response.aws.capturing import capture
from response.aws.cfn_response import RequestType, Result
from response.aws.errors import AccessDeniedError
from response.aws.store import IncidentStore
from response.domain.arns import parse_trail_arn
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Clock, Members

PHYSICAL_ID = "trailguard-baselines"
_SESSION = "tg-capture-baseline"
# The roles and their policies may be seconds old: IAM shows changes everywhere only after a while (IAM user
# guide, "Changes that I make are not always immediately visible"). The function may run for five minutes.
_PROPAGATION = timedelta(minutes=2)
_PAUSE = 5.0

_T = TypeVar("_T")


class _Patience:
    """Asks again while access is denied, until the roles of a new stack must be known."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deadline = clock.now() + _PROPAGATION

    def __call__(self, work: Callable[[], _T]) -> _T:
        while True:
            try:
                return work()
            except AccessDeniedError:
                if self._clock.now() >= self._deadline:
                    raise
                self._clock.sleep(_PAUSE)


def run(
    event: Mapping[str, Any], *, store: IncidentStore, members: Members, settings: Settings, clock: Clock
) -> Result:
    """What CloudFormation is to be told. A trail that cannot be read does not hold up the deployment.

    It fails only where nothing at all could be looked at, since then the reader role does not work.
    """
    failures, patiently = Failures(), _Patience(clock)
    captured: list[str] = []
    for trail_arn in _trails(event, members, settings, failures, patiently):
        with failures.noted(trail_arn):
            if patiently(partial(_capture, trail_arn, event, store=store, members=members, clock=clock)):
                captured.append(trail_arn)
    said = f"{len(captured)} baselines captured"
    if failures.texts:
        said += f"; {len(failures.texts)} failed: {'; '.join(failures.texts)}"
    succeeded = bool(captured) or not failures.texts
    return Result(succeeded, said, {"Captured": str(len(captured)), "Failed": str(len(failures.texts))})


def _capture(
    trail_arn: str, event: Mapping[str, Any], *, store: IncidentStore, members: Members, clock: Clock
) -> bool:
    """Put the trail's state in force, unless it has a baseline or is gone; whether that was done."""
    if store.baselines.get(trail_arn) is not None:
        return False
    baseline = capture(
        trail_arn,
        readers=members,
        baselines=store.baselines,
        session_name=_SESSION,
        approved_by=_approver(event),
        now=clock.now(),
    )
    return baseline is not None


def _trails(
    event: Mapping[str, Any], members: Members, settings: Settings, failures: Failures, patiently: _Patience
) -> tuple[str, ...]:
    """The trails that this request is about."""
    request = event.get("RequestType")
    own = _own_trail(event, "ResourceProperties")
    if request == RequestType.CREATE:
        with failures.noted(f"trails of {settings.account} in {settings.hub_region}"):
            reader = members.trails(settings.account, _SESSION)
            listed = patiently(partial(reader.list_trails, settings.hub_region))
            return tuple(dict.fromkeys((*listed, *own)))
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
