"""What the circumstances of a change weigh in its risk, as data: points, the words shown, and why so many.

The change itself decides: from 21 points for the mildest weakening to 80 for a critical one. Circumstances
only ever add, so that no story can talk a change down; those that the investigation found add 25 at most,
which is about one band: they make a change graver, they do not replace it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FINDINGS_AT_MOST = 25
YOUNG_DAYS = 7
"""A user, role or key made within so many days before the change counts as new."""
PROBING_AT_LEAST = 3
"""So many refused calls are a search for rights; fewer are a mistake."""


@dataclass(frozen=True)
class Weight:
    """One circumstance: its points, the label of its term, and the reason for both."""

    points: int
    label: str
    reason: str


WEIGHTS: Final[Mapping[str, Weight]] = {
    # What the record and the baseline tell.
    "no_record": Weight(
        8, "no record: the change was found by comparing states", "somebody may have hidden how it was made"
    ),
    "root": Weight(10, "made by the root user", "root has no business in a trail, and no policy limits it"),
    "unnamed": Weight(5, "made by a principal that the record does not name", "nobody can be asked"),
    "no_mfa": Weight(3, "made in a session without MFA", "a password alone was enough"),
    "long_term_key": Weight(
        5, "made with a long-term access key", "the credential that leaks most often, and never expires"
    ),
    "foreign_account": Weight(8, "made from another account", "whoever did it is outside of our control"),
    "public_address": Weight(4, "made from a public address", "not from a network of ours"),
    "rebuilt_baseline": Weight(
        2, "no approved baseline: compared with the event history", "the comparison may be incomplete"
    ),
    "no_baseline": Weight(
        4, "no earlier state is known: compared with the floor in the policy", "what was lost is a guess"
    ),
    # What the investigation found.
    "evasion": Weight(
        8, "other calls that blind a defender", "one change to a trail is a mistake, several are a purpose"
    ),
    "created": Weight(8, "new users, roles or keys were made", "whoever makes credentials means to stay"),
    "persistence": Weight(
        5, "other calls that make somebody stay", "new rights or code outlive the credential that is shut out"
    ),
    "data": Weight(3, "calls that read or share data", "what a blind trail is often wanted for"),
    "probing": Weight(3, "several refused calls", "the principal tried what it may not do"),
    "new_address": Weight(5, "an address new for this principal", "credentials may be in other hands"),
    "new_agent": Weight(3, "a user agent new for this principal", "other tools, perhaps another person"),
    "new_key": Weight(5, "an access key less than a week old", "made for the occasion, perhaps"),
    "new_principal": Weight(5, "a user or role less than a week old", "made for the occasion, perhaps"),
    "gone": Weight(5, "the principal is gone since", "somebody cleaned up"),
    "first_change": Weight(
        3, "the principal was never seen changing trails", "whose task it is, has done it before"
    ),
    "foreign_origin": Weight(
        5, "the session goes back to another account", "the credential behind it is outside of our control"
    ),
    "calendar_closed": Weight(4, "a change calendar was closed", "nobody was to change anything then"),
}
