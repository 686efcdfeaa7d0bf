"""An UpdateTrail record and the trail state before it, written for these tests."""

from __future__ import annotations

from typing import Any

TRAIL_ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"


def state(**changes: Any) -> dict[str, Any]:
    """A trail state as `trailguard baseline show --json` prints it."""
    return {
        "TrailARN": TRAIL_ARN,
        "S3BucketName": "central-logs",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": False,
        "IsLogging": True,
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/trail-to-logs",
        **changes,
    }


def record(**changes: Any) -> dict[str, Any]:
    """A successful UpdateTrail that switches validation off."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEUSER",
            "arn": "arn:aws:iam::111122223333:user/ops/bo",
            "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLEKEY000001",
            "userName": "bo",
        },
        "eventTime": "2026-03-01T02:59:58Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "UpdateTrail",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.32 md/command#cloudtrail.update-trail",
        "requestParameters": {"name": "main", "enableLogFileValidation": False},
        "responseElements": {
            "name": "main",
            "trailARN": TRAIL_ARN,
            "s3BucketName": "central-logs",
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": True,
            "logFileValidationEnabled": False,
            "isOrganizationTrail": False,
            "cloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
            "cloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/trail-to-logs",
        },
        "requestID": "5b1f1d5e-0000-4000-8000-000000000001",
        "eventID": "8c2e4f6a-0000-4000-8000-000000000001",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        **changes,
    }
