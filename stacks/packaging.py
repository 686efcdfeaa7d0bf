"""How `response/` becomes the one Lambda asset: files copied from this environment, nothing fetched.

Its content follows from the sources, the locked libraries and the policy: the hash is reproducible. So does
that of the layer with the operator's address databases.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from response.settings import POLICY_FILE_NAME

# Modules, data, and the console's page.
_SOURCE_SUFFIXES = frozenset({".py", ".json", ".html", ".css", ".js", ".svg"})
# Powertools and what its Logger and Metrics import; boto3 is part of the Lambda runtime.
_DISTRIBUTIONS = ("aws-lambda-powertools", "jmespath", "typing_extensions")
# Reads address databases. It goes into the layer with them: what nobody configured is not deployed.
_DATABASE_READER = "maxminddb"
LAYER_ROOT = PurePosixPath("/opt")  # where Lambda lays out a layer; its `python` is on the path
_DATABASES = "geoip"
_METADATA = "METADATA"
# Most of Powertools serves other event sources: left out, so that less code runs in a privileged account.
_POWERTOOLS_PARTS = frozenset(
    {"logging", "metrics", "shared", "tracing", "warnings", "exceptions", "package_logger"}
)
_POWERTOOLS_UTILITIES = frozenset({"jmespath_utils", "typing"})


class PackagingError(Exception):
    """The asset cannot be built; the message names what is missing in this environment."""


def build_asset(target: Path, *, source: Path, policy: Mapping[str, Any]) -> Path:
    """Write the asset's content to the folder `target`, which is emptied first, and return it."""
    _empty(target)
    for path in _own_files(source):
        _copy(path, target / source.name / path.relative_to(source))
    for distribution in _DISTRIBUTIONS:
        for relative, path in _library_files(distribution):
            _copy(path, target / relative)
    text = json.dumps(policy, indent=2, sort_keys=True, ensure_ascii=True)
    (target / POLICY_FILE_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def build_layer(target: Path, *, databases: Sequence[Path]) -> Path:
    """Write the content of the layer with address databases to `target`, emptied first, and return it."""
    _empty(target)
    for relative, path in _library_files(_DATABASE_READER, also=_METADATA):  # it asks for its own version
        _copy(path, target / "python" / relative)
    for path in databases:
        _copy(path, target / _DATABASES / path.name)
    return target


def deployed_path(database: Path) -> PurePosixPath:
    """Where a function with the layer finds a database."""
    return LAYER_ROOT / _DATABASES / database.name


def _empty(target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)


def _own_files(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix in _SOURCE_SUFFIXES:
            yield path


def _library_files(distribution: str, *, also: str = "") -> Iterator[tuple[PurePosixPath, Path]]:
    """An installed distribution's modules, and files called `also`, by their path below site-packages."""
    try:
        files = importlib.metadata.files(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise PackagingError(f"{distribution} is not installed; run make to set up .venv") from error
    if files is None:
        raise PackagingError(
            f"{distribution} was installed without a list of its files; reinstall it with pip"
        )
    for file in sorted(files, key=str):
        if (file.suffix == ".py" or file.name == also) and _is_needed(file.parts):
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
