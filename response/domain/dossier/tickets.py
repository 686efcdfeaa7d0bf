"""Numbers of tickets in what a caller wrote on a session: tags, source identity, name. Claims, no proof."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from response.domain.findings import Findings
from response.domain.record import Record
from response.domain.text import plain

# As trackers write them: Jira keys (SEC-1234), ServiceNow and the like (CHG0030001, RITM0010017).
_TICKET = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][A-Z0-9]{1,9}-\d{1,7}|(?:CHG|INC|RITM|REQ|TASK|PRB)\d{4,12})(?!\w)"
)
# Tag keys whose value is a ticket whatever it looks like, compared without case, spaces, -, _ and :.
_TAG_KEYS = frozenset(
    {"ticket", "ticketid", "change", "changeid", "changerequest", "jira", "issue", "request", "approval"}
)
_MOST_TAGS = 50  # STS API reference, AssumeRole: at most 50 session tags


def session_tags(record: Record) -> dict[str, str]:
    """The session tags that a call of STS set: `tags` of AssumeRole, `principalTags` of a federated one."""
    parameters = record.request_parameters or {}
    tags = dict(_pairs(parameters.get("tags")))
    for claims in (parameters.get("principalTags"), (record.response_elements or {}).get("principalTags")):
        tags.update(_texts(claims))
    return {plain(key, 128): plain(value) for key, value in list(tags.items())[:_MOST_TAGS]}


def tickets(records: Sequence[Record], findings: Findings) -> list[dict[str, str]]:
    """Every ticket that somebody wrote into a session, where, and in which event."""
    found = [*_of_records(records), *_of_chains(findings)]
    return list({(one["ticket"], one["in"]): one for one in found}.values())


def _of_records(records: Sequence[Record]) -> Iterator[dict[str, str]]:
    for record in records:
        yield from _in("source identity", record.actor.source_identity, record.event_id)
        yield from _in("session name", record.actor.session_name, record.event_id)
        for key, value in session_tags(record).items():
            yield from _in_tag(key, value, record.event_id)


def _of_chains(findings: Findings) -> Iterator[dict[str, str]]:
    for chain in findings.chains:
        for link in chain.links:
            for key, value in link.session_tags.items():
                yield from _in_tag(key, value, link.event_id)


def _in_tag(key: str, value: str, event_id: str) -> Iterator[dict[str, str]]:
    where = f"session tag {plain(key, 128)}"
    if key.casefold().translate(str.maketrans("", "", " -_:")) in _TAG_KEYS and value:
        yield _ticket(value, where, event_id)
    else:
        yield from _in(where, value, event_id)


def _in(where: str, text: str, event_id: str) -> Iterator[dict[str, str]]:
    for match in _TICKET.finditer(text):
        yield _ticket(match[0], where, event_id)


def _ticket(value: str, where: str, event_id: str) -> dict[str, str]:
    return {"ticket": plain(value, 80), "in": where, "event_id": plain(event_id, 128)}


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Tags as a list of {key, value}, which is how STS takes them."""
    for item in value if isinstance(value, list) else []:
        if isinstance(item, Mapping):
            key, tag = item.get("key", item.get("Key")), item.get("value", item.get("Value"))
            if isinstance(key, str) and isinstance(tag, str):
                yield key, tag


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Tags as one object, whose values may be lists of one text."""
    for key, tag in value.items() if isinstance(value, Mapping) else ():
        first = tag[0] if isinstance(tag, list) and tag else tag
        if isinstance(key, str) and isinstance(first, str):
            yield key, first
