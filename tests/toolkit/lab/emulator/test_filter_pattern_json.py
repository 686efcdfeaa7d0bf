"""JSON filter patterns against the answers that the TestMetricFilter API gives."""

import pytest

from toolkit.lab.emulator.filter_pattern import compile_pattern

# Values of the key `a`, as they are written in the event; "" stands for an event without the key.
SCALARS = [
    "1",
    "1.0",
    "1e0",
    "1e3",
    '"1"',
    '"01"',
    '"1e3"',
    "0",
    "0.0",
    "-0.0",
    "-1",
    "true",
    "false",
    '"true"',
    "null",
    "",
    "{}",
    "[]",
    '"foo"',
    '"foobar"',
    '"FOO"',
    "1e308",
    "1e309",
    '"1e309"',
    "1e-999",
    "9007199254740992",
    "9007199254740993",
]
NUMBERS = {
    *("1", "1.0", "1e0", "1e3", "0", "0.0", "-0.0", "-1", "1e308", "1e309", "1e-999"),
    *("9007199254740992", "9007199254740993"),
}
STRINGS = {value for value in SCALARS if value.startswith('"')}
ONE = {"1", "1.0", "1e0"}
ZERO = {"0", "0.0", "-0.0", "1e-999"}

SCALAR_CASES = {
    # Numbers compare by value; a string equals a bare number only as spelled.
    "{ $.a = 1 }": ONE | {'"1"'},
    "{ $.a = 1.0 }": ONE,
    "{ $.a = +1 }": ONE,
    "{ $.a = 0 }": ZERO,
    "{ $.a = -0.0 }": ZERO,
    "{ $.a = 1e3 }": {"1e3", '"1e3"'},
    "{ $.a = 9007199254740992 }": {"9007199254740992"},
    "{ $.a = 9007199254740993 }": {"9007199254740993"},
    "{ $.a = 1e308 }": {"1e308"},
    "{ $.a = 1e309 }": {'"1e309"'},
    "{ $.a = 1e-999 }": set(),
    "{ $.a != 1 }": (NUMBERS | STRINGS) - ONE - {'"1"', "1e309"},
    # A quoted value compares with the number's text.
    '{ $.a = "1" }': {"1", '"1"'},
    '{ $.a = "1.0" }': {"1.0", "1e0"},
    '{ $.a = "1e0" }': set(),
    '{ $.a = "1000.0" }': {"1e3"},
    '{ $.a = "1.0E308" }': {"1e308"},
    # Ordering is for numbers only; there is no coercion of strings.
    "{ $.a > 0 }": ONE | {"1e3", "1e308", "9007199254740992", "9007199254740993"},
    "{ $.a >= 1 }": ONE | {"1e3", "1e308", "9007199254740992", "9007199254740993"},
    "{ $.a < 0 }": {"-1"},
    "{ $.a <= 0 }": ZERO | {"-1"},
    "{ $.a > 1e307 }": {"1e308"},
    "{ $.a > 1e-999 }": ONE | {"1e3", "1e308", "9007199254740992", "9007199254740993"},
    # Booleans answer to IS TRUE and IS FALSE alone.
    "{ $.a IS TRUE }": {"true"},
    "{ $.a IS FALSE }": {"false"},
    "{ $.a = true }": {'"true"'},
    '{ $.a = "true" }': {'"true"'},
    '{ $.a != "true" }': (NUMBERS | STRINGS) - {'"true"'},
    # null is IS NULL and nothing else; only a missing key is NOT EXISTS.
    "{ $.a IS NULL }": {"null"},
    "{ $.a is null }": {"null"},
    "{ $.a NOT EXISTS }": {""},
    "{ $.a not exists }": {""},
    # Strings: whole, case-sensitive, the asterisk stands for any run of characters.
    "{ $.a = foo }": {'"foo"'},
    '{ $.a = "foo" }': {'"foo"'},
    "{ $.a = foo* }": {'"foo"', '"foobar"'},
    '{ $.a = "foo*" }': {'"foo"', '"foobar"'},
    "{ $.a = *bar }": {'"foobar"'},
    "{ $.a = f*b*r }": {'"foobar"'},
    "{ $.a = *oo*oo* }": set(),
    '{ $.a != "foo" }': (NUMBERS | STRINGS) - {'"foo"'},
    "{ $.a = * }": NUMBERS | STRINGS,
    '{ $.a = "*" }': NUMBERS | STRINGS,
    # Regular expressions are searched for, in strings and in the text of numbers.
    "{ $.a = %1% }": {
        *("1", "1.0", "1e0", "1e3", '"1"', '"01"', '"1e3"', "-1", "1e308", '"1e309"'),
        *("9007199254740992", "9007199254740993"),
    },
    "{ $.a = %^foo$% }": {'"foo"'},
    "{ $.a != %[0-9]% }": {'"true"', '"foo"', '"foobar"', '"FOO"', "1e309"},
}

