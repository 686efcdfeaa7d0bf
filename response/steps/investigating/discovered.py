"""Who it may have been where no record came: the trail's changes that the event history has since then."""

from __future__ import annotations

from datetime import timedelta

from response.aws.history import Attribute
from response.aws.store import IncidentStore
from response.domain.findings import Part
from response.domain.record import Record
from response.settings import Settings
from response.steps.investigating.case import Case
from response.steps.investigating.conduct import TRAIL_CHANGES
from response.steps.investigating.searches import KEPT
from response.steps.recognising import own_incident

# With TRAIL_CHANGES, what can make a trail's state another one, as far as a baseline holds it (CloudTrail API
# reference).
_FURTHER = ("CreateTrail", "StartLogging", "AddTags", "RemoveTags")
_SOURCE = "cloudtrail.amazonaws.com"
_LOOK_BACK = timedelta(hours=24)
_MOST = 20


def discovered(case: Case, store: IncidentStore, settings: Settings) -> tuple[Record, ...]:
    """Successful changes of the trail since its baseline, or of a day, that no incident has; oldest first.

    What the responder did itself is none of them. What was before its last call in an earlier incident is not
    one either: whoever had changed the trail by then was looked for in that one.
    """
    baseline = store.baselines.get(case.incident.trail_arn)
    since = case.incident.opened_at - _LOOK_BACK
    if baseline is not None:
        since = max(since, baseline.captured_at)
    found: dict[str, Record] = {}
    for name in (*TRAIL_CHANGES, *_FURTHER):
        # The time that `earlier` asks for, so that it is asked once; these are few in 90 days.
        start = since if name in _FURTHER else case.now - KEPT
        asked = case.searches.ask(
            Attribute.EVENT_NAME, name, (case.incident.region,), start=start, end=case.now
        )
        answer = asked.within(since, case.now)
        case.gaps.add(Part.DISCOVERED, *answer.reasons)
        found.update({record.event_id: record for record in answer.records if _is_change(record, case)})
    ordered = sorted(found.values(), key=lambda record: (record.event_time, record.event_id))
    owners = [(record, own_incident(record, store, settings)) for record in ordered]
    earlier = [record.event_time for record, owner in owners if owner not in {None, case.incident.id}]
    put_back = max(earlier, default=since)
    free = [
        record
        for record, owner in owners
        if owner is None and record.event_time >= put_back and _is_free(record, case, store)
    ]
    if len(free) > _MOST:
        case.gaps.add(Part.DISCOVERED, f"only the last {_MOST} of {len(free)} changes are kept")
    return tuple(free[-_MOST:])


def _is_change(record: Record, case: Case) -> bool:
    return (
        record.event_source == _SOURCE and not record.failed and record.trail_arn() == case.incident.trail_arn
    )


def _is_free(record: Record, case: Case, store: IncidentStore) -> bool:
    """Whether no other incident has answered it."""
    claim = store.claims.find(record.dedup_id)
    return claim is None or claim.incident_id == case.incident.id
