"""The IAM user or role that a call would name: found in a record or in the findings, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from response.domain import patterns
from response.domain.actor import Actor
from response.domain.arns import is_account, parse_arn
from response.domain.findings import Created, Findings, PrincipalFacts, PrincipalType
from response.domain.instructions import iam_name, user_name_in

_SERVICE_LINKED = ("aws-service-role/", "AWSServiceRoleFor")
_RESERVED = ("aws-reserved/", "AWSReservedSSO_")


@dataclass(frozen=True)
class Target:
    """One user or role. `arn` holds its path only where `path_known`; `session_arn` is how it acted.

    `unique_id` is the id that the record states, so that a namesake that was made later is not hit.
    """

    type: PrincipalType
    name: str
    account: str
    arn: str
    path_known: bool = True
    session_arn: str = ""
    unique_id: str = ""

    @property
    def words(self) -> str:
        """As titles name it."""
        return f"IAM user {self.name}" if self.type is PrincipalType.USER else f"role {self.name}"

    @property
    def is_service_linked(self) -> bool:
        """Whether AWS keeps the role for a service: by its path, by its name only where no path is known."""
        return self._is_kept(*_SERVICE_LINKED)

    @property
    def is_reserved(self) -> bool:
        """Whether IAM Identity Center made the role."""
        return self._is_kept(*_RESERVED)

    def _is_kept(self, path: str, prefix: str) -> bool:
        if self.type is not PrincipalType.ROLE:
            return False
        if self.path_known:
            return f":role/{path}" in self.arn
        return self.name.startswith(prefix)

    @property
    def key(self) -> tuple[PrincipalType, str, str]:
        """What makes it one principal: names are unique in an account whatever their path."""
        return self.type, self.account, self.name


def user_target(actor: Actor, findings: Findings) -> Target | None:
    """The IAM user who acted, if userName and ARN agree on one name that IAM could hold."""
    name, arn = user_name_in(actor.arn), parse_arn(actor.arn)
    if name is None or arn is None or actor.user_name not in {"", name} or not is_account(arn.account):
        return None
    if actor.account not in {"", arn.account}:
        return None
    unique_id = actor.principal_id if actor.principal_id.startswith("AIDA") else ""
    return _known(Target(PrincipalType.USER, name, arn.account, str(arn), unique_id=unique_id), findings)


def issuer_target(actor: Actor, findings: Findings) -> Target | None:
    """The IAM user who issued a federated session."""
    name, arn = user_name_in(actor.issuer_arn), parse_arn(actor.issuer_arn)
    if name is None or arn is None or not is_account(arn.account) or actor.account not in {"", arn.account}:
        return None
    unique_id = actor.issuer_id if actor.issuer_id.startswith("AIDA") else ""
    found = Target(PrincipalType.USER, name, arn.account, str(arn), unique_id=unique_id)
    return _known(replace(found, session_arn=actor.arn), findings)


def role_target(actor: Actor, findings: Findings) -> Target | None:
    """The role whose session acted, if the session's ARN and the issuer's lead to the same one."""
    roles = {role for role in (patterns.role_of(actor.issuer_arn), patterns.role_of(actor.arn)) if role}
    if len(roles) != 1:
        return None
    account, name = roles.pop()
    if iam_name(name) is None or not is_account(account) or actor.account not in {"", account}:
        return None
    given = next((arn for arn in (actor.issuer_arn, actor.arn) if ":role/" in arn), "")
    parsed = parse_arn(given or actor.arn)
    partition = parsed.partition if parsed else "aws"
    found = Target(
        PrincipalType.ROLE,
        name,
        account,
        given or f"arn:{partition}:iam::{account}:role/{name}",
        path_known=bool(given),
        session_arn=actor.arn,
        unique_id=actor.issuer_id or actor.principal_id.partition(":")[0],
    )
    return _known(found, findings)


def created_target(made: Created, account: str, findings: Findings) -> Target | None:
    """The user or role that somebody made, or made a key or password for."""
    kind = PrincipalType.ROLE if made.kind == "role" else PrincipalType.USER
    arn = parse_arn(made.arn)
    prefix = f"{kind}/"
    stated = arn is not None and arn.service == "iam" and arn.resource.startswith(prefix)
    name = iam_name(made.name)
    owner = arn.account if arn is not None and stated else account
    if name is None or not is_account(owner):
        return None
    if stated and made.arn.rpartition("/")[2] != name:
        return None
    found = made.arn if stated else f"arn:aws:iam::{owner}:{prefix}{name}"
    return _known(Target(kind, name, owner, found, path_known=stated), findings)


def facts_of(findings: Findings, target: Target) -> PrincipalFacts | None:
    """What IAM told of the target: by its ARN, or by the name that is its only one in the account."""
    exact = findings.principals.get(target.arn)
    if exact is not None:
        return exact
    for arn, facts in findings.principals.items():
        parsed = parse_arn(arn)
        if parsed is not None and (facts.type, parsed.account, facts.name) == target.key:
            return facts
    return None


def _known(target: Target, findings: Findings) -> Target:
    """With the path that IAM told, where the record leaves it out."""
    facts = None if target.path_known else facts_of(findings, target)
    parsed = parse_arn(facts.arn) if facts else None
    if facts is None or parsed is None or parsed.resource.rpartition("/")[2] != target.name:
        return target
    return replace(target, arn=facts.arn, path_known=True)
