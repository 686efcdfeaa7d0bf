"""Findings cut down until they fit an item of the incident table, with what was cut named."""

from __future__ import annotations

from dataclasses import replace

from response.aws.documents import dump
from response.domain.findings import Conduct, Findings, Part

# DynamoDB developer guide, "Quotas": 400 KB an item; the keys and a margin are ours.
MOST_BYTES = 360_000
_CUT = "shortened, since all of it would not fit the incident's record"


def fitted(findings: Findings) -> Findings:
    """The same as long as it fits; else with ever shorter lists of calls, then fewer discovered records."""
    fits = findings
    for most in (50, 20, 5, 0):
        if _size(fits) <= MOST_BYTES:
            return fits
        fits = _shortened(findings, most)
    while fits.discovered and _size(fits) > MOST_BYTES:
        fits = _noted(replace(fits, discovered=fits.discovered[1:]), Part.DISCOVERED)
    return fits


def _shortened(findings: Findings, most: int) -> Findings:
    conduct = None if findings.conduct is None else _conduct(findings.conduct, most)
    earlier = None if findings.earlier is None else findings.earlier[-most:] if most else ()
    return _noted(replace(findings, conduct=conduct, earlier=earlier), Part.CONDUCT, Part.EARLIER)


def _conduct(conduct: Conduct, most: int) -> Conduct:
    lists = {name: getattr(conduct, name) for name in ("denied", "persistence", "evasion", "data")}
    left_out = {
        name: conduct.left_out.get(name, 0) + max(len(calls) - most, 0) for name, calls in lists.items()
    }
    return replace(
        conduct,
        **{name: calls[:most] for name, calls in lists.items()},
        left_out={name: count for name, count in left_out.items() if count},
    )


def _noted(findings: Findings, *parts: Part) -> Findings:
    added = {str(part): tuple(dict.fromkeys((*findings.missing.get(part, ()), _CUT))) for part in parts}
    return replace(findings, missing={**findings.missing, **added})


def _size(findings: Findings) -> int:
    return len(dump(findings.to_json()).encode())
