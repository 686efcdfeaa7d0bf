"""CloudTrail records for the rule tests, all written by us: matching ones and near misses side by side."""

from collections.abc import Mapping
from typing import Any, Final

ACCOUNT: Final = "111111111111"
TRAIL_ARN: Final = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/audit"


def update_trail(without: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """Return the record of a successful UpdateTrail, with some fields replaced, added or left out."""
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "eventID": "5f0c2a51-1111-4222-8333-9a7b1c2d3e4f",
        "requestID": "0b1c2d3e-aaaa-4bbb-8ccc-1234567890ab",
        "eventTime": "2026-09-01T03:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "UpdateTrail",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-cli/2.27.0 md/command#cloudtrail.update-trail",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEMALLORY",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLEMALLORY",
            "userName": "mallory",
        },
        "requestParameters": {"name": TRAIL_ARN, "isMultiRegionTrail": False},
        "responseElements": {
            "name": "audit",
            "trailARN": TRAIL_ARN,
            "s3BucketName": "audit-log",
            "isMultiRegionTrail": False,
            "includeGlobalServiceEvents": False,
            "logFileValidationEnabled": True,
        },
    }
    record.update(fields)
    return {key: value for key, value in record.items() if key not in without}


MATCHING: Final[Mapping[str, dict[str, Any]]] = {
    "a success carries no error fields": update_trail(),
    "errorCode is null": update_trail(errorCode=None),
    "errorCode is the empty string": update_trail(errorCode=""),
    "errorMessage is null": update_trail(errorMessage=None),
    "both error fields are there and empty": update_trail(errorCode=None, errorMessage=""),
    "an old record has no category": update_trail(without=("eventCategory",), eventVersion="1.05"),
    "the category is null": update_trail(eventCategory=None),
    "userIdentity is a string": update_trail(userIdentity="mallory"),
    "userIdentity is absent": update_trail(without=("userIdentity",)),
    "the parameters were too large": update_trail(
        requestParameters={"omitted": True, "reason": "requestParameters too large"}
    ),
    "an error code stands in another field": update_trail(requestParameters={"errorCode": "AccessDenied"}),
    "readOnly is a string": update_trail(readOnly="false"),
    "a hostile user agent": update_trail(userAgent='"}) || ($.errorCode = "x" <script>\u202e\x1b[31m'),
}

NEAR_MISSES: Final[Mapping[str, dict[str, Any]]] = {
    "denied": update_trail(
        errorCode="AccessDenied",
        errorMessage="not authorized to perform: cloudtrail:UpdateTrail",
        requestParameters=None,
        responseElements=None,
    ),
    "errorCode only": update_trail(errorCode="TrailNotFoundException"),
    "errorMessage only": update_trail(errorMessage="Unknown trail"),
    "errorCode is one space": update_trail(errorCode=" "),
    "errorCode reads as a null": update_trail(errorCode="null"),
    "another service": update_trail(eventSource="s3.amazonaws.com"),
    "a look-alike service": update_trail(eventSource="cloudtrail.amazonaws.com.example.com"),
    "no event source": update_trail(without=("eventSource",)),
    "a read": update_trail(eventName="DescribeTrails"),
    "another change of a trail": update_trail(eventName="StopLogging"),
    "a longer action": update_trail(eventName="UpdateTrailX"),
    "no action": update_trail(without=("eventName",)),
    "the action in lower case": update_trail(eventName="updatetrail"),
    "the source in upper case": update_trail(eventSource="CLOUDTRAIL.AMAZONAWS.COM"),
    "a space after the action": update_trail(eventName="UpdateTrail "),
    "the field name in another case": update_trail(without=("eventName",), EventName="UpdateTrail"),
    "the action only in the user agent": update_trail(eventName="GetTrail", userAgent="UpdateTrail"),
    "the record inside a detail": {"detail": update_trail()},
    "the record inside Records": {"Records": [update_trail()]},
    "the network activity copy": update_trail(eventCategory="NetworkActivity", eventType="AwsVpceEvent"),
    "blocked by an endpoint policy": update_trail(
        eventCategory="NetworkActivity", eventType="AwsVpceEvent", errorCode="VpceAccessDenied"
    ),
    "nothing": {},
}

# Never written by CloudTrail. A target may select some of these; none that the rule matches may be missed.
MALFORMED: Final[Mapping[str, object]] = {
    "the action in a list": update_trail(eventName=["UpdateTrail"]),
    "the action in an object": update_trail(eventName={"UpdateTrail": True}),
    "the source in a list": update_trail(eventSource=["cloudtrail.amazonaws.com", "s3.amazonaws.com"]),
    "errorCode is an empty list": update_trail(errorCode=[]),
    "errorCode is an empty object": update_trail(errorCode={}),
    "errorCode is a list of null": update_trail(errorCode=[None]),
    "errorCode is a list": update_trail(errorCode=["AccessDenied", ""]),
    "errorCode is an object": update_trail(errorCode={"code": "AccessDenied"}),
    "errorCode is zero": update_trail(errorCode=0),
    "errorCode is false": update_trail(errorCode=False),
    "a number for the action": update_trail(eventName=7),
    "a list": [update_trail()],
    "a string": "UpdateTrail",
    "a number": 3.5,
    "null": None,
    "true": True,
}
