"""Step `investigate`: who did it, from where, with what, and what else that actor did to trails.

The dossier is a mapping of sections, each with a finding, its evidence, and why a part of it is missing. A
part that fails is noted and the workflow goes on: knowing less must not keep the trail from being put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from response.aws.errors import AwsCallError
from response.aws.found import Found
from response.aws.history import Attribute
from response.aws.incidents import DOSSIER
from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.errors import MalformedRecordError
from response.domain.incident import TimelineEntry
from response.domain.record import Record, parse_record
from response.steps.passing import Passing
from response.steps.ports import Clock, History, Members
from response.steps.records import changes_in
from response.workflow.contract import StepEvent, StepResult

_WINDOW = timedelta(hours=48)
_LIMIT = 200
# The function runs for five minutes, one search for one of them: an actor with many credentials, or one who
# floods LookupEvents, must not keep the trail from being put back.
_ASKING = timedelta(minutes=3)
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_NO_RECORD = "the change was found by comparing states; no record of it is known"


@dataclass(frozen=True)
class Section:
    """One part of the dossier. `missing` says why it is not complete; `""` means that it is."""

    finding: str
    evidence: Any = field(default_factory=dict)
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"finding": self.finding, "evidence": self.evidence, "missing": self.missing}


def run(event: StepEvent, *, store: IncidentStore, members: Members, clock: Clock) -> StepResult:
    """Build the dossier of this round."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    records = changes_in(store, incident.id)
    history = _HistoryOf(incident, members, passing.session("investigate"), clock)
    sections = {
        "identity": _identity(records),
        "credential": _credential(records),
        "source": _source(records),
        "user_agent": _user_agent(records),
        "trail_calls": history.trail_calls(records),
    }
    dossier = {name: section.to_json() for name, section in sections.items()}
    store.incidents.put_document(incident.id, DOSSIER, passing.round, dossier)
    missing = {name: section.missing for name, section in sections.items() if section.missing}
    text = "The dossier is incomplete." if missing else "The dossier is complete."
    entry = TimelineEntry(at=clock.now(), step="investigate", text=text, data={"missing": missing})
    store.incidents.note(incident.id, entry)
    return passing.to("respond")


def _identity(records: tuple[Record, ...]) -> Section:
    actors = _distinct([record.actor.describe() for record in records])
    evidence = [
        {
            "event_id": record.event_id,
            "kind": str(record.actor.kind),
            "arn": record.actor.arn,
            "account": record.actor.account,
            "session_name": record.actor.session_name,
            "issuer_arn": record.actor.issuer_arn,
            "source_identity": record.actor.source_identity,
            "invoked_by": record.actor.invoked_by,
            "mfa": record.actor.mfa,
        }
        for record in records
    ]
    return _of_records("; ".join(actors), evidence, records)


def _credential(records: tuple[Record, ...]) -> Section:
    keys = _distinct([record.actor.access_key_id for record in records if record.actor.access_key_id])
    finding = ", ".join(keys) or "the records name no access key"
    evidence = [
        {"event_id": record.event_id, "access_key_id": record.actor.access_key_id} for record in records
    ]
    return _of_records(finding, evidence, records)


def _source(records: tuple[Record, ...]) -> Section:
    sources = _distinct([record.source_ip for record in records if record.source_ip])
    evidence = [{"event_id": record.event_id, "source_ip": record.source_ip} for record in records]
    return _of_records(", ".join(sources) or "the records name no source address", evidence, records)


def _user_agent(records: tuple[Record, ...]) -> Section:
    agents = _distinct([record.user_agent for record in records if record.user_agent])
    evidence = [{"event_id": record.event_id, "user_agent": record.user_agent} for record in records]
    return _of_records("; ".join(agents) or "the records name no user agent", evidence, records)


def _of_records(finding: str, evidence: list[dict[str, Any]], records: tuple[Record, ...]) -> Section:
    return Section(finding, evidence) if records else Section("unknown", [], _NO_RECORD)


