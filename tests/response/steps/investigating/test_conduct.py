"""What the actors did around the change, made, changed before, and were seen with before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from response.aws.found import Found
from response.domain.findings import Conduct, CreatedKind
from response.steps.investigating import conduct as parts
from response.steps.investigating.case import Case
from response.steps.investigating.chain import chains
from tests.response.aws.fakes import START
from tests.response.steps.fakes import KEY, World, moment
from tests.response.steps.investigating.cases import CHANGE, ROLE, case, issued, session, user
from tests.response.steps.reader_fakes import FakeHistory
from tests.response.steps.scenes import record

HOUR = timedelta(hours=1)


def call(event_id: str, hours: float, source: str, name: str, **fields: Any) -> dict[str, Any]:
    """A call of mallory's, so many hours before the change."""
    return record(
        event_id,
        eventSource=f"{source}.amazonaws.com",
        eventName=name,
        eventTime=moment(CHANGE - hours * HOUR),
        requestParameters=fields.pop("asked", None),
        responseElements=fields.pop("answered", None),
        **fields,
    )


def _conduct(made: Case) -> Conduct:
    found = parts.conduct(made, parts.histories(made))
    assert found is not None
    return found


def _why(made: Case, part: str) -> str:
    return "; ".join(made.gaps.to_findings().get(part, ()))


def test_the_actors_calls_of_48_hours_are_counted() -> None:
    """With what was done in the global region; what is older, and what others did, is not."""
    history = [
        call("c-1", 1, "iam", "CreateUser", awsRegion="us-east-1", asked={"userName": "backdoor"}),
        call("c-2", 2, "s3", "ListBuckets", errorCode="AccessDenied"),
        call("c-3", 49, "iam", "CreateUser", awsRegion="us-east-1"),
        call("c-4", 1, "iam", "CreateUser", userIdentity=user("alice", "AKIAALICE")),
    ]
    made = case([record()], history)
    found = _conduct(made)
    assert (found.since, found.until) == (CHANGE - 48 * HOUR, START)
    assert found.regions == ("eu-west-1", "us-east-1")
    assert {count.source: (count.calls, count.denied) for count in found.services} == {
        "cloudtrail.amazonaws.com": (1, 0),
        "iam.amazonaws.com": (1, 0),
        "s3.amazonaws.com": (1, 1),
    }
    assert [seen.event_id for seen in found.persistence] == ["c-1"]
    assert [seen.event_id for seen in found.denied] == ["c-2"]
    assert _why(made, "conduct") == ""


def test_a_users_other_key_is_the_same_actor() -> None:
    """Searched by the user's name, once for all its keys and sessions."""
    world = World()
    other = call("c-1", 1, "iam", "CreateUser", userIdentity=user("mallory", "AKIAOTHER"))
    found = _conduct(case([record()], [other], world))
    assert [seen.event_id for seen in found.persistence] == ["c-1"]
    assert {attribute for attribute, _, _ in world.readable.lookups} == {"Username"}


def test_a_session_of_the_same_name_of_another_role_is_somebody_else() -> None:
    """Whoever assumes a role chooses the session's name."""
    mine, theirs = session("s-1", "ASIA1"), session("s-1", "ASIA2", role=ROLE + "-two")
    history = [
        call("c-1", 1, "iam", "CreateUser", userIdentity=mine),
        call("c-2", 1, "iam", "CreateUser", userIdentity=theirs),
    ]
    found = _conduct(case([record(userIdentity=mine)], history))
    assert [seen.event_id for seen in found.persistence] == ["c-1"]


def test_calls_that_the_name_does_not_find_are_found_by_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut-off search by name may have lost the days that matter; the key's are few."""
    plain = FakeHistory.lookup

    def lookup(self: FakeHistory, attribute: Any, value: str, **bounds: Any) -> Found:
        if str(attribute) == "Username":
            return Found((), more=True, cut_by="the limit of 20 pages", pages=20)
        return plain(self, attribute, value, **bounds)

    monkeypatch.setattr(FakeHistory, "lookup", lookup)
    made = case([record()], [call("c-1", 1, "iam", "CreateUser")])
    assert [seen.event_id for seen in _conduct(made).persistence] == ["c-1"]
    assert "search by Username mallory in eu-west-1: cut off after 20 pages" in _why(made, "conduct")


def test_the_change_itself_counts_though_the_history_has_it_not_yet() -> None:
    """Records reach the event history minutes late."""
    world = World()
    made = case([record()], world=world)
    world.history_records = []
    assert [seen.event_id for seen in _conduct(made).evasion] == ["e-1"]


def test_an_actor_without_name_or_key_is_a_gap() -> None:
    """It is said which record cannot be followed."""
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    made = case([record(userIdentity=service)])
    _conduct(made)
    assert _why(made, "conduct") == "record e-1 names neither an access key nor a user"


