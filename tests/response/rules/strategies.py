"""Hypothesis strategies: mutations of our records, and small conditions over small records."""

from typing import Any, Final

from hypothesis import strategies as st

from response.rules.conditions import Absent, AllOf, AnyOf, Condition, Equals, Not, OneOf, Present
from tests.response.rules.records import MALFORMED, MATCHING, NEAR_MISSES, update_trail

COMPARED_FIELDS: Final = ("eventSource", "eventName", "eventCategory", "errorCode", "errorMessage")

_TEXTS: Final = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "null",
            "*",
            "UpdateTrail",
            "updateTrail",
            "cloudtrail.amazonaws.com",
            "Management",
            "AccessDenied",
        ]
    ),
    st.text(max_size=8),
)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_DROP: Final = object()


@st.composite
def mutated_records(draw: st.DrawFn, values: st.SearchStrategy[Any] = JSON) -> dict[str, Any]:
    """Take one of our records and drop, replace or add some of its fields."""
    record = dict(draw(st.sampled_from([*MATCHING.values(), *NEAR_MISSES.values()])))
    fields = st.sampled_from([*COMPARED_FIELDS, "requestParameters", "userIdentity"]) | _TEXTS
    for field in draw(st.lists(fields, max_size=4)):
        value = draw(st.just(_DROP) | values)
        if value is _DROP:
            record.pop(field, None)
        else:
            record[field] = value
    return record


def records_as_cloudtrail_writes_them() -> st.SearchStrategy[dict[str, Any]]:
    """Mutate records, but keep to the documented types of the compared fields: text, null or missing."""
    return mutated_records(values=st.none() | _TEXTS)


def any_json() -> st.SearchStrategy[object]:
    """Anything that a log line can hold."""
    return JSON | mutated_records() | st.sampled_from(list(MALFORMED.values())) | st.just(update_trail())


_PATHS: Final = ("a", "b", "c.d", "c.e", "c.d.f")
_TOP_LEVEL: Final = ("a", "b")
_VALUES: Final = ("x", "y", "", "1", 'q"\\')


def leaves(absent_paths: tuple[str, ...], *, with_present: bool = False) -> st.SearchStrategy[Condition]:
    """Draw conditions without parts."""
    paths, values = st.sampled_from(_PATHS), st.sampled_from(_VALUES)
    found: list[st.SearchStrategy[Condition]] = [
        st.builds(Equals, paths, values),
        st.builds(OneOf, paths, st.lists(values, min_size=1, max_size=3).map(tuple)),
        st.builds(Absent, st.sampled_from(absent_paths)),
    ]
    if with_present:
        found.append(st.builds(Present, paths))
    return st.one_of(found)


def renderable(*, nested_absence: bool) -> st.SearchStrategy[Condition]:
    """Draw conditions that a target can express; nested absence is what sets EventBridge apart."""
    return st.recursive(
        leaves(_PATHS if nested_absence else _TOP_LEVEL),
        lambda inner: _combined(inner) | inner.map(lambda condition: Not(Not(condition))),
        max_leaves=5,
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Draw any condition at all."""
    return st.recursive(
        leaves(_PATHS, with_present=True), lambda inner: _combined(inner) | inner.map(Not), max_leaves=6
    )


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return parts.map(lambda chosen: AllOf(*chosen)) | parts.map(lambda chosen: AnyOf(*chosen))


_SCALARS: Final = st.none() | st.booleans() | st.sampled_from([0, 1, 1.0, 2.5, *_VALUES, "X", "*"])


def small_records() -> st.SearchStrategy[object]:
    """Draw records of the few fields that the small conditions ask about, with values of every type."""
    values = st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("defx"), inner, max_size=3)
        ),
        max_leaves=5,
    )
    return st.dictionaries(st.sampled_from("abcx"), values, max_size=4)
