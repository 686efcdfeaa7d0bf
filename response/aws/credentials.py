"""IAM: what a credential is now, and the calls that switch it off and on again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from response.aws.errors import NotFoundError, translated

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# IAM user guide, 'IAM and AWS STS quotas', names no rate; writes are kept this slow so as not to collide.
WRITES_PER_SECOND = 5.0

# What contains, and what takes it back; nothing that could not be taken back is on the list.
CONTAINER_OPERATIONS = frozenset(
    {"UpdateAccessKey", "PutUserPolicy", "DeleteUserPolicy", "PutRolePolicy", "DeleteRolePolicy"}
)


class Credentials:
    """What containment changes of the IAM users and roles of one account."""

    def __init__(self, client: IAMClient) -> None:
        self._client = client

    def access_key_status(self, user_name: str, access_key_id: str) -> str | None:
        """Active, Inactive or Expired; None if the user or the key is not there."""
        request: dict[str, Any] = {"UserName": user_name}
        try:
            while True:
                with translated("iam:ListAccessKeys"):
                    answer = self._client.list_access_keys(**request)
                for key in answer["AccessKeyMetadata"]:
                    if key.get("AccessKeyId") == access_key_id:
                        return key.get("Status")
                if not answer.get("IsTruncated"):
                    return None
                request["Marker"] = answer["Marker"]
        except NotFoundError:
            return None

    def user_policy(self, user_name: str, policy_name: str) -> dict[str, Any] | None:
        """The document of a user's inline policy; None if the user or the policy is not there."""
        try:
            with translated("iam:GetUserPolicy"):
                answer: Any = self._client.get_user_policy(UserName=user_name, PolicyName=policy_name)
        except NotFoundError:
            return None
        return _document(answer)

    def role_policy(self, role_name: str, policy_name: str) -> dict[str, Any] | None:
        """The document of a role's inline policy; None if the role or the policy is not there."""
        try:
            with translated("iam:GetRolePolicy"):
                answer: Any = self._client.get_role_policy(RoleName=role_name, PolicyName=policy_name)
        except NotFoundError:
            return None
        return _document(answer)


def _document(answer: Any) -> dict[str, Any] | None:
    document = answer["PolicyDocument"]  # botocore decodes it, whatever its type stub says
    return document if isinstance(document, dict) else None
