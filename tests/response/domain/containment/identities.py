"""Strategies: identities of every kind with missing, null and odd fields, and findings that are as odd."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from response.domain.findings import (
    AddressFacts,
    Chain,
    ChainLink,
    Created,
    CreatedKind,
    Findings,
    InterfaceFacts,
    KeyFacts,
    PrincipalFacts,
    PrincipalType,
    RoleSessions,
    SessionSeen,
)
from tests.response.domain.containment.scenes import POLICY_NAME
from tests.response.domain.people import CONTAINER, EVERYBODY, KEY, federated, hostile_texts, role, user
from tests.response.domain.strategies import ACCOUNT, STRANGER, json_values, raw_record, spoiled

_EVENT = raw_record()["eventID"]
_FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay"
# Every field that CloudTrail's reference of userIdentity names, beside those of the kinds.
_NEWER: dict[str, Any] = {
    "credentialId": "c-1",
    "invokedBy": "cloudformation.amazonaws.com",
    "identityProvider": "accounts.example",
    "inScopeOf": {
        "sourceArn": _FUNCTION,
        "sourceAccount": ACCOUNT,
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": _FUNCTION,
    },
    "invokedByDelegate": {"accountId": STRANGER},
    "onBehalfOf": {
        "userId": "u-1",
        "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-9067642ac7",
    },
    "sessionContext": {
        "attributes": {"creationDate": "2026-03-01T02:00:00Z", "mfaAuthenticated": "true"},
        "sourceIdentity": "alice",
        "ec2RoleDelivery": "2.0",
        "assumedRoot": "true",
        "webIdFederationData": {"federatedProvider": "x", "attributes": {"x:sub": "me"}},
    },
}
NAMES = ("mallory", "ci-deploy", "emergency", "eve", "AWSServiceRoleForX", "trailguard-container")
_KNOWN: list[dict[str, Any]] = [
    *(dict(identity) for identity in EVERYBODY.values()),
    *(user(name) for name in NAMES),
    *(role(name, session) for name in NAMES for session in ("run-17", "i-0123456789abcdef0")),
    federated(issuer="emergency"),
    role(CONTAINER.rpartition("/")[2]),
    role("cdk-x-deploy-role-1"),
]


def _with_newer(identity: dict[str, Any]) -> dict[str, Any]:
    context = {**_NEWER["sessionContext"], **(identity.get("sessionContext") or {})}
    return {**_NEWER, **identity, "sessionContext": context}


_whole = st.sampled_from(_KNOWN)
identities = st.one_of(
    _whole,
    _whole.map(_with_newer),
    _whole.flatmap(spoiled),
    _whole.map(_with_newer).flatmap(spoiled),
    json_values,
)
"""What may stand as userIdentity in a record."""

_times = st.datetimes(
    min_value=dt.datetime(2026, 2, 28),  # noqa: DTZ001 - the strategy adds the time zone
    max_value=dt.datetime(2026, 3, 2),  # noqa: DTZ001 - the strategy adds the time zone
    timezones=st.just(dt.UTC),
)
_names = st.sampled_from((*NAMES, *NAMES, *NAMES)) | hostile_texts
_kinds = st.sampled_from(("user", "role"))
_paths = st.sampled_from(("/", "/", "/ops/", "/aws-service-role/x.amazonaws.com/"))
_accounts = st.sampled_from((ACCOUNT, ACCOUNT, STRANGER, ""))
_arns = st.builds("arn:aws:iam::{}:{}{}{}".format, _accounts, _kinds, _paths, _names) | hostile_texts


def _usual_arn(kind: str, path: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}{path}{name}"


_tags = st.none() | st.dictionaries(
    st.sampled_from(("team", "x")), st.sampled_from(("soc", "dev")), max_size=2
)
_keys = st.builds(
    KeyFacts,
    st.sampled_from((KEY, "AKIAEXAMPLEOTHER0000")) | hostile_texts,
    st.sampled_from(("Active", "Inactive")),
)
_told: dict[str, Any] = {
    "exists": st.sampled_from((True, True, False)),
    "unique_id": st.sampled_from(("", "", "AROAEXAMPLECIDEPLOY", "AIDAEXAMPLEMALLORY")) | hostile_texts,
    "tags": _tags,
    "boundary_arn": hostile_texts,
    "inline_policies": st.none()
    | st.dictionaries(st.sampled_from((POLICY_NAME, "own")), st.integers(0, 10_240), max_size=2),
    "attached_policies": st.none() | st.lists(_arns, max_size=2).map(tuple),
    "keys": st.none() | st.lists(_keys, max_size=3).map(tuple),
    "has_login_profile": st.none() | st.booleans(),
}
_odd_facts = st.builds(PrincipalFacts, arn=_arns, type=st.sampled_from(PrincipalType), name=_names, **_told)


@st.composite
def _usual_facts(draw: st.DrawFn) -> PrincipalFacts:
    """Of a principal that the identities name, as IAM would tell it."""
    kind, name = draw(st.sampled_from(PrincipalType)), draw(st.sampled_from(NAMES))
    told = {part: draw(strategy) for part, strategy in _told.items()}
    return PrincipalFacts(_usual_arn(str(kind), draw(_paths), name), kind, name, **told)


_facts = _usual_facts() | _odd_facts
_links = st.builds(
    ChainLink,
    event_id=hostile_texts,
    event_name=st.sampled_from(("AssumeRole", "GetSessionToken")) | hostile_texts,
    at=_times,
    issued=_arns,
    caller=st.one_of(_whole, _whole, identities.filter(lambda identity: isinstance(identity, dict))),
)
_chains = st.builds(Chain, st.just(_EVENT), st.lists(_links, max_size=4).map(tuple), st.booleans())
protected_links = st.lists(
    st.builds(
        ChainLink,
        event_id=st.just("e-1"),
        event_name=st.just("AssumeRole"),
        at=_times,
        issued=st.just("arn"),
        caller=st.sampled_from(
            (user("emergency"), user("eve"), role(CONTAINER.rpartition("/")[2]), role("x"))
        ),
    ),
    max_size=3,
).map(tuple)
"""Chains of whom the policy of the tests protects, of the responder, and of others."""
_sessions = st.builds(
    RoleSessions,
    _arns,
    _times,
    st.lists(
        st.builds(SessionSeen, st.sampled_from(("run-17", "nightly")) | hostile_texts, hostile_texts, _times),
        max_size=3,
    ).map(tuple),
)
_odd_created = st.builds(
    Created,
    st.sampled_from(CreatedKind),
    _names,
    _arns | st.just(""),
    hostile_texts,
    _times,
    st.just(KEY) | hostile_texts,
)


@st.composite
def _usual_created(draw: st.DrawFn) -> Created:
    """As records of IAM's calls name what was made; a key's or password's leaves the owner's ARN out."""
    kind, name, path = draw(st.sampled_from(CreatedKind)), draw(st.sampled_from(NAMES)), draw(_paths)
    what = "role" if kind is CreatedKind.ROLE else "user"
    arn = _usual_arn(what, path, name) if kind in {CreatedKind.USER, CreatedKind.ROLE} else ""
    return Created(kind, name, arn, "e-1", draw(_times), KEY)


_created = _usual_created() | _odd_created
_addresses = st.builds(
    AddressFacts,
    hostile_texts,
    st.none()
    | st.builds(
        InterfaceFacts,
        hostile_texts,
        hostile_texts,
        instance_id=st.just("i-0123456789abcdef0") | hostile_texts,
    ),
)
findings = st.builds(
    Findings,
    principals=st.lists(_facts, max_size=4).map(lambda found: {one.arn: one for one in found}),
    chains=st.lists(_chains, max_size=1).map(tuple),
    sessions=st.lists(_sessions, max_size=2).map(tuple),
    addresses=st.lists(_addresses, max_size=1).map(tuple),
    created=st.lists(_created, max_size=4).map(tuple),
    missing=st.dictionaries(
        st.sampled_from(("chain", "sessions")), st.lists(hostile_texts, max_size=1).map(tuple), max_size=2
    ),
)
"""Whatever an investigation may have found."""
