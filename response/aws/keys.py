"""Keys of the incident table: what lies where, in one place."""

from __future__ import annotations

Key = tuple[str, str]

INCIDENTS = "INCIDENT"  # partition of the index that lists incidents by time
BASELINES = "BASELINE"  # partition of the index that lists baselines
PLANNED_CHANGES = "PLANNED"  # partition of the index that lists planned changes by time
META = "META"
RECORD = "RECORD#"
EVENT = "EVENT#"
ACTION = "ACTION#"
APPROVAL = "APPROVAL#"
PLANNED = "PLANNED#"
UNDO = "UNDO#"
UNDO_REQUEST = "UNDOREQUEST#"


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


def undo(incident_id: str, action_id: str, round_: int, attempt: int) -> Key:
    """One attempt at taking back an action of a round."""
    return incident(incident_id), f"{undo_attempts(action_id, round_)}{attempt:03d}"


def undo_attempts(action_id: str, round_: int) -> str:
    """How the keys of all attempts at taking that action back begin."""
    return f"{UNDO}{action_id}#{round_:03d}#"


def undo_request(incident_id: str, execution: str) -> Key:
    """What somebody asked to be taken back, by the name of its execution."""
    return incident(incident_id), f"{UNDO_REQUEST}{execution}"


def approval(incident_id: str, round_: int) -> Key:
    """The approval asked for in a round."""
    return incident(incident_id), f"{APPROVAL}{round_:03d}"


def claim(dedup_id: str) -> Key:
    """Who handles a record."""
    return f"CLAIM#{dedup_id}", "CLAIM"


def misuse(execution: str) -> Key:
    """The record of a responder's role that an execution has to tell of."""
    return f"MISUSE#{execution}", "RECORD"


def lock(trail_arn: str) -> Key:
    """The trail's open incident."""
    return trail(trail_arn), "OPEN"


def baseline(trail_arn: str) -> Key:
    """The trail's approved state."""
    return trail(trail_arn), "BASELINE"


def baseline_version(trail_arn: str, version: int) -> Key:
    """An approved state of the past."""
    return trail(trail_arn), f"BASELINE#{version:06d}"


def settled(trail_arn: str) -> Key:
    """The state in which the trail was last left."""
    return trail(trail_arn), "SETTLED"


def planned(trail_arn: str, planned_id: str) -> Key:
    """A change of the trail that was announced."""
    return trail(trail_arn), f"{PLANNED}{planned_id}"


CONTAINMENTS: Key = ("LIMIT", "CONTAINMENTS")
HEARD: Key = ("HEARD", "PATHS")


def trail(trail_arn: str) -> str:
    """Partition of everything that belongs to a trail."""
    return f"TRAIL#{trail_arn}"