class _HistoryOf:
    """What the event history says of the actors of an incident."""

    def __init__(self, incident: StoredIncident, members: Members, session: str, clock: Clock) -> None:
        self._incident = incident
        self._members = members
        self._session = session
        self._clock = clock

    def trail_calls(self, records: tuple[Record, ...]) -> Section:
        """The actors' writes to CloudTrail in the 48 hours before the change and since."""
        if not records:
            return Section("unknown", [], _NO_RECORD)
        calls: dict[str, dict[str, Any]] = {}
        missing: list[str] = []
        questions, deadline = self._questions(records), self._clock.now() + _ASKING
        for number, (record, region) in enumerate(questions):
            if self._clock.now() >= deadline:
                missing.append(f"the time was used up before {len(questions) - number} of the searches")
                break
            asked = _attribute(record)
            if asked is None:
                missing.append(f"record {record.event_id} names neither an access key nor a user")
                continue
            try:
                found = self._lookup(record, asked, region)
            except AwsCallError as error:
                missing.append(f"{region}: {error}")
                continue
            calls.update({call["event_id"]: call for call in _trail_calls(found)})
            missing += [f"{region}: {reason}" for reason in _incompleteness(found)]
        ordered = sorted(calls.values(), key=lambda call: (call["event_time"], call["event_id"]))
        finding = (
            f"{len(ordered)} calls that change CloudTrail: {_names(ordered)}" if ordered else "none found"
        )
        return Section(finding, ordered, "; ".join(_distinct(missing)))

    def _lookup(self, record: Record, asked: tuple[Attribute, str], region: str) -> Found:
        history: History = self._members.history(self._incident.account, self._session)
        start = record.event_time - _WINDOW
        return history.lookup(*asked, region=region, start=start, end=self._clock.now(), limit=_LIMIT)

    def _questions(self, records: tuple[Record, ...]) -> list[tuple[Record, str]]:
        """Each actor once in the trail's home region and once where it made its call."""
        asked: dict[tuple[Any, str], tuple[Record, str]] = {}
        for record in sorted(records, key=lambda record: record.event_time):
            for region in _distinct([self._incident.region, record.region or self._incident.region]):
                asked.setdefault((_attribute(record), region), (record, region))
        return list(asked.values())


def _attribute(record: Record) -> tuple[Attribute, str] | None:
    """What LookupEvents is asked by: the key, which is one credential's; else the user's name."""
    actor = record.actor
    if actor.access_key_id:
        return Attribute.ACCESS_KEY_ID, actor.access_key_id
    name = actor.user_name or actor.session_name
    return (Attribute.USERNAME, name) if name else None


def _trail_calls(found: Found) -> list[dict[str, Any]]:
    """CloudTrail calls among the records that are not read-only."""
    calls = []
    for raw in found.records:
        try:
            record = parse_record(raw)
        except MalformedRecordError:
            continue  # counted below, with the unreadable ones
        if record.event_source == _CLOUDTRAIL and not _is_read_only(record.raw):
            calls.append(
                {
                    "event_id": record.event_id,
                    "event_time": record.event_time.isoformat(),
                    "event_name": record.event_name,
                    "trail": record.trail_name_or_arn(),
                    "source_ip": record.source_ip,
                    "error_code": record.raw.get("errorCode"),
                }
            )
    return calls


def _incompleteness(found: Found) -> list[str]:
    malformed = 0
    for raw in found.records:
        try:
            parse_record(raw)
        except MalformedRecordError:
            malformed += 1
    unreadable = found.unreadable + malformed
    reasons = [f"{unreadable} records could not be read"] if unreadable else []
    return [*reasons, f"more than {_LIMIT} records, the rest was not read"] if found.more else reasons


def _is_read_only(raw: Mapping[str, Any]) -> bool:
    return str(raw.get("readOnly")).lower() == "true"


def _names(calls: list[dict[str, Any]]) -> str:
    return ", ".join(_distinct([call["event_name"] for call in calls]))


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
