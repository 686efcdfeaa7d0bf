"""Gap: ministack 1.5.33 drops what CreateTrail is given, knows no Insights, and accepts any UpdateTrail.

Here a trail keeps its log group, role, key, topic and tags; reads answer with ARNs; and the couplings and
refusals that CloudTrail documents hold. What a call leaves behind is in `cloudtrail_recording`.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from toolkit.lab.emulator import cloudtrail_history, cloudtrail_validation
from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]
Body = dict[str, Any]

# What CreateTrail and UpdateTrail answer with (the shapes CreateTrailResponse and UpdateTrailResponse).
_RESPONSE_FIELDS = (
    "Name",
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "SnsTopicARN",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "TrailARN",
    "LogFileValidationEnabled",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KmsKeyId",
    "IsOrganizationTrail",
)
_INSIGHT_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
# CreateTrail gives these to ministack; the rest is set afterwards.
_KNOWN_TO_CREATE = ("Name", "IsMultiRegionTrail")


@functools.cache
def install() -> None:
    """Replace the operations of a trail that ministack leaves short."""
    service, responses = ministack("services.cloudtrail"), ministack("core.responses")
    insights = responses.AccountRegionScopedDict()
    deliveries = responses.AccountRegionScopedDict()
    operations: dict[str, Callable[[Body], Answer]] = service._DISPATCH
    trails = _Trails(service, insights, deliveries, dict(operations))
    replaced = {
        "CreateTrail": trails.create,
        "UpdateTrail": trails.update,
        "DeleteTrail": trails.delete,
        "GetTrailStatus": trails.status,
        "PutInsightSelectors": trails.put_insights,
        "GetInsightSelectors": trails.get_insights,
        # No digest files are delivered here, so no key has ever signed one.
        "ListPublicKeys": lambda _body: service._ok({"PublicKeyList": []}),
        "LookupEvents": cloudtrail_history.lookup,
    }
    operations.update({name: _answering(service, operation) for name, operation in replaced.items()})
    _answer_home_region(service)
    service.trailguard_deliveries = deliveries
    forget = service.reset

    def reset() -> None:
        forget()
        insights.clear()
        deliveries.clear()

    service.reset = reset


def _answering(service: Any, operation: Callable[[Body], Answer]) -> Callable[[Body], Answer]:
    """Turn a refusal into the answer that a client reads it from."""

    def answer(body: Body) -> Answer:
        try:
            return operation(body)
        except TrailError as refusal:
            refused: Answer = service._err(refusal.code, str(refusal))
            return refused

    return answer


def _answer_home_region(service: Any) -> None:
    """Refuse a write on the ARN of another Region's trail, whether or not the trail is multi-Region."""
    find = service._find_mutable_trail

    def find_mutable_trail(raw: str) -> Any:
        found = find(raw)
        if found[3] is None or not raw.startswith("arn:"):
            return found
        name, home_region, trail = service._find_visible_trail(raw)
        if trail is None or home_region == ministack("core.responses").get_region():
            return found
        return name, home_region, trail, service._invalid_home_region_error(name, home_region)

    service._find_mutable_trail = find_mutable_trail


