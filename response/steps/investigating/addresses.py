"""Where the calls came from: an interface of the account, a range of AWS, a country and a network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from response.aws.geography import Place
from response.domain.dossier.addresses import is_private
from response.domain.findings import AddressFacts, InterfaceFacts, Part
from response.steps.investigating.case import Case
from response.steps.ports import AddressRanges, Clock, Geography, Network

_MOST = 10


@dataclass(frozen=True)
class AddressSources:
    """What is asked about an address, and until when."""

    network: Network
    ranges: AddressRanges
    geography: Geography
    clock: Clock
    deadline: datetime


def addresses(case: Case, sources: AddressSources) -> tuple[AddressFacts, ...]:
    """The facts of each IP address of the records; the names of services are no addresses."""
    regions: dict[str, tuple[str, ...]] = {}
    for record in case.records:
        if _is_address(record.source_ip):
            known = regions.get(record.source_ip, ())
            wanted = (record.region or case.incident.region, case.incident.region)
            regions[record.source_ip] = tuple(dict.fromkeys((*known, *wanted)))
    if len(regions) > _MOST:
        case.gaps.add(Part.ADDRESS, f"only {_MOST} of {len(regions)} addresses were looked at")
    wanted_addresses = list(regions)[:_MOST]
    ranges = _ranges(case, wanted_addresses, sources.ranges)
    facts: list[AddressFacts] = []
    for address in wanted_addresses:
        interface, searched = _interface(case, address, regions[address], sources)
        place = _place(case, address, sources.geography)
        facts.append(
            AddressFacts(
                address=address,
                interface=interface,
                searched=searched,
                aws_range=None if ranges is None else ranges.get(address, {}),
                country=None if place is None else place.country,
                network=None if place is None else place.network,
            )
        )
    return tuple(facts)


def _interface(
    case: Case, address: str, regions: Sequence[str], sources: AddressSources
) -> tuple[InterfaceFacts | None, tuple[str, ...]]:
    """The interface that has the address, and the regions that were asked for it."""
    searched: list[str] = []
    for region in regions:
        if sources.clock.now() >= sources.deadline:
            case.gaps.add(Part.ADDRESS, f"{address} in {region}: not asked, the time was used up")
            break
        with case.gaps.noted(Part.ADDRESS, f"{address} in {region}"):
            found = sources.network.interfaces(address, region)
            searched.append(region)
            if len(found) > 1:
                case.gaps.add(
                    Part.ADDRESS, f"{len(found)} interfaces in {region} have {address}, the first is shown"
                )
            if found:
                return _with_instance(case, found[0], sources.network), tuple(searched)
    return None, tuple(searched)


def _with_instance(case: Case, interface: InterfaceFacts, network: Network) -> InterfaceFacts:
    with case.gaps.noted(Part.ADDRESS, f"instance of {interface.id}"):
        return network.with_instance(interface)
    return interface


def _ranges(
    case: Case, wanted: Sequence[str], source: AddressRanges
) -> Mapping[str, Mapping[str, str]] | None:
    """AWS's ranges of those that are addresses of the internet; the others are in none."""
    public = [address for address in wanted if not is_private(ipaddress.ip_address(address))]
    if not public:
        return {}
    with case.gaps.noted(Part.ADDRESS, "AWS's address ranges"):
        return source.of(public)
    return None


def _place(case: Case, address: str, geography: Geography) -> Place | None:
    if not geography.is_configured:
        return None
    with case.gaps.noted(Part.ADDRESS, "address databases"):
        return geography.place_of(address)
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a scope of one machine means nothing elsewhere
