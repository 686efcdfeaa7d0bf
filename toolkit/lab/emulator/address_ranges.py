"""Serves `/ip-ranges.json` from the lab, in the format of the document that AWS publishes.

The ranges are those of RFC 5737 and RFC 3849, which are reserved for documentation: an attack in the lab can
come from "AWS" without naming an address that somebody has (VPC user guide, "AWS IP address ranges").
"""

import functools
import json
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

PATH: Final = "/ip-ranges.json"
# Of documentation addresses, 192.0.2.0/24 is left out: it stands for the rest of the internet.
_PREFIXES = (
    ("203.0.113.0/24", "us-east-1", "AMAZON"),
    ("203.0.113.0/24", "us-east-1", "EC2"),
    ("198.51.100.0/25", "GLOBAL", "AMAZON"),
    ("198.51.100.0/25", "GLOBAL", "CLOUDFRONT"),
)
_IPV6_PREFIXES = (("2001:db8:1::/48", "us-east-1", "AMAZON"), ("2001:db8:1::/48", "us-east-1", "EC2"))


@functools.cache
def install() -> None:
    """Answer the path before ministack takes it for a bucket of S3."""
    app = ministack("app")
    original = app._handle_pre_body_request

    async def handle(method: str, path: str, *rest: Any) -> Any:
        if path == PATH and method in ("GET", "HEAD"):
            return 200, {"Content-Type": "application/json"}, document()
        return await original(method, path, *rest)

    app._handle_pre_body_request = handle


def document() -> bytes:
    """The document, with its two lists of prefixes."""
    return json.dumps(
        {
            "syncToken": "1767225600",
            "createDate": "2026-01-01-00-00-00",
            "prefixes": [_prefix("ip_prefix", *prefix) for prefix in _PREFIXES],
            "ipv6_prefixes": [_prefix("ipv6_prefix", *prefix) for prefix in _IPV6_PREFIXES],
        }
    ).encode()


def _prefix(key: str, prefix: str, region: str, service: str) -> dict[str, str]:
    return {key: prefix, "region": region, "service": service, "network_border_group": region}
