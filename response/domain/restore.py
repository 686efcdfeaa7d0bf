"""The plan that puts a trail back: exactly the differences between the found state and the aim, as API calls.

Every action touches one part of the state that CloudTrail sets with one call, re-asserts what that call would
change silently, and carries the call that gives the found values back. What cannot be done from here is a
named outcome with the commands for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from response.domain.diff import TRAIL, diff
from response.domain.grades import Effect, GradedChange
from response.domain.plan import Action, ActionKind, Call, Gate, Outcome
from response.domain.restore_by_hand import (
    RESERVED_TAG,
    foreign_trail,
    organization_flag,
    reserved_tags,
    trail_deleted,
)
from response.domain.selectors import malformed
from response.domain.trail_state import ATTRIBUTES, TrailState

# Logging back on first; containment runs at 20; then the rest, the widest first.
ORDER: Mapping[str, int] = {
    "start-logging": 10,
    "restore-trail": 30,
    "restore-event-selectors": 40,
    "restore-insight-selectors": 50,
    "restore-tags": 60,
    "stop-logging": 70,
}
# Fields that UpdateTrail sets, and how it spells them.
_UPDATE_TRAIL: Mapping[str, str] = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicARN": "SnsTopicName",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "LogFileValidationEnabled": "EnableLogFileValidation",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "KmsKeyId": "KmsKeyId",
}
# Fields that go together (CloudTrail user guide): global service events go off and on with multi-Region,
# and a log group is given with its role.
_COUPLED: tuple[frozenset[str], ...] = (
    frozenset({"IsMultiRegionTrail", "IncludeGlobalServiceEvents"}),
    frozenset({"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"}),
)
# UpdateTrail takes all or nothing: one deleted topic or disabled key would keep logs flowing to a stranger.
# Where the one call is refused, these parts are put back each by itself, where the logs go first.
_PARTS: tuple[frozenset[str], ...] = (
    frozenset({"S3BucketName", "S3KeyPrefix"}),
    _COUPLED[0],
    frozenset({"LogFileValidationEnabled"}),
    _COUPLED[1],
    frozenset({"KmsKeyId"}),
    frozenset({"SnsTopicARN"}),
)
_EVENT_SELECTORS = frozenset({"EventSelectors", "AdvancedEventSelectors"})


def choose_aim(graded: Sequence[GradedChange], found: TrailState | None, baseline: TrailState) -> TrailState:
    """The baseline with what was strengthened since kept as found.

    Of fields that go together, the found values are kept only where none of them was weakened.
    """
    if found is None:
        return baseline
    strengthened = {change.field for change in graded if change.effect is Effect.STRENGTHENS}
    others = {change.field for change in graded} - strengthened
    for group in (*_COUPLED, _EVENT_SELECTORS):
        if group & others:
            strengthened -= group
    kept = {ATTRIBUTES[name]: getattr(found, ATTRIBUTES[name]) for name in strengthened - {TRAIL}}
    return replace(baseline, **kept)


def plan_restore(
    found: TrailState | None, aim: TrailState, gate: Gate, *, acting_account: str | None = None
) -> tuple[tuple[Action, ...], tuple[Outcome, ...]]:
    """The actions that turn the found state into the aim, and named outcomes for what they cannot reach.

    `acting_account` is the account in which Trailguard's roles act, where that is not the trail's own.
    """
    if found is None:
        return (), (trail_deleted(aim),)
    if found.trail_arn != aim.trail_arn:
        raise malformed(TRAIL, found.trail_arn, f"{aim.trail_arn}, the trail to put back")
    differing = frozenset(change.field for change in diff(found, aim))
    actions = tuple(_Planner(found, aim, gate).actions(differing))
    if acting_account not in {None, found.account}:
        calls = [call for action in actions for call in action.calls]
        return (), (foreign_trail(found, calls),) if differing else ()
    outcomes = [organization_flag(aim)] if "IsOrganizationTrail" in differing else []
    was, now = _reserved_tags(found), _reserved_tags(aim)
    if was != now:
        outcomes.append(reserved_tags(found, sorted({key for key, _ in was.items() ^ now.items()})))
    return actions, tuple(outcomes)


@dataclass(frozen=True)
class _Planner:
    """The two states between which the actions lead."""

    found: TrailState
    aim: TrailState
    gate: Gate

    def actions(self, differing: frozenset[str]) -> Iterator[Action]:
        """One action for each part of the state that differs."""
        if "IsLogging" in differing:
            yield self._logging()
        settable = _with_coupled(differing & _UPDATE_TRAIL.keys())
        if settable:
            named = ", ".join(name for name in _UPDATE_TRAIL if name in differing)
            whole = self._action("restore-trail", f"Put the trail back: {named}", settable, _update_trail)
            yield replace(whole, if_refused=self._part_by_part(settable))
        selectors = differing & _EVENT_SELECTORS
        if selectors:
            title = "Put the event selectors back"
            yield self._action("restore-event-selectors", title, selectors, _put_event_selectors)
        if "InsightSelectors" in differing:
            fields, title = frozenset({"InsightSelectors"}), "Put the insight selectors back"
            yield self._action("restore-insight-selectors", title, fields, _put_insight_selectors)
        if _own_tags(self.found) != _own_tags(self.aim):
            yield self._tags()

    def _action(self, id_: str, title: str, fields: frozenset[str], call: _Caller) -> Action:
        """An action whose calls set fields to the aim's values, its inverse to the found ones."""
        names = [name for name in ATTRIBUTES if name in fields]
        return Action(
            id=id_,
            kind=ActionKind.RESTORE,
            title=title,
            target=self.found.trail_arn,
            gate=self.gate,
            calls=call(self.found, self.aim, names),
            inverse=call(self.aim, self.found, names),
            expects={name: self.found.value(name) for name in names},
            aims={name: self.aim.value(name) for name in names},
            order=ORDER[id_],
        )

    def _part_by_part(self, settable: frozenset[str]) -> tuple[Call, ...]:
        """One call for each part that differs; none where there is one part only: that is the call."""
        parts = [[name for name in ATTRIBUTES if name in part & settable] for part in _PARTS]
        calls = [call for names in parts if names for call in _update_trail(self.found, self.aim, names)]
        return tuple(calls) if len(calls) > 1 else ()

    def _logging(self) -> Action:
        """Logging back on; or off, where that is the aim."""
        fields = frozenset({"IsLogging"})
        if self.aim.is_logging:
            return self._action("start-logging", "Turn logging on again", fields, _start_or_stop)
        return self._action("stop-logging", "Turn logging off, as approved", fields, _start_or_stop)

    def _tags(self) -> Action:
        """The tags back, except those that only AWS can set."""
        action = self._action("restore-tags", "Put the tags back", frozenset({"Tags"}), _change_tags)
        return replace(action, aims={"Tags": {**_own_tags(self.aim), **_reserved_tags(self.found)}})


