"""Events arrive on the bus, and one that EventBridge refuses is an error although the call succeeded."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from response.aws.errors import RefusedCallError, RetryableError
from response.aws.event_bus import EventBus


@pytest.mark.usefixtures("aws")
def test_an_event_is_put_on_the_named_bus() -> None:
    """With source, detail-type, detail and resources; the answer is EventBridge's id."""
    client = boto3.client("events")
    trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
    entry = {
        "Source": "trailguard",
        "DetailType": "Trailguard Incident",
        "Detail": '{"risk": 87, "version": "1"}',
        "Resources": [trail],
        "EventBusName": "trailguard",
    }
    with Stubber(client) as stub:
        stub.add_response(
            "put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}, {"Entries": [entry]}
        )
        assert EventBus(client, name="trailguard").put({"version": "1", "risk": 87}, [trail]) == "e-1"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InternalFailure", RetryableError),
        ("ThrottlingException", RetryableError),
        ("NotAuthorizedForSourceException", RefusedCallError),
    ],
)
def test_a_refused_entry_is_our_error(code: str, kind: type[Exception]) -> None:
    """PutEvents answers 200 and tells of the entry in its result."""
    client = boto3.client("events")
    with Stubber(client) as stub:
        refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}
        stub.add_response("put_events", refused)
        with pytest.raises(kind, match=f"events:PutEvents: {code}: no"):
            EventBus(client, name="trailguard").put({}, [])
