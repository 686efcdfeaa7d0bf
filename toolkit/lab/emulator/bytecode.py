"""Compiles the code of functions once for all that share it: fourteen of Trailguard's are one asset.

A function's process reads its code from a new folder each time, and would compile it each time.
"""

import atexit
import functools
import hashlib
import importlib.util
import py_compile
import shutil
import tempfile
import threading
from pathlib import Path

# No source is looked at when the bytecode is loaded: extracted files are as old as their extraction.
_UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
_one_at_a_time = threading.Lock()


def give(folder: Path) -> None:
    """Put the bytecode of every module in `folder` beside it, compiled now or for an earlier function.

    A module that does not compile is left alone: it fails where it is imported, as it would without this.
    """
    with _one_at_a_time:
        for source in folder.rglob("*.py"):
            kept = _kept() / f"{hashlib.sha256(source.read_bytes()).hexdigest()}.pyc"
            if not kept.exists():
                py_compile.compile(str(source), cfile=str(kept), invalidation_mode=_UNCHECKED, quiet=2)
            if kept.exists():
                beside = Path(importlib.util.cache_from_source(str(source)))
                beside.parent.mkdir(exist_ok=True)
                shutil.copyfile(kept, beside)


@functools.cache
def _kept() -> Path:
    """Where this process keeps what it has compiled."""
    folder = Path(tempfile.mkdtemp(prefix="trailguard-bytecode-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
