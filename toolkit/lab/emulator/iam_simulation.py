"""Gap: SimulatePrincipalPolicy of ministack 1.5.33 forgets boundaries and paths, and names no policy.

Here it asks ministack's own evaluator about the principal's own, its groups' and its boundary's policies, and
says which of them matched (IAM API reference, SimulatePrincipalPolicy).
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from toolkit.lab.emulator.internals import ministack

_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


@dataclass(frozen=True)
class _Policy:
    """One policy that is in force for the principal, as the answer names it."""

    id: str
    kind: str
    statements: Sequence[Any]


@dataclass(frozen=True)
class _Principal:
    arn: str
    type: str
    account: str
    policies: tuple[_Policy, ...]
    limits: Sequence[Any]


@functools.cache
def install() -> None:
    """Answer with the policies that are in force."""
    ministack("services.iam")._IAM_HANDLERS["SimulatePrincipalPolicy"] = _simulate


def _simulate(params: Mapping[str, Any]) -> Any:
    iam = ministack("services.iam")
    arn = iam._p(params, "PolicySourceArn")
    principal = _principal(arn)
    if principal is None:
        return iam._error(404, "NoSuchEntity", f"The principal {escape(arn)} cannot be found.", ns="iam")
    actions = _members(params, "ActionNames.member.")
    resources = _members(params, "ResourceArns.member.") or ["*"]
    context = {
        iam._p(params, f"ContextEntries.member.{number}.ContextKeyName").lower(): value
        for number in range(1, len(params) + 1)
        if (value := iam._p(params, f"ContextEntries.member.{number}.ContextKeyValues.member.1"))
    }
    results = "".join(
        _result(principal, action, resource, context) for action in actions for resource in resources
    )
    return iam._xml(
        200,
        "SimulatePrincipalPolicyResponse",
        f"<SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults>"
        "<IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>",
        ns="iam",
    )


def _members(params: Mapping[str, Any], prefix: str) -> list[str]:
    iam = ministack("services.iam")
    found: list[str] = []
    while value := iam._p(params, f"{prefix}{len(found) + 1}"):
        found.append(value)
    return found


def _principal(arn: str) -> _Principal | None:
    iam, evaluator = ministack("services.iam"), ministack("core.iam_evaluator")
    account, name = ministack("core.responses").get_account_id(), arn.rsplit("/", 1)[-1]
    for kind, store, policies in (("User", iam._users, _of_user), ("AssumedRole", iam._roles, _of_role)):
        entity = store.get(name)
        if entity is not None and entity["Arn"] == arn:
            limits = evaluator._permissions_boundary(store, name, account)
            return _Principal(arn, kind, account, tuple(policies(name, entity)), limits)
    return None


def _of_role(name: str, role: Mapping[str, Any]) -> Iterator[_Policy]:
    yield from _inline(f"role_{name}", "role", role.get("InlinePolicies"))
    yield from _attached(role)


def _of_user(name: str, user: Mapping[str, Any]) -> Iterator[_Policy]:
    iam = ministack("services.iam")
    yield from _inline(f"user_{name}", "user", iam._user_inline_policies.get(name))
    yield from _attached(user)
    for group_name, group in iam._groups.items():
        if name in group.get("Users", []):
            inline = iam._group_inline_policies.get(group_name)
            yield from _inline(f"group_{group_name}", "group", inline)
            yield from _attached(group)


def _inline(owner: str, kind: str, policies: Mapping[str, Any] | None) -> Iterator[_Policy]:
    parse = ministack("core.iam_evaluator").parse_policy_document
    for name, document in (policies or {}).items():
        yield _Policy(f"{owner}_{name}", kind, parse(document))


def _attached(entity: Mapping[str, Any]) -> Iterator[_Policy]:
    evaluator, account = ministack("core.iam_evaluator"), ministack("core.responses").get_account_id()
    for arn in entity.get("AttachedPolicies") or []:
        document = evaluator._resolve_managed_policy_document(arn, account)
        kind = "aws-managed" if arn.startswith("arn:aws:iam::aws:") else "user-managed"
        yield _Policy(arn.rsplit("/", 1)[-1], kind, evaluator.parse_policy_document(document or {}))


def _result(principal: _Principal, action: str, resource: str, context: Mapping[str, str]) -> str:
    evaluator = ministack("core.iam_evaluator")
    asked = evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=ministack("core.responses").get_region(),
        secure_transport=True,
        service_context=dict(context),
    )
    result = evaluator.evaluate(asked, [each.statements for each in principal.policies], *principal.limits)
    effect = "Deny" if result.decision == "Deny" else "Allow"
    matched = "".join(
        f"<member><SourcePolicyId>{escape(each.id)}</SourcePolicyId>"
        f"<SourcePolicyType>{each.kind}</SourcePolicyType></member>"
        for each in principal.policies
        if evaluator._first_match(asked, each.statements, effect) is not None
    )
    boundary = ""
    if principal.limits:
        allowed = evaluator.evaluate(asked, *principal.limits).decision == "Allow"
        boundary = (
            "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>"
            f"{str(allowed).lower()}</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
        )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{_DECISIONS[result.decision]}</EvalDecision>"
        f"<MatchedStatements>{matched}</MatchedStatements>{boundary}<MissingContextValues/></member>"
    )
