"""The state machine definition and the contract of what passes between its states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from response.workflow.contract import FUNCTION_SECONDS, ROUTES, STEPS

__all__ = ["FUNCTION_SECONDS", "ROUTES", "STEPS", "SUBSTITUTIONS", "definition", "template"]

# Each step by its name stands for its function's ARN.
SUBSTITUTIONS: tuple[str, ...] = (*STEPS, "topic", "partition")
_TOKEN = re.compile(r"\$\{(\w+)\}")


def template() -> str:
    """The definition as it is kept: Amazon States Language with `${name}` where the stack puts a value."""
    return resources.files(__name__).joinpath("response.asl.json").read_text(encoding="utf-8")


def definition(substitutions: Mapping[str, str]) -> str:
    """The definition with each `${name}` replaced; ValueError unless all names of SUBSTITUTIONS come."""
    missing = [name for name in SUBSTITUTIONS if name not in substitutions]
    unknown = [name for name in substitutions if name not in SUBSTITUTIONS]
    if missing or unknown:
        raise ValueError(
            f"state machine substitutions: missing {missing or 'none'}, unknown {unknown or 'none'}; "
            f"expected exactly {', '.join(SUBSTITUTIONS)}"
        )
    return _TOKEN.sub(lambda match: substitutions[match.group(1)], template())
