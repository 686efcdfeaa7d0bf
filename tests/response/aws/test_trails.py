"""A trail is read whole, from its home region, or not at all."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from response.aws.errors import AccessDeniedError, RefusedCallError
from response.aws.trails import FoundTrail, Trails
from response.domain.trail_state import BucketOwner
from tests.response.aws.conftest import ACCOUNT, REGION
from tests.response.aws.fakes import stubbed

ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
BUCKET = "log-123456789012"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:deliveries"


def owner(bucket: str, region: str) -> BucketOwner:
    """Whoever asks must name the trail's bucket and region."""
    assert (bucket, region) == (BUCKET, REGION)
    return BucketOwner.SAME_ACCOUNT


def client_for(region: str) -> Any:
    """A client of that region."""
    return boto3.client("cloudtrail", region_name=region)


@pytest.fixture
def cloudtrail(aws: None) -> Any:  # noqa: ARG001  the account must be imitated first
    """An account with one trail that logs."""
    s3: Any = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    boto3.client("sns").create_topic(Name="deliveries")
    client = client_for(REGION)
    client.create_trail(
        Name="audit",
        S3BucketName=BUCKET,
        S3KeyPrefix="org",
        SnsTopicName="deliveries",
        IncludeGlobalServiceEvents=True,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        TagsList=[{"Key": "owner", "Value": "security"}, {"Key": "empty"}],
    )
    client.start_logging(Name="audit")
    return client


def read(arn: str = ARN) -> FoundTrail | None:
    """The trail as found."""
    return Trails(client_for, owner, account=ACCOUNT).read(arn)


@pytest.mark.usefixtures("cloudtrail")
def test_whole_state_is_read() -> None:
    """Configuration, logging and tags come in one state, with what is known of the bucket and the status."""
    found = read()
    assert found is not None
    state = found.state.to_json()
    assert (state["TrailARN"], state["Name"], state["HomeRegion"]) == (ARN, "audit", REGION)
    assert (state["S3BucketName"], state["S3KeyPrefix"], state["SnsTopicARN"]) == (BUCKET, "org", TOPIC)
    assert state["IsLogging"] is state["IsMultiRegionTrail"] is state["LogFileValidationEnabled"] is True
    assert state["Tags"] == {"owner": "security", "empty": ""}
    assert found.surroundings.bucket_owner is BucketOwner.SAME_ACCOUNT
    assert found.status["IsLogging"] is True
    assert "ResponseMetadata" not in found.status
    assert found.status["StartLoggingTime"].endswith("+00:00")
    json.dumps(found.status)


def test_each_part_of_the_state_shows(cloudtrail: Any) -> None:
    """Stopping, other selectors and insights each make another state."""
    digests = [_digest()]
    cloudtrail.stop_logging(Name="audit")
    digests.append(_digest())
    cloudtrail.put_event_selectors(
        TrailName="audit", EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    )
    digests.append(_digest())
    cloudtrail.put_insight_selectors(
        TrailName="audit", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )
    digests.append(_digest())
    cloudtrail.add_tags(ResourceId=ARN, TagsList=[{"Key": "owner", "Value": "mallory"}])
    digests.append(_digest())
    assert len(set(digests)) == 5


def test_deleted_trail_is_none(cloudtrail: Any) -> None:
    """A trail that is gone is no error."""
    cloudtrail.delete_trail(Name="audit")
    assert read() is None


