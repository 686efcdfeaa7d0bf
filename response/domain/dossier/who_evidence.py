"""The evidence of who it was: principals, chains and earlier changes as entries of the dossier."""

from __future__ import annotations

import datetime as dt
from typing import Any

from response.domain.actor import Actor, actor_of
from response.domain.dossier.user_agents import from_console_session
from response.domain.findings import CallSeen, Chain, PrincipalFacts
from response.domain.record import Record
from response.domain.text import plain

# Of the tags, groups, keys and policies of one principal; IAM allows no more tags, and fewer of the rest.
_MOST = 50


def caller(identity: Any) -> str:
    """Who made a call, by its userIdentity."""
    return plain(actor_of(identity).describe(), 300)


def issued_to(actor: Actor) -> str:
    """The function, task or instance that the credentials were made for, `""` where none is named."""
    return actor.in_scope_of.source_arn or actor.in_scope_of.credentials_issued_to


def actor_entry(record: Record) -> dict[str, Any]:
    """The principal of one record."""
    actor = record.actor
    return {
        "event_id": record.event_id,
        "kind": str(actor.kind),
        "arn": plain(actor.arn),
        "account": plain(actor.account),
        "access_key_id": plain(actor.access_key_id),
        "session_name": plain(actor.session_name),
        "issuer_arn": plain(actor.issuer_arn),
        "source_identity": plain(actor.source_identity),
        "invoked_by": plain(actor.invoked_by),
        "mfa": actor.mfa,
        "issued_to": plain(issued_to(actor)),
        "console": from_console_session(record),
    }


def chain_entry(chain: Chain) -> dict[str, Any]:
    """The steps back from one record's session."""
    links = [
        {
            "event_id": link.event_id,
            "event_name": plain(link.event_name),
            "at": link.at.isoformat(),
            "issued": plain(link.issued),
            "caller": caller(link.caller),
            "source_ip": plain(link.source_ip),
        }
        for link in chain.links
    ]
    return {"event_id": chain.event_id, "whole": chain.whole, "links": links}


def facts_entry(facts: PrincipalFacts) -> dict[str, Any]:
    """What IAM says of one principal."""
    return {
        "arn": plain(facts.arn),
        "exists": facts.exists,
        "created_at": None if facts.created_at is None else facts.created_at.isoformat(),
        "tags": {plain(key): plain(value) for key, value in list((facts.tags or {}).items())[:_MOST]},
        "boundary": plain(facts.boundary_arn),
        "groups": [plain(group) for group in (facts.groups or ())[:_MOST]],
        "attached_policies": [plain(arn) for arn in (facts.attached_policies or ())[:_MOST]],
        "inline_policies": [plain(name) for name in list(facts.inline_policies or ())[:_MOST]],
        "keys": [
            {"id": plain(key.id), "status": plain(key.status), "last_used_at": _iso(key.last_used_at)}
            for key in (facts.keys or ())[:_MOST]
        ],
        "permissions": [
            {
                "action": plain(one.action),
                "decision": plain(one.decision),
                "policies": [plain(policy) for policy in one.policies[:20]],
            }
            for one in (facts.permissions or ())[:_MOST]
        ],
    }


def change_entry(call: CallSeen) -> dict[str, Any]:
    """One earlier change to a trail."""
    return {
        "event_id": call.event_id,
        "at": call.at.isoformat(),
        "call": plain(call.name),
        "trail": call.target,
    }


def _iso(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()
