"""What the principals of an incident did: around the change, to trails before it, and from where before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from response.aws.history import Attribute
from response.domain.actor import Actor, PrincipalKind, actor_of
from response.domain.dossier.conduct import call_seen, conduct_of, created_by
from response.domain.dossier.user_agents import AgentClass, agent_class
from response.domain.findings import CallSeen, Chain, Conduct, Created, Familiar, Part
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
_NOBODY = Searched()


@dataclass(frozen=True)
class ActorHistory:
    """One principal: its records in the incident, and those that the event history has of it.

    `of` is empty for whoever stands behind a session: the change was made with other credentials.
    """

    of: tuple[Record, ...]
    searched: Searched


def histories(case: Case) -> tuple[ActorHistory, ...]:
    """The event history of each principal of the incident, as far back as it is kept."""
    groups = _by_principal(case.records)
    if len(groups) > _MOST_ACTORS:
        for part in (Part.CONDUCT, Part.CREATED, Part.ADDRESS, Part.AGENT):
            case.gaps.add(part, f"only {_MOST_ACTORS} of {len(groups)} principals were looked at")
    return tuple(ActorHistory(group, _of_group(case, group)) for group in groups[:_MOST_ACTORS])


def behind(case: Case, chains: Iterable[Chain]) -> tuple[ActorHistory, ...]:
    """The event history of those of the account whose credentials led to the sessions of the incident.

    Who changes a trail in a role's session may do the rest with the key that the role was assumed with.
    """
    known = {_principal(record.actor) for record in case.records}
    callers: dict[str, Actor] = {}
    for chain in chains:
        for link in reversed(chain.links):
            caller = actor_of(link.caller)
            if caller.account == case.incident.account and _principal(caller) not in known:
                callers.setdefault(_principal(caller), caller)
    if len(callers) > _MOST_ACTORS:
        for part in (Part.CONDUCT, Part.CREATED):
            case.gaps.add(part, f"only {_MOST_ACTORS} of {len(callers)} principals behind it were looked at")
    regions = [region for record in case.records for region in case.regions_of(record)]
    start = min((record.event_time for record in case.records), default=case.now) - _BEFORE
    return tuple(
        ActorHistory((), _history(case, caller, [caller.access_key_id], regions, start))
        for caller in list(callers.values())[:_MOST_ACTORS]
        if caller.kind is not PrincipalKind.AWS_SERVICE
    )


def conduct(case: Case, known: Sequence[ActorHistory]) -> Conduct | None:
    """What they did in the 48 hours before the first change and the 24 after the last; None without any."""
    if not known:
        return None
    since, until = _window(case)
    _tell(case, known, Part.CONDUCT)
    found = conduct_of((record.raw for record in _calls(known)), since=since, until=until)
    regions = dict.fromkeys(region for record in case.records for region in case.regions_of(record))
    return replace(found, regions=tuple(ascii_only(region, 40) for region in regions))


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
    principals = {_principal(record.actor) for record in case.records}
    found = [
        record
        for answer in answers
        for record in answer.records
        if record.event_source == _CLOUDTRAIL
        and record.event_time <= before
        and record.event_id not in own
        and _principal(record.actor) in principals
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
    for actor in (one for one in known if one.of):
        first_change = min(record.event_time for record in actor.of)
        past = [r for r in actor.searched.records if r.event_time < first_change - _FRESH]
        cut = not actor.searched.whole and past
        since = min(record.event_time for record in past) if cut else case.now - KEPT
        for value in dict.fromkeys(value_of(record) for record in actor.of):
            if value:
                times = [record.event_time for record in past if value_of(record) == value]
                first, last = (min(times), max(times)) if times else (None, None)
                found.append(Familiar(value, len(times), len(past), since, first, last))
    return tuple(found[:_MOST_VALUES])


def _of_group(case: Case, group: tuple[Record, ...]) -> Searched:
    """The event history of the principal of these records."""
    regions = [region for record in group for region in case.regions_of(record)]
    keys = [record.actor.access_key_id for record in group]
    start = min(record.event_time for record in group) - _BEFORE
    searched = _history(case, group[0].actor, keys, regions, start)
    if searched is _NOBODY:
        return Searched(reasons=(f"record {group[0].event_id} names neither an access key nor a user",))
    return searched


def _history(
    case: Case, actor: Actor, keys: Iterable[str], regions: Sequence[str], start: datetime
) -> Searched:
    """By the principal's name, and by its keys too where the name does not lead to their calls."""
    name = actor.session_name or actor.user_name or ("root" if actor.kind is PrincipalKind.ROOT else "")
    answers: list[Searched] = []
    if name:
        since = case.now - KEPT
        by_name = case.searches.ask(Attribute.USERNAME, name, regions, start=since, end=case.now)
        mine = tuple(r for r in by_name.records if _principal(r.actor) == _principal(actor))
        answers.append(Searched(mine, by_name.reasons))
    shown = {record.actor.access_key_id for answer in answers for record in answer.records}
    for key in dict.fromkeys(key for key in keys if key):
        if key not in shown or not answers[0].whole:
            answers.append(
                case.searches.ask(Attribute.ACCESS_KEY_ID, key, regions, start=start, end=case.now)
            )
    if not answers:
        return _NOBODY
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
        groups.setdefault((_principal(record.actor), record.actor.session_name), []).append(record)
    return [tuple(group) for group in groups.values()]


def _principal(actor: Actor) -> str:
    """What stays the same over a principal's sessions: the role, else the user."""
    if actor.kind in {PrincipalKind.ASSUMED_ROLE, PrincipalKind.IDENTITY_CENTER}:
        return actor.issuer_arn or actor.arn
    return actor.arn or actor.principal_id or actor.invoked_by
