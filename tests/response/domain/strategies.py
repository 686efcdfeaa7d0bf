"""Hypothesis strategies for the domain: trail states that CloudTrail can hold, records, any JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from response.domain.trail_state import ATTRIBUTES, BucketOwner, Surroundings, TrailState

ACCOUNT, STRANGER = "111122223333", "999988887777"
REGION = "eu-west-1"
TRAIL_ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"

hostile_text = st.text(st.characters(exclude_categories=()), max_size=40)
"""Any text that JSON can carry, lone surrogates included."""
_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | hostile_text
json_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=12,
)
"""Any JSON document."""


def spoiled(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A JSON object with some of its members, at any depth, replaced by any JSON or taken out."""
    return st.fixed_dictionaries({}, optional={key: _spoiled_value(value) for key, value in document.items()})


def _spoiled_value(value: Any) -> st.SearchStrategy[Any]:
    kept: st.SearchStrategy[Any] = st.just(value)
    if isinstance(value, dict):
        kept = kept | spoiled(value)
    if isinstance(value, list) and value:
        kept = kept | st.lists(_spoiled_value(value[0]), max_size=2)
    return kept | json_values


accounts = st.sampled_from((ACCOUNT, STRANGER))
buckets = st.sampled_from(("central-logs", "other-logs", "stranger-logs"))
key_arns = st.builds(
    "arn:aws:kms:{}:{}:key/{}".format, st.just(REGION), accounts, st.sampled_from(("11aa-22bb", "33cc-44dd"))
)
alias_arns = st.just(f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/trail")
topic_arns = st.builds("arn:aws:sns:{}:{}:{}".format, st.just(REGION), accounts, st.sampled_from("ab"))
log_group_arns = st.builds(
    "arn:aws:logs:{}:{}:log-group:{}:*".format, st.just(REGION), accounts, st.sampled_from(("trail", "x"))
)
role_arns = st.builds("arn:aws:iam::{}:role/{}".format, accounts, st.sampled_from(("to-logs", "other")))
tags = st.dictionaries(
    st.sampled_from(("team", "stage", "cost")), st.sampled_from(("", "a", "b")), max_size=3
)

_S3, _LAMBDA = "AWS::S3::Object", "AWS::Lambda::Function"
_s3_values = st.sets(
    st.sampled_from(("arn:aws:s3", "arn:aws:s3:::a/", "arn:aws:s3:::a/b/", "arn:aws:s3:::c/"))
)
_lambda_values = st.sets(
    st.sampled_from(("arn:aws:lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pay")), min_size=1
)
_data_resources = st.lists(
    st.builds(lambda v: {"Type": _S3, "Values": sorted(v)}, _s3_values)
    | st.builds(lambda v: {"Type": _LAMBDA, "Values": sorted(v)}, _lambda_values),
    max_size=3,
)
event_selector = st.fixed_dictionaries(
    {
        "ReadWriteType": st.sampled_from(("All", "ReadOnly", "WriteOnly")),
        "IncludeManagementEvents": st.booleans(),
        "DataResources": _data_resources,
        "ExcludeManagementEventSources": st.lists(
            st.sampled_from(("kms.amazonaws.com", "rdsdata.amazonaws.com")), unique=True
        ),
    }
)


def _condition(field: str, operators: tuple[str, ...], values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.builds(lambda op, v: {"Field": field, op: v}, st.sampled_from(operators), chosen)


_read_only = st.sampled_from(("true", "false")).map(lambda value: {"Field": "readOnly", "Equals": [value]})
_management = st.builds(
    lambda extra: {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *extra]},
    st.lists(
        st.one_of(
            _read_only,
            _condition("eventSource", ("NotEquals",), ("kms.amazonaws.com", "rdsdata.amazonaws.com")),
            _condition("eventName", ("Equals", "NotEquals", "StartsWith"), ("Put", "PutKeyPolicy", "Get")),
        ),
        max_size=2,
        unique_by=lambda item: item["Field"],
    ),
)
_data = st.builds(
    lambda type_, extra: {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": [type_]},
            *extra,
        ]
    },
    st.sampled_from((_S3, _LAMBDA, "AWS::SNS::Topic")),
    st.lists(
        st.one_of(
            _read_only,
            _condition(
                "resources.ARN",
                ("StartsWith", "NotStartsWith", "Equals", "EndsWith", "NotEndsWith"),
                ("arn:aws:s3:::a/", "arn:aws:s3:::a/b/", "arn:aws:s3:::c/"),
            ),
        ),
        max_size=2,
        unique_by=lambda item: item["Field"],
    ),
)
_names = st.sampled_from(({}, {"Name": "all"}, {"Name": "some"}))
advanced_selector = st.builds(lambda name, selector: {**name, **selector}, _names, _management | _data)
selector_kinds = st.one_of(
    st.just({}),
    st.lists(event_selector, min_size=1, max_size=3).map(lambda s: {"event_selectors": tuple(s)}),
    st.lists(advanced_selector, min_size=1, max_size=3).map(lambda s: {"advanced_event_selectors": tuple(s)}),
)
"""Selectors of one kind, or none set."""
insight_selectors = st.lists(
    st.fixed_dictionaries(
        {"InsightType": st.sampled_from(("ApiCallRateInsight", "ApiErrorRateInsight"))},
        optional={
            "EventCategories": st.lists(
                st.sampled_from(("Management", "Data")), min_size=1, max_size=2, unique=True
            )
        },
    ),
    max_size=2,
).map(tuple)
logs_pairs = st.none() | st.tuples(log_group_arns, role_arns)


