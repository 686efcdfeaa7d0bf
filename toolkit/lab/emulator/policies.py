"""Whether IAM lets an AWS service do something: with a role that it assumes, or by a resource's own policy.

ministack 1.5.33 checks what clients call; what its services do for each other it leaves unchecked.
"""

from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack


def role_refusal(role_arn: str, service: str, action: str, resource: str) -> str:
    """Say why a service may not do something with a role; "" if it may."""
    evaluator = ministack("core.iam_evaluator")
    account, name = _account_of(role_arn), role_arn.rsplit("/", 1)[-1]
    role = ministack("services.iam")._roles.get_scoped(account, None, name)
    if role is None:
        return f"The role {role_arn} does not exist"
    if not trusts(role, service, account):
        return f"{service} is not authorized to assume the role {role_arn}"
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{service.partition('.')[0]}"
    wanted = _context(session, account, action, resource, {})
    policies = evaluator._gather_role_policies(name, account)
    limits = evaluator._permissions_boundary(ministack("services.iam")._roles, name, account)
    if evaluator.evaluate(wanted, policies, *limits).decision == "Allow":
        return ""
    return (
        f"User: {session} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )


def trusts(role: Mapping[str, Any], service: str, account: str) -> bool:
    """Whether a role's trust policy lets a service assume it."""
    evaluator, arn = ministack("core.iam_evaluator"), str(role.get("Arn", ""))
    # What a service shows of itself (IAM user guide, "The confused deputy problem").
    source = {"aws:SourceAccount": account}
    context = _context(f"arn:aws:iam::{account}:role/none", account, "sts:AssumeRole", arn, source)
    trust = evaluator.evaluate_resource_policy(role.get("AssumeRolePolicyDocument"), context, service=service)
    return bool(trust.decision == "Allow")


def resource_refusal(service: str, action: str, resource: str, keys: Mapping[str, str]) -> str:
    """Say why a resource's own policy does not let a service do something to it; "" if it does.

    `keys` are the condition keys of the request, such as aws:SourceArn.
    """
    evaluator = ministack("core.iam_evaluator")
    found = evaluator._resource_policy(action.partition(":")[0], resource)
    document, owner = found if found is not None else (None, None)
    context = _context(service, owner or _account_of(resource), action, resource, keys)
    if evaluator.evaluate_resource_policy(document, context, service=service).decision == "Allow":
        return ""
    return f"{service} is not authorized to perform: {action} on resource: {resource}"


def _context(principal: str, account: str, action: str, resource: str, keys: Mapping[str, str]) -> object:
    evaluator = ministack("core.iam_evaluator")
    context: object = evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=ministack("core.responses").get_region(),
        secure_transport=True,
        service_context={key.lower(): value for key, value in keys.items()},
    )
    return context


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""  # noqa: PLR2004  # the parts of an ARN
