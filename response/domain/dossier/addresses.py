"""What kind of source a record names: an address of the internet or of a private network, or AWS itself."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum

from response.domain.record import Record


class AddressClass(StrEnum):
    """The kinds of source address that are told apart."""

    PUBLIC = "public"
    PRIVATE = "private"
    AWS_SERVICE = "aws_service"
    AWS_INTERNAL = "aws_internal"
    VPC_ENDPOINT = "vpc_endpoint"
    UNKNOWN = "unknown"


# CloudTrail user guide, record contents: a service's DNS name stands in place of the address it calls from.
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws)")
_INTERNAL = "AWS Internal"
# RFC 1918, 6598 (carriers), 3927 and 4193, 4291 (link-local, unique local), loopback: not from the internet.
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)


def address_class(record: Record) -> AddressClass:
    """The kind of source of one record. An endpoint of a VPC is told by its id, whatever the address is."""
    source = record.source_ip.strip()
    if source.startswith(_INTERNAL):
        return AddressClass.AWS_INTERNAL
    if _SERVICE.fullmatch(source.lower()):
        return AddressClass.AWS_SERVICE
    if vpc_endpoint(record):
        return AddressClass.VPC_ENDPOINT
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return AddressClass.UNKNOWN
    return AddressClass.PRIVATE if is_private(address) else AddressClass.PUBLIC


def is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address cannot be one of the internet: those of documentation (RFC 5737) count as if."""
    return any(address.version == network.version and address in network for network in _PRIVATE)


def vpc_endpoint(record: Record) -> str:
    """The VPC endpoint that the call came through, `""` for none."""
    endpoint = record.raw.get("vpcEndpointId")
    return endpoint if isinstance(endpoint, str) else ""