def test_who_stands_behind_a_session_is_looked_at_too() -> None:
    """The role is for the trail, the key behind it for the rest; a service has no past here."""
    identity = session("s-1", "ASIA1")
    history = [
        issued("a-1", user("mallory", KEY), "ASIA1"),
        call("c-1", 1, "iam", "CreateUser", asked={"userName": "backdoor"}),
        call("c-2", 300, "s3", "ListBuckets", sourceIPAddress="203.0.113.5"),
    ]
    made = case([record(userIdentity=identity)], history)
    known = parts.histories(made)
    others = parts.behind(made, chains(made))
    assert [one.of for one in others] == [()]
    assert [one.name for one in parts.created(made, (*known, *others))] == ["backdoor"]
    assert {one.of for one in parts.familiar_addresses(made, (*known, *others))} == {0}
    service = [issued("a-1", {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ASIA1")]
    served = case([record(userIdentity=identity)], service)
    assert parts.behind(served, chains(served)) == ()


def test_what_was_made_is_told_of_the_same_time() -> None:
    """Users and keys with their names; what was refused or made long before is not among them."""
    key = {"accessKey": {"userName": "backdoor", "accessKeyId": "AKIAEXAMPLEBACKDOOR"}}
    history = [
        call("c-1", 2, "iam", "CreateUser", awsRegion="us-east-1", asked={"userName": "backdoor"}),
        call("c-2", 1, "iam", "CreateAccessKey", awsRegion="us-east-1", answered=key),
        call("c-3", 1, "iam", "CreateUser", asked={"userName": "no"}, errorCode="AccessDenied"),
        call("c-4", 60, "iam", "CreateUser", asked={"userName": "older"}),
    ]
    made = case([record()], history)
    found = parts.created(made, parts.histories(made))
    assert [(one.kind, one.name, one.event_id) for one in found] == [
        (CreatedKind.USER, "backdoor", "c-1"),
        (CreatedKind.ACCESS_KEY, "backdoor", "c-2"),
    ]


def test_earlier_changes_of_trails_by_the_principal_are_told() -> None:
    """In ninety days, under any session of the role; not the incident's own records, nor other people's."""
    old = {"eventTime": "2026-03-01T10:00:00Z"}
    identity = session("s-1", "ASIA1")
    history = [
        record("c-1", userIdentity=session("s-0", "ASIA0"), **old),
        record("c-2", eventName="StopLogging", userIdentity=identity, **old),
        record("c-3", userIdentity=user("alice", "AKIAALICE"), **old),
        record("c-4", userIdentity=identity, eventTime="2026-01-01T10:00:00Z"),
    ]
    made = case([record(userIdentity=identity), record("e-2", userIdentity=identity)], history)
    seen = parts.earlier(made)
    assert seen is not None
    assert [one.event_id for one in seen] == ["c-1", "c-2"]


def test_nothing_earlier_is_an_answer_and_no_history_is_none() -> None:
    """A first change and an unknown past are two things."""
    assert parts.earlier(case([record()])) == ()
    assert parts.earlier(case([])) is None


def test_familiar_is_what_was_used_before_the_last_day() -> None:
    """An intruder's first steps do not make an address a habit."""
    home, agent = "203.0.113.5", "aws-cli/2.15.0"
    history = [
        call("c-1", 200, "s3", "ListBuckets", sourceIPAddress=home, userAgent=agent),
        call("c-2", 100, "s3", "ListBuckets", sourceIPAddress=home, userAgent="Boto3/1.40"),
        call("c-3", 2, "sts", "GetCallerIdentity"),
    ]
    made = case([record(), record("e-2", sourceIPAddress=home)], history)
    known = parts.histories(made)
    seen = {one.value: (one.seen, one.of) for one in parts.familiar_addresses(made, known)}
    assert seen == {"198.51.100.23": (0, 2), home: (2, 2)}
    (client,) = parts.familiar_agents(made, known)
    assert (client.value, client.seen, client.of) == ("cli", 1, 2)
    assert client.first == client.last == CHANGE - 200 * HOUR


def test_a_cut_off_past_begins_where_it_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not seen in ninety days must not be said of three."""
    oldest = CHANGE - 72 * HOUR

    def lookup(*_: Any, **__: Any) -> Found:
        return Found((call("c-1", 72, "s3", "ListBuckets"),), more=True, cut_by="throttling", pages=3)

    monkeypatch.setattr(FakeHistory, "lookup", lookup)
    made = case([record()])
    (address,) = parts.familiar_addresses(made, parts.histories(made))
    assert (address.since, address.of) == (oldest, 1)
    assert "throttling" in _why(made, "address")


def test_very_many_principals_are_cut_and_named() -> None:
    """Each costs searches."""
    records = [record(f"e-{n}", userIdentity=user(f"u-{n}", f"{KEY}{n}")) for n in range(7)]
    made = case(records)
    assert len(parts.histories(made)) == 5
    assert "only 5 of 7 principals" in _why(made, "conduct")
