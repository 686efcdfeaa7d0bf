"""The address ranges that AWS publishes as a file: which service's range holds an address.

The file is public and asked for without credentials; nothing of an incident is sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError
from response.aws.public_file import fetch_json

_NAME = "address ranges"
_MOST_BYTES = 16 * 1024 * 1024  # eight times what the file has now
_KEPT = timedelta(hours=12)  # AWS changes the file several times a week

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Range = tuple[_Network, Mapping[str, str]]


class AddressRanges:
    """The ranges of one file, fetched when first needed and kept while the function is warm."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._ranges: tuple[_Range, ...] = ()
        self._fetched_at: datetime | None = None

    def of(self, addresses: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The narrowest range of each address as `{service, region, prefix}`; {} for one that none holds.

        RetryableError where the file cannot be had, RefusedCallError where it is not what it must be.
        """
        now = self._clock.now()
        if self._fetched_at is None or now - self._fetched_at > _KEPT:
            fetched = fetch_json(_NAME, self._url, clock=self._clock, most_bytes=_MOST_BYTES)
            self._ranges, self._fetched_at = tuple(_ranges(fetched)), now
        return {address: _narrowest(address, self._ranges) for address in addresses}


def _ranges(document: Any) -> Iterator[_Range]:
    """The entries of the file (Amazon VPC user guide, 'AWS IP address ranges'); an odd one is left out."""
    if not isinstance(document, dict) or not isinstance(document.get("prefixes"), list):
        raise RefusedCallError(_NAME, "Malformed", "expected an object with a list `prefixes`")
    for key, member in (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix")):
        entries = document.get(key)
        for entry in entries if isinstance(entries, list) else ():
            prefix = entry.get(member) if isinstance(entry, dict) else None
            try:
                network = ipaddress.ip_network(prefix) if isinstance(prefix, str) else None
            except ValueError:
                continue
            if network is not None:
                service, region = str(entry.get("service", "")), str(entry.get("region", ""))
                yield network, {"service": service, "region": region, "prefix": str(network)}


def _narrowest(address: str, ranges: Iterable[_Range]) -> Mapping[str, str]:
    """AMAZON stands for all of AWS, so of equal prefixes another service says more."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return {}
    holding = [known for known in ranges if parsed in known[0]]
    if not holding:
        return {}
    return max(holding, key=lambda known: (known[0].prefixlen, known[1]["service"] != "AMAZON"))[1]
