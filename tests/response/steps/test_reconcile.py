"""The reconciler finds what events did not bring, starts each answer once, and says what it leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from response.aws.claims import Arrival
from response.aws.found import Found
from response.domain.baseline import Baseline, BaselineSource
from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED
from response.rules.conditions import Absent, AllOf, AnyOf, Equals, Not, OneOf
from response.rules.render import cloudwatch
from response.steps.reconcile import ReconcileError
from response.steps.reconcile_records import detection_rules, event_names
from tests.response.aws.fakes import START, FakeClock
from tests.response.steps.reconcile_world import (
    AUDIT,
    EXECUTION,
    OTHER,
    World,
    alarm_event,
    record,
    state,
)
from tests.response.table import create_store


@pytest.fixture
def world(dynamodb: DynamoDBClient) -> World:
    """Two approved trails in two Regions, and nothing has happened."""
    made = World(create_store(dynamodb), FakeClock())
    made.approve(state(AUDIT), state(OTHER))
    return made


def test_nothing_has_happened(world: World) -> None:
    """Trails as approved and an empty history start nothing, and nobody is told anything."""
    summary = world.run()
    assert not world.started
    assert not world.published
    assert summary["matched"] == summary["DriftsStarted"] == 0


def test_a_run_is_heard(world: World) -> None:
    """By the clock or by an alarm, whatever the run finds."""
    world.run()
    assert world.store.heard.all()["reconcile"] == START
    assert world.store.heard.all()["alarm"] is None
    world.run(alarm_event())
    assert world.store.heard.all()["alarm"] == START


def test_slow_search_leaves_time_to_compare(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever floods LookupEvents delays the search; the drift is found all the same."""
    world.approve(*(state(AUDIT.replace("eu-west-1", f"eu-north-{number}")) for number in range(5)))
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)

    def slow(*_: Any, **__: Any) -> Found:
        world.clock.sleep(60)
        return Found(())

    monkeypatch.setattr(world, "lookup", slow)
    with pytest.raises(ReconcileError, match=r"4 parts failed: event history .* not searched"):
        world.run()
    started = [payload["drift"]["trail_arn"] for _, payload in world.started]
    assert (started, sum(world.clock.slept)) == ([AUDIT], 180)


def test_unclaimed_record_starts_one_execution(world: World) -> None:
    """A record that no event brought is handed to the workflow, under the same name in every run."""
    world.history_records["eu-west-1"] = [record()]
    world.run()
    world.run()
    ((name, payload),) = world.started
    assert name.startswith("reconcile-record-")
    assert payload == {"path": "reconcile", "record": record()}


def test_claimed_record_is_left_alone(world: World) -> None:
    """What an event brought already is not started again."""
    world.open_incident(event_id="e-1")
    world.history_records["eu-west-1"] = [record("e-1")]
    summary = world.run()
    assert world.started == []
    assert summary["claimed"] == 1


def test_history_is_read_where_trails_live_over_the_last_hour(world: World) -> None:
    """UpdateTrail is recorded in a trail's home Region; both Regions are asked, the log group is not."""
    world.history_records["us-east-1"] = [record("far", OTHER)]
    world.run()
    hour = (START - timedelta(minutes=60), START)
    assert world.asked == [("history", "eu-west-1", *hour), ("history", "us-east-1", *hour)]
    assert [payload["record"]["eventID"] for _, payload in world.started] == ["far"]


@pytest.mark.parametrize(
    "near_miss", [record(errorCode="AccessDenied"), record(eventCategory="NetworkActivity"), "text", None, []]
)
def test_what_does_not_match_starts_nothing(near_miss: Any, world: World) -> None:
    """The event history is asked by name only, so the rule decides again."""
    world.history_records["eu-west-1"] = [near_miss]
    world.run()
    assert world.started == []


def test_matching_record_that_cannot_be_parsed_is_handed_on_too(world: World) -> None:
    """Intake says what is wrong with it and escalates; it is not lost here, and it is handed on once."""
    broken = record(eventTime="yesterday")
    world.history_records["eu-west-1"] = [broken]
    world.run()
    world.run()
    assert [payload["record"] for _, payload in world.started] == [broken]


def test_copies_of_one_event_are_one_record(world: World) -> None:
    """Two accounts' copies share an id; they start one execution."""
    copies = [record("a", sharedEventID="shared"), record("b", sharedEventID="shared")]
    world.history_records["eu-west-1"] = copies
    world.run()
    assert len(world.started) == 1


def test_alarm_reads_the_log_group_too(world: World) -> None:
    """The log group is searched with the rule's own pattern; what it shows comes by the path of the alarm."""
    world.log_records = [record("logged")]
    summary = world.run(alarm_event())
    assert world.patterns == [cloudwatch.render(CLOUDTRAIL_LOG_UPDATED).text]
    assert [payload["path"] for _, payload in world.started] == ["alarm"]
    assert summary["alarm"] == "trailguard-trail-updated"


