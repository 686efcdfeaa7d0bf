"""Who may put events in the name of one source may not do so in another's."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import make_user, policy
from toolkit.lab.emulator.server import Lab


def _entry(bus: str, source: str) -> Any:
    return {"Source": source, "DetailType": "Test", "Detail": "{}", "EventBusName": bus}


@pytest.fixture
def teller(lab: Lab, unused: str) -> Any:
    """EventBridge as a user who may tell on one bus, as one source."""
    bus = lab.client("events").create_event_bus(Name=unused)["EventBusArn"]
    user = make_user(lab, f"{unused}-user", "events:DescribeEventBus")
    document = policy("events:PutEvents", bus, Condition={"StringEquals": {"events:source": "ours"}})
    lab.client("iam").put_user_policy(
        UserName=f"{unused}-user", PolicyName="may-tell", PolicyDocument=document
    )
    return lab.client("events", **user)


def test_its_own_source_is_admitted(teller: Any, unused: str) -> None:
    """Also several entries at once."""
    answer = teller.put_events(Entries=[_entry(unused, "ours"), _entry(unused, "ours")])
    assert answer["FailedEntryCount"] == 0


@pytest.mark.parametrize("sources", [["theirs"], ["ours", "theirs"]])
def test_another_source_is_refused(teller: Any, unused: str, sources: list[str]) -> None:
    """Alone, or among its own."""
    with pytest.raises(ClientError) as refused:
        teller.put_events(Entries=[_entry(unused, source) for source in sources])
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