class _Trails:
    """The operations, around what ministack stores of a trail and what it has no place for."""

    def __init__(
        self, service: Any, insights: Any, deliveries: Any, originals: Mapping[str, Callable[[Body], Answer]]
    ) -> None:
        self._service = service
        self._insights = insights
        self._deliveries = deliveries
        self._originals = originals

    def create(self, body: Body) -> Answer:
        name = str(body.get("Name", ""))
        cloudtrail_validation.check_name(name)
        settings = cloudtrail_validation.settings_after(body, None)
        answer = self._originals["CreateTrail"]({key: body[key] for key in _KNOWN_TO_CREATE if key in body})
        if answer[0] != 200:  # noqa: PLR2004  # HTTP OK
            return answer
        trail = self._service._trails[name]
        _apply(trail, settings)
        if tags := body.get("TagsList"):
            self._service._trail_tags[trail["TrailARN"]] = {tag["Key"]: tag.get("Value", "") for tag in tags}
        return self._whole(trail)

    def update(self, body: Body) -> Answer:
        name, home_region, trail, error = self._find(body.get("Name", ""))
        if error:
            return error
        settings = cloudtrail_validation.settings_after(body, trail)
        widened = settings["IsMultiRegionTrail"] and not trail["IsMultiRegionTrail"]
        if widened and self._service._has_peer_region_trail(name, home_region):
            raise TrailError(
                "TrailAlreadyExistsException", f"Trail {name!r} already exists in another Region."
            )
        _apply(trail, settings)
        return self._whole(trail)

    def delete(self, body: Body) -> Answer:
        name, _home_region, trail, error = self._find(body.get("Name", ""))
        answer = error or self._originals["DeleteTrail"](body)
        if not error:
            self._insights.pop(name, None)
            self._deliveries.pop(name, None)
            self._service._trail_tags.pop(trail["TrailARN"], None)
        return answer

    def status(self, body: Body) -> Answer:
        status, headers, payload = self._originals["GetTrailStatus"](body)
        _name, home_region, trail = self._service._find_visible_trail(str(body.get("Name", "")))
        if trail is None:
            return status, headers, payload
        responses = ministack("core.responses")
        delivered = self._deliveries.get_scoped(responses.get_account_id(), home_region, trail["Name"])
        fields = ministack("services.cloudtrail").json.loads(payload)
        if delivered is not None:
            fields["LatestCloudWatchLogsDeliveryTime"] = delivered
        answer: Answer = self._service._ok(fields)
        return answer

    def put_insights(self, body: Body) -> Answer:
        name, _home_region, trail, error = self._find(body.get("TrailName", ""))
        if error:
            return error
        selectors = body.get("InsightSelectors") or []
        for selector in selectors:
            if selector.get("InsightType") not in _INSIGHT_TYPES:
                raise TrailError(
                    "InvalidInsightSelectorsException",
                    f"{selector.get('InsightType')!r} is not one of {', '.join(_INSIGHT_TYPES)}.",
                )
        self._insights[name] = selectors
        trail["HasInsightSelectors"] = bool(selectors)
        answer: Answer = self._service._ok({"TrailARN": trail["TrailARN"], "InsightSelectors": selectors})
        return answer

    def get_insights(self, body: Body) -> Answer:
        raw = str(body.get("TrailName", ""))
        name, home_region, trail = self._service._find_visible_trail(raw)
        if trail is None:
            raise TrailError("TrailNotFoundException", f"Unknown trail: {raw!r}")
        account = ministack("core.responses").get_account_id()
        selectors = self._insights.get_scoped(account, home_region, name)
        if not selectors:
            raise TrailError("InsightNotEnabledException", f"Trail {name} does not have Insights enabled.")
        answer: Answer = self._service._ok({"TrailARN": trail["TrailARN"], "InsightSelectors": selectors})
        return answer

    def _find(self, raw: Any) -> tuple[str, str, dict[str, Any], Answer | None]:
        name = str(raw).strip()
        if not name:
            raise TrailError("InvalidTrailNameException", "Trail name is required.")
        found: tuple[str, str, dict[str, Any], Answer | None] = self._service._find_mutable_trail(name)
        return found

    def _whole(self, trail: Mapping[str, Any]) -> Answer:
        """Answer with the whole trail, leaving out what is not set."""
        held = {key: trail[key] for key in _RESPONSE_FIELDS if trail.get(key, "") != ""}
        answer: Answer = self._service._ok(held)
        return answer


def _apply(trail: dict[str, Any], settings: Mapping[str, Any]) -> None:
    trail.update(settings)
    # A read leaves a text out when it is not set; an empty one would be no ARN.
    for name in [name for name, value in trail.items() if value == ""]:
        del trail[name]
