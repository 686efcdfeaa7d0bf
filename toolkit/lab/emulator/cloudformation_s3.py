"""Gap: a bucket from a template loses its Object Lock, encryption, lifecycle, ownership and logging.

ministack 1.5.33 keeps versioning, CORS, public access and notifications only. The rest is set here the way a
client would set it, so that S3 itself checks it.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack

Properties = Mapping[str, Any]


def configure(bucket: str, properties: Properties) -> None:
    """Set what the template says of a bucket and ministack did not."""
    client = _client()
    locked = str(properties.get("ObjectLockEnabled", "")).lower() == "true"
    if locked:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        configuration = _with_numbers(
            properties.get("ObjectLockConfiguration") or {"ObjectLockEnabled": "Enabled"}
        )
        client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)
    steps: Mapping[str, Callable[[Any], Any]] = {
        "BucketEncryption": lambda value: client.put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration=_encryption(value)
        ),
        "LifecycleConfiguration": lambda value: client.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [_rule(rule) for rule in value["Rules"]]}
        ),
        "OwnershipControls": lambda value: client.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls=value
        ),
        "LoggingConfiguration": lambda value: client.put_bucket_logging(
            Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": _logging(value, bucket)}
        ),
        "Tags": lambda value: client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": value}),
    }
    for name, step in steps.items():
        if properties.get(name):
            step(properties[name])


def _client() -> Any:
    import boto3  # noqa: PLC0415  # only a deployment needs it

    responses = ministack("core.responses")
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        region_name=responses.get_region(),
        aws_access_key_id=responses.get_account_id(),
        aws_secret_access_key="test",
    )


def _encryption(value: Properties) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        spelled: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]
        }
        if "BucketKeyEnabled" in rule:
            spelled["BucketKeyEnabled"] = str(rule["BucketKeyEnabled"]).lower() == "true"
        rules.append(spelled)
    return {"Rules": rules}


def _logging(value: Properties, bucket: str) -> dict[str, str]:
    return {
        "TargetBucket": value.get("DestinationBucketName", bucket),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }


def _rule(rule: Properties) -> dict[str, Any]:
    """Spell a lifecycle rule as the API does; templates have it flatter."""
    spelled: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        spelled["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        spelled["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "NoncurrentVersionExpiration" in rule:
        spelled["NoncurrentVersionExpiration"] = _with_numbers(rule["NoncurrentVersionExpiration"])
    if "NoncurrentVersionExpirationInDays" in rule:
        days = int(rule["NoncurrentVersionExpirationInDays"])
        spelled["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        spelled["AbortIncompleteMultipartUpload"] = _with_numbers(rule["AbortIncompleteMultipartUpload"])
    if "Transitions" in rule:
        spelled["Transitions"] = [
            {"Days": int(each["TransitionInDays"]), "StorageClass": each["StorageClass"]}
            for each in rule["Transitions"]
        ]
    return spelled


def _with_numbers(value: Any) -> Any:
    """Turn the digits that a template has as text into numbers."""
    if isinstance(value, Mapping):
        return {key: _with_numbers(item) for key, item in value.items()}
    return int(value) if isinstance(value, str) and value.isdigit() else value
