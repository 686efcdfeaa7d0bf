"""A place in a policy document with its path: a refusal says where, what is there and what belongs there."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from response.domain.errors import PolicyError

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_E = TypeVar("_E", bound=StrEnum)
_SHOWN = 120
# A range wider than these is no statement about where somebody works.
_WIDEST_PREFIX = {4: 8, 6: 16}


@dataclass(frozen=True)
class Node:
    """One value of the document and the path that leads to it."""

    path: str
    value: Any

    def refuse(self, expected: str) -> NoReturn:
        """Raise PolicyError: what was found here, and what was expected."""
        found = repr(self.value)
        shown = found if len(found) <= _SHOWN else found[:_SHOWN] + "..."
        raise PolicyError(f"{self.path}: found {shown}, expected {expected}")

    def mapping(self, allowed: tuple[str, ...], required: tuple[str, ...] = ()) -> dict[str, Node]:
        """The members of a mapping that may hold these keys and must hold some of them."""
        members = self.free_mapping("a mapping with " + ", ".join(allowed))
        for key, member in members.items():
            if key not in allowed:
                raise PolicyError(f"{member.path}: unknown key, expected one of {', '.join(allowed)}")
        for key in required:
            if key not in members:
                raise PolicyError(f"{self._child(key)}: missing, expected with {', '.join(required)}")
        return members

    def free_mapping(self, expected: str) -> dict[str, Node]:
        """The members of a mapping with any text as keys."""
        if not isinstance(self.value, Mapping):
            self.refuse(expected)
        for key in self.value:
            if not isinstance(key, str):
                raise PolicyError(f"{self._child(repr(key))}: a key that is not text, expected {expected}")
        return {key: Node(self._child(key), value) for key, value in self.value.items()}

    def items(self, expected: str, *, at_least: int = 0) -> Iterator[Node]:
        """The members of a list."""
        if not isinstance(self.value, list | tuple) or len(self.value) < at_least:
            self.refuse(expected)
        return (Node(f"{self.path}[{index}]", value) for index, value in enumerate(self.value))

    def text(self, expected: str, limit: int = 500) -> str:
        """Text on one line, neither empty nor endless."""
        value = self.value
        if not isinstance(value, str) or not value.strip() or len(value) > limit or not value.isprintable():
            self.refuse(f"{expected}: 1 to {limit} printable characters")
        return value.strip()

    def integer(self, lowest: int, highest: int) -> int:
        """A whole number within bounds; true and false are none."""
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            self.refuse(f"a whole number from {lowest} to {highest}")
        return value

    def choice(self, kind: type[_E]) -> _E:
        """A member of an enumeration, by its value."""
        if not isinstance(self.value, str) or self.value not in tuple(kind):
            self.refuse("one of " + ", ".join(kind))
        return kind(self.value)

    def date(self) -> dt.date:
        """A calendar date: text, or what a YAML reader makes of an unquoted one."""
        expected = "a date as YYYY-MM-DD"
        if isinstance(self.value, dt.date) and not isinstance(self.value, dt.datetime):
            return self.value
        if not isinstance(self.value, str) or len(self.value) != len("YYYY-MM-DD"):
            self.refuse(expected)
        try:
            return dt.datetime.strptime(self.value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
        except ValueError:
            self.refuse(expected)

    def network(self) -> IPNetwork:
        """An address range in CIDR notation, at most as wide as an exception may be."""
        expected = "an address range in CIDR notation, such as 203.0.113.0/24, with no host bits set"
        if not isinstance(self.value, str) or "/" not in self.value:
            self.refuse(expected)
        try:
            network = ipaddress.ip_network(self.value, strict=True)
        except ValueError:
            self.refuse(expected)
        widest = _WIDEST_PREFIX[network.version]
        if network.prefixlen < widest:
            self.refuse(f"a range no wider than /{widest} for IPv{network.version}")
        return network

    def _child(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path != ROOT_PATH else key


ROOT_PATH = "policy"
