"""Strings from a record made safe to show: the attacker writes trail names, session names and user agents.

`plain` is for terminals and messages, `ascii_only` for mail subjects, `md` for Markdown that may become HTML.
"""

from __future__ import annotations

import re
import unicodedata

DEFAULT_LIMIT = 256
_ELLIPSIS = "..."

# Escape sequences of ECMA-48: command strings, control sequences, and the short ones.
# Each is taken out whole, so that no "[31m" is left behind.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b[PX\]^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# Control, format (bidirectional overrides, zero width), surrogate, private, unassigned, line ends.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_MD_SPECIAL = re.compile(r"([\\`*_{}\[\]()#!|~$])")
_MD_LINE_START = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)]))")
_MD_AUTOLINK = re.compile(r"(?i)\b(https?|ftp)://|\b(www)\.")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def plain(value: object, limit: int = DEFAULT_LIMIT) -> str:
    """The value as one line of at most `limit` characters, without control, escape or bidirectional ones."""
    text = _ESCAPE_SEQUENCE.sub("", "" if value is None else str(value))
    kept = "".join(map(_safe, text))
    line = " ".join(kept.split())
    if len(line) <= limit:
        return line
    return line[: max(limit - len(_ELLIPSIS), 0)] + _ELLIPSIS[:limit]


def _safe(character: str) -> str:
    """The character, a space for white space, nothing where it is unseen or would command a terminal."""
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSAFE_CATEGORIES else character


def ascii_only(value: object, limit: int = DEFAULT_LIMIT) -> str:
    """`plain`, with accents dropped and every other character outside ASCII shown as `?`."""
    decomposed = unicodedata.normalize("NFKD", plain(value, limit))
    letters = (c for c in decomposed if not unicodedata.combining(c))
    return plain("".join(c if c.isascii() else "?" for c in letters), limit)


def md(value: object, limit: int = DEFAULT_LIMIT) -> str:
    """`plain`, escaped so that neither Markdown nor HTML finds anything to format, link or run in it.

    Safe in a paragraph, at the start of a line and in a table cell. `limit` counts before escaping.
    """
    text = _MD_SPECIAL.sub(r"\\\1", plain(value, limit))
    text = _MD_AUTOLINK.sub(_unlink, text)
    text = _MD_LINE_START.sub(_unlist, text)
    return "".join(_HTML.get(c, c) for c in text)


def _unlink(match: re.Match[str]) -> str:
    """The start of an address that GitHub's Markdown would turn into a link, with its mark escaped."""
    return f"{match[1]}\\://" if match[1] else f"{match[2]}\\."


def _unlist(match: re.Match[str]) -> str:
    """The start of a list item or heading line, escaped."""
    found = match[0]
    return f"{found}\\" if found.isdigit() else f"\\{found}"
