"""From where the change was made: the address and whose it is, the client, and whether either is new."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

from response.domain.dossier.addresses import AddressClass, address_class, is_private, vpc_endpoint
from response.domain.dossier.at_hand import at_hand
from response.domain.dossier.section import NOT_KNOWN, Section, listed, names, reasons, sentence
from response.domain.dossier.user_agents import agent_class
from response.domain.findings import AddressFacts, Familiar, Findings, Part
from response.domain.record import Record
from response.domain.text import plain

_PARTS = (Part.ADDRESS, Part.AGENT)
_WORDS = {
    AddressClass.PUBLIC: "a public address",
    AddressClass.PRIVATE: "a private address",
    AddressClass.AWS_SERVICE: "an AWS service",
    AddressClass.AWS_INTERNAL: "AWS itself",
    AddressClass.VPC_ENDPOINT: "through a VPC endpoint",
    AddressClass.UNKNOWN: "of a kind that is not known",
}


def from_where(records: Sequence[Record], findings: Findings) -> Section:
    """Source addresses and user agents of these records, compared with what the principal used before."""
    records, doubt = at_hand(records, findings)
    missing = reasons(doubt, findings.why_missing(*_PARTS))
    if not records:
        return Section(NOT_KNOWN, {}, missing)
    finding = sentence(
        names((_source(record) for record in records), 200),
        *(_known(facts) for facts in findings.addresses[:5]),
        _no_database(findings),
        *(_familiar("address", known) for known in findings.familiar_addresses[:5]),
        names((f"client: {_agent(record)}" for record in records), 200),
        *(_familiar("client", known) for known in findings.familiar_agents[:5]),
    )
    evidence = {
        "sources": listed([_entry(record) for record in records]),
        "addresses": listed([_address_entry(facts) for facts in findings.addresses]),
        "seen_before": listed(
            [_familiar_entry(one) for one in (*findings.familiar_addresses, *findings.familiar_agents)]
        ),
    }
    return Section(finding, evidence, missing)


def _source(record: Record) -> str:
    if not record.source_ip:
        return "the record names no source address"
    endpoint = vpc_endpoint(record)
    through = f" {plain(endpoint, 60)}" if endpoint else ""
    return f"{plain(record.source_ip, 80)}, {_WORDS[address_class(record)]}{through}"


def _agent(record: Record) -> str:
    shown = plain(record.user_agent, 120)
    return (
        f"{agent_class(record)} ({shown})" if shown else f"{agent_class(record)}, no user agent is recorded"
    )


def _known(facts: AddressFacts) -> str:
    """Whose an address is, as far as anybody could be asked."""
    told = [part for part in (_interface(facts), _range(facts), _place(facts)) if part]
    return f"{plain(facts.address, 80)}: {', '.join(told)}" if told else ""


def _interface(facts: AddressFacts) -> str:
    interface = facts.interface
    if interface is None:
        regions = f" in {names(facts.searched)}" if facts.searched else ""
        return f"no network interface of the account{regions} has it" if facts.searched else ""
    on = f" of instance {plain(interface.instance_id, 40)}" if interface.instance_id else ""
    profile = (
        f" with profile {plain(interface.instance_profile_arn, 200)}"
        if interface.instance_profile_arn
        else ""
    )
    named = f" ({plain(interface.tags['Name'], 80)})" if interface.tags.get("Name") else ""
    about = f", {plain(interface.description, 80)}" if interface.description and not on else ""
    region = plain(interface.region, 30)
    return f"network interface {plain(interface.id, 40)}{on}{profile}{named} in {region}{about}"


def _range(facts: AddressFacts) -> str:
    if facts.aws_range is None:
        return "whether it is an address of AWS is not known"
    if not facts.aws_range:
        return "in no published range of AWS"
    service, region = facts.aws_range.get("service", ""), facts.aws_range.get("region", "")
    whose = (
        "a range of EC2, where any customer may be"
        if service == "EC2"
        else f"a range of {plain(service, 40)}"
    )
    return f"in {whose}, {plain(region, 30)}"


def _place(facts: AddressFacts) -> str:
    told = [plain(part, 80) for part in (facts.country, facts.network) if part]
    return f"by the configured database in {', '.join(told)}" if told else ""


def _no_database(findings: Findings) -> str:
    """Country and network, where no database was there to tell them of an address of the internet."""
    unplaced = [facts for facts in findings.addresses if facts.country is None and facts.network is None]
    if not any(_is_public(facts.address) for facts in unplaced):
        return ""
    return "country and network are not known: no address database is configured, or none could be read"


def _is_public(address: str) -> bool:
    try:
        return not is_private(ipaddress.ip_address(address))
    except ValueError:
        return False


def _familiar(what: str, known: Familiar) -> str:
    value = plain(known.value, 120)
    since = known.since.date().isoformat()
    if not known.of:
        return f"nothing of this principal since {since} to compare the {what} {value} with"
    if not known.seen:
        return f"the {what} {value} is new for this principal: not in {known.of} calls since {since}"
    return f"the {what} {value} was seen before: in {known.seen} of {known.of} calls since {since}"


def _entry(record: Record) -> dict[str, Any]:
    return {
        "event_id": record.event_id,
        "source_ip": plain(record.source_ip),
        "address_class": str(address_class(record)),
        "vpc_endpoint": plain(vpc_endpoint(record)),
        "user_agent": plain(record.user_agent),
        "agent_class": str(agent_class(record)),
    }


def _address_entry(facts: AddressFacts) -> dict[str, Any]:
    interface = facts.interface
    return {
        "address": plain(facts.address),
        "interface": None
        if interface is None
        else {
            "id": plain(interface.id),
            "region": plain(interface.region),
            "type": plain(interface.type),
            "vpc": plain(interface.vpc_id),
            "instance": plain(interface.instance_id),
            "profile": plain(interface.instance_profile_arn),
            "tags": _plain_pairs(interface.tags.items()),
        },
        "searched": [plain(region) for region in facts.searched],
        "aws_range": None if facts.aws_range is None else _plain_pairs(facts.aws_range.items()),
        "country": None if facts.country is None else plain(facts.country),
        "network": None if facts.network is None else plain(facts.network),
    }


def _plain_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {plain(key): plain(value) for key, value in list(pairs)[:50]}


def _familiar_entry(known: Familiar) -> dict[str, Any]:
    return {
        "value": plain(known.value),
        "seen": known.seen,
        "of": known.of,
        "since": known.since.isoformat(),
        "first": None if known.first is None else known.first.isoformat(),
        "last": None if known.last is None else known.last.isoformat(),
    }
