"""The codes of an authenticator app."""

from __future__ import annotations

import base64

import pytest

from toolkit.lab import totp

# RFC 6238, appendix B, of which authenticator apps show the last six digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037"), (20000000000, "353130")]
)
def test_the_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """By the test vectors of RFC 6238, also where the code begins with a zero."""
    assert totp.code(SECRET, at=at) == code


def test_a_secret_may_be_typed_as_it_is_read() -> None:
    """Small letters and missing padding are understood; what is no base32 is refused."""
    assert totp.code(base64.b32encode(b"1234567").decode().rstrip("=").lower(), at=59)
    with pytest.raises(ValueError, match=r"base32|padding|digit"):
        totp.code("1!", at=59)
