"""What a grade is made of: the effect of a change, its severity, and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """Which way a change goes."""

    WEAKENS = "weakens"
    STRENGTHENS = "strengthens"
    NEUTRAL = "neutral"


class Severity(StrEnum):
    """How much a change matters, in rising order."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for none to 4 for critical: compare ranks, not the words."""
        return list(type(self)).index(self)


@dataclass(frozen=True)
class Verdict:
    """A grade by itself, before it is joined with the change it is about."""

    effect: Effect
    severity: Severity
    reason: str


@dataclass(frozen=True)
class GradedChange:
    """A change with its effect, its severity, and the reason for both."""

    field: str
    before: Any
    after: Any
    effect: Effect
    severity: Severity
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        return {
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "effect": str(self.effect),
            "severity": str(self.severity),
            "reason": self.reason,
        }
