"""What the principals of an incident did: around the change, to trails before it, and from where before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from response.aws.history import Attribute
from response.domain.actor import PrincipalKind
from response.domain.dossier.conduct import call_seen, conduct_of, created_by
from response.domain.dossier.user_agents import AgentClass, agent_class
from response.domain.findings import CallSeen, Conduct, Created, Familiar, Part
from response.domain.record import Record
from response.domain.text import ascii_only
from response.steps.investigating.case import Case
from response.steps.investigating.searches import KEPT, Searched

_BEFORE, _AFTER = timedelta(hours=48), timedelta(hours=24)
# What was used first on the day of the change is no habit: an intruder looks around before acting.
_FRESH = timedelta(hours=24)
TRAIL_CHANGES = ("UpdateTrail", "StopLogging", "DeleteTrail", "PutEventSelectors", "PutInsightSelectors")
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_MOST_ACTORS = 5
_MOST_CALLS = 50
_MOST_VALUES = 20


@dataclass(frozen=True)
class ActorHistory:
    """One principal of the incident: its records here, and those that the event history has of it."""

    of: tuple[Record, ...]
    searched: Searched

    @property
    def changed_at(self) -> datetime:
        """When its first change was."""
        return min(record.event_time for record in self.of)


def histories(case: Case) -> tuple[ActorHistory, ...]:
    """The event history of each principal of the incident, as far back as it is kept."""
    groups = _by_principal(case.records)
    if len(groups) > _MOST_ACTORS:
        for part in (Part.CONDUCT, Part.CREATED, Part.ADDRESS, Part.AGENT):
            case.gaps.add(part, f"only {_MOST_ACTORS} of {len(groups)} principals were looked at")
    return tuple(ActorHistory(group, _history(case, group)) for group in groups[:_MOST_ACTORS])


def conduct(case: Case, known: Sequence[ActorHistory]) -> Conduct | None:
    """What they did in the 48 hours before the first change and the 24 after the last; None without any."""
    if not known:
        return None
    since, until = _window(case)
    _tell(case, known, Part.CONDUCT)
    return conduct_of((record.raw for record in _calls(known)), since=since, until=until)


def created(case: Case, known: Sequence[ActorHistory]) -> tuple[Created, ...]:
    """The users, roles, keys and passwords that they made in that time."""
    if not known:
        return ()
    since, until = _window(case)
    _tell(case, known, Part.CREATED)
    found = created_by(record.raw for record in _calls(known) if since <= record.event_time <= until)
    if len(found) > _MOST_CALLS:
        case.gaps.add(Part.CREATED, f"only {_MOST_CALLS} of {len(found)} are kept")
    return found[:_MOST_CALLS]


def earlier(case: Case) -> tuple[CallSeen, ...] | None:
    """Changes of trails by the same principals before the incident; None where nothing could be looked at."""
    if not case.records:
        return None
    before = min(record.event_time for record in case.records)
    own = {record.event_id for record in case.records}
    answers = [
        case.searches.ask(
            Attribute.EVENT_NAME, name, (case.incident.region,), start=case.now - KEPT, end=case.now
        )
        for name in TRAIL_CHANGES
    ]
    case.gaps.add(Part.EARLIER, *(reason for answer in answers for reason in answer.reasons))
    if not any(answer.whole or answer.records for answer in answers):
        return None
    principals = {_principal(record) for record in case.records}
    found = [
        record
        for answer in answers
        for record in answer.records
        if record.event_source == _CLOUDTRAIL
        and record.event_time <= before
        and record.event_id not in own
        and _principal(record) in principals
    ]
    newest = sorted(found, key=lambda record: (record.event_time, record.event_id))[-_MOST_CALLS:]
    return tuple(call_seen(record) for record in newest)


def familiar_addresses(case: Case, known: Sequence[ActorHistory]) -> tuple[Familiar, ...]:
    """How often each source address of the incident was seen with its principal before."""
    _tell(case, known, Part.ADDRESS)
    return _familiar(case, known, lambda record: ascii_only(record.source_ip, 80))


def familiar_agents(case: Case, known: Sequence[ActorHistory]) -> tuple[Familiar, ...]:
    """How often each kind of client was; one of no known kind is taken by its whole user agent."""
    _tell(case, known, Part.AGENT)
    return _familiar(case, known, _agent)


def _agent(record: Record) -> str:
    kind = agent_class(record)
    return ascii_only(record.user_agent) if kind is AgentClass.UNKNOWN else str(kind)


def _familiar(
    case: Case, known: Sequence[ActorHistory], value_of: Callable[[Record], str]
) -> tuple[Familiar, ...]:
    found: list[Familiar] = []
    for actor in known:
        past = [r for r in actor.searched.records if r.event_time < actor.changed_at - _FRESH]
        cut = not actor.searched.whole and past
        since = min(record.event_time for record in past) if cut else case.now - KEPT
        for value in dict.fromkeys(value_of(record) for record in actor.of):
            if value:
                times = [record.event_time for record in past if value_of(record) == value]
                first, last = (min(times), max(times)) if times else (None, None)
                found.append(Familiar(value, len(times), len(past), since, first, last))
    return tuple(found[:_MOST_VALUES])


def _history(case: Case, group: tuple[Record, ...]) -> Searched:
    """By the principal's name, and by its key too where the name does not lead to the key's calls."""
    actor, newest = group[0].actor, max(group, key=lambda record: record.event_time)
    regions = [region for record in group for region in case.regions_of(record)]
    name = actor.session_name or actor.user_name or ("root" if actor.kind is PrincipalKind.ROOT else "")
    keys = dict.fromkeys(record.actor.access_key_id for record in group if record.actor.access_key_id)
    if not name and not keys:
        return Searched(reasons=(f"record {newest.event_id} names neither an access key nor a user",))
    since = case.now - KEPT
    answers = []
    if name:
        by_name = case.searches.ask(Attribute.USERNAME, name, regions, start=since, end=case.now)
        mine = tuple(r for r in by_name.records if _principal(r) == _principal(group[0]))
        answers.append(Searched(mine, by_name.reasons))
    shown = {record.actor.access_key_id for answer in answers for record in answer.records}
    for key in keys:
        if key not in shown or not answers[0].whole:
            start = min(record.event_time for record in group) - _BEFORE
            answers.append(
                case.searches.ask(Attribute.ACCESS_KEY_ID, key, regions, start=start, end=case.now)
            )
    records = {record.event_id: record for answer in answers for record in answer.records}
    ordered = sorted(records.values(), key=lambda record: record.event_time, reverse=True)
    return Searched(tuple(ordered), tuple(reason for answer in answers for reason in answer.reasons))


def _window(case: Case) -> tuple[datetime, datetime]:
    times = [record.event_time for record in case.records]
    return min(times) - _BEFORE, min(max(times) + _AFTER, case.now)


def _calls(known: Iterable[ActorHistory]) -> tuple[Record, ...]:
    """Every call of theirs, each once; the changes themselves even if the event history has them not yet."""
    calls = {record.event_id: record for actor in known for record in (*actor.searched.records, *actor.of)}
    return tuple(calls.values())


def _tell(case: Case, known: Iterable[ActorHistory], part: Part) -> None:
    case.gaps.add(part, *(reason for actor in known for reason in actor.searched.reasons))


def _by_principal(records: Iterable[Record]) -> list[tuple[Record, ...]]:
    """The records of each principal; sessions of one role under one name are one."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((_principal(record), record.actor.session_name), []).append(record)
    return [tuple(group) for group in groups.values()]


def _principal(record: Record) -> str:
    """What stays the same over a principal's sessions: the role, else the user."""
    actor = record.actor
    if actor.kind in {PrincipalKind.ASSUMED_ROLE, PrincipalKind.IDENTITY_CENTER}:
        return actor.issuer_arn or actor.arn
    return actor.arn or actor.principal_id or actor.invoked_by