@pytest.mark.usefixtures("cloudtrail")
@pytest.mark.parametrize(
    "arn", ["audit", "", "arn:aws:s3:::bucket", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/-"]
)
def test_what_is_no_trail_arn_is_refused(arn: str) -> None:
    """A name alone does not say which account and region: the message says what was expected."""
    with pytest.raises(RefusedCallError, match="expected arn:PARTITION"):
        read(arn)


def test_only_trails_at_home_are_listed(cloudtrail: Any) -> None:
    """A multi-region trail shows in every region and is listed in its home region only."""
    cloudtrail.create_trail(Name="another", S3BucketName=BUCKET)
    trails = Trails(client_for, owner, account=ACCOUNT)
    assert trails.list_trails(REGION) == (ARN.replace("audit", "another"), ARN)
    assert trails.list_trails("us-east-1") == ()


def test_organization_trail_is_not_listed_in_a_member() -> None:
    """It shows there, but only the management account's reader could read it whole."""
    client = client_for(REGION)
    of_another = ARN.replace(ACCOUNT, "999988887777")
    trails = [{"TrailARN": arn, "HomeRegion": REGION} for arn in (of_another, ARN)]
    with stubbed(client) as stub:
        stub.add_response("list_trails", {"Trails": trails}, {})
        assert Trails(lambda _region: client, owner, account=ACCOUNT).list_trails(REGION) == (ARN,)


TRAIL = {"TrailARN": ARN, "Name": "audit", "HomeRegion": REGION, "S3BucketName": BUCKET}


def test_trail_without_insights_has_none() -> None:
    """InsightNotEnabledException is how CloudTrail says that there are no insight selectors."""
    client: Any = _Answers(get_insight_selectors="InsightNotEnabledException")
    found = Trails(lambda _region: client, owner, account=ACCOUNT).read(ARN)
    assert found is not None
    assert found.state.insight_selectors == ()
    assert found.state.tags == {"a": "1", "b": "2"}


def test_trail_deleted_between_two_reads_is_none() -> None:
    """Reads take time: a trail that vanishes among them is gone."""
    client: Any = _Answers(
        get_trail_status="TrailNotFoundException", get_insight_selectors="TrailNotFoundException"
    )
    assert Trails(lambda _region: client, owner, account=ACCOUNT).read(ARN) is None


@pytest.mark.parametrize("part", ["get_trail", "get_trail_status", "get_event_selectors", "list_tags"])
def test_denied_part_is_an_error(part: str) -> None:
    """A state with holes would look like a change; so there is none."""
    client: Any = _Answers(**{part: "AccessDeniedException"})
    with pytest.raises(AccessDeniedError):
        Trails(lambda _region: client, owner, account=ACCOUNT).read(ARN)


def test_list_reads_every_page() -> None:
    """ListTrails answers in pages."""
    client = client_for(REGION)
    first = {"Trails": [{"TrailARN": ARN, "HomeRegion": REGION}], "NextToken": "t"}
    second = {"Trails": [{"TrailARN": ARN + "2", "HomeRegion": REGION}]}
    with stubbed(client) as stub:
        stub.add_response("list_trails", first, {})
        stub.add_response("list_trails", second, {"NextToken": "t"})
        assert Trails(lambda _region: client, owner, account=ACCOUNT).list_trails(REGION) == (ARN, ARN + "2")


def _digest() -> str:
    found = read()
    assert found is not None
    return found.state.digest()


class _Answers:
    """A CloudTrail client in order of operation, not of call: the reads go out side by side."""

    def __init__(self, **errors: str) -> None:
        self._errors = errors

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            client = client_for(REGION)
            with stubbed(client) as stub:
                if operation in self._errors:
                    stub.add_client_error(operation, self._errors[operation])
                else:
                    stub.add_response(operation, self._answer(operation, parameters))
                return getattr(client, operation)(**parameters)

        return call

    def _answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        pages: dict[Any, dict[str, Any]] = {
            None: {"ResourceTagList": [{"TagsList": [{"Key": "a", "Value": "1"}]}], "NextToken": "t"},
            "t": {"ResourceTagList": [{"TagsList": [{"Key": "b", "Value": "2"}]}]},
        }
        answers: dict[str, dict[str, Any]] = {
            "get_trail": {"Trail": TRAIL},
            "get_trail_status": {"IsLogging": True},
            "get_event_selectors": {},
            "get_insight_selectors": {},
            "list_tags": pages[parameters.get("NextToken")],
        }
        return answers[operation]