def test_alarm_is_noted_with_the_incident_that_it_is_about(world: World) -> None:
    """A record that is handled already gets a line in its incident's timeline: a second path saw it."""
    incident = world.open_incident(event_id="e-1")
    world.log_records = [record("e-1")]
    world.run(alarm_event())
    entries = world.store.incidents.timeline(incident.id)
    noted = [entry.data for entry in entries if entry.step == "reconcile"]
    assert noted == [{"alarm": "trailguard-trail-updated", "event_id": "e-1", "path": "alarm"}]


@pytest.mark.parametrize(
    "event",
    [
        alarm_event("somebody-elses-alarm"),
        alarm_event("trailguard-trail-updated-2"),
        alarm_event(value="OK"),
        {"source": "aws.cloudwatch"},
        {"source": "aws.cloudwatch", "detail": {"alarmName": None, "state": []}},
    ],
)
def test_other_alarms_are_ignored(event: dict[str, Any], world: World) -> None:
    """Only the detection alarms, and only when they go off; nothing is read for any other."""
    world.history_records["eu-west-1"] = [record()]
    assert "ignored" in world.run(event)
    assert not world.started
    assert not world.asked


def test_at_most_a_hundred_a_run_and_the_rest_is_announced(world: World) -> None:
    """The oldest hundred go first; how many wait is said in the figures, the metrics and a message."""
    times = {f"e-{n:03}": (START - timedelta(seconds=n)).isoformat() for n in range(130)}
    world.history_records["eu-west-1"] = [record(name, eventTime=at) for name, at in times.items()]
    summary = world.run()
    started = [payload["record"]["eventID"] for _, payload in world.started]
    assert started == [f"e-{n:03}" for n in range(129, 29, -1)]
    assert summary["RecordsLeftOver"] == world.counts["RecordsLeftOver"] == 30
    ((subject, body, attributes),) = world.published
    assert "more changes than one run answers" in subject
    assert "Handed on now: 100. Left for the next runs: 30." in body
    assert attributes["severity"] == "critical"


def test_next_run_takes_the_rest(world: World) -> None:
    """What was started before takes no place among the hundred."""
    world.history_records["eu-west-1"] = [record(f"e-{n:03}") for n in range(130)]
    world.run()
    world.run()
    assert len(world.started) == 130


def test_exactly_a_hundred_is_no_flood(world: World) -> None:
    """The limit itself needs no message."""
    world.history_records["eu-west-1"] = [record(f"e-{n:03}") for n in range(100)]
    world.run()
    assert len(world.started) == 100
    assert world.published == []


def test_search_that_was_cut_off_is_announced(world: World) -> None:
    """More calls of that name than are read: somebody has to know that some were not looked at."""
    world.history_answer = Found((record(errorCode="AccessDenied"),), unreadable=2, more=True)
    summary = world.run()
    assert summary["search_cut_off"] is True
    assert world.counts["RecordsUnreadable"] == 4  # two in each Region
    assert "may be more" in world.published[0][1]


def test_unapproved_state_starts_a_drift(world: World) -> None:
    """A trail that differs from its baseline with no record to show is answered all the same."""
    changed = state(AUDIT, is_logging=False)
    world.trails_now[AUDIT] = changed
    summary = world.run()
    ((name, payload),) = world.started
    assert name.startswith("reconcile-drift-")
    drift = {"trail_arn": AUDIT, "region": "eu-west-1", "observed_digest": changed.digest()}
    assert payload == {"path": "reconcile", "drift": drift}
    assert summary["drifted"] == [AUDIT]


def test_drift_is_started_once_a_slot_and_again_later(world: World) -> None:
    """Two runs at the same time start one; the next run starts another if nobody took the trail up."""
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)
    world.run()
    world.run()
    assert len(world.started) == 1
    world.clock.moment += timedelta(minutes=10)
    world.run()
    assert len(world.started) == 2


def test_deleted_trail_is_a_drift(world: World) -> None:
    """A baseline without its trail is found although the trail is listed nowhere."""
    world.trails_now[AUDIT] = None
    world.run()
    assert [payload["drift"]["observed_digest"] for _, payload in world.started] == ["absent"]


def test_trail_approved_as_absent_that_appears_is_a_drift(world: World) -> None:
    """A baseline may say that there is no such trail."""
    world.store.baselines.put(Baseline(AUDIT, None, START, "alice", BaselineSource.APPROVED))
    world.run()
    assert [payload["drift"]["trail_arn"] for _, payload in world.started] == [AUDIT]


