"""Country and network of an address, from database files in MaxMind's format that the operator provides.

None is bundled. The reader is a library that is deployed with the files and loaded only where there are any.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from response.domain.errors import TrailguardError

_LONGEST = 120


class GeographyError(TrailguardError):
    """A database file cannot be read; names the file and what is wrong."""


@dataclass(frozen=True)
class Place:
    """Where an address belongs, as far as the files know; `""` for what they do not."""

    country: str = ""
    network: str = ""


class Geography:
    """All configured database files together; the first that knows something says it."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._readers: list[tuple[Path, Any]] | None = None

    @property
    def is_configured(self) -> bool:
        """Whether there is any file to ask."""
        return bool(self._files)

    def place_of(self, address: str) -> Place:
        """Country and network of an IP address."""
        country = network = ""
        for path, reader in self._open():
            for record in _records(path, reader, address):
                country = country or _country(record)
                network = network or _network(record)
        return Place(country[:_LONGEST], network[:_LONGEST])

    def _open(self) -> list[tuple[Path, Any]]:
        """The readers, kept while the function is warm."""
        if self._readers is None:
            self._readers = [(path, _reader(path)) for path in self._files]
        return self._readers


def _library(path: Path) -> Any:
    """The reading library, which is deployed only together with database files."""
    try:
        return importlib.import_module("maxminddb")
    except ImportError:
        raise GeographyError(f"{path}: the library maxminddb is not there to read it") from None


def _reader(path: Path) -> Any:
    maxminddb = _library(path)
    try:
        return maxminddb.open_database(str(path), maxminddb.MODE_FILE)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise GeographyError(f"{path}: cannot be read ({error})") from error


def _records(path: Path, reader: Any, address: str) -> Iterator[Mapping[str, Any]]:
    """The record of the address, if the file has one."""
    maxminddb = _library(path)
    try:
        found = reader.get(address)
    except maxminddb.InvalidDatabaseError as error:
        raise GeographyError(f"{path}: is damaged ({error})") from error
    except ValueError:
        return  # no address, or one of IPv6 in a file of IPv4
    if isinstance(found, Mapping):
        yield found


def _country(record: Mapping[str, Any]) -> str:
    """ISO code of the country, where MaxMind's and other makers' files have it."""
    for key in ("country", "registered_country"):
        value = record.get(key)
        code = value.get("iso_code") if isinstance(value, Mapping) else value
        if isinstance(code, str) and code:
            return code
    code = record.get("country_code")
    return code if isinstance(code, str) else ""


def _network(record: Mapping[str, Any]) -> str:
    """Number and name of the autonomous system, likewise."""
    number = record.get("autonomous_system_number") or record.get("asn") or ""
    name = record.get("autonomous_system_organization") or record.get("as_name") or record.get("name") or ""
    spelled = f"AS{number}" if str(number).isdecimal() else str(number)
    return " ".join(part for part in (spelled, name if isinstance(name, str) else "") if part)
