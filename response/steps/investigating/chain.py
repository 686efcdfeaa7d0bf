"""How the credentials of each record came about, step by step back to where they began.

Temporary credentials are issued by a call whose record holds their access key id; that record's own caller
is the next step (CloudTrail user guide, "CloudTrail userIdentity element").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from response.aws.history import Attribute
from response.domain.actor import Actor, PrincipalKind
from response.domain.dossier.tickets import session_tags
from response.domain.findings import Chain, ChainLink, Part
from response.domain.record import Record
from response.domain.text import ascii_only, plain
from response.steps.investigating.case import Case

_MOST_LINKS = 10
_MOST_CHAINS = 10
_AROUND = timedelta(minutes=2)
_LONGEST_SESSION = timedelta(hours=36)  # STS API reference, GetSessionToken and GetFederationToken
_SOURCES = ("sts.amazonaws.com", "signin.amazonaws.com")
# The kinds of principal that have temporary credentials even where a record does not show their key.
_TEMPORARY = frozenset(
    {
        PrincipalKind.ASSUMED_ROLE,
        PrincipalKind.SERVICE_LINKED_ROLE,
        PrincipalKind.IDENTITY_CENTER,
        PrincipalKind.FEDERATED_USER,
    }
)
_ASSUME = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
# The calls that issue credentials of that kind, the likeliest first.
_ISSUED_BY: Mapping[PrincipalKind, tuple[str, ...]] = {
    PrincipalKind.ASSUMED_ROLE: _ASSUME,
    PrincipalKind.SERVICE_LINKED_ROLE: _ASSUME,
    PrincipalKind.IDENTITY_CENTER: ("AssumeRoleWithSAML", "AssumeRole"),
    PrincipalKind.FEDERATED_USER: ("GetFederationToken",),
    PrincipalKind.IAM_USER: ("GetSessionToken",),
    PrincipalKind.ROOT: ("AssumeRoot", "GetSessionToken"),
}
_LOGIN = "ConsoleLogin"
# Where a sign-in to the console is recorded in partition `aws`, beside the region whose endpoint was used
# (CloudTrail user guide, "AWS Management Console sign-in events").
_LOGIN_REGIONS = ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2")


def chains(case: Case) -> tuple[Chain, ...]:
    """The chain of each record; records of the same credentials share what was found."""
    walked: dict[tuple[str, str], tuple[tuple[ChainLink, ...], bool]] = {}
    found: list[Chain] = []
    for record in case.records:
        key = (record.actor.access_key_id, record.actor.arn)
        if key not in walked:
            if len(walked) == _MOST_CHAINS:
                case.gaps.add(Part.CHAIN, f"only the first {_MOST_CHAINS} credentials are followed")
                break
            walked[key] = _walk(case, record)
        links, whole = walked[key]
        found.append(Chain(record.event_id, links, whole))
    return tuple(found)


def is_temporary(actor: Actor) -> bool:
    """Whether these are credentials that some call has issued."""
    return actor.access_key_id.startswith("ASIA") or actor.kind in _TEMPORARY


def _walk(case: Case, record: Record) -> tuple[tuple[ChainLink, ...], bool]:
    links: list[ChainLink] = []
    seen: set[str] = set()
    while is_temporary(record.actor):
        key = record.actor.access_key_id
        if not key:
            case.gaps.add(Part.CHAIN, f"record {record.event_id} names no access key")
            return tuple(links), False
        if key in seen or len(links) == _MOST_LINKS:
            case.gaps.add(Part.CHAIN, f"the chain is followed for {_MOST_LINKS} steps, and once round")
            return tuple(links), False
        seen.add(key)
        issuing = _issuing(case, record)
        if issuing is None:
            case.gaps.add(
                Part.CHAIN, f"no record was found of the call that issued access key {plain(key, 40)}"
            )
            return tuple(links), False
        links.append(_link(issuing, record.actor))
        record = issuing
    return tuple(links), True


def _issuing(case: Case, record: Record) -> Record | None:
    """The record of the call that issued the credentials with which this one was made."""
    actor, key = record.actor, record.actor.access_key_id
    regions = (record.region or case.incident.region, case.global_region)
    created = actor.session_created_at or record.event_time - _LONGEST_SESSION
    times = (created - _AROUND, record.event_time + _AROUND)
    for candidate in _asked(case, (Attribute.RESOURCE_NAME, key), regions, times):
        if _issues(candidate, key):
            return candidate
    if actor.session_created_at is None:
        return None
    times = (created - _AROUND, created + _AROUND)
    for name in _ISSUED_BY.get(actor.kind, ()):
        for candidate in _asked(case, (Attribute.EVENT_NAME, name), regions, times):
            if _issues(candidate, key):
                return candidate
    return _login(case, actor, regions, times)


def _asked(
    case: Case, asked: tuple[Attribute, str], regions: tuple[str, ...], times: tuple[datetime, datetime]
) -> Iterator[Record]:
    """The answers, one region after the other, since the first usually has it."""
    start, end = times
    for region in dict.fromkeys(regions):
        answer = case.searches.ask(*asked, (region,), start=start, end=min(end, case.now))
        case.gaps.add(Part.CHAIN, *answer.reasons)
        yield from answer.records


def _issues(record: Record, key: str) -> bool:
    credentials = (record.response_elements or {}).get("credentials")
    return (
        record.event_source in _SOURCES
        and not record.failed
        and isinstance(credentials, Mapping)
        and credentials.get("accessKeyId") == key
    )


def _login(
    case: Case, actor: Actor, regions: tuple[str, ...], times: tuple[datetime, datetime]
) -> Record | None:
    """A sign-in to the console names no key: it is the same user's at the time when the session was made."""
    if actor.kind not in {PrincipalKind.IAM_USER, PrincipalKind.ROOT} or not actor.arn:
        return None
    also = _LOGIN_REGIONS if case.global_region in _LOGIN_REGIONS else ()
    for record in _asked(case, (Attribute.EVENT_NAME, _LOGIN), (*regions, *also), times):
        result = (record.response_elements or {}).get(_LOGIN)
        if record.actor.arn == actor.arn and result == "Success":
            return record
    return None


def _link(issuing: Record, issued: Actor) -> ChainLink:
    caller = issuing.raw.get("userIdentity")
    answered = issuing.response_elements or {}
    holders = (answered.get(key) for key in ("assumedRoleUser", "federatedUser"))
    arns = [holder.get("arn") for holder in holders if isinstance(holder, Mapping)]
    arn = next((arn for arn in arns if isinstance(arn, str)), issued.arn)
    return ChainLink(
        event_id=issuing.event_id,
        event_name=issuing.event_name,
        at=issuing.event_time,
        issued=ascii_only(arn, 2048),
        caller=caller if isinstance(caller, Mapping) else {},
        source_ip=ascii_only(issuing.source_ip, 80),
        user_agent=ascii_only(issuing.user_agent),
        region=ascii_only(issuing.region, 40),
        session_tags={ascii_only(key): ascii_only(value) for key, value in session_tags(issuing).items()},
    )
