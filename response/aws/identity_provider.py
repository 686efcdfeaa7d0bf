"""What an OpenID Connect provider says of itself: where people sign in and where a code becomes a token.

OpenID Connect Discovery 1.0, section 4: a document at a fixed place below the issuer's address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError
from response.aws.public_file import fetch_json

_NAME = "identity provider"
_MOST_BYTES = 256 * 1024
_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Endpoints:
    """Where to sign in, to get a token, and to sign out (empty where the provider has no such place)."""

    authorization: str
    token: str
    logout: str = ""


class IdentityProvider:
    """One provider; its document is fetched when first needed and kept while the function is warm."""

    def __init__(self, issuer: str, *, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._found: Endpoints | None = None
        self._found_at: datetime | None = None

    def endpoints(self) -> Endpoints:
        """RetryableError where the document cannot be had, RefusedCallError where it is not as it must be."""
        now = self._clock.now()
        if self._found is None or self._found_at is None or now - self._found_at > _KEPT:
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            document = fetch_json(_NAME, url, clock=self._clock, most_bytes=_MOST_BYTES)
            self._found, self._found_at = _endpoints(document, self._issuer), now
        return self._found


def _endpoints(document: Any, issuer: str) -> Endpoints:
    """The specification demands that the document names the issuer under which it was found."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise RefusedCallError(_NAME, "Malformed", f"expected an object whose `issuer` is {issuer!r}")
    logout = document.get("end_session_endpoint")
    return Endpoints(
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        logout="" if logout is None else _address(document, "end_session_endpoint"),
    )


def _address(document: dict[str, Any], name: str) -> str:
    """An https address that can stand in a header: it becomes part of the page's content security policy."""
    value = document.get(name)
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        is_plain = parts is not None and parts.hostname is not None and parts.netloc.isascii()
        if parts and is_plain and parts.scheme == "https" and not set(parts.netloc) & set(" ;,'\"@\r\n\t"):
            return str(value)
    except ValueError:
        pass
    raise RefusedCallError(_NAME, "Malformed", f"`{name}` is {value!r:.200}, expected an https address")
