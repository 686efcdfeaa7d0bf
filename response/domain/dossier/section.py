"""One part of the dossier: what was found, in plain words, on what evidence, and what is missing of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from response.domain.text import plain

MOST_ENTRIES = 100
"""Of one list of evidence: what an attacker makes longer must not outgrow an item of the incident table."""
# DynamoDB takes 400 KB an item; the dossier of a round is one, made of two such sets of sections.
_LONGEST = 180_000
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


def listed(entries: Sequence[Any], left_out: int = 0, most: int = MOST_ENTRIES) -> dict[str, Any]:
    """A list of evidence, cut where it is too long, and how many entries are not shown."""
    cut = max(len(entries) - most, 0) + left_out
    return {"entries": list(entries[:most]), **({"left_out": cut} if cut else {})}


def fitted(sections: Mapping[str, Section]) -> dict[str, Section]:
    """The sections with as many entries of evidence as fit the incident table together."""
    for most in (MOST_ENTRIES, 50, 20, 5, 0):
        shortened = {
            name: Section(section.finding, _shortened(section.evidence, most), section.missing)
            for name, section in sections.items()
        }
        if len(json.dumps([section.to_json() for section in shortened.values()])) <= _LONGEST:
            break
    return shortened


def _shortened(evidence: Any, most: int) -> Any:
    """Evidence with its lists cut, wherever they stand in it."""
    if isinstance(evidence, list):
        return [_shortened(item, most) for item in evidence]
    if not isinstance(evidence, Mapping):
        return evidence
    if isinstance(evidence.get("entries"), list):
        entries = [_shortened(entry, most) for entry in evidence["entries"]]
        return listed(entries, evidence.get("left_out", 0), most)
    return {key: _shortened(value, most) for key, value in evidence.items()}


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
