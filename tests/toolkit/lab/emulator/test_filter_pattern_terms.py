"""Term patterns, single regular expressions and the empty pattern, as TestMetricFilter answers them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.lab.emulator.filter_pattern import compile_pattern

WORDS = [
    *("ERROR", "ERRORS", "xERROR", "error", "[ERROR]", "ERROR_code", "ERROR timeout"),
    *("INFO timeout", "WARN", "two words", "two  words"),
]
ERRORS = {"ERROR", "ERRORS", "xERROR", "[ERROR]", "ERROR_code", "ERROR timeout"}
TIMEOUTS = {"ERROR timeout", "INFO timeout"}
TERM_CASES = {
    "ERROR": ERRORS,
    "error": {"error"},
    "ERROR timeout": {"ERROR timeout"},
    "ERROR -timeout": ERRORS - TIMEOUTS,
    "-ERROR": set(WORDS) - ERRORS,
    "?ERROR ?WARN": ERRORS | {"WARN"},
    "?ERROR timeout": TIMEOUTS,
    "?ERROR -timeout": set(WORDS) - TIMEOUTS,
    '"two words"': {"two words"},
    '-"two words"': set(WORDS) - {"two words"},
    '?"two words" ?WARN': {"two words", "WARN"},
    '"ERR*"': set(),
    '" "': {message for message in WORDS if " " in message},
    "": set(WORDS),
    " \t\n": set(WORDS),
    "a-b": set(),
    "E-timeout": ERRORS - TIMEOUTS,
    "ERROR?WARN": ERRORS,
    "ERROR_code": {"ERROR_code"},
}

TEXTS = [
    *("ERROR", "WARN", "aaaa", "aa", "cat", "a cat", "hat", "color", "colour", "a-b", "a b", "a\nb"),
    *("123", "_", "café", "key:value", "ab", "back\\slash", "!", "cat\n", ""),
]
WITH_A = {text for text in TEXTS if "a" in text}
REGEX_CASES = {
    "%ERROR|WARN%": {"ERROR", "WARN"},
    "%^[hc]at$%": {"cat", "hat"},
    "%^a{3,5}$%": {"aaaa"},
    "%^a{2}$%": {"aa"},
    "%^a{3,}$%": {"aaaa"},
    "%^a{0}$%": {""},
    "%^a{2,3}a$%": {"aaaa"},
    "%colou?r%": {"color", "colour"},
    r"%\d+%": {"123"},
    r"%\w+%": set(TEXTS) - {"!", ""},
    r"%^\W$%": {"!"},
    r"%a\sb%": {"a b", "a\nb"},
    r"%a\Sb%": {"a-b"},
    r"%\x3A%": {"key:value"},
    "%a.b%": {"a-b", "a b"},
    r"%a\-b%": {"a-b"},
    r"%\\%": {"back\\slash"},
    "%a+?%": WITH_A,
    "%[^a-z]%": {text for text in TEXTS if any(not "a" <= character <= "z" for character in text)},
    r"%^[\d\x41-\x5a]+$%": {"ERROR", "WARN", "123"},
    "%[]]%": set(),
    "%a*%": set(TEXTS),
    "%a*^b*%": set(TEXTS),
    "%t$|^_%": {"cat", "a cat", "hat", "_"},
    "%x|%": set(TEXTS),
    "%c$a%": set(),
    "%^$%": {""},
    "%$^%": {""},
}


@pytest.mark.parametrize("pattern", TERM_CASES)
def test_terms(pattern: str) -> None:
    """Terms are substrings in their case; several mean all, - excludes, ? means any of."""
    compiled = compile_pattern(pattern)
    assert {message for message in WORDS if compiled.matches(message)} == TERM_CASES[pattern]


@pytest.mark.parametrize("pattern", REGEX_CASES)
def test_regular_expressions(pattern: str) -> None:
    """A regular expression is searched for in the whole message."""
    compiled = compile_pattern(pattern)
    assert {text for text in TEXTS if compiled.matches(text)} == REGEX_CASES[pattern]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("a-b", {"a"}),
        ("a?b", {"a", "a-b", "ab", "a b", "a?b", "a.b"}),
        ("a.b", {"a.b"}),
        ("é", {"é"}),
    ],
)
def test_signs_inside_words(pattern: str, matching: set[str]) -> None:
    """The signs - and ? begin a term inside a word; a period and a letter of any script belong to it."""
    compiled = compile_pattern(pattern)
    messages = ["a", "b", "a-b", "ab", "a b", "a?b", "a.b", "é", "e"]
    assert {message for message in messages if compiled.matches(message)} == matching


def test_nothing_is_extracted() -> None:
    """Terms and regular expressions extract no values from a match and None from the rest."""
    for text in ("ERROR", "%ERR%", ""):
        assert compile_pattern(text).extract("ERROR") == {}
    assert compile_pattern("ERROR").extract("INFO") is None
    assert compile_pattern("%ERR%").extract("INFO") is None


def test_hostile_message_takes_linear_time() -> None:
    """An expression that would make a backtracking engine run for ages does not: it is an automaton."""
    pattern = compile_pattern("%" + "a*" * 200 + "b%")
    assert not pattern.matches("a" * 20_000)
    assert pattern.matches("a" * 20_000 + "b")


ATOMS = ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\W", r"\.", "[a-c1]", r"\x61", "1", "[]a]", "[.-]"]
QUANTIFIERS = ["", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{0}"]
BRANCH = st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(QUANTIFIERS)), min_size=1, max_size=4)
EXPRESSIONS = st.lists(
    st.tuples(st.sampled_from(["", "^"]), BRANCH, st.sampled_from(["", "$"])), min_size=1, max_size=3
).map(lambda branches: "|".join(a + "".join(map("".join, atoms)) + z for a, atoms, z in branches))


@settings(deadline=None)  # the machine may be busy
@given(EXPRESSIONS, st.text(alphabet="abc1.-\n", max_size=6))
def test_automaton_agrees_with_re(source: str, message: str) -> None:
    """On small inputs the automaton finds what Python's backtracking engine finds."""
    expected = re.search(source.replace("$", r"\Z"), message, re.ASCII) is not None
    assert compile_pattern(f"%{source}%").matches(message) is expected
