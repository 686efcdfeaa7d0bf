"""What a principal did, read from raw records: counted by service, and by name where the catalogues know it.

The records are hostile: what cannot be read is passed over, what is too long is cut, what is no name is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from response.domain.dossier.catalogue import DATA, EVASION, PERSISTENCE, Call
from response.domain.dossier.created import created_by
from response.domain.dossier.section import MOST_ENTRIES
from response.domain.errors import MalformedRecordError
from response.domain.findings import CallSeen, Conduct, ServiceCount
from response.domain.record import Record, parse_record
from response.domain.text import ascii_only

__all__ = ["call_seen", "conduct_of", "created_by"]

# CloudTrail keeps 1 KB of a user agent; a hundred calls have to fit an item of the incident table.
_LONGEST, _LONGEST_TARGET = 80, 128
# Where a call names what it is about, the most telling first. Requests spell their keys in camelCase.
_TARGET_KEYS = (
    "userName",
    "roleName",
    "groupName",
    "trailName",
    "bucketName",
    "logGroupName",
    "keyId",
    "secretId",
    "detectorId",
    "functionName",
    "eventDataStore",
    "policyArn",
    "name",
    "resourceArn",
    "resourceId",
    "instanceId",
    "snapshotId",
    "topicArn",
    "queueUrl",
)
_DENIED = ("AccessDenied", "UnauthorizedOperation", "Unauthorized", "NotAuthorized", "Forbidden")


def conduct_of(raw_records: Iterable[object], *, since: dt.datetime, until: dt.datetime) -> Conduct:
    """What these records say was done from `since` to `until`; each event counts once, the earliest first."""
    calls = sorted(_calls(raw_records, since, until), key=lambda call: (call.at, call.event_id))
    named = {name: [call for call in calls if _is(call, known)] for name, known in _CATALOGUES.items()}
    named["denied"] = [call for call in calls if is_denied(call)]
    return Conduct(
        since=since,
        until=until,
        services=_services(calls),
        denied=tuple(named["denied"][:MOST_ENTRIES]),
        persistence=tuple(named["persistence"][:MOST_ENTRIES]),
        evasion=tuple(named["evasion"][:MOST_ENTRIES]),
        data=tuple(named["data"][:MOST_ENTRIES]),
        left_out={name: len(of) - MOST_ENTRIES for name, of in named.items() if len(of) > MOST_ENTRIES},
    )


def call_seen(record: Record) -> CallSeen:
    """One record as the dossier shows it: in ASCII, without what commands a terminal, and short."""
    error = record.raw.get("errorCode")
    failed = (error if isinstance(error, str) and error else "failed") if record.failed else ""
    return CallSeen(
        event_id=record.event_id,
        at=record.event_time,
        source=record.event_source,
        name=record.event_name,
        region=ascii_only(record.region, _LONGEST),
        error_code=ascii_only(failed, _LONGEST),
        source_ip=ascii_only(record.source_ip, _LONGEST),
        user_agent=ascii_only(record.user_agent, _LONGEST),
        target=ascii_only(_target(record), _LONGEST_TARGET),
    )


def is_denied(call: CallSeen) -> bool:
    """Whether AWS refused the call for want of permission, as far as its error code tells."""
    return any(word in call.error_code for word in _DENIED)


_CATALOGUES = {"persistence": PERSISTENCE, "evasion": EVASION, "data": DATA}


def _is(call: CallSeen, known: frozenset[Call]) -> bool:
    return (call.source, call.name) in known


def _calls(raw_records: Iterable[object], since: dt.datetime, until: dt.datetime) -> Iterator[CallSeen]:
    """The readable records of that time, each event once."""
    seen: set[str] = set()
    for raw in raw_records:
        try:
            record = parse_record(raw)
        except MalformedRecordError:
            continue  # whoever fetched the records says how many could not be read
        if since <= record.event_time <= until and record.event_id not in seen:
            seen.add(record.event_id)
            yield call_seen(record)


def _services(calls: list[CallSeen]) -> tuple[ServiceCount, ...]:
    """Counts by service, the busiest first."""
    by_source: dict[str, list[CallSeen]] = {}
    for call in calls:
        by_source.setdefault(call.source, []).append(call)
    counts = [
        ServiceCount(source, len(of), sum(map(is_denied, of)), of[0].at, of[-1].at)
        for source, of in by_source.items()
    ]
    return tuple(sorted(counts, key=lambda count: (-count.calls, count.source))[:MOST_ENTRIES])


def _target(record: Record) -> str:
    """What the call names, where it names something."""
    parameters = record.request_parameters or {}
    named = (parameters.get(key) for key in _TARGET_KEYS)
    return next((value for value in named if isinstance(value, str) and value), "")
