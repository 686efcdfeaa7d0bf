"""One check of the demonstration, and the ways in which AWS refuses a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REFUSALS: Final = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AccessDenied",
    "AccessDeniedException",
)


@dataclass(frozen=True)
class Check:
    """One statement about the end state, whether it holds, and what was found."""

    text: str
    holds: bool
    found: str
