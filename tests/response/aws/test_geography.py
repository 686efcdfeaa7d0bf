"""Country and network from database files, written here in MaxMind's format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from response.aws.geography import Geography, GeographyError, Place


def _write(path: Path, entries: dict[str, dict[str, Any]]) -> Path:
    """A database with one record for each prefix."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True)
    for prefix, record in entries.items():
        writer.insert_network(IPSet([prefix]), record)
    writer.to_db_file(str(path))
    return path


def test_several_files_are_asked_together(tmp_path: Path) -> None:
    """Country from the one, network from the other; what neither knows stays empty."""
    country = _write(
        tmp_path / "country.mmdb",
        {"198.51.100.0/24": {"country": {"iso_code": "FR"}}, "2001:db8::/32": {"country": "DE"}},
    )
    network = _write(
        tmp_path / "asn.mmdb",
        {
            "198.51.100.0/25": {
                "autonomous_system_number": 64500,
                "autonomous_system_organization": "Example Net",
            }
        },
    )
    geography = Geography([country, network])
    assert geography.is_configured
    assert geography.place_of("198.51.100.7") == Place("FR", "AS64500 Example Net")
    assert geography.place_of("198.51.100.200") == Place("FR", "")
    assert geography.place_of("2001:db8::1") == Place("DE", "")
    assert geography.place_of("203.0.113.1") == Place()
    assert geography.place_of("cloudformation.amazonaws.com") == Place()


def test_other_makers_spellings_are_read(tmp_path: Path) -> None:
    """Flat files with a country code and a network's name; odd types are nothing."""
    flat = _write(
        tmp_path / "flat.mmdb",
        {
            "198.51.100.0/25": {"country_code": "NL", "asn": "AS64501", "as_name": "Flat"},
            "198.51.100.128/25": {"country": {"iso_code": 7}, "as_name": {"en": "x"}},
        },
    )
    assert Geography([flat]).place_of("198.51.100.7") == Place("NL", "AS64501 Flat")
    assert Geography([flat]).place_of("198.51.100.200") == Place()


def test_without_files_nothing_is_configured() -> None:
    """Then the dossier says so instead of asking."""
    assert not Geography([]).is_configured


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The layer may lack it."""
    with pytest.raises(GeographyError, match=r"gone\.mmdb: cannot be read"):
        Geography([tmp_path / "gone.mmdb"]).place_of("198.51.100.7")


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    """A CSV is no database."""
    path = tmp_path / "country.mmdb"
    path.write_text("198.51.100.0/24,FR\n")
    with pytest.raises(GeographyError, match=r"country\.mmdb: cannot be read"):
        Geography([path]).place_of("198.51.100.7")
