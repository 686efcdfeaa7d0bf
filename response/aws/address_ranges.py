"""The address ranges that AWS publishes as a file: which service's range holds an address.

The file is public and asked for without credentials; nothing of an incident is sent.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib import error, request

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError, RetryableError

_NAME = "address ranges"
_SECONDS = 3
_WHOLE = timedelta(seconds=10)  # the time-out above is for each read; a server that drips must not hold us
_MOST_BYTES = 16 * 1024 * 1024  # eight times what the file has now
_CHUNK = 1024 * 1024
_KEPT = timedelta(hours=12)  # AWS changes the file several times a week

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Range = tuple[_Network, Mapping[str, str]]


class _NoRedirects(request.HTTPRedirectHandler):
    """A redirection could lead from https to anywhere; the published address has none."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""
        return


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
            self._ranges, self._fetched_at = tuple(_ranges(self._fetch())), now
        return {address: _narrowest(address, self._ranges) for address in addresses}

    def _fetch(self) -> Any:
        opener = request.build_opener(_NoRedirects)
        try:
            with opener.open(self._url, timeout=_SECONDS) as answer:
                text = b"".join(self._chunks(answer))
        except error.HTTPError as failure:
            raise RefusedCallError(_NAME, str(failure.code), f"{self._url}: {failure.reason}") from failure
        except (OSError, http.client.HTTPException) as failure:
            raise RetryableError(_NAME, type(failure).__name__, f"{self._url}: {failure}") from failure
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as failure:
            raise RefusedCallError(_NAME, "NotJson", f"{self._url}: the file is not JSON") from failure

    def _chunks(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        read, deadline = 0, self._clock.now() + _WHOLE
        while chunk := answer.read1(_CHUNK):
            read += len(chunk)
            if read > _MOST_BYTES:
                raise RefusedCallError(_NAME, "TooLarge", f"{self._url}: more than {_MOST_BYTES} bytes")
            if self._clock.now() > deadline:
                raise RetryableError(_NAME, "Timeout", f"{self._url}: not read within {_WHOLE}")
            yield chunk


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