NESTED = [
    "{}",
    '{"a":null}',
    '{"a":2}',
    '{"a":1}',
    '{"a":"2"}',
    '{"a":true}',
    '{"a":[]}',
    '{"a":[1,2]}',
    '{"a":[2,1]}',
    '{"a":[1]}',
    '{"a":[null]}',
    '{"a":[null,2]}',
    '{"a":[[null]]}',
    '{"a":[[1,2]]}',
    '{"a":[true,false]}',
    '{"a":{}}',
    '{"a":{"b":2}}',
    '{"a":{"x":2,"y":1}}',
    '{"a":[{}]}',
    '{"a":[{"b":1},{"b":2}]}',
    '{"a":[{"b":null}]}',
    '{"a.b":2}',
    '{"a-b":2}',
    "[1,2]",
    '{"a":2} trailing',
    "not JSON",
    "",
    '{"a":NaN}',
]
OBJECTS = set(NESTED[: NESTED.index("[1,2]")])
ANY_TWO = {'{"a":[1,2]}', '{"a":[2,1]}', '{"a":[null,2]}', '{"a":{"b":2}}', '{"a":{"x":2,"y":1}}'}
WITHOUT_A = {"{}", '{"a.b":2}', '{"a-b":2}'}

NESTED_CASES = {
    # A selected object or array satisfies no comparison, and does exist.
    "{ $.a = 2 }": {'{"a":2}', '{"a":"2"}'},
    "{ $.a != 2 }": {'{"a":1}'},
    "{ $.a = * }": {'{"a":2}', '{"a":1}', '{"a":"2"}'},
    "{ $.a NOT EXISTS }": WITHOUT_A,
    # ... except that an array which directly holds null counts as null.
    "{ $.a IS NULL }": {'{"a":null}', '{"a":[null]}', '{"a":[null,2]}'},
    "{ $.a IS TRUE }": {'{"a":true}'},
    # A step by name through anything but an object is a missing key.
    "{ $.a.b = 2 }": {'{"a":{"b":2}}'},
    "{ $.a.b NOT EXISTS }": OBJECTS - {'{"a":{"b":2}}'},
    "{ $.a.b != 2 }": set(),
    # Indexes count from zero.
    "{ $.a[1] = 2 }": {'{"a":[1,2]}', '{"a":[null,2]}'},
    "{ $.a[0] IS NULL }": {'{"a":[null]}', '{"a":[null,2]}', '{"a":[[null]]}'},
    "{ $.a[0].b = 1 }": {'{"a":[{"b":1},{"b":2}]}'},
    # A wildcard selects the children of arrays and objects; any of them may satisfy the condition.
    "{ $.a[*] = 2 }": ANY_TWO,
    "{ $.a.* = 2 }": ANY_TWO,
    "{ $.* = 2 }": {'{"a":2}', '{"a":"2"}', '{"a.b":2}', '{"a-b":2}'},
    "{ $.a[*].b = 2 }": {'{"a":[{"b":1},{"b":2}]}'},
    "{ $.a[*] > 1 }": ANY_TWO,
    "{ $.a[*] IS NULL }": {'{"a":[null]}', '{"a":[null,2]}'},
    "{ $.a[*] IS TRUE }": {'{"a":[true,false]}'},
    "{ $.a[*].b IS NULL }": {'{"a":[{"b":null}]}'},
    # != over a wildcard: the place exists and no selected node is equal.
    "{ $.a[*] != 2 }": OBJECTS - ANY_TWO - WITHOUT_A,
    "{ $.a[*].b != 2 }": OBJECTS - WITHOUT_A - {'{"a":[{"b":1},{"b":2}]}'},
    "{ $.a[*] NOT EXISTS }": WITHOUT_A
    | {'{"a":null}', '{"a":2}', '{"a":1}', '{"a":"2"}', '{"a":true}', '{"a":[]}', '{"a":{}}'},
    # Keys with a period in quotes; a hyphen needs none.
    "{ $.['a.b'] = 2 }": {'{"a.b":2}'},
    "{ $.['a'].['b'] = 2 }": {'{"a":{"b":2}}'},
    "{ $.a-b = 2 }": {'{"a-b":2}'},
    # Only a message that is one JSON object can match, even for what is missing.
    "{ $.a = 9 || $.missing NOT EXISTS }": OBJECTS,
}


@pytest.mark.parametrize("pattern", SCALAR_CASES)
def test_condition_on_a_scalar(pattern: str) -> None:
    """A condition selects exactly the scalars that AWS selects."""
    compiled = compile_pattern(pattern)
    matched = {value for value in SCALARS if compiled.matches(f'{{"a":{value}}}' if value else "{}")}
    assert matched == SCALAR_CASES[pattern]


