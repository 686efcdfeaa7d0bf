"""Space-delimited patterns and the values that they extract, as TestMetricFilter answers them."""

import pytest

from toolkit.lab.emulator.filter_pattern import compile_pattern

# Pattern, message, extracted values (None: no match).
CASES: list[tuple[str, str, dict[str, str] | None]] = [
    ("[a, b, c]", "ERROR one two", {"$a": "ERROR", "$b": "one", "$c": "two"}),
    ("[a, b, c]", "ERROR one", None),
    # A quoted or bracketed run is one field, also without a space behind it.
    ("[a, b, c]", 'a "two words" c', {"$a": "a", "$b": "two words", "$c": "c"}),
    ("[a, b, c]", "a [two words] c", {"$a": "a", "$b": "two words", "$c": "c"}),
    ("[a, b, c]", 'a "two words"', None),
    ("[a, b, c]", 'a "b"c d', {"$a": "a", "$b": "b", "$c": "c d"}),
    ("[a, b]", 'x ""', {"$a": "x", "$b": ""}),
    ("[a, b]", "x []", {"$a": "x", "$b": ""}),
    # Unclosed, they are plain characters.
    ("[a, b, c]", 'x "y z', {"$a": "x", "$b": '"y', "$c": "z"}),
    ("[a, b, c]", "x [y z", {"$a": "x", "$b": "[y", "$c": "z"}),
    ("[a, b, c]", 'x "y z q', {"$a": "x", "$b": '"y', "$c": "z q"}),
    # Any white space separates.
    ("[a, b, c]", "a  b   c ", {"$a": "a", "$b": "b", "$c": "c"}),
    ("[a, b, c]", "a\tb\tc", {"$a": "a", "$b": "b", "$c": "c"}),
    ("[a, b]", "x  ", None),
    ("[a, b]", 'x "y" ', {"$a": "x", "$b": "y"}),
    # The last field takes the rest as it stands, unless the rest is one field.
    ("[a, b, c]", "a b c d", {"$a": "a", "$b": "b", "$c": "c d"}),
    ("[a, rest]", 'a "two words" c', {"$a": "a", "$rest": '"two words" c'}),
    ("[a, rest]", 'a "two words"', {"$a": "a", "$rest": "two words"}),
    ("[a, rest]", "a  b   c ", {"$a": "a", "$rest": "b   c "}),
    ("[a, rest]", 'a "b"c d', {"$a": "a", "$rest": '"b"c d'}),
    ("[a, rest]", "one", None),
    ("[a]", "a  b   c ", {"$a": "a  b   c "}),
    ("[a]", "one", {"$a": "one"}),
    ("[a]", "", None),
    # Fields without a name have the number of their place.
    ("[]", 'a "b"c d', {"$1": "a", "$2": "b", "$3": "c", "$4": "d"}),
    ("[ ]", "one", {"$1": "one"}),
    ("[, b,]", "a b c d", {"$1": "a", "$b": "b", "$3": "c d"}),
    ("[a,]", "1 2", {"$a": "1", "$2": "2"}),
    ("[a,]", "one", None),
    # An ellipsis stands for any number of fields.
    ("[..., last]", "ERROR", {"$last": "ERROR"}),
    ("[..., last]", "a [two words] c", {"$1": "a", "$2": "two words", "$last": "c"}),
    ("[first, ..., last]", "a b c d", {"$first": "a", "$2": "b", "$3": "c", "$last": "d"}),
    ("[first, ..., last]", "a b", {"$first": "a", "$last": "b"}),
    ("[first, ..., last]", "one", None),
    ("[first, ...]", "a b c", {"$first": "a", "$2": "b", "$3": "c"}),
    ("[first, ...]", "one", {"$first": "one"}),
    # Conditions on a field.
    ("[level=ERROR, rest]", "ERROR one two", {"$level": "ERROR", "$rest": "one two"}),
    ("[level=ERROR, rest]", "WARN one", None),
    ("[level=ERROR || level=WARN, rest]", "WARN one", {"$level": "WARN", "$rest": "one"}),
    ("[level=ERROR || level=WARN, rest]", "INFO one", None),
    ("[level!=ERROR && level!=WARN, rest]", "INFO one", {"$level": "INFO", "$rest": "one"}),
    ("[level!=ERROR && level!=WARN, rest]", "WARN one", None),
    ("[(level=ERROR), rest]", "ERROR one", {"$level": "ERROR", "$rest": "one"}),
    # A bare number compares by value, a quoted one by its text.
    ("[a=1, rest]", "1.0 2", {"$a": "1.0", "$rest": "2"}),
    ('[a="1", rest]', "1.0 2", None),
    ('[a="1", rest]', "1 2", {"$a": "1", "$rest": "2"}),
    ("[a > 1, rest]", "1.5 2", {"$a": "1.5", "$rest": "2"}),
    ("[a > 1, rest]", "x 2", None),
    ("[a=%ERR%, rest]", "ERROR one", {"$a": "ERROR", "$rest": "one"}),
    ("[a=%ERR%, rest]", "WARN one", None),
]

ACCESS_LOG = (
    '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'  # documented
)


@pytest.mark.parametrize(("pattern", "message", "expected"), CASES)
def test_fields(pattern: str, message: str, expected: dict[str, str] | None) -> None:
    """Fields are cut, compared and named as AWS does it."""
    compiled = compile_pattern(pattern)
    assert compiled.extract(message) == expected
    assert compiled.matches(message) is (expected is not None)


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user, username, timestamp, request, status_code, bytes > 1000]",
        "[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
        "[..., status_code=404 || status_code=410, bytes]",
        "[ip=%127\\.0\\.0\\.[1-9]%, ...]",
        "[ip, ..., size]",
    ],
)
def test_documented_access_log(pattern: str) -> None:
    """The access log examples of the user guide match the guide's record."""
    extracted = compile_pattern(pattern).extract(ACCESS_LOG)
    assert extracted is not None
    assert extracted["$ip" if "ip" in pattern else "$1"] == "127.0.0.1"
    assert "1534" in extracted.values()


def test_unclosed_brackets_take_linear_time() -> None:
    """A long message of opening brackets is cut without looking ahead from each of them."""
    extracted = compile_pattern("[..., last]").extract("[ " * 100_000 + "end")
    assert extracted is not None
    assert extracted["$last"] == "end"
