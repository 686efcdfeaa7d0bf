"""Chains of credentials: back to a key, a sign-in, a service, another account, or to where it breaks off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from response.steps.investigating.case import Case
from response.steps.investigating.chain import chains
from tests.response.steps.fakes import ACCOUNT, World, moment
from tests.response.steps.investigating.cases import CHANGE, case, issued, session, user
from tests.response.steps.scenes import record

HALF_AN_HOUR_BEFORE = CHANGE - timedelta(minutes=30)


def _why(made: Case) -> str:
    return "; ".join(made.gaps.to_findings().get("chain", ()))


def test_a_long_term_key_is_its_own_origin() -> None:
    """Nothing issued it: the chain is whole without a step, and nothing is searched."""
    world = World()
    made = case([record()], world=world)
    (chain,) = chains(made)
    assert (chain.event_id, chain.links, chain.whole) == ("e-1", (), True)
    assert world.readable.lookups == []


def test_a_chain_of_three_roles_leads_to_the_users_key() -> None:
    """Each session is found by its access key, and so is the one that assumed it."""
    roles = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("first", "second", "third")]
    history = [
        issued("a-1", user("alice", "AKIAALICE"), "ASIA1", to="one", role=roles[0]),
        issued("a-2", session("one", "ASIA1", role=roles[0]), "ASIA2", to="two", role=roles[1]),
        issued("a-3", session("two", "ASIA2", role=roles[1]), "ASIA3", to="three", role=roles[2]),
    ]
    made = case([record(userIdentity=session("three", "ASIA3", role=roles[2]))], history)
    (chain,) = chains(made)
    assert [link.event_id for link in chain.links] == ["a-3", "a-2", "a-1"]
    assert [link.issued.rpartition("/")[2] for link in chain.links] == ["three", "two", "one"]
    assert chain.links[-1].caller["userName"] == "alice"
    assert chain.whole
    assert _why(made) == ""


def test_a_session_assumed_through_the_global_endpoint_is_found() -> None:
    """STS records a call in the region of the endpoint: the change's region is tried, then us-east-1."""
    history = [issued("a-1", user("alice", "AKIAALICE"), "ASIA1", awsRegion="us-east-1")]
    (chain,) = chains(case([record(userIdentity=session("s-1", "ASIA1"))], history))
    assert [(link.event_id, link.region) for link in chain.links] == [("a-1", "us-east-1")]


def test_where_the_history_does_not_know_the_key_as_a_resource_the_time_of_issue_leads_on() -> None:
    """AssumeRole records around the creation of the session are compared by the key in their answer."""
    world = World()
    hidden = issued("a-1", user("alice", "AKIAALICE"), "ASIA1")
    made = case([record(userIdentity=session("s-1", "ASIA1"))], world=world)

    class ByName(type(world.history(ACCOUNT, "tg-test"))):  # type: ignore[misc]
        """Answers by event name only."""

        def lookup(self, attribute: Any, value: str, **bounds: Any) -> Any:
            """As a history that lists no resources."""
            found = super().lookup(attribute, value, **bounds)
            return found if str(attribute) == "EventName" else type(found)(())

    world.history_records.append(hidden)
    made.searches._history = ByName(world)
    (chain,) = chains(made)
    assert [link.event_id for link in chain.links] == ["a-1"]


def test_a_console_session_leads_to_its_sign_in() -> None:
    """A sign-in answers with no key: it is the user's own, at the moment when the session began."""
    identity = {
        **user("carol", "ASIACONSOLE"),
        "sessionContext": {"attributes": {"creationDate": moment(HALF_AN_HOUR_BEFORE)}},
    }

    def login(event_id: str, name: str, result: str) -> dict[str, Any]:
        return record(
            event_id,
            eventSource="signin.amazonaws.com",
            eventName="ConsoleLogin",
            eventTime=moment(HALF_AN_HOUR_BEFORE),
            awsRegion="eu-north-1",
            userIdentity=user(name),
            requestParameters=None,
            responseElements={"ConsoleLogin": result},
        )

    history = [login("l-1", "dave", "Success"), login("l-2", "carol", "Failure")]
    made = case([record(userIdentity=identity)], history)
    assert not chains(made)[0].whole
    assert "access key ASIACONSOLE" in _why(made)
    (chain,) = chains(case([record(userIdentity=identity)], [*history, login("l-3", "carol", "Success")]))
    assert [(link.event_id, link.event_name) for link in chain.links] == [("l-3", "ConsoleLogin")]
    assert chain.whole


