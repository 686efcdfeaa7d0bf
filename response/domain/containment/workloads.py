"""The instance, function or task that a role's session belongs to, as far as AWS itself says so.

Whoever assumes a role chooses the session's name, so a name that looks like an instance's id proves nothing
where the chain shows that somebody else than a service made the session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from response.domain import instructions
from response.domain.actor import PrincipalKind
from response.domain.arns import Arn, is_region, parse_arn
from response.domain.containment import origin
from response.domain.containment.subject import Planned, Subject
from response.domain.instructions import Steps
from response.domain.text import plain

_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_TASK = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}", re.ASCII)
_TASK_ARN = re.compile(r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task/[A-Za-z0-9_/-]{1,300}", re.ASCII)


class WorkloadKind(StrEnum):
    """What credentials are handed to by a service."""

    INSTANCE = "EC2 instance"
    FUNCTION = "Lambda function"
    TASK = "ECS task"
    RESOURCE = "resource"


@dataclass(frozen=True)
class Workload:
    """What the session belongs to; `id` is an id, a name or an ARN that AWS could have given."""

    kind: WorkloadKind
    id: str
    region: str = ""
    cluster: str = ""

    @property
    def words(self) -> str:
        """As notes and outcomes name it."""
        return f"{self.kind} {self.id}"


_SERVICES = {
    "ec2.amazonaws.com": WorkloadKind.INSTANCE,
    "lambda.amazonaws.com": WorkloadKind.FUNCTION,
    "ecs-tasks.amazonaws.com": WorkloadKind.TASK,
    "ecs.amazonaws.com": WorkloadKind.TASK,
}
_FORMS = {
    WorkloadKind.INSTANCE: _INSTANCE,
    WorkloadKind.FUNCTION: _FUNCTION,
    WorkloadKind.TASK: _TASK,
}


def workload_of(subject: Subject) -> Workload | None:
    """The workload behind a session; None where it is a person's or a program's that assumed the role."""
    scope = subject.actor.in_scope_of
    for arn in (scope.credentials_issued_to, scope.source_arn):
        parsed = parse_arn(arn)
        if parsed is not None:
            return _of_arn(parsed, arn)
    name, kind = subject.actor.session_name, _kind_by_service(subject)
    if kind is None or not _FORMS[kind].fullmatch(name):
        return None
    return Workload(kind, name, _region(subject, name))


def is_attested(subject: Subject) -> bool:
    """Whether AWS itself says that a workload has the session; the name of a session alone proves nothing."""
    actor = subject.actor
    by_service = any(caller.kind is PrincipalKind.AWS_SERVICE for caller in origin.callers(subject))
    scope = actor.in_scope_of
    return bool(scope.credentials_issued_to or scope.source_arn or actor.ec2_role_delivery or by_service)


def left_to_a_person(subject: Subject, workload: Workload) -> Planned:
    """The workload named, and how to isolate it."""
    reason = f"The credentials are those of {workload.words}; to isolate it is left to a person."
    return subject.left_to_a_person(reason, _steps(workload), workload.id)


def _kind_by_service(subject: Subject) -> WorkloadKind | None:
    """By the service that made the session, as the chain tells; an instance's also by its name."""
    maker = next(origin.callers(subject), None)
    if maker is not None:
        return _SERVICES.get(maker.invoked_by) if maker.kind is PrincipalKind.AWS_SERVICE else None
    is_instance = _INSTANCE.fullmatch(subject.actor.session_name) is not None
    return WorkloadKind.INSTANCE if is_instance else None


def _of_arn(parsed: Arn, arn: str) -> Workload:
    rest = parsed.resource.partition("/")[2]
    if parsed.service == "ec2" and parsed.resource.startswith("instance/") and _INSTANCE.fullmatch(rest):
        return Workload(WorkloadKind.INSTANCE, rest, parsed.region)
    if _FUNCTION_ARN.fullmatch(arn):
        return Workload(WorkloadKind.FUNCTION, arn, parsed.region)
    if _TASK_ARN.fullmatch(arn):
        cluster = rest.split("/")[0] if "/" in rest else ""
        return Workload(WorkloadKind.TASK, arn, parsed.region, cluster)
    return Workload(WorkloadKind.RESOURCE, plain(arn, 300), parsed.region)


def _region(subject: Subject, instance_id: str) -> str:
    """The Region of an instance, where its address was found."""
    for address in subject.findings.addresses:
        if address.interface is not None and address.interface.instance_id == instance_id:
            return address.interface.region if is_region(address.interface.region) else ""
    return ""


def _steps(workload: Workload) -> Steps:
    if workload.kind is WorkloadKind.INSTANCE:
        return instructions.for_instance(workload.id, workload.region)
    if workload.kind is WorkloadKind.FUNCTION:
        return instructions.for_function(workload.id, workload.region)
    if workload.kind is WorkloadKind.TASK:
        return instructions.for_task(workload.id, workload.cluster, workload.region)
    return instructions.for_resource(workload.id)
