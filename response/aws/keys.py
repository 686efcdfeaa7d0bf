"""Keys of the incident table: what lies where, in one place."""

from __future__ import annotations

Key = tuple[str, str]

INCIDENTS = "INCIDENT"  # partition of the index that lists incidents by time
BASELINES = "BASELINE"  # partition of the index that lists baselines
META = "META"
RECORD = "RECORD#"
EVENT = "EVENT#"
ACTION = "ACTION#"
APPROVAL = "APPROVAL#"


def incident(incident_id: str) -> str:
    """Partition of everything that belongs to an incident."""
    return f"INCIDENT#{incident_id}"


def meta(incident_id: str) -> Key:
    """The incident itself."""
    return incident(incident_id), META


def record(incident_id: str, event_id: str) -> Key:
    """A raw record of the incident."""
    return incident(incident_id), f"{RECORD}{event_id}"


def document(incident_id: str, kind: str, round_: int) -> Key:
    """STATE, EVIDENCE, DOSSIER, ASSESSMENT or VERIFICATION of a round."""
    return incident(incident_id), f"{kind}#{round_:03d}"


def action(incident_id: str, action_id: str, round_: int) -> Key:
    """One action of one round's plan."""
    return incident(incident_id), f"{ACTION}{action_id}#{round_:03d}"


def approval(incident_id: str, round_: int) -> Key:
    """The approval asked for in a round."""
    return incident(incident_id), f"{APPROVAL}{round_:03d}"


def claim(dedup_id: str) -> Key:
    """Who handles a record."""
    return f"CLAIM#{dedup_id}", "CLAIM"


def lock(trail_arn: str) -> Key:
    """The trail's open incident."""
    return _trail(trail_arn), "OPEN"


def baseline(trail_arn: str) -> Key:
    """The trail's approved state."""
    return _trail(trail_arn), "BASELINE"


def baseline_version(trail_arn: str, version: int) -> Key:
    """An approved state of the past."""
    return _trail(trail_arn), f"BASELINE#{version:06d}"


def settled(trail_arn: str) -> Key:
    """The state in which the trail was last left."""
    return _trail(trail_arn), "SETTLED"


CONTAINMENTS: Key = ("LIMIT", "CONTAINMENTS")


def _trail(trail_arn: str) -> str:
    return f"TRAIL#{trail_arn}"