@pytest.mark.parametrize(
    "caller",
    [
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"type": "AWSAccount", "accountId": "222222222222", "principalId": "AROAX:y"},
        {"type": "SAMLUser", "userName": "ann", "identityProvider": "idp"},
    ],
)
def test_a_chain_ends_at_whoever_has_no_credentials_here(caller: dict[str, Any]) -> None:
    """A service, another account, an identity provider: this account knows nothing from before."""
    history = [issued("a-1", caller, "ASIA1")]
    (chain,) = chains(case([record(userIdentity=session("s-1", "ASIA1"))], history))
    assert chain.whole
    assert chain.links[0].caller == caller


def test_what_was_written_on_the_session_is_kept() -> None:
    """Session tags may hold a ticket; odd ones are passed over."""
    tags = [{"key": "ticket", "value": "CHG-7"}, "odd", {"key": ["x"]}]
    history = [issued("a-1", user("alice", "AKIAALICE"), "ASIA1", asked={"tags": tags})]
    (chain,) = chains(case([record(userIdentity=session("s-1", "ASIA1"))], history))
    assert chain.links[0].session_tags["ticket"] == "CHG-7"


def test_a_refused_call_issued_nothing() -> None:
    """A record that failed is no step, whatever its answer says."""
    history = [issued("a-1", user("alice", "AKIAALICE"), "ASIA1", errorCode="AccessDenied")]
    made = case([record(userIdentity=session("s-1", "ASIA1"))], history)
    (chain,) = chains(made)
    assert (chain.links, chain.whole) == ((), False)
    assert "no record was found of the call that issued access key ASIA1" in _why(made)


def test_a_chain_that_runs_in_a_circle_is_ended() -> None:
    """Records that name each other as callers do not keep the investigation for ever."""
    history = [
        issued("a-1", session("s-2", "ASIA2"), "ASIA1"),
        issued("a-2", session("s-1", "ASIA1"), "ASIA2"),
    ]
    made = case([record(userIdentity=session("s-1", "ASIA1"))], history)
    (chain,) = chains(made)
    assert not chain.whole
    assert len(chain.links) == 2
    assert "once round" in _why(made)


def test_a_chain_is_followed_for_ten_steps() -> None:
    """Longer ones are cut, and it is said."""
    history = [issued(f"a-{n}", session(f"s-{n + 1}", f"ASIA{n + 1}"), f"ASIA{n}") for n in range(1, 15)]
    made = case([record(userIdentity=session("s-1", "ASIA1"))], history)
    (chain,) = chains(made)
    assert len(chain.links) == 10
    assert "10 steps" in _why(made)


def test_a_session_without_its_key_cannot_be_followed() -> None:
    """CloudTrail may leave accessKeyId out."""
    made = case([record(userIdentity=session("s-1", ""))])
    assert not chains(made)[0].whole
    assert "record e-1 names no access key" in _why(made)


def test_records_of_the_same_credentials_share_a_chain() -> None:
    """Two changes by one session are followed once; each record has its chain."""
    world = World()
    identity = session("s-1", "ASIA1")
    records = [record("e-1", userIdentity=identity), record("e-2", userIdentity=identity)]
    made = case(records, [issued("a-1", user("alice", "AKIAALICE"), "ASIA1")], world)
    assert [(chain.event_id, len(chain.links)) for chain in chains(made)] == [("e-1", 1), ("e-2", 1)]
    assert len(world.readable.lookups) == 1