def test_record_on_its_way_needs_no_drift(world: World) -> None:
    """The execution of the record looks at the state anyway; a second one would only join it."""
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)
    world.history_records["eu-west-1"] = [record()]
    world.run()
    assert ["record" in payload for _, payload in world.started] == [True]


def test_open_incident_keeps_its_trail(world: World) -> None:
    """While an execution is at work on the trail, no other is started."""
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False)
    world.open_incident()
    assert world.run()["handled"] == [AUDIT]
    assert world.started == []


def test_state_that_an_incident_left_is_not_answered_again(world: World) -> None:
    """Somebody decided to leave the trail so; another state than that one is a new drift."""
    left = state(AUDIT, is_logging=False)
    world.trails_now[AUDIT] = left
    incident = world.open_incident()
    world.store.incidents.close(incident, records=1, outcome="left", settled=left.digest(), at=START)
    world.run()
    assert world.started == []
    world.trails_now[AUDIT] = state(AUDIT, is_logging=False, s3_bucket_name="elsewhere")
    world.run()
    assert len(world.started) == 1


def test_trail_that_is_back_at_its_baseline_forgets_how_it_was_left(world: World) -> None:
    """Once the trail is as approved, falling into the old state again is a new drift."""
    left = state(AUDIT, is_logging=False)
    incident = world.open_incident()
    world.store.incidents.close(incident, records=1, outcome="left", settled=left.digest(), at=START)
    assert world.run()["back_at_baseline"] == [AUDIT]
    assert world.store.incidents.settled_digest(AUDIT) is None
    world.trails_now[AUDIT] = left
    world.run()
    assert len(world.started) == 1


def test_trail_without_a_baseline_is_named(world: World) -> None:
    """There is nothing to compare it with, which the log says."""
    new = AUDIT + "-new"
    world.trails_now[new] = state(new)
    assert world.run()["without_baseline"] == [new]
    assert world.started == []


def test_one_failing_trail_does_not_stop_the_others(world: World) -> None:
    """All other work is done first; then the run fails, so that the alarm on errors goes off."""
    world.broken = {AUDIT}
    world.trails_now[OTHER] = state(OTHER, is_logging=False)
    with pytest.raises(ReconcileError, match=f"trail {AUDIT}: .*broken.*'drifted'") as caught:
        world.run()
    assert "1 parts failed" in str(caught.value)
    assert [payload["drift"]["trail_arn"] for _, payload in world.started] == [OTHER]
    assert world.counts["ReconcileFailures"] == 1


@pytest.mark.parametrize("broken", ["eu-west-1", "list", "log"])
def test_any_source_may_fail_alone(broken: str, world: World) -> None:
    """One Region, the list of trails or the log group out of reach: the rest is searched."""
    world.broken = {broken}
    world.history_records["us-east-1"] = [record("far", OTHER)]
    with pytest.raises(ReconcileError):
        world.run(alarm_event())
    assert [payload["record"]["eventID"] for _, payload in world.started] == ["far"]


def test_failure_to_start_is_told_and_repeated_next_time(world: World) -> None:
    """Nothing is remembered of a start that failed, so the next run tries again."""
    world.history_records["eu-west-1"] = [record()]
    world.broken = {"start"}
    with pytest.raises(ReconcileError, match="record e-1"):
        world.run()
    world.broken = set()
    world.run()
    assert len(world.started) == 1


def test_own_changes_that_were_recognised_are_claimed(world: World) -> None:
    """The responder's restore is a matching record too; intake claimed it, so it is not handed on."""
    incident = world.open_incident()
    own = record("own")
    world.store.claims.take_own_change(
        Arrival("own", "own", EXECUTION, "eventbridge", START, own), incident.id
    )
    world.history_records["eu-west-1"] = [own]
    world.run()
    assert world.started == []


def test_event_names_of_conditions() -> None:
    """Names are bound by equality, narrowed by and, widened by or; what does not bind them gives none."""
    update, stop = Equals("eventName", "UpdateTrail"), Equals("eventName", "StopLogging")
    assert event_names(AllOf(Equals("eventSource", "x"), update)) == {"UpdateTrail"}
    assert event_names(AnyOf(update, stop)) == {"UpdateTrail", "StopLogging"}
    both = OneOf("eventName", ("UpdateTrail", "StopLogging"))
    assert event_names(AllOf(both, stop)) == {"StopLogging"}
    assert event_names(AnyOf(update, Absent("eventName"))) == frozenset()
    assert event_names(Not(update)) == frozenset()


def test_every_detection_rule_can_be_looked_up() -> None:
    """LookupEvents takes one attribute: a rule that binds no event name could not be reconciled."""
    assert detection_rules()
    assert all(event_names(rule.condition) for rule in detection_rules())
