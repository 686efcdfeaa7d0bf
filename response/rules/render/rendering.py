"""What a renderer returns: the text for its target, and whether the target then sees more than the rule."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rendering:
    """A rule in the language of one target.

    No rendering is narrower than its rule. `superset` says that it can be wider, `why` on which records;
    whoever acts on what it selects matches the record against the rule again.
    """

    target: str
    text: str
    superset: bool
    why: str


@dataclass(frozen=True)
class PatternRendering(Rendering):
    """A rendering that is also a JSON document, for templates that take it as an object."""

    pattern: dict[str, Any]
