"""Step `reconcile`: finds what the events did not bring, by the event history and by the trails themselves.

It runs by the clock, every 10 minutes over the last 60, and at once when a detection alarm goes off.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from response.aws import heard
from response.aws.store import IncidentStore
from response.domain.errors import TrailguardError
from response.domain.incident import TimelineEntry
from response.domain.message import NoticeKind
from response.settings import Settings
from response.steps.failures import Failures
from response.steps.ports import Clock, Executions, LogSearch, Members, Metrics, Topic
from response.steps.reconcile_records import (
    LIMIT,
    Fate,
    Matched,
    RecordReport,
    RecordSearch,
    Sighting,
    places_of,
)
from response.steps.reconcile_trails import Standing, TrailReport, TrailWatch

LOOKBACK = timedelta(minutes=60)
BY_CLOCK, BY_ALARM = heard.CLOCK, heard.ALARM


class ReconcileError(TrailguardError):
    """Part of a run failed. Everything else was done first; the message names each part and the figures."""


def run(
    event: Mapping[str, Any],
    *,
    store: IncidentStore,
    members: Members,
    executions: Executions,
    topic: Topic,
    logs: LogSearch | None,
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
) -> dict[str, Any]:
    """One run; its figures, for the log. ReconcileError at the end if anything failed on the way.

    `logs` searches the watched log group; None where none is watched.
    """
    alarm = alarm_name(event)
    if alarm is not None and not _concerns_us(event, alarm, settings):
        return {"ignored": f"alarm {alarm}"}
    failures, now = Failures(), clock.now()
    with failures.noted("when it was last heard"):
        store.heard.note(BY_CLOCK if alarm is None else BY_ALARM, now)
    watch = TrailWatch(
        store=store,
        members=members,
        executions=executions,
        topic=topic,
        settings=settings,
        now=now,
        failures=failures,
    )
    trails = watch.known()
    search = RecordSearch(
        members=members,
        logs=logs if alarm is not None else None,
        settings=settings,
        clock=clock,
        start=now - LOOKBACK,
        end=now,
        failures=failures,
    )
    matched = search.matched(places_of(trails, settings))
    report = _hand_on(matched, store, executions, failures, alarm=alarm, clock=clock)
    if report.count(Fate.LEFT_OVER) or matched.more:
        _tell_of_a_flood(topic, settings, report, failures, cut_off=matched.more)
    found = watch.look(trails, answered=report.answered)
    summary = _figures(matched, report, found, failures, metrics)
    if failures.texts:
        failed = "; ".join(failures.texts)
        raise ReconcileError(f"{len(failures.texts)} parts failed: {failed}. Done: {summary}")
    return {"alarm": alarm, **summary}


def alarm_name(event: Mapping[str, Any]) -> str | None:
    """The name of the alarm whose change of state the event tells; None for the clock's event."""
    if event.get("source") != "aws.cloudwatch":
        return None
    detail = event.get("detail")
    return str(detail.get("alarmName", "")) if isinstance(detail, Mapping) else ""


def _concerns_us(event: Mapping[str, Any], alarm: str, settings: Settings) -> bool:
    """Whether it is one of the detection alarms, and going off rather than back."""
    detail = event.get("detail")
    state = detail.get("state") if isinstance(detail, Mapping) else None
    value = state.get("value") if isinstance(state, Mapping) else None
    return alarm in settings.alarm_names and value == "ALARM"


def _hand_on(
    matched: Matched,
    store: IncidentStore,
    executions: Executions,
    failures: Failures,
    *,
    alarm: str | None,
    clock: Clock,
) -> RecordReport:
    """An execution for each record that nobody handles, oldest first, up to the limit of a run."""
    fates: list[tuple[Sighting, Fate]] = []
    started = 0
    for sighting in matched.sightings:
        with failures.noted(f"record {sighting.key}"):
            claim = store.claims.find(sighting.dedup_id) if sighting.dedup_id else None
            if claim is not None:
                fates.append((sighting, Fate.CLAIMED))
                if alarm is not None:
                    _note_alarm(store, claim.incident_id, alarm, sighting, clock.now())
            elif started == LIMIT:
                fates.append((sighting, Fate.LEFT_OVER))
            else:
                payload = {"path": BY_CLOCK if alarm is None else BY_ALARM, "record": sighting.raw}
                fate = Fate(executions.start(sighting.execution_name, payload))
                # What was started before takes no place: it would block the newer ones in every run.
                started += fate is Fate.STARTED
                fates.append((sighting, fate))
    return RecordReport(tuple(fates))


def _note_alarm(store: IncidentStore, incident_id: str, alarm: str, sighting: Sighting, at: datetime) -> None:
    """The second way by which the change was noticed belongs to its story."""
    text = "A detection alarm went off for a record of this incident."
    data = {"alarm": alarm, "event_id": sighting.key, "path": BY_ALARM}
    store.incidents.note(incident_id, TimelineEntry(at=at, step="reconcile", text=text, data=data))


def _tell_of_a_flood(
    topic: Topic, settings: Settings, report: RecordReport, failures: Failures, *, cut_off: bool
) -> None:
    """More records than a run takes: the next runs take the rest, and a person should know of it."""
    more = "; a search was cut off, so there may be more" if cut_off else ""
    text = (
        f"Trailguard in account {settings.account}, Region {settings.hub_region}"
        f" found more changes to trails than one run of its reconciler answers ({LIMIT}).\n\n"
        f"Handed on now: {report.count(Fate.STARTED)}."
        f" Left for the next runs: {report.count(Fate.LEFT_OVER)}{more}.\n"
        "Records stay in its reach for 60 minutes. If this goes on, changes are made faster than they can be"
        " answered: see who makes them (trailguard incidents), and stop that principal by hand.\n"
    )
    attributes = {
        "kind": str(NoticeKind.ESCALATED),
        "severity": "critical",
        "account": settings.account,
        "region": settings.hub_region,
    }
    with failures.noted("message about more records than a run takes"):
        topic.publish("CRITICAL CloudTrail: more changes than one run answers", text, attributes)


def _figures(
    matched: Matched, report: RecordReport, found: TrailReport, failures: Failures, metrics: Metrics
) -> dict[str, Any]:
    """What the run came to, for the metrics and the log."""
    figures = {
        "RecordsStarted": report.count(Fate.STARTED),
        "RecordsLeftOver": report.count(Fate.LEFT_OVER),
        "RecordsUnreadable": matched.unreadable,
        "DriftsStarted": len(found.having(Standing.DRIFTED)),
        "ExecutionsLost": len(found.lost),
        "ReconcileFailures": len(failures.texts),
    }
    for name, value in figures.items():
        if value:  # a metric costs by the hour in which it has a value
            metrics.count(name, value)
    return {
        **figures,
        "matched": len(matched.sightings),
        "claimed": report.count(Fate.CLAIMED),
        "already_started": report.count(Fate.ALREADY_STARTED),
        "search_cut_off": matched.more,
        **found.to_json(),
    }
