"""Filter patterns that CloudWatch Logs refuses, and the text of its refusals."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.lab.emulator.filter_pattern import MAX_LENGTH, InvalidPatternError, compile_pattern

GENERAL = "Invalid metric filter pattern"


def _character(fragment: str) -> str:
    return f"Invalid character(s) in term '{fragment}'"


MEASURED = {
    # Terms
    "ERR*": _character("*"),
    "ERROR!": _character("!"),
    "ERROR:": _character(":"),
    "a/b": _character("/"),
    "a@b": _character("@"),
    '""': _character('""'),
    '"ERROR': _character('"ERROR'),
    '"ERROR"WARN': GENERAL,
    "ERROR %WARN%": _character("%"),
    "?%WARN%": _character("%"),
    # Regular expressions
    "%(ab)+%": _character("%("),
    r"%\(ab\)%": _character(r"%\("),
    "%café%": _character("%café"),
    "%!%": _character("%!"),
    "%[a&&b]%": _character("%[a&"),
    "%%": _character("%%"),
    "%ERROR% %WARN%": _character(" "),
    "%ERROR% %WARN% %INFO%": _character(" "),
    "%abc": "If a filter pattern starts with '%' it must end with '%'",
    r"%\p%": "Failed to compile regular expression.",
    "%[z-a]%": "Failed to compile regular expression.",
    "%a++%": "Failed to compile regular expression.",
    "{ $.a = %1% || $.a = %2% || $.a = %3% }": (
        "Your input has exceeded the maximum of 2 regular expressions per filter pattern."
    ),
    # JSON
    "{ $.a = 1 } x": "If a filter pattern starts with '{' it must end with '}'",
    "{ $.a == 1 }": GENERAL,
    "{ $.a = 1 AND $.b = 2 }": GENERAL,
    "{ $.a = null }": GENERAL,
    "{ $.a = 1e2147483648 }": GENERAL,
    '{ $.a > "0" }': _character('"0"'),
    "{ $.a = a:b }": _character(":"),
    "{ $.a IS NOT NULL }": _character("NOT"),
    "{ $ = 2 }": _character("$ "),
    "{ $[1] = 2 }": _character("$["),
    "{ $['a.b'] = 2 }": _character("$["),
    '{ $.["a.b"] = 2 }': _character('$.["'),
    "{ $.a[-1] = 2 }": _character("[-"),
    "{ $.a[*].* = 2 }": (
        "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed "
        "per json selector."
    ),
    # Space-delimited
    "[a, a]": "Duplicate field 'a'",
    "[a, ..., b, ...]": "Duplicate field '...'",
    "[1a]": _character("1a"),
    "[a == 1]": GENERAL,
    '[a>"1", b]': GENERAL,
    "[a=ERROR || b=one, b]": "Multiple variables used in a single filter. Var1 : a, Var2 : b",
}

ALSO_REFUSED = [
    # The end
    *("{", "}", "{}", "{ }", "[", "[a", "[a] b", "[a]]", "%", "%a% b", "%a%b%"),
    # Logic
    *("{ && }", "{ $.a = 1 && }", "{ || $.a = 1 }", "{ $.a = 1 & $.b = 1 }", "{ $.a = 1 | $.b = 1 }"),
    *("{ ($.a = 1 }", "{ $.a = 1) }", "{ () }", "{ $.a = 1 $.b = 1 }", "{ $.a = 1 OR $.b = 1 }"),
    "{ !($.a = 1) }",
    # Conditions
    *("{ $.a }", "{ $.a = }", "{ = 1 }", "{ 1 = 1 }", "{ a = 1 }", "{ $.a EXISTS }", "{ $.a IS }"),
    *("{ $.a NOT NULL }", "{ $.a IS 1 }", "{ $.a > foo }", "{ $.a >= %1% }", "{ $.a > * }", "{ $.a => 1 }"),
    *("{ $.a <> 1 }", "{ $.a = 'x' }", "{ $.a = x+y }", '{ $.a = "x }', '{ $.a = "x"y }', "{ $.a = NULL }"),
    "{ $.a = %x }",
    # Selectors
    *("{ $a = 1 }", "{ $.  = 1 }", "{ $..a = 1 }", "{ $.a. = 1 }", "{ $.a[] = 1 }", "{ $.a[1 = 1 }"),
    *("{ $.a[x] = 1 }", "{ $.['a = 1 }", "{ $.a:b = 1 }", "{ $.é = 1 }"),
    "{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }",
    # Regular expressions
    *(
        "%a b%",
        "%[a%",
        "%[]%",
        "%*a%",
        "%a|*%",
        "%^*%",
        "%a{%",
        "%a{,2}%",
        "%a{2,1}%",
        "%a{1001}%",
        "%a{1001,}%",
    ),
    *(r"%\x4%", r"%\b%", r"%\1%", "%a**%", "%a+?+%", "%[[a]]%", r"%[\d-z]%", "%" + "a{1000}" * 5 + "%"),
    # Terms
    *("-", "?", "- a", "--a", "a=b", "(a)", "a,b", '"a""b"', 'a"b"', "$a", "a'b", "a\\b"),
    # Space-delimited
    *("[a b]", "[a=]", "[=1]", "[a IS NULL]", "[a-b]", "[a=1 &&]", "[a..]", "[...=1]", "[a=x:y]", "[é]"),
    "x" * (MAX_LENGTH + 1),
]


@pytest.mark.parametrize("pattern", MEASURED)
def test_refusal_reads_as_that_of_aws(pattern: str) -> None:
    """A refused pattern gets the very message of the TestMetricFilter API."""
    with pytest.raises(InvalidPatternError) as refusal:
        compile_pattern(pattern)
    assert str(refusal.value) == MEASURED[pattern]
    assert refusal.value.code == "InvalidParameterException"


@pytest.mark.parametrize("pattern", ALSO_REFUSED)
def test_outside_the_grammar(pattern: str) -> None:
    """What the documented grammar does not have is refused."""
    with pytest.raises(InvalidPatternError):
        compile_pattern(pattern)


def test_length_limit() -> None:
    """A pattern may have 1,024 characters and not one more."""
    assert compile_pattern("x" * MAX_LENGTH).matches("x" * MAX_LENGTH)
    with pytest.raises(InvalidPatternError, match="less than or equal to 1024"):
        compile_pattern("x" * (MAX_LENGTH + 1))


def test_limits_are_inclusive() -> None:
    """Two regular expressions and three wildcards in a pattern are allowed."""
    assert compile_pattern("{ $.a = %1% || $.a = %2% }").matches('{"a":2}')
    assert compile_pattern("{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 }").matches('{"c":[1]}')


def test_parentheses_of_any_depth() -> None:
    """As many parentheses as fit are read and evaluated; unbalanced ones are refused, not a crash."""
    inner = "$.a=1"
    depth = (MAX_LENGTH - len(inner) - 2) // 2
    assert compile_pattern("{" + "(" * depth + inner + ")" * depth + "}").matches('{"a":1}')
    chain = "{" + "($.a=1&&" * 100 + inner + ")" * 100 + "}"
    assert compile_pattern(chain).matches('{"a":1}')
    for broken in ("{" + "(" * 1000 + "}", "{" + ")" * 1000 + "}", "[" + "(" * 1000 + "]"):
        with pytest.raises(InvalidPatternError):
            compile_pattern(broken)


def test_deeply_nested_event_matches_nothing() -> None:
    """An event nested beyond what can be parsed is no JSON object to us, and no crash."""
    event = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert not compile_pattern("{ $.b NOT EXISTS }").matches(event)
    assert not compile_pattern("{ $.a = 1 }").matches("[" * 100_000)


PIECES = st.lists(
    st.sampled_from(
        [
            *("{", "}", "[", "]", "(", ")", "&&", "||", "=", "!=", "<", ">=", "%", '"', "'", ",", "...", "$"),
            *("$.a", "$.a[*]", "$.*", "$.['", "']", "[0]", "IS", "NULL", "NOT", "EXISTS", "1", "1e5", "-"),
            *("?", "*", "+", "^", "\\", "\\d", "{2,3}", "a", "é", " ", " ", "\n", "\ud800", "٣", "²"),
        ]
    ),
    max_size=25,
).map("".join)
TEXTS = st.one_of(
    st.text(max_size=1100),
    PIECES,
    PIECES.map(lambda inner: "{" + inner + "}"),
    PIECES.map(lambda inner: "[" + inner + "]"),
    PIECES.map(lambda inner: "%" + inner + "%"),
)


@settings(deadline=None)  # the machine may be busy
@given(
    TEXTS,
    st.one_of(st.text(), st.sampled_from(['{"a":[1,{"a":"x"}]}', "a [1] b", "1e99999 2", "1e" + "9" * 5000])),
)
def test_only_one_kind_of_error(text: str, message: str) -> None:
    """Whatever the pattern, it compiles or is refused; whatever the message, it is answered."""
    try:
        pattern = compile_pattern(text)
    except InvalidPatternError as refusal:
        assert str(refusal)  # noqa: PT017 -- any refusal will do, any other exception fails
        return
    matched = pattern.matches(message)
    assert matched is (pattern.extract(message) is not None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("ab"), children),
)
EVENTS = st.dictionaries(st.sampled_from("ab"), JSON, max_size=2)


@settings(deadline=None)  # the machine may be busy
@given(
    EVENTS,
    st.sampled_from(["$.a", "$.a.b", "$.a[0]", "$.a[*]", "$.*", "$.a.*.b"]),
    st.sampled_from(["= *", '= "x"', '!= "x"', "= 1", "> 0", "IS TRUE", "IS FALSE", "= %1%"]),
)
def test_missing_satisfies_nothing(event: dict[str, object], selector: str, condition: str) -> None:
    """A condition on what NOT EXISTS is false, apart from != over a wildcard."""
    message = json.dumps(event)
    if compile_pattern(f"{{ {selector} NOT EXISTS }}").matches(message):
        over_wildcard = "*" in selector and condition.startswith("!=")
        assert over_wildcard or not compile_pattern(f"{{ {selector} {condition} }}").matches(message)
