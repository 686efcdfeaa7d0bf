"""The way into ministack, which publishes no types and reads the environment when it is imported."""

import importlib
import logging
import sys
from typing import Any


def ministack(name: str) -> Any:
    """Import a module of ministack, such as `services.cloudtrail`, and return it.

    ministack calls `logging.basicConfig` on import; the root logger of this process is left as it was.
    """
    if loaded := sys.modules.get(f"ministack.{name}"):
        return loaded
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        return importlib.import_module(f"ministack.{name}")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
