"""Extracts and compiles the code of functions once for all that share it, as Trailguard's do.

ministack extracts it anew for each process of each function, and each would compile it anew. Here the folder
of a process is a link to the one place where that code is.
"""

import atexit
import compileall
import functools
import hashlib
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any, Self

_one_at_a_time = threading.Lock()


class Archives:
    """Stands in for the module `zipfile` where ministack starts a function."""

    def __getattr__(self, name: str) -> Any:
        return getattr(zipfile, name)

    def ZipFile(self, path: str) -> "_Archive | zipfile.ZipFile":  # noqa: N802  # zipfile's own name
        """Open an archive; that of a function's code is linked where it would be extracted."""
        return _Archive(path) if Path(path).name == "code.zip" else zipfile.ZipFile(path)


class _Archive:
    """The archive of a function's code, as far as ministack uses one."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Nothing is open."""

    def extractall(self, folder: str) -> None:
        """Make the empty folder a link to the extracted code; BadZipFile where the archive is none."""
        extracted = _extracted(self._path)
        Path(folder).rmdir()
        Path(folder).symlink_to(extracted, target_is_directory=True)


def _extracted(archive: Path) -> Path:
    """Where the content of this archive is: extracted and compiled now, or for an earlier process.

    A module that does not compile is left: it fails where it is imported.
    """
    with _one_at_a_time:
        place = _kept() / hashlib.sha256(archive.read_bytes()).hexdigest()
        if not place.exists():
            unfinished = place.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(unfinished)
            # The bytecode is loaded unchecked: the place is named after the code.
            compileall.compile_dir(
                unfinished, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, stripdir=unfinished
            )
            unfinished.rename(place)
        return place


@functools.cache
def _kept() -> Path:
    """What this process has extracted."""
    folder = Path(tempfile.mkdtemp(prefix="trailguard-code-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
