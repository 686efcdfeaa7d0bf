"""One module per target language; what a target cannot express raises."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from response.rules.errors import UnknownTargetError, UnsupportedConditionError
from response.rules.render import cloudwatch, eventbridge
from response.rules.render.rendering import PatternRendering, Rendering
from response.rules.rule import Rule

__all__ = [
    "RENDERERS",
    "PatternRendering",
    "Rendering",
    "UnknownTargetError",
    "UnsupportedConditionError",
    "render",
    "render_rule_as_json",
]


def render_rule_as_json(rule: Rule) -> Rendering:
    """Write the rule itself, with its metadata, as JSON."""
    return Rendering("json", json.dumps(rule.to_json(), indent=2), superset=False, why="the rule itself")


RENDERERS: Final[Mapping[str, Callable[[Rule], Rendering]]] = MappingProxyType(
    {
        cloudwatch.TARGET: cloudwatch.render,
        eventbridge.TARGET: eventbridge.render,
        "json": render_rule_as_json,
    }
)


def render(rule: Rule, target: str) -> Rendering:
    """Render a rule for the target of that name."""
    if target not in RENDERERS:
        raise UnknownTargetError(f"no renderer is called {target!r}; known targets: {', '.join(RENDERERS)}")
    return RENDERERS[target](rule)
