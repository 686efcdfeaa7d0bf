"""Reading CloudTrail records from wherever people keep them: files, folders, gzip or not, in every form.

Whatever cannot be read is handed on as a `Problem` with its place, so that the caller can name and count it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
# A CloudTrail log file holds some megabytes; what inflates to more than this is not one.
MAX_FILE_BYTES = 512 * 1024 * 1024
SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")
_RECORDS_HEAD = re.compile(r'\s*\{\s*"Records"\s*:\s*\[')
_SEPARATOR = re.compile(r"[\s,]*")
_MAX_EXCERPT = 60


@dataclass(frozen=True)
class Found:
    """One JSON value that claims to be a record, and where it stood."""

    where: str
    value: Any


@dataclass(frozen=True)
class Problem:
    """Something that could not be read: where, and why."""

    where: str
    reason: str


@dataclass(frozen=True)
class Skipped:
    """A file in a folder that its name tells from log files: digests, Insights files, notes, hidden ones."""

    where: str


class UnreadablePathError(Exception):
    """A path that was named does not exist or may not be read."""


def read_records(paths: Iterable[str]) -> Iterator[Found | Problem | Skipped]:
    """Yield the records of files, folders (recursively) and standard input (`-`), in the order given.

    Forms: `{"Records": […]}` as CloudTrail delivers it, one JSON value a line, a JSON array, EventBridge
    envelopes, the output of LookupEvents; each gzipped or not. Raises UnreadablePathError for a path that
    does not exist; everything else that cannot be read becomes a Problem.
    """
    for path in paths:
        if path == STDIN:
            yield from _from_bytes("standard input", sys.stdin.buffer.read(MAX_FILE_BYTES + 1))
            continue
        try:
            is_folder = stat.S_ISDIR(Path(path).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise UnreadablePathError(f"{path}: no such file or folder") from error
        except OSError as error:
            yield Problem(path, error.strerror or str(error))
            continue
        yield from _from_folder(Path(path)) if is_folder else _from_file(Path(path))


def _from_folder(folder: Path) -> Iterator[Found | Problem | Skipped]:
    """The log files in a folder and below; a folder that may not be read is a Problem."""
    unreadable: list[OSError] = []
    files = [
        Path(place) / name for place, _, names in os.walk(folder, onerror=unreadable.append) for name in names
    ]
    for error in unreadable:
        yield Problem(str(error.filename), error.strerror or str(error))
    for file in sorted(files):
        if _is_log_file(file, folder):
            yield from _from_file(file)
        else:
            yield Skipped(str(file))


def _is_log_file(path: Path, root: Path) -> bool:
    """Whether a file below a folder looks like a log file: digests and Insights files are none."""
    parts = path.relative_to(root).parts
    if any(part.startswith(".") or part in {"CloudTrail-Digest", "CloudTrail-Insight"} for part in parts):
        return False
    return path.name.lower().endswith(SUFFIXES) and _is_regular(path)


def _is_regular(path: Path) -> bool:
    """Whether it is a file, no pipe or device; what cannot be looked at is opened, which says why."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _from_file(path: Path) -> Iterator[Found | Problem]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        yield Problem(str(path), error.strerror or str(error))
        return
    yield from _from_bytes(str(path), data)


def _from_bytes(where: str, data: bytes) -> Iterator[Found | Problem]:
    if data.startswith(GZIP_MAGIC):
        data, problem = _inflate(data)
        if problem:
            yield Problem(where, problem)
    if len(data) > MAX_FILE_BYTES:
        yield Problem(where, f"larger than {MAX_FILE_BYTES >> 20} MiB; not a CloudTrail log file")
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Problem(where, f"not UTF-8 at byte {error.start}; read with replacement characters")
        text = data.decode("utf-8-sig", errors="replace")
    if text.strip():
        yield from _from_text(where, text)


def _inflate(data: bytes) -> tuple[bytes, str]:
    """Decompress every member of a gzip file; also what came before damage, with a word on the damage."""
    whole = bytearray()
    while data.startswith(GZIP_MAGIC):
        inflater = zlib.decompressobj(wbits=31)
        try:
            whole += inflater.decompress(data, MAX_FILE_BYTES + 1 - len(whole))
        except zlib.error as error:
            return bytes(whole), f"damaged gzip: {error}"
        if len(whole) > MAX_FILE_BYTES:
            return bytes(whole), ""
        if not inflater.eof:
            return bytes(whole), "truncated gzip: the end is missing"
        data = inflater.unused_data.lstrip(b"\0")
    return bytes(whole), "bytes after the end of the gzip data" if data else ""


def _from_text(where: str, text: str) -> Iterator[Found | Problem]:
    """Read one document, or else what a damaged document still holds, or else one value a line."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        head = _RECORDS_HEAD.match(text)
        if head and not _is_json(text.strip().splitlines()[0]):
            yield from _salvage(where, text, head.end())
        elif len(lines := text.splitlines()) > 1:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _from_line(f"{where}:{number}", line)
        else:
            yield Problem(where, _reason(error))
    else:
        yield from unwrap(where, document)


def _from_line(where: str, line: str) -> Iterator[Found | Problem]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield Problem(where, _reason(error))
    else:
        yield from unwrap(where, document)


def _salvage(where: str, text: str, position: int) -> Iterator[Found | Problem]:
    """Yield the whole records of a `{"Records": […` document that breaks off, then the Problem."""
    decoder = json.JSONDecoder()
    number = 0
    while True:
        separator = _SEPARATOR.match(text, position)
        position = separator.end() if separator else position
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield Problem(f"{where} after record {number}", _reason(error))
            return
        number += 1
        yield from unwrap(f"{where} record {number}", value)


def unwrap(where: str, document: Any) -> Iterator[Found | Problem]:
    """Yield the records inside one JSON document, whatever they are wrapped in."""
    if isinstance(document, list):
        for number, item in enumerate(document, 1):
            yield from _unwrap_object(f"{where} item {number}", item)
    elif isinstance(document, dict) and "Records" in document:
        yield from _unwrap_list(where, "Records", document["Records"])
    elif isinstance(document, dict) and isinstance(document.get("Events"), list):
        yield from _unwrap_list(where, "Events", document["Events"])
    else:
        yield from _unwrap_object(where, document)


def _unwrap_list(where: str, key: str, items: Any) -> Iterator[Found | Problem]:
    if not isinstance(items, list):
        yield Problem(where, f'"{key}" is {type(items).__name__}, expected a list of records')
        return
    for number, item in enumerate(items, 1):
        yield from _unwrap_object(f"{where} record {number}", item)


def _unwrap_object(where: str, item: Any) -> Iterator[Found | Problem]:
    """Yield a record itself, or the one in an EventBridge envelope (`detail`) or LookupEvents entry."""
    if not isinstance(item, dict):
        yield Problem(where, f"a JSON {type(item).__name__}, expected a CloudTrail record (an object)")
    elif isinstance(item.get("CloudTrailEvent"), str):
        yield from _from_line(f"{where} CloudTrailEvent", item["CloudTrailEvent"])
    elif "detail-type" in item and isinstance(item.get("detail"), dict):
        yield Found(where, item["detail"])
    else:
        yield Found(where, item)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        excerpt = error.doc[error.pos : error.pos + _MAX_EXCERPT]
        return f"not JSON: {error.msg} at character {error.pos + 1} ({excerpt!r})"
    return "not JSON: nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
