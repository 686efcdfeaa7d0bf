"""Strings of a record in a plain-text message: no line, markup, link or mention of theirs takes effect."""

from __future__ import annotations

import re

from response.domain.text import plain

_VALUE_LIMIT = 120
_MENTION = re.compile(r"(?<![\w.+-])@")
_BARE_ADDRESS = re.compile(r"(?i)\bwww\.")  # mail and chat programs make a link of it
_SHOWN_AS = str.maketrans({"<": "(", ">": ")", "`": "'"})


def quoted(value: object, limit: int = _VALUE_LIMIT) -> str:
    """A string of a record as it may stand in a message: one line, no markup, no link, nobody mentioned."""
    text = plain(value, limit).translate(_SHOWN_AS)
    return _BARE_ADDRESS.sub("www[.]", without_mentions(text).replace("://", "[:]//"))


def without_mentions(text: str) -> str:
    """The text with nobody mentioned: an address of mail stays, `@channel` does not."""
    return _MENTION.sub("(at)", text)
