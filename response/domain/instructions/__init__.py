"""What a person does by hand where the machine does nothing: exact AWS CLI commands and console words.

Names from a record go into a command only if AWS could have given them, and then quoted for the shell. A line
that begins with `aws ` is a command; capitals such as ACCESS_KEY_ID are what the person fills in.
"""

from response.domain.instructions.commands import Steps, access_key_id, iam_name, lookup, option, user_name_in
from response.domain.instructions.organization import (
    for_assumed_root,
    for_identity_center,
    for_root,
    permission_set,
)
from response.domain.instructions.principals import (
    for_delegate,
    for_foreign,
    for_full_role,
    for_full_user,
    for_provider_user,
    for_role,
    for_service,
    for_service_linked_role,
    for_unknown,
    for_unknown_origin,
    for_user,
    resource_of,
    subject_of,
)
from response.domain.instructions.trails import for_unknown_trail, for_unrecorded
from response.domain.instructions.workloads import for_function, for_instance, for_resource, for_task

__all__ = [
    "Steps",
    "access_key_id",
    "for_assumed_root",
    "for_delegate",
    "for_foreign",
    "for_full_role",
    "for_full_user",
    "for_function",
    "for_identity_center",
    "for_instance",
    "for_provider_user",
    "for_resource",
    "for_role",
    "for_root",
    "for_service",
    "for_service_linked_role",
    "for_task",
    "for_unknown",
    "for_unknown_origin",
    "for_unknown_trail",
    "for_unrecorded",
    "for_user",
    "iam_name",
    "lookup",
    "option",
    "permission_set",
    "resource_of",
    "subject_of",
    "user_name_in",
]
