"""How `response/` becomes the one Lambda asset: files copied from this environment, nothing fetched.

Its content follows from the sources, the locked libraries and the policy: the hash is reproducible.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from response.settings import POLICY_FILE_NAME

_SOURCE_SUFFIXES = frozenset({".py", ".json"})
# Powertools and what its Logger and Metrics import; boto3 is part of the Lambda runtime.
_DISTRIBUTIONS = ("aws-lambda-powertools", "jmespath", "typing_extensions")
# Most of Powertools serves other event sources: left out, so that less code runs in a privileged account.
_POWERTOOLS_PARTS = frozenset(
    {"logging", "metrics", "shared", "tracing", "warnings", "exceptions", "package_logger"}
)
_POWERTOOLS_UTILITIES = frozenset({"jmespath_utils", "typing"})


class PackagingError(Exception):
    """The asset cannot be built; the message names what is missing in this environment."""


def build_asset(target: Path, *, source: Path, policy: Mapping[str, Any]) -> Path:
    """Write the asset's content to the folder `target`, which is emptied first, and return it."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for path in _own_files(source):
        _copy(path, target / source.name / path.relative_to(source))
    for distribution in _DISTRIBUTIONS:
        for relative, path in _library_files(distribution):
            _copy(path, target / relative)
    text = json.dumps(policy, indent=2, sort_keys=True, ensure_ascii=True)
    (target / POLICY_FILE_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def _own_files(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix in _SOURCE_SUFFIXES:
            yield path


def _library_files(distribution: str) -> Iterator[tuple[PurePosixPath, Path]]:
    """The modules of an installed distribution, by the path they have below site-packages."""
    try:
        files = importlib.metadata.files(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise PackagingError(f"{distribution} is not installed; run make to set up .venv") from error
    if files is None:
        raise PackagingError(
            f"{distribution} was installed without a list of its files; reinstall it with pip"
        )
    for file in sorted(files, key=str):
        if file.suffix == ".py" and _is_needed(file.parts):
            yield PurePosixPath(file), Path(str(file.locate()))


def _is_needed(parts: tuple[str, ...]) -> bool:
    if ".." in parts:  # a script in bin/, which would be written beside the asset, not into it
        return False
    if parts[0] != "aws_lambda_powertools" or len(parts) == 2:  # noqa: PLR2004 - package and module
        return True
    if parts[1] == "utilities":
        return parts[2] == "__init__.py" or parts[2] in _POWERTOOLS_UTILITIES
    return parts[1] in _POWERTOOLS_PARTS


def _copy(origin: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, destination)
    # Umasks differ between machines; the asset's mode bits must not.
    destination.chmod(0o644)