@st.composite
def states(draw: st.DrawFn) -> TrailState:
    """A state that CloudTrail can hold: multi-Region has global events, a log group has its role."""
    multi_region = draw(st.booleans())
    logs = draw(logs_pairs) or (None, None)
    return TrailState(
        trail_arn=TRAIL_ARN,
        s3_bucket_name=draw(buckets),
        s3_key_prefix=draw(st.sampled_from((None, "", "trail", "other/prefix"))),
        sns_topic_arn=draw(st.none() | topic_arns),
        include_global_service_events=multi_region or draw(st.booleans()),
        is_multi_region_trail=multi_region,
        log_file_validation_enabled=draw(st.booleans()),
        is_organization_trail=draw(st.booleans()),
        is_logging=draw(st.booleans()),
        cloud_watch_logs_log_group_arn=logs[0],
        cloud_watch_logs_role_arn=logs[1],
        kms_key_id=draw(st.none() | key_arns | alias_arns),
        insight_selectors=draw(insight_selectors),
        tags=draw(tags),
        **draw(selector_kinds),
    )


_TOGETHER = (
    ("is_multi_region_trail", "include_global_service_events"),
    ("cloud_watch_logs_log_group_arn", "cloud_watch_logs_role_arn"),
    ("event_selectors", "advanced_event_selectors"),
)
_ALONE = set(ATTRIBUTES.values()) - {attribute for group in _TOGETHER for attribute in group}
_GROUPS = (*_TOGETHER, *((attribute,) for attribute in sorted(_ALONE)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[TrailState, TrailState]:
    """Two states of the one trail that differ in a few fields, in one, or in none."""
    one, donor = draw(states()), draw(states())
    changed = draw(st.lists(st.sampled_from(_GROUPS), max_size=4, unique=True))
    values = {attribute: getattr(donor, attribute) for group in changed for attribute in group}
    return one, replace(one, **values)


surroundings = st.builds(Surroundings, st.sampled_from(BucketOwner))


def approved_state(**changes: Any) -> TrailState:
    """A sound trail, for examples: everything on, everything in the trail's own account."""
    fields: dict[str, Any] = {
        "trail_arn": TRAIL_ARN,
        "s3_bucket_name": "central-logs",
        "include_global_service_events": True,
        "is_multi_region_trail": True,
        "log_file_validation_enabled": True,
        "is_organization_trail": False,
        "is_logging": True,
        "sns_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:trail",
        "cloud_watch_logs_log_group_arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*",
        "cloud_watch_logs_role_arn": f"arn:aws:iam::{ACCOUNT}:role/to-logs",
        "kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11aa-22bb",
        "insight_selectors": ({"InsightType": "ApiCallRateInsight"},),
        "tags": {"team": "security"},
    }
    return TrailState(**(fields | changes))


def raw_record(event_name: str = "UpdateTrail", **changes: Any) -> dict[str, Any]:
    """A record of a successful call on the trail by IAM user mallory, for examples."""
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "eventID": "6f1d2f9e-0000-4000-8000-000000000001",
        "eventTime": "2026-03-01T02:57:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": event_name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.30",
        "requestID": "r-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLEMALLORY00",
            "userName": "mallory",
            "principalId": "AIDAEXAMPLEMALLORY00",
        },
        "requestParameters": {"name": "audit"},
        "responseElements": None,
    }
    return record | changes


def at(minute: int) -> datetime:
    """A moment on the day of the examples."""
    return datetime(2026, 3, 1, 2, minute, tzinfo=UTC)