_Caller = Callable[[TrailState, TrailState, Sequence[str]], tuple[Call, ...]]
"""The calls that lead from the one state to the other in the named fields."""


def _start_or_stop(_: TrailState, to: TrailState, __: Sequence[str]) -> tuple[Call, ...]:
    return (_call(to, "StartLogging" if to.is_logging else "StopLogging", {"Name": to.trail_arn}),)


def _update_trail(_: TrailState, to: TrailState, names: Sequence[str]) -> tuple[Call, ...]:
    """UpdateTrail with these fields only; an empty text takes the destination away."""
    values = {name: to.value(name) for name in names}
    told = {_UPDATE_TRAIL[name]: "" if value is None else value for name, value in values.items()}
    return (_call(to, "UpdateTrail", {"Name": to.trail_arn, **told}),)


def _put_event_selectors(_: TrailState, to: TrailState, __: Sequence[str]) -> tuple[Call, ...]:
    """PutEventSelectors replaces whatever is there, of either kind."""
    kind = "AdvancedEventSelectors" if to.advanced_event_selectors else "EventSelectors"
    return (_call(to, "PutEventSelectors", {"TrailName": to.trail_arn, kind: to.value(kind)}),)


def _put_insight_selectors(_: TrailState, to: TrailState, names: Sequence[str]) -> tuple[Call, ...]:
    """PutInsightSelectors replaces whatever is there; an empty list turns Insights off."""
    selectors = {name: to.value(name) for name in names}
    return (_call(to, "PutInsightSelectors", {"TrailName": to.trail_arn, **selectors}),)


def _change_tags(start: TrailState, to: TrailState, _: Sequence[str]) -> tuple[Call, ...]:
    """First the tags that go, so that the limit on their number is not met on the way."""
    was, now = _own_tags(start), _own_tags(to)
    gone = {key: value for key, value in was.items() if key not in now}
    added = {key: value for key, value in now.items() if was.get(key) != value}
    return tuple(
        _call(to, operation, {"ResourceId": to.trail_arn, "TagsList": _tags_list(tags)})
        for operation, tags in (("RemoveTags", gone), ("AddTags", added))
        if tags
    )


def _tags_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def _call(state: TrailState, operation: str, parameters: Mapping[str, Any]) -> Call:
    """A call to the trail's home Region, the only one that admits changes."""
    return Call("cloudtrail", operation, parameters, state.home_region)


def _with_coupled(fields: frozenset[str]) -> frozenset[str]:
    """The fields, and those that have to be set together with them."""
    return fields.union(*(group for group in _COUPLED if group & fields))


def _own_tags(state: TrailState) -> dict[str, str]:
    return {key: value for key, value in state.tags.items() if not key.startswith(RESERVED_TAG)}


def _reserved_tags(state: TrailState) -> dict[str, str]:
    return {key: value for key, value in state.tags.items() if key.startswith(RESERVED_TAG)}
