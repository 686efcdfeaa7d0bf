"""Gap: ministack 1.5.33 calls loopback insecure: a TLS-only bucket policy would deny every call of the lab.

What never leaves the machine cannot be read on the way: calls from loopback have `aws:SecureTransport` true.
"""

import functools
import ipaddress

from toolkit.lab.emulator.internals import ministack


@functools.cache
def install() -> None:
    """Count calls from loopback as secure transport when policies are evaluated."""
    app = ministack("app")
    pin_request_origin = app.pin_request_origin

    def pin(source_ip: str, secure_transport: bool) -> None:
        pin_request_origin(source_ip, secure_transport or _is_loopback(source_ip))

    app.pin_request_origin = pin


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
