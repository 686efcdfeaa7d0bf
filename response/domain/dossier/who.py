"""Who made the change: the principal, how it came by its credentials, how old it is, what it may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from response.domain import patterns
from response.domain.actor import Actor, PrincipalKind
from response.domain.dossier.ages import age, many, moment
from response.domain.dossier.at_hand import at_hand
from response.domain.dossier.section import NOT_KNOWN, Section, listed, names, reasons, sentence
from response.domain.dossier.user_agents import agent_class, from_console_session, through_console
from response.domain.dossier.who_evidence import (
    actor_entry,
    caller,
    chain_entry,
    change_entry,
    facts_entry,
    issued_to,
)
from response.domain.findings import Chain, Findings, KeyFacts, Part, PrincipalFacts
from response.domain.record import Record
from response.domain.text import plain

_PARTS = (Part.PRINCIPAL, Part.PERMISSIONS, Part.CHAIN, Part.EARLIER, Part.DISCOVERED)
_DAYS_LOOKED_AT = 90


def who(records: Sequence[Record], findings: Findings, *, now: dt.datetime) -> Section:
    """The principals behind these records, back to where their sessions began."""
    records, doubt = at_hand(records, findings)
    missing = reasons(doubt, findings.why_missing(*_PARTS))
    if not records:
        return Section(NOT_KNOWN, {}, missing)
    keys = {record.actor.access_key_id for record in records}
    missing = reasons(missing, *_not_described(records, findings))
    finding = sentence(
        names((record.actor.describe() for record in records), 400),
        names((told for record in records for told in _behind(record.actor)), 260),
        names(_mfa(record) for record in records),
        names(_way(record) for record in records),
        *(_chain(chain) for chain in findings.chains[:5]),
        *(told for facts in list(findings.principals.values())[:5] for told in _facts(facts, keys, now)),
        _earlier(findings, names((record.region for record in records), 40)),
    )
    evidence = {
        "actors": listed([actor_entry(record) for record in records]),
        "chains": listed([chain_entry(chain) for chain in findings.chains]),
        "principals": listed([facts_entry(facts) for facts in findings.principals.values()]),
        "earlier_changes": listed([change_entry(call) for call in findings.earlier or ()]),
    }
    return Section(finding, evidence, missing)


def _behind(actor: Actor) -> Iterator[str]:
    """What stands behind the credentials, where the record says it."""
    if issued_to(actor):
        yield f"the credentials were made for {plain(issued_to(actor), 200)}"
    if actor.ec2_role_delivery:
        version = plain(actor.ec2_role_delivery, 10)
        yield f"they came from an instance's metadata service, version {version}"
    if actor.identity_provider:
        yield f"{plain(actor.identity_provider, 200)} vouched for the user"
    if actor.assumed_root:
        yield "a root session made with sts:AssumeRoot"
    if actor.delegate_account:
        yield f"access was delegated for a time to account {plain(actor.delegate_account, 40)}"


def _mfa(record: Record) -> str:
    """What the record says of MFA. A long-term key's calls say nothing of it."""
    return {True: "with MFA", False: "without MFA", None: "whether MFA was used is not recorded"}[
        record.actor.mfa
    ]


def _way(record: Record) -> str:
    """Console or API."""
    if through_console(record):
        return "through the console"
    if from_console_session(record):
        return "with a console session's credentials, taken to another client"
    return f"through the API ({agent_class(record)})"


def _chain(chain: Chain) -> str:
    """The steps back from a session, in words."""
    if not chain.links:
        return ""
    steps = [
        f"by {plain(link.event_name, 60)} at {moment(link.at)} to {caller(link.caller)}"
        for link in chain.links
    ]
    began = "where it began" if chain.whole else "beyond which it could not be followed"
    return f"the session was issued {', that one '.join(steps)}, {began}"


def _facts(facts: PrincipalFacts, keys: set[str], now: dt.datetime) -> Iterator[str]:
    """What IAM says of one principal."""
    name = f"{facts.type} {plain(facts.name, 80)}"
    if not facts.exists:
        yield f"{name} is gone"
        return
    if facts.created_at is not None:
        yield f"{name} is {age(facts.created_at, now)} old"
    for key in facts.keys or ():
        if key.id in keys:
            yield _key(key, now)
    if facts.permissions:
        allowed = [one.action for one in facts.permissions if one.decision == "allowed"]
        yield f"it may call {names(allowed)}" if allowed else "no policy lets it change trails now"
    if facts.tags:
        yield f"tagged {names(f'{key}={value}' for key, value in facts.tags.items())}"
    if facts.groups:
        yield f"in the groups {names(facts.groups)}"


def _not_described(records: Sequence[Record], findings: Findings) -> Iterator[str]:
    """Why age, groups, tags and permissions of a principal are not known, where IAM told nothing of it."""
    for record in records[:5]:
        actor = record.actor
        if _is_described(actor, findings):
            continue
        why = _INDESCRIBABLE.get(actor.kind, "")
        if not why and actor.account and record.account and actor.account != record.account:
            why = f"IAM of account {plain(actor.account, 20)} cannot be asked"
        if not why and not findings.why_missing(Part.PRINCIPAL):
            why = "IAM was not asked"
        if why:
            yield f"age, tags, groups and permissions of {plain(actor.describe(), 200)}: {why}"


def _is_described(actor: Actor, findings: Findings) -> bool:
    arns = [arn for arn in (actor.arn, actor.issuer_arn) if arn]
    return any(
        known in arns or any(patterns.is_same_role(known, arn) for arn in arns)
        for known in findings.principals
    )


_INDESCRIBABLE = {
    PrincipalKind.ROOT: "IAM describes no root user; no policy of its account limits it",
    PrincipalKind.AWS_SERVICE: "an AWS service is neither user nor role",
    PrincipalKind.AWS_ACCOUNT: "IAM of another account cannot be asked",
    PrincipalKind.SAML_USER: "only the identity provider knows the user",
    PrincipalKind.WEB_IDENTITY_USER: "only the identity provider knows the user",
    PrincipalKind.UNKNOWN: "the record does not name a user or role",
}


def _key(key: KeyFacts, now: dt.datetime) -> str:
    made = f"is {age(key.created_at, now)} old" if key.created_at is not None else "is of unknown age"
    used = ""
    if key.last_used_at is not None:
        where = " in ".join(part for part in (key.last_used_service, key.last_used_region) if part)
        used = f", last used at {moment(key.last_used_at)}{f' for {plain(where, 80)}' if where else ''}"
    return f"access key {plain(key.id, 40)} {made}{used}, {plain(key.status, 20)}"


def _earlier(findings: Findings, regions: str) -> str:
    """A trail is changed in its own Region, so that is where it was looked for."""
    where = f" in {regions}" if regions else ""
    if findings.earlier is None:
        return "whether it changed trails before is not known"
    if not findings.earlier:
        return f"it was not seen changing trails{where} in the {_DAYS_LOOKED_AT} days before"
    calls = names(call.name for call in findings.earlier)
    often = many(len(findings.earlier), "time")
    return f"it changed trails{where} {often} in the {_DAYS_LOOKED_AT} days before: {calls}"
