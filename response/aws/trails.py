"""CloudTrail: a trail's whole state as it is now, the trails of a region, and the restorer's calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from response.aws.errors import NotFoundError, RefusedCallError, translated
from response.domain.arns import Arn, parse_trail_arn
from response.domain.trail_state import FLAGS, TEXTS, BucketOwner, Surroundings, TrailState

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

WRITES_PER_SECOND = 1.0  # AWS general reference, 'CloudTrail quotas': UpdateTrail and its siblings

RESTORER_OPERATIONS = frozenset(
    {
        "UpdateTrail",
        "StartLogging",
        "StopLogging",  # takes a StartLogging of ours back
        "PutEventSelectors",
        "PutInsightSelectors",
        "AddTags",
        "RemoveTags",
    }
)


@dataclass(frozen=True)
class FoundTrail:
    """A trail as found: its state, what is known of its bucket, and the status as AWS reports it."""

    state: TrailState
    surroundings: Surroundings
    status: Mapping[str, Any] = field(default_factory=dict)


class Trails:
    """The trails of one account, each read in its home region."""

    def __init__(
        self,
        client_for: Callable[[str], CloudTrailClient],
        bucket_owner: Callable[[str, str], BucketOwner],
        *,
        account: str,
    ) -> None:
        # Both by region; `bucket_owner` is asked with the bucket's name and the trail's region.
        self._client_for = client_for
        self._bucket_owner = bucket_owner
        self._account = account

    def read(self, trail_arn: str) -> FoundTrail | None:
        """The trail's state as it is now, or None if the trail is gone."""
        arn = _parsed(trail_arn)
        client = self._client_for(arn.region)
        try:
            with translated("cloudtrail:GetTrail"):
                trail: Mapping[str, Any] = client.get_trail(Name=trail_arn)["Trail"]
            return self._read_rest(client, arn, trail)
        except NotFoundError:
            return None

    def list_trails(self, region: str) -> tuple[str, ...]:
        """ARNs of the account's own trails whose home is that region, in order.

        An organization trail shows in the members too, but belongs to the management account.
        """
        client = self._client_for(region)
        arns: list[str] = []
        request: dict[str, Any] = {}
        while True:
            with translated("cloudtrail:ListTrails"):
                answer = client.list_trails(**request)
            at_home = (trail["TrailARN"] for trail in answer["Trails"] if trail["HomeRegion"] == region)
            arns += [arn for arn in at_home if _parsed(arn).account == self._account]
            token = answer.get("NextToken")
            if not token:
                return tuple(sorted(arns))
            request["NextToken"] = token

    def _read_rest(self, client: CloudTrailClient, arn: Arn, trail: Mapping[str, Any]) -> FoundTrail:
        """What GetTrail does not say, read side by side: reads are admitted ten a second."""
        name = str(arn)
        with ThreadPoolExecutor(max_workers=5) as pool:
            status = pool.submit(_status, client, name)
            selectors = pool.submit(_event_selectors, client, name)
            insights = pool.submit(_insight_selectors, client, name)
            tags = pool.submit(_tags, client, name)
            owner = pool.submit(self._bucket_owner, str(trail.get("S3BucketName") or ""), arn.region)
        reported = status.result()
        document = {
            **{key: trail.get(key) for key in TEXTS},
            **{key: bool(trail.get(key, False)) for key in FLAGS},
            "TrailARN": name,
            "IsLogging": bool(reported.get("IsLogging", False)),
            **selectors.result(),
            "InsightSelectors": insights.result(),
            "Tags": tags.result(),
        }
        return FoundTrail(TrailState.from_json(document), Surroundings(owner.result()), reported)


def account_of(trail_arn: str) -> str:
    """The account that owns the trail; RefusedCallError where the text is no trail's ARN."""
    return _parsed(trail_arn).account


def _parsed(trail_arn: str) -> Arn:
    """The parts of a trail's ARN; RefusedCallError for any other text."""
    arn = parse_trail_arn(trail_arn)
    if arn is None:
        raise RefusedCallError(
            "cloudtrail:GetTrail",
            "NotATrailArn",
            f"{trail_arn!r:.200}: expected arn:PARTITION:cloudtrail:REGION:ACCOUNT:trail/NAME",
        )
    return arn


def _status(client: CloudTrailClient, trail_arn: str) -> dict[str, Any]:
    """GetTrailStatus without what concerns the HTTP answer, times as text in UTC."""
    with translated("cloudtrail:GetTrailStatus"):
        answer: Mapping[str, Any] = client.get_trail_status(Name=trail_arn)
    return {key: _json_value(value) for key, value in answer.items() if key != "ResponseMetadata"}


def _json_value(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _event_selectors(client: CloudTrailClient, trail_arn: str) -> dict[str, Any]:
    """Basic or advanced selectors: a trail has the one kind or the other."""
    with translated("cloudtrail:GetEventSelectors"):
        answer: Mapping[str, Any] = client.get_event_selectors(TrailName=trail_arn)
    return {key: answer.get(key) or [] for key in ("EventSelectors", "AdvancedEventSelectors")}


def _insight_selectors(client: CloudTrailClient, trail_arn: str) -> list[Any]:
    """Insight selectors; a trail without Insights answers with an error, which means that it has none.

    A trail deleted since GetTrail answers likewise; the other reads then say that it is gone.
    """
    try:
        with translated("cloudtrail:GetInsightSelectors"):
            answer: Mapping[str, Any] = client.get_insight_selectors(TrailName=trail_arn)
    except NotFoundError:
        return []
    return list(answer.get("InsightSelectors") or [])


def _tags(client: CloudTrailClient, trail_arn: str) -> dict[str, str]:
    """Tags by key; the answer comes in pages."""
    tags: dict[str, str] = {}
    request: dict[str, Any] = {"ResourceIdList": [trail_arn]}
    while True:
        with translated("cloudtrail:ListTags"):
            answer = client.list_tags(**request)
        for resource in answer["ResourceTagList"]:
            tags.update({tag["Key"]: tag.get("Value", "") for tag in resource.get("TagsList", ())})
        token = answer.get("NextToken")
        if not token:
            return tags
        request["NextToken"] = token
