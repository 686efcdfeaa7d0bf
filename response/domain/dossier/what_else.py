"""What else the actors did around the change: counts by service, refusals, and by name what matters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from response.domain.dossier.ages import many, moment
from response.domain.dossier.at_hand import at_hand
from response.domain.dossier.section import NOT_KNOWN, Section, listed, names, reasons, sentence
from response.domain.findings import CallSeen, Conduct, Findings, Part, ServiceCount
from response.domain.record import Record
from response.domain.text import plain

_BUSIEST = 5
_WORDS = {
    "denied": "refused",
    "persistence": "that make somebody stay",
    "evasion": "that blind a defender",
    "data": "that read or share data",
}


def what_else(records: Sequence[Record], findings: Findings) -> Section:
    """The conduct of the actors; "not known" where nobody could be asked."""
    missing = findings.why_missing(Part.CONDUCT, Part.SESSIONS)
    conduct = findings.conduct
    if conduct is None:
        _, doubt = at_hand(records, findings)
        return Section(NOT_KNOWN, {}, reasons(doubt, missing) or "it was not looked for")
    own = {record.event_id for record in at_hand(records, findings)[0]}
    lists = _lists(conduct, own)
    evidence = {
        "since": conduct.since.isoformat(),
        "until": conduct.until.isoformat(),
        "regions": [plain(region, 40) for region in conduct.regions],
        "services": listed([_service(count) for count in conduct.services]),
        **{
            name: listed([call_entry(call) for call in calls], conduct.left_out.get(name, 0))
            for name, calls in lists.items()
        },
        "other_sessions": listed(_sessions(findings)),
    }
    return Section(_finding(conduct, lists), evidence, missing)


def _lists(conduct: Conduct, own: Collection[str]) -> dict[str, list[CallSeen]]:
    """The lists without what the incident is about, which is told elsewhere."""
    lists = {
        "denied": conduct.denied,
        "persistence": conduct.persistence,
        "evasion": conduct.evasion,
        "data": conduct.data,
    }
    return {name: [call for call in calls if call.event_id not in own] for name, calls in lists.items()}


def _finding(conduct: Conduct, lists: Mapping[str, Sequence[CallSeen]]) -> str:
    where = f" in {names(conduct.regions)}, the Regions looked at" if conduct.regions else ""
    window = f"from {moment(conduct.since)} to {moment(conduct.until)}{where}"
    total = sum(count.calls for count in conduct.services)
    if not total:
        return f"no call of these actors was seen {window}"
    telling = any(lists.values())
    busiest = [f"{plain(count.source, 60)} {count.calls}" for count in conduct.services[:_BUSIEST]]
    return sentence(
        f"{many(total, 'call')} to {many(len(conduct.services), 'service')} {window}, with the change itself",
        f"most to {', '.join(busiest)}",
        *(_told(name, calls, conduct.left_out.get(name, 0)) for name, calls in lists.items() if calls),
        "" if telling else "none of them, beside it, was refused or is in the lists of what to look for",
    )


def _told(name: str, calls: Sequence[CallSeen], left_out: int) -> str:
    return f"{len(calls) + left_out} {_WORDS[name]}: {names(call.name for call in calls)}"


def call_entry(call: CallSeen) -> dict[str, Any]:
    """One call as evidence."""
    return {
        "event_id": call.event_id,
        "at": moment(call.at),
        "source": plain(call.source),
        "name": plain(call.name),
        "target": plain(call.target),
        "error_code": plain(call.error_code),
        "region": plain(call.region),
    }


def _service(count: ServiceCount) -> dict[str, Any]:
    return {
        "source": plain(count.source),
        "calls": count.calls,
        "denied": count.denied,
        "first": moment(count.first),
        "last": moment(count.last),
    }


def _sessions(findings: Findings) -> list[dict[str, Any]]:
    return [
        {
            "role": plain(known.role_arn),
            "session": plain(other.session_name),
            "last_seen": moment(other.last_seen),
            "source_ip": plain(other.source_ip),
        }
        for known in findings.sessions
        for other in known.others
    ]
