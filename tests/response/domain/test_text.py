"""Hostile strings made safe for terminals, messages, mail subjects, Markdown and HTML."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.text import ascii_only, md, plain
from tests.response.domain.strategies import hostile_text

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(hostile_text, st.integers(0, 50))
def test_plain_holds_no_control_or_bidirectional_character_and_keeps_the_limit(
    value: str, limit: int
) -> None:
    """Whatever comes in, one visible line within the limit comes out."""
    shown = plain(value, limit)
    assert not {unicodedata.category(character) for character in shown} & _UNSAFE
    assert len(shown) <= limit
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b[31mred\x1b[0m trail", "red trail"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "click"),
        ("\x9b2Jwiped", "wiped"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("a\u202egpj.exe\u202c", "agpj.exe"),
        ("a\u200b\u2066b\u2069", "ab"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("\x1b", ""),
        ("\ud800x", "x"),
        (None, ""),
        (7, "7"),
        ("ordinary-name_1.2", "ordinary-name_1.2"),
    ],
)
def test_plain_takes_escape_sequences_out_whole(value: object, shown: str) -> None:
    """No rest of a terminal command is left behind, and harmless text stays as it is."""
    assert plain(value) == shown


def test_plain_marks_what_it_cut_off() -> None:
    """A text over the limit ends in three dots."""
    assert plain("a" * 300, 10) == "aaaaaaa..."
    assert plain("abc", 3) == "abc"
    assert plain("abcd", 2) == ".."


@given(hostile_text)
def test_plain_of_plain_changes_nothing(value: str) -> None:
    """What is safe already stays the same."""
    assert plain(plain(value)) == plain(value)


@given(hostile_text, st.integers(0, 50))
def test_ascii_only_is_printable_ascii_within_the_limit(value: str, limit: int) -> None:
    """A mail subject takes printable ASCII only."""
    shown = ascii_only(value, limit)
    assert len(shown) <= limit
    assert re.fullmatch(r"[ -~]*", shown)


def test_ascii_only_keeps_letters_and_drops_accents() -> None:
    """Names stay readable; what has no ASCII letter is a question mark."""
    assert ascii_only("José \u6f22") == "Jose ?"


@given(hostile_text)
def test_md_leaves_no_tag_and_no_bare_markup(value: str) -> None:
    """No character that opens HTML or Markdown markup stands without its escape."""
    escaped = md(value)
    assert not re.search(r"[<>\"']", escaped)
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#39);)", escaped)
    without_escapes = re.sub(r"\\.", "", escaped.replace("&#39;", ""))
    assert not re.search(r"[\\`*_{}\[\]()#!|~$]", without_escapes)
    assert "://" not in escaped
    assert not re.match(r"[-+=]|\d+[.)]", escaped)


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("<script>alert(1)</script>", r"&lt;script&gt;alert\(1\)&lt;/script&gt;"),
        ("[click](https://evil.example)", r"\[click\]\(https\://evil.example\)"),
        ("www.evil.example", r"www\.evil.example"),
        ("a | b", r"a \| b"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("# heading", r"\# heading"),
        ("arn:aws:iam::111122223333:user/x", "arn:aws:iam::111122223333:user/x"),
    ],
)
def test_md_escapes_what_markdown_would_format(value: str, escaped: str) -> None:
    """Links, tags, tables, lists and headings come out as the text they are."""
    assert md(value) == escaped