@pytest.mark.parametrize("pattern", NESTED_CASES)
def test_condition_on_a_structure(pattern: str) -> None:
    """A selector reaches exactly the nodes that AWS reaches."""
    compiled = compile_pattern(pattern)
    assert {message for message in NESTED if compiled.matches(message)} == NESTED_CASES[pattern]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.a = 1 || $.b = 1 && $.c = 1 }", {"a", "ab", "ac", "abc", "bc"}),
        ("{ ($.a = 1 || $.b = 1) && $.c = 1 }", {"ac", "bc", "abc"}),
        ("{ $.a = 1 && ($.b = 1 || $.c = 1) }", {"ab", "ac", "abc"}),
        ("{($.a=1)&&(($.b=1)&&($.c=1))}", {"abc"}),
        ("{ $.b = 1 && $.c = 1 || $.a = 1 }", {"a", "ab", "ac", "abc", "bc"}),
    ],
)
def test_precedence(pattern: str, expected: set[str]) -> None:
    """Parentheses bind before &&, and && before ||."""
    compiled = compile_pattern(pattern)
    subsets = ["", "a", "b", "c", "ab", "ac", "bc", "abc"]
    events = {keys: "{" + ",".join(f'"{key}":1' for key in keys) + "}" for keys in subsets}
    assert {keys for keys, event in events.items() if compiled.matches(event)} == expected


def test_empty_string_is_present() -> None:
    """An empty string exists, is not null and equals only itself."""
    event = '{"a":""}'
    assert not compile_pattern("{ $.a NOT EXISTS }").matches(event)
    assert not compile_pattern("{ $.a IS NULL }").matches(event)
    assert compile_pattern('{ $.a = "" }').matches(event)
    assert compile_pattern('{ $.a = "*" }').matches(event)
    assert compile_pattern('{ $.a != "x" }').matches(event)


def test_escapes_in_quoted_values() -> None:
    """Backslash escapes a quote or a backslash in a quoted value."""
    assert compile_pattern(r'{ $.a = "say \"hi\"" }').matches(r'{"a":"say \"hi\""}')
    assert compile_pattern(r'{ $.a = "C:\\x" }').matches(r'{"a":"C:\\x"}')


@pytest.mark.parametrize(
    ("written", "text"),
    [
        *(
            ("1e6", "1000000.0"),
            ("9999999.5", "9999999.5"),
            ("1e7", "1.0E7"),
            ("123456789.5", "1.234567895E8"),
        ),
        *(("0.001", "0.001"), ("0.0001", "1.0E-4"), ("-2.50", "-2.5"), ("0e5", "0.0"), ("-0.0", "-0.0")),
        *(("-1e309", "-Infinity"), ("-0", "0"), ("12345678901234567890", "12345678901234567890")),
    ],
)
def test_text_of_a_number(written: str, text: str) -> None:
    """A quoted value meets a number in the spelling that Java gives it."""
    assert compile_pattern(f'{{ $.a = "{text}" }}').matches(f'{{"a":{written}}}')


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("a*a*b", "ab", False),
        ("a*b*b", "ab", False),
        ("a*a*b", "aab", True),
        ("a**b", "ab", True),
        ("*b*", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_asterisk_reads_no_character_twice(pattern: str, text: str, expected: bool) -> None:
    """The parts between asterisks stand in the text one behind the other."""
    assert compile_pattern(f"{{ $.a = {pattern} }}").matches(f'{{"a":"{text}"}}') is expected


def test_missing_key_does_not_satisfy_not_equal() -> None:
    """A root user without sessionContext is not selected by != on a key that is not there."""
    pattern = compile_pattern('{ $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }')
    assert not pattern.matches('{"userIdentity":{"type":"Root"}}')
    assert pattern.matches('{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}}')


@pytest.mark.parametrize("name", ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"])
def test_security_hub_pattern(name: str) -> None:
    """The pattern that Security Hub control CloudWatch.5 asks for selects its five event names only."""
    pattern = compile_pattern(
        "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || "
        "($.eventName=StartLogging) || ($.eventName=StopLogging)}"
    )
    assert pattern.matches(f'{{"eventName":"{name}"}}')
    assert not pattern.matches(f'{{"eventName":"{name}s"}}')


def test_documented_examples() -> None:
    """The examples of the user guide select what the guide says they select."""
    event = (
        '{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],'
        '"objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"cluster.name":"c"}'
    )
    matching = [
        '{ $.eventType = "UpdateTrail" }',
        "{ $.sourceIPAddress = 111.111.* }",
        '{ $.sourceIPAddress != 123.123.* && $.arrayKey[0] = "value" }',
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.['cluster.name'] = \"c\" }",
        "{ ($.user.id = 1 || $.objectList[0].id = 1) && $.eventType = %^Update% }",
    ]
    assert [text for text in matching if not compile_pattern(text).matches(event)] == []


def test_no_values_are_extracted() -> None:
    """A matching JSON pattern extracts nothing, any other message gives None."""
    pattern = compile_pattern("{ $.a = 1 }")
    assert pattern.extract('{"a":1}') == {}
    assert pattern.extract('{"a":2}') is None
