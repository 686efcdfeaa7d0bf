"""One part of the dossier: what was found, in plain words, on what evidence, and what is missing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from response.domain.text import plain

MOST_ENTRIES = 100
"""Of one list of evidence: what an attacker makes longer must not outgrow an item of the incident table."""
NOT_KNOWN = "not known"
_NAMES = 20


@dataclass(frozen=True)
class Section:
    """One part of the dossier. `missing` says why it is not complete; `""` means that it is."""

    finding: str
    evidence: Any = field(default_factory=dict)
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"finding": self.finding, "evidence": self.evidence, "missing": self.missing}


def listed(entries: Sequence[Any], left_out: int = 0) -> dict[str, Any]:
    """A list of evidence, cut where it is too long, and how many entries are not shown."""
    cut = max(len(entries) - MOST_ENTRIES, 0) + left_out
    return {"entries": list(entries[:MOST_ENTRIES]), **({"left_out": cut} if cut else {})}


def sentence(*parts: str) -> str:
    """The parts that say something, as one finding."""
    return "; ".join(part for part in parts if part) or NOT_KNOWN


def names(values: Iterable[str], limit: int = 80) -> str:
    """Each of the values once, safe to show, at most twenty of them."""
    distinct = list(dict.fromkeys(plain(value, limit) for value in values if value))
    more = f" and {len(distinct) - _NAMES} more" if len(distinct) > _NAMES else ""
    return ", ".join(distinct[:_NAMES]) + more


def reasons(*parts: str) -> str:
    """Why something is missing, each reason once."""
    return "; ".join(dict.fromkeys(part for part in parts if part))
