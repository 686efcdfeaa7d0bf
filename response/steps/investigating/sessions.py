"""Which other sessions of a role are live: who else would be shut out with all sessions of it.

A session that the actor's own caller made counts as the actor's: whoever kept a second one open, under any
name, would otherwise be spared as somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from response.aws.history import Attribute
from response.domain.actor import Actor, PrincipalKind, actor_of
from response.domain.findings import Chain, Part, RoleSessions, SessionSeen
from response.domain.record import Record
from response.domain.text import ascii_only, plain
from response.steps.investigating.case import Case

_LONGEST_SESSION = timedelta(hours=12)  # IAM user guide, "Update the maximum session duration for a role"
_DEFAULT_SESSION = timedelta(hours=1)  # STS API reference, AssumeRole, DurationSeconds
_ISSUERS = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_STS = "sts.amazonaws.com"
_MOST_ROLES = 3
_MOST_SESSIONS = 50


def sessions(case: Case, chains: Iterable[Chain]) -> tuple[RoleSessions, ...]:
    """The other sessions of each role of the account that an actor or a step of a chain has used."""
    known = tuple(chains)
    used, callers = _roles(case, known), _callers(case, known)
    if len(used) > _MOST_ROLES:
        case.gaps.add(Part.SESSIONS, f"only {_MOST_ROLES} of {len(used)} roles were looked at")
    return tuple(_of_role(case, role, own, callers) for role, own in list(used.items())[:_MOST_ROLES])


def _roles(case: Case, chains: Iterable[Chain]) -> dict[str, set[str]]:
    """The names of the sessions that the incident is about, by role."""
    actors: list[Actor] = [record.actor for record in case.records]
    actors += [actor_of(link.caller) for chain in chains for link in chain.links]
    used: dict[str, set[str]] = {}
    for actor in actors:
        if actor.kind is PrincipalKind.ASSUMED_ROLE and case.is_own(actor.issuer_arn):
            used.setdefault(actor.issuer_arn, set()).add(actor.session_name)
    return used


def _callers(case: Case, chains: Iterable[Chain]) -> frozenset[str]:
    """Who acted, and who made the sessions that acted."""
    actors = [record.actor for record in case.records]
    actors += [actor_of(link.caller) for chain in chains for link in chain.links]
    return frozenset(map(_identity, actors)) - {""}


def _identity(actor: Actor) -> str:
    """What tells one caller from another; `""` for a service, which makes sessions for everybody."""
    return "" if actor.kind is PrincipalKind.AWS_SERVICE else actor.arn or actor.principal_id


def _of_role(case: Case, role_arn: str, own: set[str], callers: frozenset[str]) -> RoleSessions:
    since = case.now - _LONGEST_SESSION
    issued = [record for record in _issuing(case, role_arn, own, since) if _is_live(record, case.now)]
    calls, alike = case.searches.calls_by_key(), _made_by(issued, callers)
    others: dict[str, SessionSeen] = {}
    for record in issued:
        seen = _seen(record, calls)
        if seen.session_name not in own:
            others.setdefault(seen.session_name, replace(seen, same_caller=seen.session_name in alike))
    # Each kind by itself: very many of the actor's own must not hide that there are others.
    kept = [seen for kind in (False, True) for seen in _most(others.values(), same_caller=kind)]
    if len(others) > len(kept):
        case.gaps.add(Part.SESSIONS, f"only {len(kept)} of {len(others)} sessions are kept")
    return RoleSessions(role_arn, since, tuple(kept))


def _made_by(issued: Sequence[Record], callers: frozenset[str]) -> frozenset[str]:
    """The names of the sessions that those callers made, or that a session made by them made in its turn."""
    made, known = set(), set(callers)
    for record in reversed(issued):
        if _identity(record.actor) in known:
            made.add(ascii_only(_session_name(record)))
            known.add(_text((record.response_elements or {}).get("assumedRoleUser"), "arn"))
            known.discard("")
    return frozenset(made)


def _most(others: Iterable[SessionSeen], *, same_caller: bool) -> Sequence[SessionSeen]:
    return [seen for seen in others if seen.same_caller is same_caller][:_MOST_SESSIONS]


def _issuing(case: Case, role_arn: str, own: set[str], since: datetime) -> list[Record]:
    """The records by which sessions of the role were issued, newest first.

    A search by the role is short. Where it does not even show a session that must be there, every AssumeRole
    of that time is read instead.
    """
    regions = [region for record in case.records for region in case.regions_of(record)]
    by_role = case.searches.ask(Attribute.RESOURCE_NAME, role_arn, regions, start=since, end=case.now)
    found = [record for record in by_role.records if _is_of(record, role_arn)]
    if {_session_name(record) for record in found} & own:
        case.gaps.add(Part.SESSIONS, *by_role.reasons)
        return found
    wide = case.searches.ask(Attribute.EVENT_NAME, _ISSUERS[0], regions, start=since, end=case.now)
    case.gaps.add(Part.SESSIONS, *by_role.reasons, *wide.reasons)
    also = [record for record in wide.records if _is_of(record, role_arn)]
    if not {_session_name(record) for record in also} & own:
        case.gaps.add(
            Part.SESSIONS,
            f"the event history does not show how the session of {plain(role_arn, 200)} was issued, so "
            "others may be missing too",
        )
    every = {record.event_id: record for record in (*found, *also)}
    return sorted(every.values(), key=lambda record: record.event_time, reverse=True)


def _is_of(record: Record, role_arn: str) -> bool:
    return (
        record.event_source == _STS
        and record.event_name in _ISSUERS
        and not record.failed
        and (record.request_parameters or {}).get("roleArn") == role_arn
        and bool(_key(record))
    )


def _is_live(record: Record, now: datetime) -> bool:
    """Whether the session may still be in use: for as long as was asked for, or AWS's own longest time."""
    asked = (record.request_parameters or {}).get("durationSeconds")
    lasting = _DEFAULT_SESSION if record.actor.kind is not PrincipalKind.AWS_SERVICE else _LONGEST_SESSION
    if isinstance(asked, int) and 0 < asked <= _LONGEST_SESSION.total_seconds():
        lasting = timedelta(seconds=asked)
    return record.event_time + lasting > now


def _seen(record: Record, calls: Mapping[str, Record]) -> SessionSeen:
    """A session by its issue, or by its newest call that came up in any search."""
    key = _key(record)
    call = calls.get(key, record)
    return SessionSeen(
        session_name=ascii_only(_session_name(record)),
        access_key_id=ascii_only(key, 128),
        last_seen=max(call.event_time, record.event_time),
        source_ip=ascii_only(call.source_ip, 80),
    )


def _key(record: Record) -> str:
    return _text((record.response_elements or {}).get("credentials"), "accessKeyId")


def _session_name(record: Record) -> str:
    """The name in the answer, which federated sessions have as well; else as it was asked for."""
    arn = _text((record.response_elements or {}).get("assumedRoleUser"), "arn")
    return arn.rpartition("/")[2] or _text(record.request_parameters, "roleSessionName")


def _text(holder: Any, key: str) -> str:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) else ""
