"""What a rule is: its condition and what a reader of an alert needs to know about its origin."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from response.rules.conditions import Condition, condition_to_json

Kind = Literal["detection", "compliance"]


@dataclass(frozen=True)
class Threat:
    """One MITRE ATT&CK technique, with the tactic it serves here."""

    tactic: str
    tactic_name: str
    technique: str
    technique_name: str

    @property
    def reference(self) -> str:
        """Return the page of the technique."""
        return f"https://attack.mitre.org/techniques/{self.technique.replace('.', '/')}/"

    def to_json(self) -> dict[str, Any]:
        """Write the threat with its reference."""
        return {**asdict(self), "reference": self.reference}


@dataclass(frozen=True)
class Revision:
    """How the publisher rates and runs one version of the rule."""

    version: int
    severity: str
    risk_score: int
    interval_minutes: int
    lookback_minutes: int
    max_alerts: int
    threats: tuple[Threat, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the revision, threats with their references."""
        return {**asdict(self), "threats": [threat.to_json() for threat in self.threats]}


@dataclass(frozen=True)
class Source:
    """Who published the rule, under which id, and which version of it is held here.

    `published` is the version the rule was taken from; `latest` is what its publisher has made of it since.
    """

    publisher: str
    rule_id: str
    url: str
    published: Revision | None = None
    latest: Revision | None = None

    def to_json(self) -> dict[str, Any]:
        """Write the source with both revisions, null where the publisher keeps none."""
        return {
            "publisher": self.publisher,
            "rule_id": self.rule_id,
            "url": self.url,
            "published": self.published.to_json() if self.published else None,
            "latest": self.latest.to_json() if self.latest else None,
        }


@dataclass(frozen=True)
class Question:
    """One thing an investigation has to answer."""

    topic: str
    text: str


@dataclass(frozen=True)
class MetricFilter:
    """A CloudWatch Logs metric filter and its alarm, word for word as a control demands them."""

    pattern: str
    namespace: str
    metric_value: str
    default_value: int
    alarm_threshold: int


@dataclass(frozen=True)
class Rule:
    """One rule, held once; matcher and renderers read the condition, people read the rest."""

    id: str
    name: str
    kind: Kind
    description: str
    condition: Condition
    source: Source
    severity: str
    risk_score: int | None = None
    false_positives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    investigation: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    metric_filter: MetricFilter | None = None

    @property
    def threats(self) -> tuple[Threat, ...]:
        """Return the threats of both revisions, each once."""
        revisions = (self.source.latest, self.source.published)
        threats = [threat for revision in revisions if revision for threat in revision.threats]
        return tuple({(threat.tactic, threat.technique): threat for threat in threats}.values())

    def to_json(self) -> dict[str, Any]:
        """Write the whole rule as plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "description": self.description,
            "severity": self.severity,
            "risk_score": self.risk_score,
            "condition": condition_to_json(self.condition),
            "source": self.source.to_json(),
            "false_positives": list(self.false_positives),
            "tags": list(self.tags),
            "references": list(self.references),
            "threats": [threat.to_json() for threat in self.threats],
            "investigation": [asdict(question) for question in self.investigation],
            "notes": list(self.notes),
            "metric_filter": asdict(self.metric_filter) if self.metric_filter else None,
        }
