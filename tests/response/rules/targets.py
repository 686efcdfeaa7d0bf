"""What evaluates a rendering in the tests: engines that share no code with the renderers."""

import json
from typing import Final

from ministack.services import eventbridge

from toolkit.lab.emulator.filter_pattern import compile_pattern

API_CALL: Final = "AWS API Call via CloudTrail"


def eventbridge_selects(pattern: str, record: object, *, detail_type: str = API_CALL) -> bool:
    """Put the record into the envelope EventBridge delivers it in, and ask ministack's TestEventPattern."""
    refusal = eventbridge._event_pattern_error(pattern)
    if refusal:
        raise ValueError(f"EventBridge refuses the pattern: {refusal}")
    event = {
        "version": "0",
        "source": "aws.cloudtrail",
        "detail-type": detail_type,
        "account": "111111111111",
        "region": "eu-west-1",
        "detail": json.dumps(record),
    }
    return bool(eventbridge._matches_pattern(pattern, eventbridge._event_from_test_payload(event)))


def cloudwatch_selects(pattern: str, record: object) -> bool:
    """Write the record as a log event and ask the filter pattern engine."""
    return bool(compile_pattern(pattern).matches(json.dumps(record)))
