"""Findings for the tests of the dossier: one example, and a strategy for any."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from response.domain.dossier.conduct import conduct_of, created_by
from response.domain.findings import (
    AddressFacts,
    CalendarState,
    CallSeen,
    Chain,
    ChainLink,
    Conduct,
    Contact,
    Created,
    CreatedKind,
    Familiar,
    Findings,
    InterfaceFacts,
    KeyFacts,
    Part,
    Permission,
    PrincipalFacts,
    PrincipalType,
    RoleSessions,
    ServiceCount,
    SessionSeen,
)
from response.domain.record import Record, parse_record
from tests.response.domain.people import EVERYBODY, KEY, role, user
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN, at, hostile_text, json_values, raw_record

CI_DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/ci-deploy"
MALLORY = f"arn:aws:iam::{ACCOUNT}:user/mallory"


def by(identity: Any, name: str = "UpdateTrail", **changes: Any) -> Record:
    """The parsed record of a call by that identity."""
    return parse_record(raw_record(name, userIdentity=identity, **changes))


def create_user(name: str = "backdoor", **changes: Any) -> dict[str, Any]:
    """A successful CreateUser."""
    answer = {"user": {"userName": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"}}
    iam = {"eventSource": "iam.amazonaws.com", "eventID": "e-user", "requestParameters": {"userName": name}}
    return raw_record("CreateUser", **(iam | {"responseElements": answer} | changes))


def create_key(name: str = "backdoor", key: str = "AKIABACKDOOR00000000", **changes: Any) -> dict[str, Any]:
    """A successful CreateAccessKey."""
    answer = {"accessKey": {"userName": name, "accessKeyId": key, "status": "Active"}}
    iam = {"eventSource": "iam.amazonaws.com", "eventID": "e-key", "requestParameters": {"userName": name}}
    return raw_record("CreateAccessKey", **(iam | {"responseElements": answer} | changes))


def example(record: Record) -> Findings:
    """Mallory went through a role, from a new address, made a user, and stopped logging elsewhere."""
    stop = raw_record("StopLogging", eventID="e-stop", requestParameters={"name": "second"})
    raws = [create_user(eventTime="2026-03-01T02:50:00Z"), create_key(), stop]
    return Findings(
        principals={
            CI_DEPLOY: PrincipalFacts(CI_DEPLOY, PrincipalType.ROLE, "ci-deploy", created_at=at(0)),
            MALLORY: PrincipalFacts(
                MALLORY,
                PrincipalType.USER,
                "mallory",
                created_at=at(0) - dt.timedelta(days=400),
                tags={"team": "build"},
                groups=("developers",),
                keys=(KeyFacts(KEY, "Active", at(0), at(5), "cloudtrail", "eu-west-1"),),
                permissions=(Permission("cloudtrail:UpdateTrail", "allowed", ("admin",)),),
            ),
        },
        chains=(
            Chain(
                record.event_id,
                (ChainLink("e-1", "AssumeRole", at(1), CI_DEPLOY, user(), "198.51.100.9"),),
                whole=True,
            ),
        ),
        sessions=(RoleSessions(CI_DEPLOY, at(0), (SessionSeen("run-18", "ASIAOTHER", at(2)),)),),
        earlier=(),
        addresses=(
            AddressFacts(
                "203.0.113.7",
                InterfaceFacts("eni-1", "eu-west-1", instance_id="i-1", tags={"Name": "bastion"}),
                ("eu-west-1",),
                {"service": "EC2", "region": "eu-west-1", "prefix": "203.0.113.0/24"},
                "NL",
                "AS1 Example",
            ),
        ),
        familiar_addresses=(Familiar("203.0.113.7", 0, 40, at(0)),),
        familiar_agents=(Familiar("cli", 12, 40, at(0), at(1), at(2)),),
        conduct=conduct_of(raws, since=at(0), until=at(59)),
        created=created_by(raws),
        calendars=(CalendarState("freeze", "CLOSED", at(57)),),
        contact=Contact("Security desk", "", "desk@example.com", "+31"),
        missing={Part.CONDUCT: ("us-east-1: throttled",)},
    )


_times = st.integers(-(10**9), 10**9).map(lambda seconds: at(0) + dt.timedelta(seconds=seconds))
_names = st.sampled_from((MALLORY, CI_DEPLOY, "mallory", KEY, TRAIL_ARN)) | hostile_text
_pairs = st.dictionaries(hostile_text, hostile_text, max_size=3)
_calls = st.lists(st.builds(CallSeen, _names, _times, _names, _names, *([hostile_text] * 5)), max_size=4).map(
    tuple
)
_identities = st.sampled_from(sorted(EVERYBODY)).map(EVERYBODY.__getitem__) | st.dictionaries(
    st.sampled_from(("type", "arn", "sessionContext", "accountId")), json_values
)
_facts = st.builds(
    PrincipalFacts,
    arn=_names,
    type=st.sampled_from(PrincipalType),
    name=_names,
    exists=st.booleans(),
    created_at=st.none() | _times,
    tags=st.none() | _pairs,
    groups=st.none() | st.lists(hostile_text, max_size=2).map(tuple),
    keys=st.none()
    | st.lists(st.builds(KeyFacts, _names, hostile_text, st.none() | _times), max_size=2).map(tuple),
    permissions=st.none()
    | st.lists(
        st.builds(Permission, hostile_text, st.sampled_from(("allowed", "implicitDeny"))), max_size=2
    ).map(tuple),
)
_counts = st.integers(0, 300)
_familiar = st.lists(st.builds(Familiar, _names, _counts, _counts, _times), max_size=2).map(tuple)
_links = st.lists(
    st.builds(ChainLink, _names, _names, _times, _names, _identities, session_tags=_pairs), max_size=3
).map(tuple)


def findings(event_ids: st.SearchStrategy[str] = hostile_text) -> st.SearchStrategy[Findings]:
    """Any findings, every string in them hostile."""
    return st.builds(
        Findings,
        principals=st.dictionaries(_names, _facts, max_size=2),
        chains=st.lists(st.builds(Chain, event_ids, _links, st.booleans()), max_size=2).map(tuple),
        sessions=st.lists(
            st.builds(
                RoleSessions,
                _names,
                _times,
                st.lists(st.builds(SessionSeen, hostile_text, hostile_text, _times), max_size=2).map(tuple),
            ),
            max_size=2,
        ).map(tuple),
        earlier=st.none() | _calls,
        addresses=st.lists(
            st.builds(
                AddressFacts,
                hostile_text,
                st.none() | st.builds(InterfaceFacts, hostile_text, hostile_text, tags=_pairs),
                st.lists(hostile_text, max_size=2).map(tuple),
                st.none() | _pairs,
                st.none() | hostile_text,
                st.none() | hostile_text,
            ),
            max_size=2,
        ).map(tuple),
        familiar_addresses=_familiar,
        familiar_agents=_familiar,
        conduct=st.none()
        | st.builds(
            Conduct,
            _times,
            _times,
            st.lists(st.builds(ServiceCount, hostile_text, _counts, _counts, _times, _times), max_size=2).map(
                tuple
            ),
            _calls,
            _calls,
            _calls,
            _calls,
            st.dictionaries(st.sampled_from(("denied", "evasion")), _counts),
        ),
        created=st.lists(
            st.builds(Created, st.sampled_from(CreatedKind), _names, _names, _names, _times, _names),
            max_size=3,
        ).map(tuple),
        calendars=st.lists(
            st.builds(
                CalendarState, hostile_text, st.sampled_from(("OPEN", "CLOSED")) | hostile_text, _times
            ),
            max_size=2,
        ).map(tuple),
        contact=st.none() | st.builds(Contact, *([hostile_text] * 4)),
        discovered=st.lists(
            st.just(raw_record()) | st.dictionaries(hostile_text, json_values, max_size=2), max_size=2
        ).map(tuple),
        missing=st.dictionaries(st.sampled_from(list(Part)), st.lists(hostile_text, max_size=2).map(tuple)),
    )


def records() -> st.SearchStrategy[list[Record]]:
    """Records of any principal, with hostile addresses, agents and parameters; or none."""
    one = st.builds(
        lambda who, ip, agent, more, name: parse_record(
            raw_record(name, userIdentity=who, sourceIPAddress=ip, userAgent=agent, **more)
        ),
        _identities,
        hostile_text | st.sampled_from(("10.0.0.1", "8.8.8.8", "cloudformation.amazonaws.com")),
        hostile_text | st.sampled_from(("aws-cli/2", "console.amazonaws.com")),
        st.dictionaries(
            st.sampled_from(
                (
                    "requestParameters",
                    "responseElements",
                    "vpcEndpointId",
                    "tlsDetails",
                    "errorCode",
                    "sessionCredentialFromConsole",
                )
            ),
            json_values,
        ),
        st.sampled_from(("UpdateTrail", "StopLogging", "DeleteTrail", "PutEventSelectors")),
    )
    return st.lists(one, max_size=3)


__all__ = [
    "CI_DEPLOY",
    "MALLORY",
    "by",
    "create_key",
    "create_user",
    "example",
    "findings",
    "records",
    "role",
]
